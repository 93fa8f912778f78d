"""Each process of the engine is killed, or stopped, at any moment: what that costs, and whom."""

import contextlib
import hashlib
import os
import signal
import threading

import pytest
import requests
from client import assert_problem, execute, execute_in_background, outputs, value, wait_until
from engine_process import Engine, unsanitized_only
from inventory import (
    busy_runners, descendants, front_of, is_gone, processes_named, runners_of, scratch_folders, state_of,
    used_scratch_folders, zygote_of,
)  # fmt: skip
from router_process import Router
from script_texts import ALIVE, BUSY

SLOW = "import time\ndef rm_main():\n  time.sleep(1)\n  return 'slow'"


@pytest.fixture(params=["namespace", "process"])
def engine(request):
    engine = Engine(WORKERS="2", TIMEOUT="20", ISOLATION=request.param)
    yield engine
    engine.stop()


class Load:
    """Requests one after the other; what became of them."""

    def __init__(self, engine, before=""):
        self.engine, self.statuses, self.failures = engine, [], []
        self.script = before + "def rm_main(x): return x"
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over.is_set():
            number = len(self.statuses)
            try:
                response = execute(self.engine.endpoint, self.script, value(number))
                assert response.status_code != 200 or outputs(response) == [value(number)]
                self.statuses.append(response.status_code)
            except requests.ConnectionError as error:
                self.failures.append(str(error))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.over.set()
        self.thread.join()

    def wait_for(self, count):
        wanted = len(self.statuses) + count
        wait_until(lambda: len(self.statuses) >= wanted)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGINT])
def test_a_runner_that_is_killed_costs_its_own_client_one_502(engine, number):
    answer = execute_in_background(engine, BUSY)
    with Load(engine) as load:
        load.wait_for(5)
        wait_until(lambda: busy_runners(engine))
        os.kill(busy_runners(engine)[0], number)
        if number == signal.SIGINT:
            assert_problem(answer.result(), 422, "script-failed", "KeyboardInterrupt")
        else:
            assert_problem(answer.result(), 502, "script-died", f"signal {number:d}")
        load.wait_for(20)
    assert set(load.statuses) == {200} and load.failures == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
def test_spares_that_are_killed_or_stopped_cost_nobody_anything(engine, how):
    assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]
    with Load(engine) as load:
        for _ in range(3):
            for pid in runners_of(engine)[:1]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, how)
            load.wait_for(10)
    # One that had just got a request is its client's.
    assert set(load.statuses) <= {200, 502, 504} and load.failures == []
    assert load.statuses.count(200) >= len(load.statuses) - 3


def test_a_zygote_that_is_killed_costs_nobody_anything(engine):
    slow = execute_in_background(engine, SLOW)
    with Load(engine) as load:
        load.wait_for(5)
        before = zygote_of(engine)
        os.kill(before, signal.SIGKILL)
        assert outputs(slow.result()) == [value("slow")]
        wait_until(lambda: is_gone(before))
        wait_until(lambda: has_zygote(engine, before))
        load.wait_for(20)
    assert set(load.statuses) == {200} and load.failures == []
    # The new one's runners take over, and nothing of the old one's is left.
    wait_until(lambda: len(runners_of(engine)) >= 3)
    for _ in range(3):
        execute(engine.endpoint, ALIVE)
    wait_until(lambda: all(pid in (front_of(engine), zygote_of(engine), *runners_of(engine))
                           for pid in descendants(engine.process.pid)))  # fmt: skip
    wait_until(lambda: len(used_scratch_folders(engine)) == len(runners_of(engine)))


def has_zygote(engine, other_than):
    try:
        return zygote_of(engine) != other_than and len(runners_of(engine)) >= 3
    except (ValueError, OSError):
        return False


def test_a_zygote_that_is_stopped_goes_on(engine):
    os.kill(zygote_of(engine), signal.SIGSTOP)
    for _ in range(20):
        assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]
    wait_until(lambda: "the zygote was stopped by a signal, it goes on" in engine.log)
    wait_until(lambda: state_of(zygote_of(engine)) != "T")


def test_a_front_that_is_killed_costs_its_connections(engine):
    slow = execute_in_background(engine, "import time\ndef rm_main(): time.sleep(3600)")
    before, runners = front_of(engine), runners_of(engine)
    os.kill(before, signal.SIGKILL)
    with pytest.raises(requests.ConnectionError):
        slow.result()
    for _ in range(5):
        assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]
    assert front_of(engine) != before
    wait_until(lambda: all(is_gone(pid) for pid in runners))
    wait_until(lambda: len(used_scratch_folders(engine)) == len(runners_of(engine)))


def test_a_front_that_is_stopped_goes_on(engine):
    with Load(engine) as load:
        load.wait_for(5)
        os.kill(front_of(engine), signal.SIGSTOP)
        load.wait_for(20)
    assert set(load.statuses) == {200} and load.failures == []
    assert "the front was stopped by a signal, it goes on" in engine.log


def test_front_and_zygote_may_be_killed_together(engine):
    assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]
    everyone = descendants(engine.process.pid)
    for pid in (front_of(engine), zygote_of(engine)):
        os.kill(pid, signal.SIGKILL)
    assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]
    wait_until(lambda: all(is_gone(pid) for pid in everyone))


def test_nothing_is_left_when_the_master_is_killed(engine):
    execute_in_background(engine, BUSY)
    wait_until(lambda: busy_runners(engine))
    others = descendants(engine.process.pid)
    engine.process.kill()
    engine.process.wait()
    wait_until(lambda: all(is_gone(pid) for pid in others))
    wait_until(lambda: scratch_folders(engine) == [])


def test_processes_that_a_script_left_end_with_the_master():
    engine = Engine(WORKERS="1", TIMEOUT="30")
    script = (
        "import subprocess, time\n"
        "def rm_main():\n"
        "  subprocess.Popen(['setsid', 'sleep', '7654321'])\n"
        "  time.sleep(60)"
    )
    execute_in_background(engine, script)
    wait_until(lambda: processes_named("sleep", "7654321"))
    engine.process.kill()
    engine.process.wait()
    wait_until(lambda: not processes_named("sleep", "7654321"))
    engine.stop()


def test_what_an_engine_left_that_was_killed_is_removed_by_the_next_one():
    engine = Engine()
    execute(engine.endpoint, ALIVE)
    folders = scratch_folders(engine)
    everyone = [engine.process.pid, zygote_of(engine), *descendants(engine.process.pid)]
    for pid in everyone:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    engine.process.wait()
    wait_until(lambda: all(is_gone(pid) for pid in everyone))
    left = [folder for folder in folders if os.path.isdir(folder)]
    assert left
    for folder in left:
        os.chmod(folder, 0)
    other = Engine()
    try:
        assert not any(os.path.exists(folder) for folder in folders)
        assert outputs(execute(other.endpoint, ALIVE)) == [value("alive")]
    finally:
        other.stop()


def test_a_reload_loses_no_request():
    engine = Engine(WORKERS="2")
    with Load(engine) as load:
        load.wait_for(20)
        for _ in range(2):
            before = front_of(engine)
            engine.process.send_signal(signal.SIGHUP)
            wait_until(lambda: has_other_front(engine, before))
            load.wait_for(20)
    assert set(load.statuses) == {200} and load.failures == []
    engine.stop()


def has_other_front(engine, before):
    try:
        return front_of(engine) != before
    except (ValueError, OSError):
        return False


# What a death says

CRASHES = {
    "ctypes.string_at(0)": "signal 11 (Segmentation fault)",
    "os.abort()": "signal 6 (Aborted)",
    "os.kill(os.getpid(), signal.SIGBUS)": "signal 7 (Bus error)",
    "os.kill(os.getpid(), signal.SIGFPE)": "signal 8 (Floating point exception)",
}


@pytest.mark.parametrize("crash", CRASHES)
def test_a_crash_says_where_the_script_was_and_what_it_printed(engine, crash):
    script = f"""import ctypes, os, signal, sys

def deeper():
    {crash}

def rm_main():
    print('so far', flush=True)
    print('and this', file=sys.stderr, flush=True)
    deeper()
"""
    digest = hashlib.sha256(script.encode()).hexdigest()
    headers = {"X-Request-Id": f"crash-{abs(hash(crash))}"}
    answer = execute(engine.endpoint, script, headers=headers)
    problem = assert_problem(answer, 502, "script-died", CRASHES[crash], digest)
    assert "  Script, line 4, in deeper\n" in problem["traceback"]
    assert "  Script, line 9, in rm_main\n" in problem["traceback"]
    assert (problem["stdout"], problem["stderr"]) == ("so far\n", "and this\n")
    line = next(line for line in engine.log.splitlines() if headers["X-Request-Id"] in line)
    assert CRASHES[crash] in line and f"sha256={digest}" in line
    assert "      Script, line 4, in deeper\n" in engine.log


@pytest.mark.parametrize("end", ["os._exit(3)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_an_end_without_a_crash_has_a_line_with_its_request_too(engine, end):
    script = f"import os, signal\ndef rm_main(): print('so far', flush=True); {end}"
    headers = {"X-Request-Id": f"end-{abs(hash(end))}"}
    problem = assert_problem(
        execute(engine.endpoint, script, headers=headers), 502, "script-died",
        hashlib.sha256(script.encode()).hexdigest(),
    )  # fmt: skip
    assert problem["stdout"] == "so far\n" and "traceback" not in problem
    line = next(line for line in engine.log.splitlines() if headers["X-Request-Id"] in line)
    assert ("status 3" in line) == (end == "os._exit(3)")


def test_a_stack_that_is_used_up_in_native_code_is_a_crash_like_others(engine):
    script = """import sys
def rm_main():
    sys.setrecursionlimit(10 ** 9)
    nested = []
    for _ in range(10 ** 6): nested = [nested]
    return repr(nested)
"""
    problem = assert_problem(execute(engine.endpoint, script), 502, "script-died", "signal 11")
    assert "  Script, line 6, in rm_main\n" in problem["traceback"]
    assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]


def test_a_child_that_crashes_writes_nothing_for_its_parent(engine):
    script = """import ctypes, os
def rm_main():
    child = os.fork()
    if child == 0:
        ctypes.string_at(0)
    status = os.waitpid(child, 0)[1]
    return os.WTERMSIG(status)
"""
    assert outputs(execute(engine.endpoint, script)) == [value(11)]


@unsanitized_only  # the sanitizers have handlers of their own
def test_a_script_finds_signals_as_a_fresh_interpreter_has_them(engine):
    script = """import faulthandler, signal
def rm_main():
    return [faulthandler.is_enabled()] + [
        signal.getsignal(n) is signal.SIG_DFL
        for n in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE)]
"""
    assert outputs(execute(engine.endpoint, script)) == [value([False, True, True, True, True])]


def test_the_router_names_the_problem_of_an_engine(engine):
    router = Router(ENGINE_E_HOST=engine.host)
    try:
        for script, slug in (
            ("import os\ndef rm_main(): os._exit(3)", "script-died"),
            ("def rm_main(): raise ValueError", "script-failed"),
            ("def", "script-parse-failed"),
        ):
            execute(router.url + "/e", script)
            router.wait_for_log(f"the engine answered with an error: {slug}")
    finally:
        router.stop()
