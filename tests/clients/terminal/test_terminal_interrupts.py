"""Whatever ends standpy stops its script on the engine."""

import os
import signal
import socket
import subprocess
import time

import pytest
from client import metric, wait_until
from terminal import STANDPY, Measured, variables_for

SLEEP = "import time\ndef rm_main():\n    time.sleep(60)\n"


def running(engine):
    return metric(engine, "standpy_requests_in_flight")


def test_ctrl_c_stops_the_script(terminal, engine, script):
    script(SLEEP)
    shown = terminal("run", "script.py")
    shown.wait_for(rb"the script runs")
    wait_until(lambda: running(engine) == 1)
    began = time.monotonic()
    shown.type(b"\x03")
    assert shown.end() == 130
    assert time.monotonic() - began < 5
    assert shown.screen.replace("^C", "") == "Interrupted: the script was stopped on the engine.\n"
    wait_until(lambda: running(engine) == 0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_script(engine, script, tmp_path, number):
    script(SLEEP)
    started = Measured(tmp_path, "run", "script.py", STANDPY_ENDPOINT=engine.endpoint)
    wait_until(lambda: running(engine) == 1)
    started.process.send_signal(number)
    status, out, err = started.end()
    assert (status, out, err) == (130, b"", "Interrupted: the script was stopped on the engine.\n")
    wait_until(lambda: running(engine) == 0)


def test_a_terminal_that_is_closed_stops_the_script(terminal, engine, script, tmp_path):
    script(SLEEP)
    (tmp_path / "out").mkdir()
    shown = terminal("run", "-o", "out/file", "script.py")
    wait_until(lambda: running(engine) == 1)
    os.close(shown.leader)
    assert shown.process.wait(60) == 130
    wait_until(lambda: running(engine) == 0)
    assert os.listdir(tmp_path / "out") == []


def test_what_is_ignored_at_the_start_stays_so(engine, script, tmp_path):
    """As nohup does it, and shells for jobs in the background."""
    script("import time\ndef rm_main():\n    time.sleep(2)\n    return 1\n")
    process = subprocess.Popen(
        ["bash", "-c", f"trap '' HUP INT; exec {STANDPY} run script.py"], cwd=tmp_path,
        env=variables_for(tmp_path, STANDPY_ENDPOINT=engine.endpoint), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    wait_until(lambda: running(engine) == 1)
    for number in (signal.SIGHUP, signal.SIGINT):
        process.send_signal(number)
    assert process.communicate(timeout=60) == (b"1\n", b"")
    assert process.returncode == 0


def test_ctrl_c_before_anything_was_sent(terminal, script):
    """The script comes from a terminal on which nobody types."""
    shown = terminal("run", "-")
    time.sleep(0.3)
    shown.type(b"\x03")
    assert shown.end() == 130
    assert b"Interrupted" in shown.shown


@pytest.mark.parametrize(
    "options",
    [["none"], ["--input", "none", "script.py"], ["--object", "none", "script.py"], ["-o", "none", "script.py"]],
    ids=["script", "input", "object", "output"],
)
def test_an_interrupt_while_a_pipe_has_no_other_side(engine, script, tmp_path, options):
    script("def rm_main(*inputs):\n    return 1\n")
    os.mkfifo(tmp_path / "none")
    started = Measured(tmp_path, "run", *options, STANDPY_ENDPOINT=engine.endpoint)
    time.sleep(0.4)
    started.interrupt()
    status, _, err = started.end()
    assert (status, err.startswith("Interrupted")) == (130, True), err


def test_ctrl_c_while_nobody_answers(terminal, script):
    script(SLEEP)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        shown = terminal("run", "script.py", STANDPY_ENDPOINT=f"http://127.0.0.1:{silent.getsockname()[1]}")
        time.sleep(0.8)
        shown.type(b"\x03")
        assert shown.end() == 130


def test_ctrl_c_while_the_engine_is_busy(terminal, serve, script):
    script(SLEEP)
    answer = {"status": 503, "problem": {"type": "urn:standpy:problem:unavailable"}, "headers": {"Retry-After": "30"}}
    server = serve(answer)
    shown = terminal("run", "script.py", STANDPY_ENDPOINT=server.endpoint)
    shown.wait_for(rb"the engine is busy; waiting")
    began = time.monotonic()
    shown.type(b"\x03")
    assert (shown.end(), server.requests) == (130, 1)
    assert time.monotonic() - began < 5


def test_ctrl_c_during_an_upload(terminal, script, tmp_path):
    script("def rm_main(file):\n    return 1\n")
    with open(tmp_path / "large", "wb") as file:
        file.truncate(500 << 20)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        shown = terminal("run", "--file", "large", "script.py", STANDPY_ENDPOINT=endpoint)
        shown.wait_for(rb"sending \[")
        shown.type(b"\x03")
        assert shown.end() == 130


def test_an_interrupted_download_leaves_no_file(serve, script, tmp_path):
    from test_terminal_display import slow_answer

    script("def rm_main():\n    return 1\n")
    (tmp_path / "out").mkdir()
    server = serve(slow_answer(20 << 20, 10))
    started = Measured(tmp_path, "run", "-o", "out/large", "script.py", STANDPY_ENDPOINT=server.endpoint)
    wait_until(lambda: server.requests == 1)
    time.sleep(1)
    started.interrupt()
    assert started.end()[0] == 130
    assert os.listdir(tmp_path / "out") == []


def test_a_reader_that_leaves_is_no_failure(engine, script, tmp_path):
    script("def rm_main():\n    return 'x' * 3_000_000\n")
    process = subprocess.Popen(
        [STANDPY, "run", "script.py"], cwd=tmp_path, env=variables_for(tmp_path, STANDPY_ENDPOINT=engine.endpoint),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 141
