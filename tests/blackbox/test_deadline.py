"""Deadlines, clients that leave, and workers that are replaced."""

import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import tempfile
import threading
import time

import pytest
from client import (
    assert_problem,
    execute,
    execute_script,
    metric,
    outputs,
    parse_answer,
    raw_exchange,
    value,
    wait_until,
)
from engine_process import Engine, namespace_only, unsanitized_only
from inventory import descendants, is_gone, runners_of
from router_process import Router
from script_texts import ALIVE, WHO

WAIT = 30  # seconds; a bound for what should come at once, not an expectation


@pytest.fixture(scope="module")
def impatient():
    """An engine with one worker and a deadline of a second."""
    engine = Engine(TIMEOUT="1")
    yield engine
    engine.stop()


def raw_request(script):
    body = json.dumps({"script": script}).encode()
    head = (
        "POST /execute HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Connection: close\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@pytest.mark.parametrize(
    "body, line",
    [
        ("while True: pass", 4),
        ("time.sleep(60)", 4),
        ("numpy.linalg.svd(numpy.ones((9000, 9000)))", 4),
        ("re.match('(a+)+$', 'a' * 60 + 'b')", 4),
        ("ctypes.PyDLL(None).sleep(60)", 4),
        ("signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n  while True: pass", 5),
        ("subprocess.run(['sleep', '60'])", 4),
        ("threading.Event().wait()", 4),
        ("[r for r in iter(lambda: 0, 1)]", 4),
        ("[signal.signal(s, signal.SIG_DFL) for s in SIGNALS]\n  while True: pass", 5),
        ("[signal.signal(s, signal.SIG_IGN) for s in SIGNALS]\n  while True: pass", 5),
        ("signal.signal(signal.SIGTERM, lambda *a: 0)\n  sys.exit(time.sleep(60))", 5),
        ("os.read(os.pipe()[0], 1)", 4),
    ],
)
def test_a_stuck_script_answers_with_the_stack_it_is_stuck_in(impatient, body, line):
    script = (
        "import ctypes, os, re, signal, subprocess, sys, threading, time, numpy; SIGNALS = "
        "signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}\n"
        "def rm_main():\n"
        "  print('so far')\n"
        f"  {body}\n"
    )
    response = execute(impatient.endpoint, script)
    problem = assert_problem(response, 504, "deadline-exceeded", "1 s", "TIMEOUT")
    assert problem["phase"] == "run"
    assert problem["stdout"] == "so far\n"
    assert problem["traceback"].startswith(
        f"Traceback (most recent call last):\n  Script, line {line}, in rm_main\n"
    )
    assert "<standpy>" not in problem["traceback"]
    assert outputs(execute(impatient.endpoint, ALIVE)) == [value("alive")]


def test_a_script_that_takes_faulthandler_away_answers_without_a_stack(impatient):
    script = (
        "import faulthandler, signal\n"
        "def rm_main():\n"
        "  for s in range(signal.SIGRTMIN, signal.SIGRTMAX + 1): faulthandler.unregister(s)\n"
        "  while True: pass"
    )
    problem = assert_problem(execute(impatient.endpoint, script), 504, "deadline-exceeded", "1 s")
    assert "traceback" not in problem


def test_a_script_whose_stack_cannot_be_walked_answers_without_one(impatient):
    """The pointers that faulthandler follows are wild: here for good, else for an instruction."""
    script = (
        "import ctypes\n"
        "def rm_main():\n"
        "  file = rm_main.__code__.co_filename\n"
        "  ctypes.c_size_t.from_address(id(file) + object.__basicsize__ - 8).value = 8\n"
        "  while True: pass"
    )
    problem = assert_problem(execute(impatient.endpoint, script), 504, "deadline-exceeded", "1 s")
    assert "traceback" not in problem
    assert outputs(execute(impatient.endpoint, ALIVE)) == [value("alive")]


@pytest.mark.parametrize(
    "end", ["os.execv('/bin/sleep', ['sleep', '600'])", "os.kill(os.getpid(), signal.SIGSTOP)"]
)
@pytest.mark.parametrize(
    "settings", [{}, {"MAX_REQUESTS": "100"}, {"ISOLATION": "process"}], ids=str
)
def test_a_process_that_runs_no_python_any_more_ends_too(start, settings, end):
    """It has become another program, or has stopped."""
    engine = start(TIMEOUT="1", **settings)
    response = execute(engine.endpoint, f"import os, signal\ndef rm_main(): {end}")
    if "exec" in end:
        assert_problem(response, 502, "script-died", "became another program")
    else:
        assert_problem(response, 504, "deadline-exceeded")
    assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]
    assert "HARAKIRI" not in engine.log


@pytest.mark.parametrize(
    "settings", [{}, {"MAX_REQUESTS": "100"}, {"ISOLATION": "process"}], ids=str
)
def test_a_process_that_outlives_its_worker_is_ended(start, settings):
    """It has left the worker's process group, and has the client's connection."""
    engine = start(**settings)
    leave = (
        "import ctypes, os, signal, time\n"
        "def rm_main():\n"
        "  read, write = os.pipe()\n"
        "  if os.fork():\n"
        "    os.read(read, 1)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    def all_are_gone():
        try:
            pids = descendants(engine.process.pid)
            names = [pathlib.Path(f"/proc/{pid}/comm").read_text() for pid in pids]
        except (FileNotFoundError, ProcessLookupError):  # one of them has just ended
            return False
        return "outlives\n" not in names

    for way in ("os.setsid()", "os.setsid()\n  if os.fork(): os._exit(0)", "os.setpgid(0, 0)"):
        script = leave + f"  {way}\n  ctypes.CDLL(None).prctl(15, b'outlives')\n"
        script += "  os.write(write, b'.')\n  time.sleep(3600)"
        assert_problem(execute(engine.endpoint, script), 502, "script-died", "signal 9")
        assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]
        wait_until(all_are_gone)


def test_the_stack_of_a_thread_that_the_script_waits_for_is_shown(impatient):
    script = (
        "import threading, time\n"
        "def work():\n"
        "  time.sleep(60)\n"
        "def rm_main():\n"
        "  thread = threading.Thread(target=work)\n"
        "  thread.start()\n"
        "  thread.join()\n"
    )
    problem = assert_problem(execute(impatient.endpoint, script), 504, "deadline-exceeded")
    own, other = problem["traceback"].split("\n\n")
    assert "  Script, line 7, in rm_main\n" in own
    assert other.startswith("Thread 1 (most recent call last):\n")
    assert "  Script, line 3, in work\n" in other


@pytest.mark.parametrize(
    "script, phase",
    [
        ("while True: pass", "parse"),
        ("def rm_main(x): pass", "inputs"),
        ("class Slow:\n  def __reduce__(self):\n    while True: pass\n"
         "def rm_main(x=0): return Slow()", "outputs"),
    ],
)  # fmt: skip
def test_every_phase_has_the_deadline(impatient, script, phase):
    # A pickle that sleeps: time.sleep(60).
    inputs = [{"type": "object", "pickle": "Y3RpbWUKc2xlZXAKKEk2MAp0Ui4="}]
    response = execute(impatient.endpoint, script, *(inputs if phase == "inputs" else []))
    assert assert_problem(response, 504, "deadline-exceeded")["phase"] == phase


def test_prefer_wait_shortens_the_deadline_and_never_lengthens_it(impatient):
    script = "import time\ndef rm_main(): time.sleep(60)"
    for prefer in ("wait=0", 'respond-async, Wait="0"; x=1, wait=9'):
        response = execute(impatient.endpoint, script, headers={"Prefer": prefer})
        assert_problem(response, 504, "deadline-exceeded", "0 s", "Prefer")
    for prefer in ("wait=60", "wait", "wait=x", "handling=lenient"):
        response = execute(impatient.endpoint, script, headers={"Prefer": prefer})
        assert_problem(response, 504, "deadline-exceeded", "1 s", "TIMEOUT")


def test_the_deadline_passes_through_the_router(impatient):
    router = Router(ENGINE_E_HOST=impatient.host)
    try:
        script = "import time\ndef rm_main():\n  print('so far')\n  time.sleep(60)"
        response = execute(router.url + "/e", script)
        problem = assert_problem(response, 504, "deadline-exceeded", "1 s")
        assert problem["stdout"] == "so far\n"
    finally:
        router.stop()


def test_what_a_stuck_script_started_is_ended(impatient, tmp_path):
    """Its children, also those that have a session of their own."""
    script = (
        "import os, subprocess, time\n"
        "def rm_main():\n"
        "  a = subprocess.Popen(['sleep', '600'])\n"
        "  b = subprocess.Popen(['setsid', 'sleep', '600'])\n"
        "  print(a.pid, b.pid, os.getpid())\n"
        "  time.sleep(60)\n"
    )
    problem = execute(impatient.endpoint, script).json()
    pids = [int(pid) for pid in problem["stdout"].split()]
    assert len(pids) == 3
    wait_until(lambda: all(is_gone(pid) for pid in pids))


def test_a_script_whose_client_leaves_is_stopped(impatient):
    for through_router in (False, True):
        router = Router(ENGINE_E_HOST=impatient.host) if through_router else None
        before = metric(impatient, "standpy_requests_total", outcome="aborted")
        port, path = (router.port, b"/e/execute") if router else (impatient.port, b"/execute")
        request = raw_request("while True: pass").replace(b"/execute", path, 1)
        wait_until(lambda: metric(impatient, "standpy_requests_in_flight") == 0)
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(request)
        wait_until(lambda: metric(impatient, "standpy_requests_in_flight") == 1)
        connection.close()
        wait_until(
            lambda: metric(impatient, "standpy_requests_total", outcome="aborted")
            == before + 1
        )
        assert outputs(execute(impatient.endpoint, ALIVE)) == [value("alive")]
        if router:
            router.stop()


def test_a_waiting_request_whose_client_has_left_never_runs(impatient):
    """Its script would leave a mark in what the worker's processes share: the scratch folder."""
    before = impatient.log.count("method=POST")
    aborted = metric(impatient, "standpy_requests_total", outcome="aborted")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        busy = pool.submit(execute, impatient.endpoint, "import time\ndef rm_main(): time.sleep(.8)")
        wait_until(lambda: metric(impatient, "standpy_requests_in_flight") == 1)
        waiting = [impatient.connect() for _ in range(5)]
        for connection in waiting:
            connection.sendall(raw_request("def rm_main(): print('must not run')"))
        time.sleep(0.1)
        for connection in waiting:
            connection.close()
        assert busy.result().status_code == 200
    assert outputs(execute(impatient.endpoint, ALIVE)) == [value("alive")]
    wait_until(lambda: impatient.log.count("method=POST") >= before + 2)
    assert impatient.log.count("method=POST") == before + 2
    assert metric(impatient, "standpy_requests_total", outcome="aborted") == aborted + 5


def test_a_client_that_sends_no_head_frees_the_worker(impatient):
    """Once the time for a head is over; until then others are served by the control process."""
    with impatient.connect() as connection:
        connection.sendall(b"POST /execute HTTP/1.1\r\n")
        assert connection.recv(1000) == b""
    assert outputs(execute(impatient.endpoint, ALIVE)) == [value("alive")]


@namespace_only
def test_objects_of_a_script_end_with_it(impatient):
    """Not within another script, whose output and whose deadline they would take."""
    look = "import gc\ndef rm_main():\n  gc.collect()\n  return 'looked'"
    for end in ("print('the end')", "while True: pass"):
        script = f"class End:\n  def __del__(self):\n    {end}\nend = End()\ndef rm_main(): pass"
        assert outputs(execute(impatient.endpoint, script)) == []
        response = execute(impatient.endpoint, look)
        assert outputs(response) == [value("looked")]
        assert response.json()["stdout"] == ""
    assert "the end\n" in impatient.log


@namespace_only
@unsanitized_only
def test_what_a_script_leaves_behind_has_a_deadline_too(impatient):
    """The collector runs after an answer that left much behind, and with it the script's code."""
    script = (
        "class Endless:\n"
        "  def __del__(self):\n"
        "    while True: pass\n"
        "def rm_main():\n"
        "  garbage = Endless()\n"
        "  garbage.itself = garbage\n"
        "  garbage.memory = b'x' * 100_000_000\n"
        "  return 'answered'"
    )
    before = metric(impatient, "standpy_worker_restarts_total", reason="stuck")
    assert outputs(execute(impatient.endpoint, script)) == [value("answered")]
    assert outputs(execute(impatient.endpoint, ALIVE)) == [value("alive")]
    after = metric(impatient, "standpy_worker_restarts_total", reason="stuck")
    assert after == before + 1


def test_an_answer_that_is_not_read_is_cut_off_and_frees_the_worker():
    """It has begun, so nothing else can be answered; it is never completed wrongly."""
    engine = Engine("--plugin", "standpy", "--master", "--socket-timeout", "1")
    with engine.connect() as connection:
        connection.sendall(raw_request("def rm_main(): return 'x' * 20_000_000"))
        head = connection.recv(1000)
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
        assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]  # while it is not read
        time.sleep(8)
        received = len(head)
        try:
            for piece in iter(lambda: connection.recv(1 << 20), b""):
                received += len(piece)
        except ConnectionResetError:
            pass
        assert received < length
    engine.stop()


def test_a_client_that_rests_within_its_answer_gets_all_of_it():
    """Longer than it may rest within a request: the kernel hides how much of an answer it takes."""
    engine = Engine("--plugin", "standpy", "--master", "--socket-timeout", "1")
    with engine.connect() as connection:
        connection.sendall(raw_request("def rm_main(): return 'x' * 20_000_000"))
        head = connection.recv(1000)
        length = int(re.search(rb"Content-Length: (\d+)", head).group(1))
        time.sleep(3)
        received = len(head.partition(b"\r\n\r\n")[2])
        while received < length and (piece := connection.recv(1 << 20)):
            received += len(piece)
        assert received == length
    engine.stop()


def test_a_process_that_the_script_forked_never_answers(impatient):
    script = "import os\ndef rm_main():\n  os.fork()\n  return 'once'"
    body = raw_request(script)
    answer = raw_exchange(("127.0.0.1", impatient.port), body)
    assert answer.count(b"HTTP/1.1") == 1
    status, _, content = parse_answer(answer)
    assert (status, json.loads(content)["outputs"]) == (200, [value("once")])


def test_a_killed_worker_costs_its_own_client_one_502():
    engine = Engine(WORKERS="2", TIMEOUT="20")
    router = Router(ENGINE_E_HOST=engine.host)
    try:
        statuses = []
        stop = threading.Event()

        def load():
            while not stop.is_set():
                statuses.append(execute_script(router.url + "/e", ALIVE).status_code)

        thread = threading.Thread(target=load)
        thread.start()
        kill = "import os\ndef rm_main(): os.kill(os.getpid(), 9)"
        killed = [execute(router.url + "/e", kill) for _ in range(5)]
        stop.set()
        thread.join()
        for response in killed:
            assert_problem(response, 502, "script-died", "signal 9")
        assert set(statuses) == {200}
        # The last one is counted when its successor is there.
        wait_until(
            lambda: metric(engine, "standpy_worker_restarts_total", reason="crash") == 5
        )
    finally:
        router.stop()
        engine.stop()


@namespace_only
def test_workers_restart_within_max_requests_and_not_together(start):
    engine = start(WORKERS="2", MAX_REQUESTS="40")
    served = {}
    for _ in range(400):
        pid = outputs(execute(engine.endpoint, WHO))[0]["value"]
        served[pid] = served.get(pid, 0) + 1
    assert max(served.values()) <= 40
    restarts = metric(engine, "standpy_worker_restarts_total", reason="max_requests")
    assert restarts >= 8
    assert metric(engine, "standpy_worker_restarts_total", reason="crash") == 0
    assert "DAMN" not in engine.log
    spans = sorted(n for n in served.values() if n > 30)
    assert len(set(spans)) > 1, "every worker had the same number of requests"


def test_runners_that_end_before_they_are_ready_start_later_and_later():
    """Here as the folder that their scratch folders lie in is gone; it heals once that is back."""
    folder = tempfile.mkdtemp(dir="/dev/shm")
    engine = Engine(SCRATCH_DIR=folder)
    try:
        assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]
        shutil.rmtree(folder)
        for runner in runners_of(engine):
            os.kill(runner, signal.SIGKILL)
        wait_until(lambda: "the next one starts in 400 ms" in engine.log)
        os.mkdir(folder)
        assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]
    finally:
        engine.stop()
        shutil.rmtree(folder)
