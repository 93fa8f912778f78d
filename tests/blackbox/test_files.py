"""Files in and out: names that work in every library, and a scratch folder that stays empty."""

import base64
import io
import sqlite3
import zipfile

import pytest
from client import execute, execute_parts, outputs, text_file, value
from engine_process import Engine


def test_a_file_is_a_text_file_with_a_random_name(endpoint):
    script = (
        "import io\n"
        "def rm_main(a, b):\n"
        "  assert isinstance(a, io.TextIOBase) and a.name != b.name\n"
        "  with open(a.name, 'rb') as again: binary = again.read()\n"
        "  return a.read(), binary.decode(), a.name"
    )
    first = outputs(execute(endpoint, script, text_file("é\n"), text_file("")))
    second = outputs(execute(endpoint, script, text_file("é\n"), text_file("")))
    assert first[:2] == [value("é\n"), value("é\n")]
    assert first[2] != second[2]


def test_a_file_as_base64_keeps_every_byte(endpoint):
    every_byte = bytes(range(256))
    file = {"type": "file", "base64": base64.b64encode(every_byte).decode()}
    script = "def rm_main(f):\n  return open(f.name, 'rb')"
    assert outputs(execute(endpoint, script, file)) == [file]


def test_the_guides_reopened_model_works_by_handle_and_by_name(endpoint):
    pytest.importorskip("joblib", reason="the client makes the model")
    import io

    import joblib

    model = io.BytesIO()
    joblib.dump({"weights": [1, 2]}, model)
    script = (
        "import joblib\n"
        "def rm_main(input):\n"
        "  file_name = input.name\n"
        "  with open(file_name, 'rb') as fp:\n"
        "    by_handle = joblib.load(fp)\n"
        "  return by_handle, joblib.load(file_name)"
    )
    response = execute_parts(
        endpoint, ("script", script, None), ("file", model.getvalue(), None)
    )
    assert outputs(response) == [value({"weights": [1, 2]})] * 2


def test_nothing_is_left_in_the_scratch_folder(endpoint):
    script = (
        "import os, pathlib\n"
        "def rm_main(f):\n"
        "  found = sorted(os.listdir()); os.mkdir('d'); pathlib.Path('d/x').write_text('x')\n"
        "  return [name == f.name for name in found]"
    )
    for _ in range(2):
        assert outputs(execute(endpoint, script, text_file("x"))) == [value([True])]


def test_open_in_a_script_reaches_the_scratch_folder_only(endpoint):
    for path in ("/etc/passwd", "../x", "/proc/self/environ", "."):
        response = execute(endpoint, f"def rm_main(): open({path!r})")
        expected = "IsADirectoryError" if path == "." else "PermissionError"
        assert response.json()["exception"]["type"] == expected, path



def ask_about(endpoint, content, script):
    """The value that the script returns of a file of that content."""
    response = execute_parts(endpoint, ("script", script, None), ("file", content, None))
    [output] = outputs(response)
    return output["value"]


def test_pandas_reads_a_file_by_name_and_by_handle(endpoint):
    script = (
        "import pandas\n"
        "def rm_main(f):\n"
        "  return [int(pandas.read_csv(x)['a'].sum()) for x in (f.name, f)]"
    )
    assert ask_about(endpoint, b"a\n1\n2\n", script) == [3, 3]


def test_sqlite3_opens_a_file_by_name(endpoint, tmp_path):
    with sqlite3.connect(tmp_path / "t.db") as database:
        database.execute("create table t (a)")
        database.execute("insert into t values (42)")
    database.close()
    script = (
        "import sqlite3\n"
        "def rm_main(f):\n"
        "  return sqlite3.connect(f.name).execute('select a from t').fetchone()[0]"
    )
    assert ask_about(endpoint, (tmp_path / "t.db").read_bytes(), script) == 42


def test_zipfile_opens_a_file_by_name(endpoint):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("inside.txt", "in the archive")
    script = (
        "import zipfile\n"
        "def rm_main(f):\n"
        "  with zipfile.ZipFile(f.name) as archive: return archive.read('inside.txt').decode()"
    )
    assert ask_about(endpoint, archive.getvalue(), script) == "in the archive"


def test_h5py_opens_a_file_by_name(endpoint, tmp_path):
    h5py = pytest.importorskip("h5py", reason="the client makes the file")
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["data"] = [1, 2, 3]
    script = (
        "import h5py\n"
        "def rm_main(f):\n"
        "  with h5py.File(f.name, 'r') as file: return int(file['data'][:].sum())"
    )
    assert ask_about(endpoint, (tmp_path / "t.h5").read_bytes(), script) == 6


def test_a_subprocess_reads_a_file_by_name(endpoint):
    script = (
        "import subprocess\n"
        "def rm_main(f): return subprocess.check_output(['cat', f.name], text=True)"
    )
    assert ask_about(endpoint, b"for cat", script) == "for cat"


def test_native_code_and_os_open_a_file_by_name(endpoint):
    script = (
        "import ctypes, os\n"
        "def rm_main(f):\n"
        "  libc = ctypes.CDLL(None)\n"
        "  fd = libc.open(f.name.encode(), os.O_RDONLY)\n"
        "  return os.read(fd, 100).decode() + os.read(os.open(f.name, os.O_RDONLY), 100).decode()"
    )
    assert ask_about(endpoint, b"twice ", script) == "twice twice "


@pytest.mark.parametrize(
    "body, content",
    [
        ("open('new', 'w').write('written'); return open('new')", "written"),
        ("f = open('new', 'w'); f.write('not closed'); return f", "not closed"),
        ("f = open('new', 'w+'); f.write('read back'); f.seek(4); return f", "read back"),
        ("f = open('new', 'a'); f.write('append'); f.close(); return f", "append"),
        ("f = open('new', 'wb'); f.write(b'binary'); return f", "binary"),
        ("return io.BytesIO(b'bytes')", "bytes"),
        ("f = io.BytesIO(b'bytes read'); f.read(); return f", "bytes read"),
        ("return io.StringIO('text')", "text"),
        ("f = io.StringIO('text read'); f.read(3); return f", "text read"),
        ("f = io.StringIO(); print('printed', end='', file=f); return f", "printed"),
        ("f = tempfile.TemporaryFile(); f.write(b'nameless'); return f", "nameless"),
        ("f = tempfile.NamedTemporaryFile(dir='.'); f.write(b'temporary'); return f", "temporary"),
    ],
)
def test_a_returned_file_is_whole_wherever_its_position_is(endpoint, body, content):
    script = f"import io, tempfile\ndef rm_main():\n  {body}"
    assert outputs(execute(endpoint, script)) == [text_file(content)]


def test_an_input_file_that_was_read_comes_back_whole(endpoint):
    script = "def rm_main(f):\n  f.read(2)\n  return f"
    assert outputs(execute(endpoint, script, text_file("whole"))) == [text_file("whole")]


def test_leaving_the_scratch_folder_says_what_may_be_opened(endpoint):
    for path in ("/etc/passwd", "../x"):
        exception = execute(endpoint, f"def rm_main(): open({path!r})").json()["exception"]
        assert exception["type"] == "PermissionError"
        assert "only its inputs and the files that it wrote itself" in exception["message"]
        assert path in exception["message"]


def test_nothing_is_left_behind_by_a_script_that_fails(endpoint):
    script = "def rm_main(f):\n  open('left', 'w').write('x')\n  raise ValueError('after writing')"
    assert execute(endpoint, script, text_file("x")).status_code == 422
    listing = "import os\ndef rm_main(): return os.listdir()"
    assert outputs(execute(endpoint, listing)) == [value([])]


@pytest.mark.parametrize("ending", ["pass", "raise ValueError", "os.abort()"])
@pytest.mark.parametrize(
    "body",
    [
        # Deeper than Python's recursion, and longer than a path may be.
        "for _ in range(1200): os.mkdir('folder'); os.chdir('folder')",
        "os.makedirs('a/b/c'); os.chmod('a/b', 0); os.chmod('a', 0)",
        "os.mkdir('a'); os.chmod('.', 0)",
        "os.symlink('/etc', 'l'); os.symlink('.', 'm'); os.mkfifo('p'); os.mkdir(b'\\xff\\n')",
    ],
)
def test_nothing_is_left_behind_whatever_it_is(endpoint, body, ending):
    script = f"import os\ndef rm_main():\n  {body}\n  {ending}"
    response = execute(endpoint, script)
    assert (response.status_code == 502) == (ending == "os.abort()")
    look = (
        "import os\n"
        "def rm_main():\n"
        "  found = os.listdir()\n"
        "  with open('new', 'w') as file: file.write('x')\n"
        "  return found, os.stat('.').st_mode & 0o777, os.listdir()"
    )
    assert outputs(execute(endpoint, look)) == [value([]), value(0o700), value(["new"])]


def test_a_scratch_folder_that_a_script_removed_is_made_again():
    """As it can where it is not confined."""
    engine = Engine(SANDBOX="off")
    try:
        for _ in range(2):
            execute(engine.endpoint, "import os\ndef rm_main(): os.rmdir(os.getcwd())")
            script = "def rm_main(f):\n  open('new', 'w').write(f.read())\n  return open('new')"
            assert outputs(execute(engine.endpoint, script, text_file("x"))) == [text_file("x")]
    finally:
        engine.stop()
