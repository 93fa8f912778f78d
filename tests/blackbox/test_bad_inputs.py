"""Inputs that are broken, or as large and odd as they get: a clear 4xx, and the next one works."""

import base64
import ctypes
import os
import pickle
import struct

import pytest
from client import assert_problem, csv, execute, execute_parts, outputs, value
from router_process import Router

ARROW = "application/vnd.apache.arrow.stream"
IGNORE = "def rm_main(*inputs): return 'ran'"


@pytest.fixture(scope="module")
def stream(arrow_endpoint):
    """A good Arrow stream of a few columns."""
    script = (
        "import pandas\n"
        "def rm_main():\n"
        "  return pandas.DataFrame({'n': range(1000), 's': [str(n) for n in range(1000)]})"
    )
    [output] = outputs(execute(arrow_endpoint, script, table_format="arrow"))
    return base64.b64decode(output["arrow"])


def send_arrow(endpoint, content, script=IGNORE):
    return execute_parts(endpoint, ("script", script, None), ("input", content, ARROW))


def assert_serves(endpoint):
    assert outputs(execute(endpoint, IGNORE)) == [value("ran")]


@pytest.mark.parametrize("kept", [0, 3, 8, 100, 0.5, -1000, -30])
def test_a_truncated_arrow_stream_is_refused(arrow_endpoint, stream, kept):
    end = int(kept * len(stream)) if isinstance(kept, float) else kept
    response = send_arrow(arrow_endpoint, stream[:end])
    assert_problem(response, 400, "malformed-request", "input 1: not an Arrow IPC stream")
    assert_serves(arrow_endpoint)


def test_a_corrupted_arrow_stream_costs_its_own_answer_at_most(arrow_endpoint, stream):
    """Damage in the data passes unseen, Arrow has no checksums; damage elsewhere is refused."""
    script = "def rm_main(t): return len(t)"
    statuses = set()
    for place in range(0, len(stream), len(stream) // 150):
        damaged = bytearray(stream)
        damaged[place] ^= 0xFF
        response = send_arrow(arrow_endpoint, bytes(damaged), script)
        statuses.add(response.status_code)
    assert 400 in statuses
    assert statuses <= {200, 400, 422}
    assert_serves(arrow_endpoint)


def test_an_arrow_stream_that_announces_more_than_it_holds_is_refused(arrow_endpoint):
    for announced in (2**31 - 1, 10**6):
        content = struct.pack("<Ii", 0xFFFFFFFF, announced) + b"\0" * 100
        response = send_arrow(arrow_endpoint, content)
        assert_problem(response, 400, "malformed-request", "input 1: not an Arrow IPC stream")
    assert_serves(arrow_endpoint)


class Calls:
    """Pickles as a call of a function: what a hostile pickle does."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def send_pickle(endpoint, instance):
    content = base64.b64encode(pickle.dumps(instance)).decode()
    return execute(endpoint, IGNORE, {"type": "object", "pickle": content})


def test_a_pickle_that_raises_is_refused(endpoint):
    response = send_pickle(endpoint, Calls(int, "no number"))
    assert_problem(response, 400, "malformed-request", "input 1", "ValueError", "no number")
    assert_serves(endpoint)


def test_a_pickle_that_ends_the_interpreter_is_refused(endpoint):
    import sys

    response = send_pickle(endpoint, Calls(sys.exit, 3))
    assert_problem(response, 400, "malformed-request", "input 1", "SystemExit")
    assert_serves(endpoint)


def test_a_pickle_that_interrupts_is_refused(endpoint):
    import _thread

    response = send_pickle(endpoint, Calls(exec, "raise KeyboardInterrupt"))
    assert_problem(response, 400, "malformed-request", "input 1: cannot be unpickled: KeyboardInterrupt")
    response = send_pickle(endpoint, Calls(_thread.interrupt_main))
    assert response.status_code in (200, 400, 422)  # whenever the interrupt comes
    assert_serves(endpoint)


@pytest.mark.parametrize("call", [Calls(os._exit, 0), Calls(os.abort), Calls(ctypes.string_at, 0)])
def test_a_pickle_that_kills_the_process_is_a_502(engine, endpoint, call):
    router = Router(ENGINE_E_HOST=engine.host)
    try:
        response = send_pickle(router.url + "/e", call)
        assert_problem(response, 502, "script-died", "its process")
    finally:
        router.stop()
    assert_serves(endpoint)


def test_a_csv_line_of_100_mb_is_read(endpoint):
    line = "x" * 100_000_000
    script = "def rm_main(t): return len(t['a'][0])"
    response = execute_parts(
        endpoint, ("script", script, None), ("input", f"a\n{line}\n", "text/csv")
    )
    assert outputs(response) == [value(100_000_000)]


def test_csv_with_two_columns_of_one_name_gives_both(endpoint):
    script = "def rm_main(t): return list(t.columns)"
    assert outputs(execute(endpoint, script, csv("a,a\n1,2\n"))) == [value(["a", "a.1"])]


def test_csv_without_rows_or_without_anything(endpoint):
    script = "def rm_main(t): return list(t.shape)"
    assert outputs(execute(endpoint, script, csv("a,b\n"))) == [value([0, 2])]
    response = execute(endpoint, script, csv(""))
    assert_problem(response, 400, "malformed-request", "input 1: not CSV")


@pytest.mark.parametrize("table_format", ["csv", "json", "arrow"])
def test_20000_columns_go_in_and_out(arrow_endpoint, table_format):
    header = ",".join(f"c{n}" for n in range(20_000))
    table = csv(f"{header}\n{','.join('1' * 20_000)}\n")
    script = "def rm_main(t): return t"
    [output] = outputs(execute(arrow_endpoint, script, table, table_format=table_format))
    count = "def rm_main(t): return [t.shape[1], int(t.sum(axis=1)[0])]"
    assert outputs(execute(arrow_endpoint, count, output)) == [value([20_000, 20_000])]
