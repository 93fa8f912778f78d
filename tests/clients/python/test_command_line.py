"""python -m standpy_client, beyond the shared cases."""

import json
import os
import pickle
import pty
import subprocess
import sys

import pytest
from conftest import SOURCE, TOKEN

ALL = """import io, pandas
def rm_main(*inputs):
    return pandas.DataFrame({"a": [1, 20], "b": ["x", "y, z"]}), io.BytesIO(b"\\xff\\x00"), {"ü": 1}, {1, 2}, [pandas.DataFrame({"a": [1]})]
"""


@pytest.fixture
def command(engine, tmp_path):
    """Runs it in a folder; (exit code, stdout, stderr)."""

    def run(*arguments, stdin=None, **variables):
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SOURCE), "PYTHONUTF8": "1", "HOME": str(tmp_path)}
        environment |= {"STANDPY_ENDPOINT": engine.endpoint} | variables
        done = subprocess.run(
            [sys.executable, "-m", "standpy_client", *arguments],
            cwd=tmp_path, env=environment, input=stdin, capture_output=True, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr.decode()

    (tmp_path / "all.py").write_text(ALL)
    return run


def test_outputs_are_written_by_their_type(command, tmp_path):
    names = ["table.csv", "file", "value.json", "object.pkl", "collection.json"]
    options = [word for name in names for word in ("-o", name)]
    assert command("run", *options, "all.py") == (0, b"", "")
    assert (tmp_path / "table.csv").read_bytes() == b'a,b\n1,x\n20,"y, z"\n'
    assert (tmp_path / "file").read_bytes() == b"\xff\x00"
    assert (tmp_path / "value.json").read_bytes() == '{"ü": 1}\n'.encode()
    assert pickle.loads((tmp_path / "object.pkl").read_bytes()) == {1, 2}
    assert json.loads((tmp_path / "collection.json").read_bytes())["items"][0]["csv"] == "a\n1\n"


def test_the_others_are_printed(command, tmp_path):
    status, out, err = command("run", "-o", "-", "-o", "file", "all.py")
    assert status == 0
    assert out.startswith(b'a,b\n1,x\n20,"y, z"\n{"\xc3\xbc": 1}\n')
    assert "-o FILE writes it" in err
    status, _, err = command("run", *["-o", "x"] * 6, "all.py")
    assert (status, "stands 6 times" in err) == (2, True)


def test_a_report_has_every_kind(command):
    outputs = json.loads(command("run", "--json", "all.py")[1])["outputs"]
    assert [output["type"] for output in outputs] == ["table", "file", "value", "object", "collection"]
    assert outputs[1]["base64"] == "/wA="


def test_inputs_of_every_kind(command, tmp_path):
    (tmp_path / "kinds.py").write_text(
        "def rm_main(table, file, value, object):\n"
        "    return [list(table.rm_metadata['id']), str(table['id'][0]), file.read(), value, sorted(object)]\n"
    )
    (tmp_path / "table.csv").write_text("id\n007\n")
    (tmp_path / "table.json").write_text('{"id": ["nominal", "id"]}')
    (tmp_path / "file.txt").write_text("text")
    (tmp_path / "object.pkl").write_bytes(pickle.dumps({1, 2}, 4))
    status, out, _ = command(
        "run", "--input", "table.csv", "--metadata", "table.json", "--file", "file.txt", "--value", "[1.5]",
        "--object", "object.pkl", "kinds.py",
    )  # fmt: skip
    assert (status, json.loads(out)) == (0, [["nominal", "id"], "007", "text", [1.5], [1, 2]])


def test_a_script_from_the_standard_input(command):
    assert command("run", "-", stdin=b"def rm_main():\n    return 1\n")[:2] == (0, b"1\n")


def test_info_and_versions(command):
    assert json.loads(command("info")[1])["workers"] == 2
    assert command("--version")[1] == b"1.0.0\n"


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["run", "none.py"], "none.py"),
        (["run", "--file", "none", "all.py"], "none"),
        (["run", "--value", "{", "all.py"], "no JSON"),
        (["run", "--metadata", "all.py", "all.py"], "behind the --input"),
        (["run", "--macro", "x", "all.py"], "NAME=VALUE"),
        (["run", "--timeout", "-1", "all.py"], "timeout"),
        (["run", "-c", "none", "all.py"], "no connection 'none'"),
        (["run", "--token-file", "none", "all.py"], "token's file none cannot be read"),
        (["run", "--token", "secret", "all.py"], "usage"),
        (["run", "--cacert", "all.py", "--endpoint", "https://127.0.0.1:1", "all.py"], "no file of certificates"),
        (["fly"], "usage"),
        ([], "usage"),
    ],
)
def test_wrong_commands_say_what_is_wrong(command, arguments, says):
    status, out, err = command(*arguments)
    assert (status, out) == (2, b"")
    assert says in err and "Traceback" not in err


def test_there_must_be_an_endpoint(command):
    status, _, err = command("run", "all.py", STANDPY_ENDPOINT="")
    assert (status, "set STANDPY_ENDPOINT" in err) == (2, True)


def test_a_connection_by_name(command, router, tmp_path):
    (tmp_path / ".config/standpy").mkdir(parents=True)
    (tmp_path / "production.token").write_text(TOKEN + "\n")
    described = {"endpoint": f"{router.url}/example_production", "token_file": "~/production.token"}
    (tmp_path / ".config/standpy/connections.json").write_text(json.dumps({"production": described}))
    status, out, _ = command("check", "-c", "production", STANDPY_ENDPOINT="http://127.0.0.1:1")
    assert (status, b"accepted" in out) == (0, True)


def on_terminal(command, folder, endpoint):
    """What a terminal shows of it."""
    leader, follower = pty.openpty()
    environment = os.environ | {"PYTHONPATH": str(SOURCE), "STANDPY_ENDPOINT": endpoint}
    process = subprocess.Popen(
        [sys.executable, "-m", "standpy_client", *command], cwd=folder, env=environment, stdout=follower, stderr=follower
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            piece = os.read(leader, 65_536)
        except OSError:  # the other side is closed
            piece = b""
        if not piece:
            break
        shown += piece
    os.close(leader)
    assert process.wait(60) == 0, shown
    return shown.decode().replace("\r\n", "\n")


def test_a_terminal_shows_a_readable_table(engine, tmp_path):
    (tmp_path / "table.py").write_text("import pandas\ndef rm_main():\n    return pandas.DataFrame({'name': ['a', 'bcd'], 'n': [5, 100]})\n")
    assert on_terminal(["run", "table.py"], tmp_path, engine.endpoint) == "name  n\na       5\nbcd   100\n"


def test_a_terminal_shows_the_elapsed_time_and_forgets_it(engine, tmp_path):
    (tmp_path / "slow.py").write_text("import time\ndef rm_main():\n    time.sleep(1.2)\n    return 1\n")
    shown = on_terminal(["run", "slow.py"], tmp_path, engine.endpoint)
    assert "s: the script runs" in shown
    assert shown.endswith("\r1\n")


def test_a_reader_that_leaves_is_no_failure(engine, tmp_path):
    (tmp_path / "long.py").write_text("def rm_main():\n    return 'x' * 3_000_000\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "standpy_client", "run", "long.py"], cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(SOURCE), "STANDPY_ENDPOINT": engine.endpoint},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) in (0, 141)
