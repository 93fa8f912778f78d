"""Never sent, or may have run: what a restart of an engine costs its clients."""

import concurrent.futures
import threading
import time

import requests
from client import assert_problem, execute, outputs, value, wait_until
from engine_process import Engine
from router_client import ask, ask_in_background, metrics, up
from router_process import Configured, Replica, Router, Upstream, read_head


def gone(replica):
    replica.stop()
    return replica


def test_who_comes_while_the_only_replica_restarts_waits_for_it(started):
    first = Replica("first", workers=1)
    router = Router(ENGINE_E_HOST=first.host)
    started.append(router)
    wait_until(lambda: up(router, first))
    gone(first)
    threads, answers = ask_in_background(router, 5)
    wait_until(lambda: 'requests_queued{engine="e"} 5' in metrics(router))
    again = Replica("again", workers=1, port=first.port)
    started.append(again)
    for thread in threads:
        thread.join()
    assert [answer.text for answer in answers] == ["again"] * 5
    assert again.most == 1 and again.had == 5  # its worker is not asked for more than it can
    assert 'requests_queued{engine="e"} 0' in metrics(router)
    assert f'in_flight{{engine="e",replica="{again.host}"}} 0' in metrics(router)


def test_whoever_waits_for_a_busy_replica_gets_the_other_once_it_is_back(started):
    """Although it was asked for that request already, in vain."""
    busy, first = Replica("busy", workers=1), Replica("first", workers=1)
    router = Router(ENGINE_E_HOST=f"{busy.host},{first.host}")
    started.extend([router, busy])
    wait_until(lambda: up(router, busy) and up(router, first))
    busy.may.clear()
    first.may.clear()
    running, texts = ask_in_background(router, 2)
    wait_until(lambda: busy.has + first.has == 2)
    gone(first)
    first.may.set()
    wait_until(lambda: len(texts) == 1)
    waiting, answers = ask_in_background(router, 3)
    wait_until(lambda: 'requests_queued{engine="e"} 3' in metrics(router))
    started.append(Replica("again", workers=1, port=first.port))
    for thread in waiting:
        thread.join()
    assert [answer.text for answer in answers] == ["again"] * 3
    busy.may.set()
    for thread in running:
        thread.join()


def test_who_asks_for_info_waits_too(started):
    first = Replica("first", workers=1)
    router = Router(ENGINE_E_HOST=first.host)
    started.append(router)
    gone(first)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        asked = pool.submit(requests.get, router.url + "/e/info", timeout=60)
        wait_until(lambda: 'requests_queued{engine="e"} 1' in metrics(router))
        again = Replica("again", workers=1, port=first.port)
        started.append(again)
        assert asked.result().text == "again"


def test_an_engine_without_any_replica_is_waited_for(started, tmp_path):
    """Its name has no address yet, as that of a container that is just made."""
    there = Replica("there", workers=1)
    router = Configured(tmp_path / "config", {"ENGINE_E_HOST": "nothing.invalid"})
    started.extend([router, there])
    threads, answers = ask_in_background(router, 2)
    wait_until(lambda: 'requests_queued{engine="e"} 2' in metrics(router))
    router.reload({"ENGINE_E_HOST": there.host})
    for thread in threads:
        thread.join()
    assert [answer.text for answer in answers] == ["there"] * 2


def test_who_has_waited_long_enough_is_told_that_nothing_was_sent(started):
    dead = gone(Replica("dead"))
    router = Router(ENGINE_E_HOST=dead.host, ENGINE_E_WAIT="2")
    started.append(router)
    began = time.monotonic()
    answer = ask(router)
    assert time.monotonic() - began > 1.5
    assert_problem(answer, 502, "engine-unreachable", "the engine e cannot be reached")
    assert answer.headers["Retry-After"] == "1"


def test_without_a_queue_or_time_nobody_waits(started):
    """A queue of 0, or no time."""
    dead = gone(Replica("dead"))
    router = Router(
        ENGINE_E_HOST=dead.host, ENGINE_E_WAIT="0", ENGINE_F_HOST=dead.host, ENGINE_F_QUEUE="0"
    )
    started.append(router)
    for engine in "ef":
        answer = requests.post(router.url + f"/{engine}/x", data=b"x", timeout=60)
        assert_problem(answer, 502, "engine-unreachable")


def test_a_client_that_leaves_while_it_waits_is_forgotten(started):
    dead = gone(Replica("dead"))
    router = Router(ENGINE_E_HOST=dead.host)
    started.append(router)
    try:
        requests.post(router.url + "/e/x", data=b"x", timeout=1)
    except requests.exceptions.Timeout:
        pass
    wait_until(lambda: 'requests_queued{engine="e"} 0' in metrics(router))
    assert "status=499" in router.wait_for_log("status=499")


def test_what_may_have_run_says_so_and_is_not_sent_again(started):
    seen = []

    def take(connection):
        seen.append(read_head(connection))

    upstream = Upstream(take, workers=1)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    answer = ask(router)
    assert_problem(answer, 502, "engine-broke", "the script may have run")
    assert "Retry-After" not in answer.headers
    assert len(seen) == 1


def test_a_restart_of_a_single_engine_costs_nobody_an_answer(started):
    """A real one, under load."""
    # Those that look for leaks in the router find CPython's in the engine.
    options = {"WORKERS": "2", "PRELOAD": "none", "ASAN_OPTIONS": "detect_leaks=0:handle_segv=0"}
    engine = Engine(**options)
    router = Router(ENGINE_E_HOST=engine.host, ENGINE_E_WAIT="60")
    started.extend([router, engine])
    wait_until(lambda: 'replica_workers{engine="e"' in metrics(router))
    statuses, stop = [], threading.Event()

    def load():
        while not stop.is_set():
            statuses.append(execute(router.url + "/e", "def rm_main(): return 1").status_code)

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(statuses) > 50)
    engine.process.terminate()
    engine.process.wait(60)
    again = Engine(**options, LISTEN=f"127.0.0.1:{engine.port}")
    started.append(again)
    before = len(statuses)
    wait_until(lambda: len(statuses) > before + 50)
    stop.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}
    assert outputs(execute(router.url + "/e", "def rm_main(): return 1")) == [value(1)]
