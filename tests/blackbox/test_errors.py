"""Every bad input gets a clear error that says what and where, and the engine goes on."""

import pytest
import requests
from client import (
    PYTHON,
    assert_problem,
    csv,
    execute,
    execute_parts,
    execute_script,
    post,
    problem_of,
    raw_exchange,
    value,
)
from engine_process import Engine

GOOD = "def rm_main(): return 1"


def head(length, content_type="text/x-python"):
    return (
        f"POST /execute HTTP/1.1\r\nHost: e\r\nContent-Type: {content_type}\r\n"
        f"Connection: close\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


# The guide's form of tracebacks


def test_a_missing_import_has_exactly_the_guides_three_lines(endpoint):
    response = execute_script(endpoint, "import sys\n\nimport missing\n\ndef rm_main(): pass\n")
    problem = assert_problem(response, 422, "script-parse-failed")
    assert problem["title"] == "Failed to parse the Python script"
    assert problem["phase"] == "parse"
    assert problem["traceback"] == (
        "Traceback (most recent call last):\n"
        "  Script, line 3, in <module>\n"
        "ModuleNotFoundError: No module named 'missing'\n"
    )
    assert problem["exception"] == {
        "type": "ModuleNotFoundError",
        "message": "No module named 'missing'",
        "line": 3,
    }


def test_library_frames_are_shown_as_python_prints_them(endpoint):
    script = "import json\ndef rm_main():\n  json.loads('{')"
    problem = assert_problem(execute(endpoint, script), 422, "script-failed")
    lines = problem["traceback"].splitlines()
    assert lines[:2] == ["Traceback (most recent call last):", "  Script, line 3, in rm_main"]
    assert lines[2].startswith('  File "') and lines[2].endswith("in loads")
    assert "standpy" not in problem["traceback"]
    assert problem["exception"]["line"] == 3


def test_chained_exceptions_are_shown_whole(endpoint):
    script = (
        "def rm_main():\n"
        "  try: 1 / 0\n"
        "  except ZeroDivisionError as error: raise ValueError('v') from error"
    )
    problem = assert_problem(execute(endpoint, script), 422, "script-failed", "ValueError: v")
    assert problem["traceback"] == (
        "Traceback (most recent call last):\n"
        "  Script, line 2, in rm_main\n"
        "ZeroDivisionError: division by zero\n"
        "\n"
        "The above exception was the direct cause of the following exception:\n"
        "\n"
        "Traceback (most recent call last):\n"
        "  Script, line 3, in rm_main\n"
        "ValueError: v\n"
    )


def test_a_syntax_error_names_its_line(endpoint):
    problem = assert_problem(
        execute_script(endpoint, "x = 1\ndef rm_main(:\n  pass"), 422, "script-parse-failed"
    )
    assert problem["traceback"].startswith("  Script, line 2\n    def rm_main(:\n")
    assert problem["exception"]["line"] == 2


def test_a_failed_script_returns_what_it_printed(endpoint):
    script = "import sys\ndef rm_main():\n  print('out'); print('err', file=sys.stderr); 1 / 0"
    problem = assert_problem(execute(endpoint, script), 422, "script-failed", "ZeroDivisionError")
    assert (problem["stdout"], problem["stderr"]) == ("out\n", "err\n")
    assert problem["phase"] == "run"


# Scripts


@pytest.mark.parametrize(
    "script, slug, detail",
    [
        ("x = 1", "script-parse-failed", "the script defines no function rm_main"),
        ("rm_main = 3", "script-parse-failed", "rm_main is not a function but of type int"),
        ("def rm_main(a): pass", "script-failed", "missing 1 required positional argument: 'a'"),
        ("def rm_main(a): pass", "script-failed", "(the request has 0 inputs)"),
        ("import sys\ndef rm_main(): sys.exit()", "script-failed", "SystemExit"),
        ("import sys\nsys.exit(3)", "script-parse-failed", "SystemExit: 3"),
        ("def rm_main(): raise KeyboardInterrupt", "script-failed", "KeyboardInterrupt"),
        ("def rm_main(): rm_main()", "script-failed", "RecursionError"),
        (
            "class E(Exception):\n  def __str__(self): raise ValueError\n"
            "def rm_main(): raise E",
            "script-failed",
            "E: <exception str() failed: ValueError>",
        ),
        ("def rm_main(): raise ValueError('\\ud800')", "script-failed", "ValueError: \\ud800"),
        ("def rm_main(): raise BaseException", "script-failed", "BaseException"),
        ("def rm_main(): return lambda: 1", "outputs-failed", "cannot be pickled"),
        ("def rm_main(): return (x for x in ())", "outputs-failed", "type generator"),
        (
            "class F:\n  def read(self): raise OSError('broken')\ndef rm_main(): return F()",
            "outputs-failed",
            "a returned file cannot be read: OSError: broken",
        ),
        (
            "class F:\n  def read(self): return 5\ndef rm_main(): return F()",
            "outputs-failed",
            "a returned file cannot be read: its read() gave int, not str or bytes",
        ),
    ],
)
def test_a_script_that_fails_says_how(endpoint, script, slug, detail):
    assert_problem(execute(endpoint, script), 422, slug, detail)


@pytest.mark.parametrize("closing", ["sys.stdout.close()", "os.close(1); os.close(2)"])
def test_a_script_may_close_its_output(endpoint, closing):
    response = execute(endpoint, f"import os, sys\ndef rm_main():\n  {closing}\n  return 1")
    assert response.json()["outputs"] == [value(1)]
    report = execute(endpoint, "def rm_main(): print('heard')").json()
    assert report["stdout"] == "heard\n"


def test_a_script_that_ends_the_process_costs_its_own_answer_only(endpoint):
    response = execute(endpoint, "import os\ndef rm_main(): os._exit(3)")
    assert_problem(response, 502, "script-died", "its process ended with status 3")


@pytest.mark.parametrize(
    "script, detail",
    [
        (b"x = '\xff'", "not UTF-8: invalid start byte at byte 5 (line 1)"),
        (b"\n\n# \xc3", "not UTF-8: unexpected end of data at byte 4 (line 3)"),
        (b"x = 1\0", "null byte at byte 5"),
        (b"", "the body is empty"),
    ],
)
def test_a_script_that_is_no_text_is_refused(endpoint, script, detail):
    assert_problem(execute_script(endpoint, script), 400, "malformed-request", detail)


def test_a_byte_order_mark_is_no_error(endpoint):
    assert execute_script(endpoint, b"\xef\xbb\xbf" + GOOD.encode()).status_code == 200


@pytest.mark.parametrize("form", ["script", "multipart"])
def test_a_script_of_50_mb_is_refused(endpoint, form):
    script = b"#" * 50_000_000
    if form == "script":
        response = execute_script(endpoint, script)
    else:
        response = execute_parts(endpoint, ("script", script, None))
    assert_problem(response, 413, "too-large", "50000000 bytes", "4194304 bytes")


# Bodies


def test_an_empty_body_is_refused_in_every_form(endpoint):
    boundary = "multipart/form-data; boundary=b"
    for content_type in ("application/json", "text/x-python", boundary):
        assert_problem(post(endpoint, b"", content_type), 400, "malformed-request")


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/octet-stream"])
def test_another_media_type_is_refused(endpoint, content_type):
    response = post(endpoint, b"x", content_type)
    assert_problem(response, 415, "unsupported-media-type", "multipart/form-data")


def test_multipart_without_a_script_is_refused(endpoint):
    response = execute_parts(endpoint, ("input", "1", "application/json"))
    assert_problem(response, 400, "malformed-request", 'there is no part "script"')


def test_multipart_with_two_scripts_is_refused(endpoint):
    response = execute_parts(endpoint, ("script", GOOD, None), ("script", GOOD, None))
    assert_problem(response, 400, "malformed-request", "part 2", "already a part")


def test_truncated_multipart_is_refused(endpoint):
    body = b"--b\r\nContent-Disposition: form-data; name=script\r\n\r\ndef rm_main"
    response = post(endpoint, body, "multipart/form-data; boundary=b")
    assert_problem(response, 400, "malformed-request", "before the closing boundary", "part 1")


def test_a_wrong_boundary_is_refused(endpoint):
    body = b"--b\r\nContent-Disposition: form-data; name=script\r\n\r\nx\r\n--b--\r\n"
    response = post(endpoint, body, "multipart/form-data; boundary=c")
    assert_problem(response, 400, "malformed-request", '"--c--"')
    response = post(endpoint, body, "multipart/form-data")
    assert_problem(response, 400, "malformed-request", "no boundary")


def test_a_body_shorter_than_its_content_length_is_refused():
    """On an idle engine: in a queue, who has closed the sending side has left."""
    engine = Engine()
    address = ("127.0.0.1", engine.port)
    problem = problem_of(raw_exchange(address, head(100) + b"x" * 10, half_close=True))
    engine.stop()
    assert problem["status"] == 400
    assert "ended after 10 of the 100 bytes" in problem["detail"]


def test_a_body_that_stalls_is_refused():
    engine = Engine("--plugin", "standpy", "--master", "--socket-timeout", "1")
    problem = problem_of(raw_exchange(("127.0.0.1", engine.port), head(100) + b"x" * 10))
    assert problem["status"] == 400
    assert "no byte of the body came for 1 s" in problem["detail"]
    assert "after 10 of the 100 bytes" in problem["detail"]
    engine.stop()


@pytest.mark.parametrize("length", ["x", "-1", "1e3", "99999999999999999999"])
def test_a_content_length_that_is_no_number_is_refused(engine, endpoint, length):
    problem = problem_of(raw_exchange(("127.0.0.1", engine.port), head(length)))
    assert problem["status"] == 400
    assert "Content-Length" in problem["detail"]


def test_a_claimed_length_costs_no_memory(engine, endpoint):
    request = head(10**15, "application/json") + b"{"
    problem = problem_of(raw_exchange(("127.0.0.1", engine.port), request, half_close=True))
    assert problem["status"] == 400


def test_a_chunked_body_is_refused(endpoint):
    response = post(endpoint, iter([GOOD.encode()]), PYTHON)
    assert_problem(response, 400, "malformed-request", "Content-Length")


def test_json_nested_100000_deep_is_refused(endpoint):
    response = post(endpoint, b"[" * 100_000, "application/json")
    assert_problem(response, 400, "malformed-request", "maximum parsing depth")


def test_broken_json_names_line_and_column(endpoint):
    response = post(endpoint, b'{"script":\n  1,}', "application/json")
    assert_problem(response, 400, "malformed-request", "line 2, column")


def test_10000_inputs_are_refused(endpoint):
    response = execute(endpoint, GOOD, *[value(1)] * 10_000)
    assert_problem(response, 400, "malformed-request", "10000 inputs", "at most 1000")
    parts = [("input", "1", "application/json")] * 10_000
    response = execute_parts(endpoint, *parts, ("script", GOOD, None))
    assert_problem(response, 400, "malformed-request", "more than 1000 inputs")


def test_1000_inputs_are_allowed(endpoint):
    response = execute(endpoint, "def rm_main(*args): return sum(args)", *[value(1)] * 1000)
    assert response.json()["outputs"] == [value(1000)]


# Inputs


def test_csv_with_ragged_rows_is_refused(endpoint):
    for text, reason in [
        ("a,b\n1,2\n1,2,3\n", "Expected 2 fields in line 3, saw 3"),
        ("a,b\n1,2,3\n4,5,6\n", "more fields than the header"),
        ("", "No columns to parse"),
    ]:
        response = execute(endpoint, "def rm_main(t): pass", csv(text))
        problem = assert_problem(response, 400, "malformed-request", "input 1: not CSV", reason)
        assert problem["phase"] == "inputs"


def test_base64_that_is_none_is_refused(endpoint):
    for wrong in ("@@@@", "AAA", "AA==x"):
        response = execute(
            endpoint, "def rm_main(*a): pass", value(1), {"type": "file", "base64": wrong}
        )
        assert_problem(response, 400, "malformed-request", "input 2: not base64")


def test_a_dataresource_that_is_none_is_refused(endpoint):
    for wrong in ({}, {"schema": {}}, {"schema": {"fields": []}}, {"schema": 1, "data": 2}):
        table = {"type": "table", "dataresource": wrong}
        response = execute(endpoint, "def rm_main(t): pass", table)
        assert_problem(response, 400, "malformed-request", "input 1: not dataresource JSON")


def test_an_object_that_cannot_be_unpickled_is_refused(endpoint):
    response = execute(endpoint, "def rm_main(o): pass", {"type": "object", "pickle": "AAAA"})
    assert_problem(response, 400, "malformed-request", "input 1: cannot be unpickled")


# Paths and methods


def test_an_unknown_path_is_not_found(endpoint):
    for path in ("/", "/nothing", "/execute/", "/info/x", "/%00"):
        response = requests.get(endpoint + path, timeout=60)
        assert_problem(response, 404, "not-found", "/execute")


@pytest.mark.parametrize(
    "method, path, allow",
    [
        ("GET", "/execute", "POST"),
        ("PUT", "/execute", "POST"),
        ("POST", "/info", "GET, HEAD"),
        ("DELETE", "/healthz", "GET, HEAD"),
    ],
)
def test_a_wrong_method_names_the_right_ones(endpoint, method, path, allow):
    response = requests.request(method, endpoint + path, timeout=60)
    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == allow


def test_a_request_id_that_is_unfit_is_replaced(endpoint):
    for unfit in ("a b", "x" * 129, 'a"b'):
        response = execute(endpoint, GOOD, headers={"X-Request-Id": unfit})
        assert len(response.headers["X-Request-Id"]) == 32
