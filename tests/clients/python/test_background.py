"""Calls in the background, asyncio, interrupts: whatever ends a call stops its script."""

import asyncio
import concurrent.futures
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from client import metric, wait_until
from conftest import SOURCE
from standpy_client import AsyncEngine, Engine, Refused, ScriptError

SLEEP = "import time\ndef rm_main():\n    time.sleep(60)\n"


def running(engine):
    return metric(engine, "standpy_requests_in_flight")


@pytest.fixture
def remote(engine):
    with Engine(engine.endpoint) as remote:
        yield remote
    wait_until(lambda: running(engine) == 0)


def test_submitted_scripts_run_at_the_same_time(remote):
    text = "import time\ndef rm_main(n):\n    time.sleep(0.5)\n    return n\n"
    began = time.monotonic()
    futures = [remote.submit(text, number) for number in range(2)]
    done = [future.result(30).value for future in concurrent.futures.as_completed(futures)]
    assert sorted(done) == [0, 1]
    assert time.monotonic() - began < 20


def test_a_future_has_the_script_s_error(remote):
    with pytest.raises(ScriptError, match="ZeroDivisionError"):
        remote.submit("def rm_main():\n    1 / 0\n").result(30)


def test_cancel_stops_the_script(remote, engine):
    future = remote.submit(SLEEP)
    wait_until(lambda: running(engine) == 1)
    assert future.cancel()
    wait_until(lambda: running(engine) == 0)
    assert future.cancelled() and future.done()
    assert concurrent.futures.wait([future], 5).done == {future}
    with pytest.raises(concurrent.futures.CancelledError):
        future.result()
    assert remote.run("def rm_main():\n    return 1\n").value == 1


def test_what_is_done_cannot_be_cancelled(remote):
    future = remote.submit("def rm_main():\n    return 1\n")
    assert future.result(30).value == 1
    assert not future.cancel()


def test_a_call_that_waits_for_a_busy_engine_can_be_cancelled(serve):
    server = serve({"status": 503, "problem": {"type": "urn:standpy:problem:unavailable"}, "headers": {"Retry-After": "30"}})
    with Engine(server.endpoint) as remote:
        future = remote.submit("def rm_main():\n    return 1\n")
        wait_until(lambda: server.requests == 1)
        began = time.monotonic()
        assert future.cancel()
    assert time.monotonic() - began < 10


def test_what_waits_for_its_turn_never_runs_if_it_is_cancelled(engine):
    with Engine(engine.endpoint, connections=1) as remote:
        first = remote.submit(SLEEP)
        second = remote.submit("def rm_main():\n    return 1\n")
        assert second.cancel()
        first.cancel()


def test_an_upload_can_be_cancelled(serve, tmp_path):
    (tmp_path / "large").write_bytes(bytes(50_000_000))
    taken = threading.Event()
    server = serve({"early": True, "act": lambda connection: taken.wait(30)})
    with Engine(server.endpoint, keep=False) as remote:
        future = remote.submit("def rm_main(f):\n    pass\n", tmp_path / "large")
        wait_until(lambda: server.requests == 1)
        assert future.cancel()
    taken.set()


def test_asyncio(engine):
    async def main():
        async with AsyncEngine(engine.endpoint) as remote:
            assert (await remote.info()).workers == 2
            assert (await remote.check()).ok
            results = await asyncio.gather(*(remote.run("def rm_main(n):\n    return n\n", n) for n in range(5)))
            assert [result.value for result in results] == list(range(5))
            task = asyncio.create_task(remote.run(SLEEP))
            while running(engine) == 0:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(remote.run(SLEEP), 0.5)
            wait_until(lambda: running(engine) == 0)

    asyncio.run(main())


@pytest.mark.parametrize("command", ["run", "library"])
def test_an_interrupt_stops_the_script(engine, tmp_path, command):
    (tmp_path / "script.py").write_text(SLEEP)
    library = f"from standpy_client import Engine; Engine({engine.endpoint!r}).run({SLEEP!r})"
    arguments = ["-m", "standpy_client", "run", "script.py"] if command == "run" else ["-c", library]
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=tmp_path,
        env={"PYTHONPATH": str(SOURCE), "STANDPY_ENDPOINT": engine.endpoint, "PATH": os.environ["PATH"]},
        stderr=subprocess.PIPE,
        text=True,
        # A shell's jobs in the background ignore it, and their children do.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_until(lambda: running(engine) == 1)
    process.send_signal(signal.SIGINT)
    _, printed = process.communicate(timeout=30)
    wait_until(lambda: running(engine) == 0)
    assert process.returncode in (130, -signal.SIGINT)
    assert ("the script was stopped" if command == "run" else "KeyboardInterrupt") in printed


# Functions


FACTOR = 3


def scale(values):
    return [value * FACTOR for value in values]


def test_a_remote_function_brings_what_it_needs(remote, capsys):
    import math
    import statistics as numbers
    from collections import OrderedDict

    places = 2

    @remote.remote
    def area(radius, *, names=("a",)):
        """Its documentation stays."""
        rounded = round(math.pi * radius**2, places)
        return rounded, scale([1]), list(names), numbers.mean([1, 3]), list(OrderedDict(a=1))

    assert area(2) == (12.57, [3], ["a"], 2, ["a"])
    assert area.__doc__ == "Its documentation stays."


def test_a_remote_function_is_called_as_it_is_at_home(remote, capsys):
    @remote.remote
    def total(first, second=scale([2])[0], *rest, times=1, **more):
        print("adding")
        return (first + second + sum(rest)) * times, sorted(more)

    assert total(1) == (7, [])
    assert total(1, 2, 3, times=2, b=1, a=2) == (12, ["a", "b"])
    assert capsys.readouterr().out == "adding\nadding\n"
    assert total.submit(1).result(30).values == [7, []]
    with pytest.raises(TypeError, match="missing a required argument"):
        total()


def test_options_of_a_remote_function(remote):
    @remote.remote(macros={"factor": 2}, trust=True)
    def times(number, macros):
        return {number * macros["factor"]}

    with pytest.raises(TypeError):
        times()
    bound = times
    assert bound.submit  # a Remote
    with pytest.raises(Refused):
        remote.run("def rm_main():\n    return {1}\n").value  # noqa: B018


def test_globals_that_are_no_source_are_named(remote):
    with pytest.raises(ValueError, match="THREAD"):
        remote.remote(uses_thread)
    with pytest.raises(TypeError):
        remote.remote(len)
    with pytest.raises(ValueError, match="lambda"):
        remote.remote(lambda: 1)


THREAD = threading.current_thread()


def uses_thread():
    return THREAD.name
