"""Where outputs go: written by their type, whole or not at all, whatever their size."""

import hashlib
import json
import os
import pickle
import stat
import subprocess

import pytest
from engine_process import Engine
from terminal import STANDPY, Measured, unsanitized_only, variables_for

ALL = """import io, pandas
def rm_main(*inputs):
    return pandas.DataFrame({"a": [1, 20], "b": ["x", "y, z"]}), io.BytesIO(b"\\xff\\x00"), {"ü": 1}, {1, 2}, [pandas.DataFrame({"a": [1]})]
"""
FILE = "import io\ndef rm_main():\n    return io.BytesIO(b'new')\n"


@pytest.fixture
def all_kinds(script):
    return script(ALL, "all.py")


def test_outputs_are_written_by_their_type(standpy, all_kinds, tmp_path):
    names = ["table.csv", "file", "value.json", "object.pkl", "collection.json"]
    options = [word for name in names for word in ("-o", name)]
    assert standpy("run", *options, "all.py") == (0, b"", "")
    assert (tmp_path / "table.csv").read_bytes() == b'a,b\n1,x\n20,"y, z"\n'
    assert (tmp_path / "file").read_bytes() == b"\xff\x00"
    assert (tmp_path / "value.json").read_bytes() == '{"ü": 1}\n'.encode()
    assert pickle.loads((tmp_path / "object.pkl").read_bytes()) == {1, 2}
    assert json.loads((tmp_path / "collection.json").read_bytes())["items"][0]["csv"] == "a\n1\n"
    assert sorted(os.listdir(tmp_path)) == sorted([*names, "all.py"])


def test_the_others_are_printed(standpy, all_kinds):
    status, out, err = standpy("run", "-o", "-", "-o", "file", "all.py")
    assert status == 0
    assert out.startswith(b'a,b\n1,x\n20,"y, z"\n{"\xc3\xbc": 1}\n')
    assert "-o FILE writes it" in err


def test_more_files_than_outputs(standpy, all_kinds):
    status, _, err = standpy("run", *["-o", "x"] * 6, "all.py")
    assert (status, "the script has 5 outputs; -o stands 6 times" in err) == (2, True)


def test_a_report_has_every_kind(standpy, all_kinds):
    report = json.loads(standpy("run", "--json", "all.py")[1])
    outputs = report["outputs"]
    assert [output["type"] for output in outputs] == ["table", "file", "value", "object", "collection"]
    assert (outputs[0]["csv"], outputs[1]["base64"]) == ('a,b\n1,x\n20,"y, z"\n', "/wA=")
    assert report["timings"]["total"] > 0


def test_inputs_of_every_kind(standpy, script, tmp_path):
    script(
        "def rm_main(table, file, value, object):\n"
        "    return [list(table.rm_metadata['id']), str(table['id'][0]), file.read(), value, sorted(object)]\n"
    )
    (tmp_path / "table.csv").write_text("id\n007\n")
    (tmp_path / "table.json").write_text('{"id": ["nominal", "id"]}')
    (tmp_path / "file.txt").write_text("text")
    (tmp_path / "object.pkl").write_bytes(pickle.dumps({1, 2}, 4))
    status, out, _ = standpy(
        "run", "--input", "table.csv", "--metadata", "table.json", "--file", "file.txt", "--value", "[1.5]",
        "--object", "object.pkl", "script.py",
    )  # fmt: skip
    assert (status, json.loads(out)) == (0, [["nominal", "id"], "007", "text", [1.5], [1, 2]])


def test_an_existing_file_keeps_its_mode_and_a_new_one_gets_that_of_the_umask(standpy, script, tmp_path):
    script(FILE)
    (tmp_path / "old").write_text("old")
    (tmp_path / "old").chmod(0o600)
    before = os.umask(0o027)
    try:
        assert standpy("run", "-o", "old", "script.py") == (0, b"", "")
        assert standpy("run", "-o", "new", "script.py") == (0, b"", "")
    finally:
        os.umask(before)
    for name, mode in (("old", 0o600), ("new", 0o640)):
        assert (tmp_path / name).read_bytes() == b"new"
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode


def test_a_link_stays_a_link(standpy, script, tmp_path):
    script(FILE)
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    assert standpy("run", "-o", "link", "script.py") == (0, b"", "")
    assert ((tmp_path / "link").is_symlink(), (tmp_path / "real").read_bytes()) == (True, b"new")


def test_a_device_is_written_in_place(standpy, script):
    script(FILE)
    assert standpy("run", "-o", "/dev/stdout", "script.py") == (0, b"new", "")
    assert standpy("run", "-o", "/dev/null", "script.py") == (0, b"", "")
    status, _, err = standpy("run", "-o", "/dev/full", "script.py")
    assert (status, "/dev/full" in err and "No space left" in err) == (2, True)


def test_streams_may_be_closed(engine, script, tmp_path):
    """Nothing else takes their place, such as the connection."""
    script("import sys\ndef rm_main():\n    print('out')\n    return 1\n")
    variables = variables_for(tmp_path, STANDPY_ENDPOINT=engine.endpoint)

    def shell(command):
        done = subprocess.run(
            ["bash", "-c", command.replace("standpy", STANDPY)], cwd=tmp_path, env=variables, capture_output=True, timeout=60
        )
        return done.returncode, done.stdout, done.stderr.decode()

    assert shell("standpy run script.py <&-") == (0, b"1\n", "INFO: out\n")
    assert shell("standpy run script.py 2>&-") == (0, b"1\n", "")
    assert shell("standpy run script.py <&- 2>&- | cat") == (0, b"1\n", "")
    status, _, err = shell("standpy run script.py >&-")
    assert (status, "the standard output: Bad file descriptor" in err) == (2, True)
    status, _, err = shell("standpy run - <&-")
    assert (status, "Bad file descriptor" in err) == (2, True)


def test_a_limit_of_a_files_size_leaves_no_half_file(engine, script, tmp_path):
    """The system's signal for it does not end the program."""
    script("def rm_main():\n    return 'x' * 3_000_000\n")
    (tmp_path / "out").mkdir()
    for command in ("standpy run -o out/file script.py", "standpy run script.py >copy"):
        done = subprocess.run(
            ["bash", "-c", f"ulimit -f 100; {command.replace('standpy', STANDPY)}"], cwd=tmp_path,
            env=variables_for(tmp_path, STANDPY_ENDPOINT=engine.endpoint), capture_output=True, timeout=60,
        )  # fmt: skip
        assert (done.returncode, b"File too large" in done.stderr) == (2, True), done
    assert os.listdir(tmp_path / "out") == []


def test_an_output_without_a_name_is_noticed_before_the_script_runs(serve, standpy, script):
    script(FILE)
    server = serve({"report": report()})
    status, _, err = standpy("run", "-o", "", "script.py", STANDPY_ENDPOINT=server.endpoint)
    assert (status, server.requests, "-o" in err) == (2, 0, True)


@unsanitized_only
@pytest.mark.parametrize("options", [["--object"], ["--input", "table.csv", "--metadata"]], ids=["object", "metadata"])
def test_a_stream_that_does_not_end_is_not_sent(serve, standpy, script, tmp_path, options):
    """Half of an object would be another one."""
    script(FILE)
    (tmp_path / "table.csv").write_text("a\n1\n")
    server = serve({"report": report()})
    status, _, err = standpy("run", *options, "/dev/zero", "script.py", STANDPY_ENDPOINT=server.endpoint)
    assert (status, server.requests, "/dev/zero has more than 256 MiB" in err) == (2, 0, True)


@pytest.mark.parametrize("name", ["none/file", "folder", "script.py/x"])
def test_a_place_where_no_file_can_be(standpy, script, tmp_path, name):
    script(FILE)
    (tmp_path / "folder").mkdir()
    status, out, err = standpy("run", "-o", name, "script.py")
    assert (status, out, name in err) == (2, b"", True)


def report(*outputs):
    return {"outputs": [{"type": kind} for kind in outputs], "stdout": "", "stderr": ""}


@pytest.mark.parametrize("cut", [-1, -10, -200_000, -900_000])
@pytest.mark.parametrize("size", [0, 3], ids=["new", "old"])
def test_a_cut_answer_leaves_no_half_file(standpy, serve, script, tmp_path, cut, size):
    script("def rm_main():\n    return 1\n")
    out = tmp_path / "out"
    out.mkdir()
    if size:
        (out / "file").write_bytes(b"old")
    parts = [["application/octet-stream", b"x" * 1_000_000]]
    server = serve({"report": report("file"), "parts": parts, "cut": cut})
    status, printed, err = standpy("run", "-o", "out/file", "script.py", STANDPY_ENDPOINT=server.endpoint)
    assert (status, printed, "cut" in err) == (5, b"", True)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == ({"file": b"old"} if size else {})


def test_of_a_cut_answer_nothing_is_printed(standpy, serve, script):
    script("def rm_main():\n    return 1\n")
    parts = [["application/json", "1"], ["text/csv", "a\n" + "1\n" * 500_000]]
    server = serve({"report": report("value", "table"), "parts": parts, "cut": -3})
    status, printed, err = standpy("run", "script.py", STANDPY_ENDPOINT=server.endpoint)
    assert (status, printed, "cut" in err) == (5, b"", True)


@pytest.mark.parametrize(
    "kind, part",
    [("value", ["application/json", "[1"]), ("table", ["text/csv", b"a\n\xff\n"]), ("table", ["x/y", "a\n"]), ("hologram", ["x/y", ""])],
)
def test_an_output_that_cannot_be_read_leaves_no_file(standpy, serve, script, tmp_path, kind, part):
    script("def rm_main():\n    return 1\n")
    (tmp_path / "out").mkdir()
    server = serve({"report": report("value", kind), "parts": [["application/json", "1"], part]})
    status, printed, err = standpy("run", "-o", "out/a", "-o", "out/b", "script.py", STANDPY_ENDPOINT=server.endpoint)
    assert (status, printed, "cannot be read" in err) == (5, b"", True)
    assert os.listdir(tmp_path / "out") == []


# Sizes. tests/bench/terminal does the same with gigabytes.

LARGE = 200 << 20
MOST_MEMORY = 24 << 20


def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else hashlib.sha256(file.read()).hexdigest()


@pytest.fixture(scope="module")
def roomy():
    engine = Engine(WORKERS="1", TIMEOUT="120")
    yield engine
    engine.stop()


@unsanitized_only
@pytest.mark.parametrize("options", [[], ["--keep"]], ids=["plain", "keep"])
def test_a_large_file_goes_up_and_down_with_flat_memory(roomy, script, tmp_path, options):
    script("def rm_main(file):\n    return file\n")
    with open(tmp_path / "large", "wb") as file:
        for number in range(LARGE >> 20):
            file.write(number.to_bytes(4, "big") * (1 << 18))
    started = Measured(
        tmp_path, "run", *options, "--file", "large", "-o", "copy", "script.py", STANDPY_ENDPOINT=roomy.endpoint
    )
    assert started.end() == (0, b"", "")
    assert digest_of(tmp_path / "copy") == digest_of(tmp_path / "large")
    assert 0 < started.peak < MOST_MEMORY


@unsanitized_only
def test_a_large_table_on_the_standard_output_has_flat_memory(roomy, script, tmp_path):
    script("import pandas\ndef rm_main():\n    return pandas.DataFrame({'n': range(4_000_000), 'm': 123456789})\n")
    with open(tmp_path / "copy", "wb") as copy:
        started = Measured(tmp_path, "run", "script.py", STANDPY_ENDPOINT=roomy.endpoint)
        for piece in iter(lambda: started.process.stdout.read1(1 << 20), b""):
            copy.write(piece)
            with open(f"/proc/{started.process.pid}/status") as status:
                line = [line for line in status if line.startswith("VmHWM")]
                started.peak = max(started.peak, int(line[0].split()[1]) << 10 if line else 0)
    assert started.process.wait(60) == 0
    assert (tmp_path / "copy").read_bytes().endswith(b"\n3999999,123456789\n")
    assert 0 < started.peak < MOST_MEMORY


@unsanitized_only
def test_many_outputs_have_small_memory(serve, script, tmp_path):
    script("def rm_main():\n    return 1\n")
    server = serve({"report": report(*["value"] * 8_000), "parts": [["application/json", "1"]] * 8_000})
    for options in ("", "--json"):
        done = subprocess.run(
            ["bash", "-c", f"ulimit -v 50000; {STANDPY} run {options} script.py"], cwd=tmp_path, timeout=60,
            env=variables_for(tmp_path, STANDPY_ENDPOINT=server.endpoint), capture_output=True,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (0, b"")
