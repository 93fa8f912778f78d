"""What a terminal shows: readable tables, what goes on, and nothing that controls it."""

import json
import re
import time

import pytest

OK = {"outputs": [], "stdout": "", "stderr": ""}


def test_a_table_has_aligned_columns(terminal, script):
    script("import pandas\ndef rm_main():\n    return pandas.DataFrame({'name': ['a', 'bcd'], 'n': [5, 100]})\n")
    shown = terminal("run", "script.py")
    assert shown.end() == 0
    assert shown.screen == "name  n\na       5\nbcd   100\n"


def test_columns_count_characters_as_the_terminal_does(terminal, script):
    script("import pandas\ndef rm_main():\n    return pandas.DataFrame({'stadt': ['München', '東京'], 'n': [1, 2]})\n")
    shown = terminal("run", "script.py")
    assert shown.end() == 0
    assert shown.screen == "stadt    n\nMünchen  1\n東京     2\n"


def test_a_long_table_shows_its_ends(terminal, script):
    script("import pandas\ndef rm_main():\n    return pandas.DataFrame({'n': range(1_000_000)})\n")
    shown = terminal("run", "script.py")
    assert shown.end() == 0
    lines = shown.screen.splitlines()
    assert lines[:2] == ["n", "0".rjust(6)]
    assert lines[-2:] == ["999999", "(1000000 rows, 1 column; -o FILE writes all of it)"]
    assert "…" in lines and len(lines) < 70


def test_a_wide_table_fits(terminal, script):
    script("import pandas\ndef rm_main():\n    return pandas.DataFrame({f'column{n}': ['x' * n] for n in range(60)})\n")
    shown = terminal("run", "script.py", columns=50)
    assert shown.end() == 0
    lines = shown.screen.splitlines()
    assert all(len(line) <= 50 for line in lines[:-1])
    assert lines[0].endswith("…") and lines[-1].startswith("(1 row, 60 columns")


def test_a_pipe_gets_csv(standpy, script):
    script("import pandas\ndef rm_main():\n    return pandas.DataFrame({'name': ['a', 'bcd'], 'n': [5, 100]})\n")
    assert standpy("run", "script.py") == (0, b"name,n\na,5\nbcd,100\n", "")


def test_the_elapsed_time_is_shown_and_cleared(terminal, script):
    script("import time\ndef rm_main():\n    time.sleep(1.5)\n    print('done')\n    return 1\n")
    shown = terminal("run", "script.py")
    assert shown.end() == 0
    assert re.search(rb"\d\.\d s: the script runs", shown.shown)
    assert shown.screen == "INFO: done\n1\n"


def test_a_failure_clears_the_line_first(terminal, script):
    script("import time\ndef rm_main():\n    time.sleep(1)\n    return 1 / 0\n")
    shown = terminal("run", "script.py")
    assert shown.end() == 1
    assert b"the script runs" in shown.shown
    assert shown.screen.splitlines()[0] == "SEVERE: Failed to run the Python script"


def test_a_short_call_shows_nothing_else(terminal, script):
    script("def rm_main():\n    return 1\n")
    shown = terminal("run", "script.py")
    assert shown.end() == 0
    assert shown.screen == "1\n"


def test_without_a_terminal_nothing_of_it_is_shown(standpy, script):
    script("import time\ndef rm_main():\n    time.sleep(1.5)\n    return 1\n")
    assert standpy("run", "script.py") == (0, b"1\n", "")


def slow_answer(size, seconds):
    """A file that comes in pieces."""

    def act(connection):
        report = b'{"outputs": [{"type": "file"}], "stdout": "", "stderr": ""}'
        parts = b"--x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(report), report)
        parts += b"--x\r\nContent-Type: application/octet-stream\r\nContent-Length: %d\r\n\r\n" % size
        end = b"\r\n--x--\r\n"
        head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=x\r\nContent-Length: %d\r\n\r\n"
        connection.sendall(head % (len(parts) + size + len(end)) + parts)
        for _ in range(20):
            connection.sendall(bytes(size // 20))
            time.sleep(seconds / 20)
        connection.sendall(end)

    return {"act": act}


def test_a_large_download_has_a_bar(terminal, serve, script, tmp_path):
    script("def rm_main():\n    return 1\n")
    server = serve(slow_answer(20 << 20, 2))
    shown = terminal("run", "-o", "large", "script.py", STANDPY_ENDPOINT=server.endpoint)
    assert shown.end() == 0
    assert re.search(rb"receiving \[#+ +\] \d+(\.\d)? of 21 MB", shown.shown)
    assert shown.screen == ""
    assert (tmp_path / "large").stat().st_size == 20 << 20


def test_a_large_upload_has_a_bar(terminal, serve, script, tmp_path):
    script("def rm_main(file):\n    return 1\n")
    with open(tmp_path / "large", "wb") as file:
        file.truncate(60 << 20)

    server = serve({"report": OK})
    read = server._exchange

    def slowly(connection, file):
        whole = file.read

        def read_slowly(count):
            content = b""
            while len(content) < count:
                content += whole(min(4 << 20, count - len(content)))
                time.sleep(0.15)
            return content

        file.read = read_slowly
        return read(connection, file)

    server._exchange = slowly
    shown = terminal("run", "--file", "large", "script.py", STANDPY_ENDPOINT=server.endpoint)
    assert shown.end() == 0
    assert re.search(rb"sending \[#+ +\] \d+(\.\d)? of 63 MB", shown.shown)
    assert shown.screen == ""


EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\u202e"


@pytest.mark.parametrize(
    "text",
    [
        f"def rm_main():\n    print({EVIL!r})\n",
        f"def rm_main():\n    raise ValueError({EVIL!r})\n",
        f"def rm_main():\n    return {EVIL!r}\n",
        f"import io\ndef rm_main():\n    return io.BytesIO({EVIL.encode()!r})\n",
        f"import pandas\ndef rm_main():\n    return pandas.DataFrame({{'a': [{EVIL!r}]}})\n",
    ],
    ids=["print", "traceback", "value", "file", "table"],
)
@pytest.mark.parametrize("options", [[], ["--raw"], ["--json"]], ids=["plain", "raw", "json"])
def test_a_script_cannot_control_the_terminal(terminal, script, text, options):
    script(text)
    shown = terminal("run", *options, "script.py")
    shown.end()
    assert "owned" in shown.screen
    assert b"\x1b" not in shown.shown and b"\x07" not in shown.shown
    assert "\x9b" not in shown.screen and "\u202e" not in shown.screen


def test_a_server_cannot_control_the_terminal(terminal, serve, script):
    script("def rm_main():\n    return 1\n")
    for answer in (
        {"status": 400, "problem": {"detail": EVIL}},
        {"status": 422, "problem": {"title": EVIL, "detail": EVIL, "traceback": EVIL}},
        {"status": 302, "headers": {"Location": "http://x/\x1b[2Jowned"}, "text": ""},
        {"status": 500, "reason": "\x1b[2Jowned", "headers": {"Content-Type": "text/html"}, "text": "<title>\x1b[2J</title>"},
        {"headers": {"Content-Type": "\x1b[2Jowned"}, "text": ""},
    ):
        for command in (["run", "script.py"], ["check"], ["info"]):
            shown = terminal(*command, STANDPY_ENDPOINT=serve(answer).endpoint)
            assert shown.end() in (1, 5, 6)
            assert b"\x1b" not in shown.shown and b"\x07" not in shown.shown


def test_an_engine_that_calls_itself_evil(terminal, serve):
    info = {"environment": EVIL, "max_requests": None, "timeout": 5, "version": EVIL, "worker_uptime": 1, "workers": 1}
    answer = {"text": json.dumps(info), "headers": {"Content-Type": "application/json"}}
    for command in ("check", "info"):
        printed = {"report": OK | {"stdout": f"StandPy testing:\n{EVIL}\n"}}
        shown = terminal(command, STANDPY_ENDPOINT=serve(answer, printed).endpoint)
        shown.end()
        assert "owned" in shown.screen
        assert b"\x1b" not in shown.shown and b"\x07" not in shown.shown


def test_a_pipe_gets_the_bytes_as_they_are(standpy, script):
    script(f"def rm_main():\n    print({EVIL!r})\n    return {EVIL!r}\n")
    status, out, err = standpy("run", "script.py")
    assert status == 0
    assert err.startswith("INFO: \x1b]0;owned") and b"\\u001b]0;owned" in out
