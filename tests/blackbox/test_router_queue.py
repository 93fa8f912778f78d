"""The queue in front of an engine: as many requests run as there are workers, the rest waits."""

import re
import socket
import threading

import pytest
import requests
from client import assert_problem, wait_until
from router_client import ask, ask_in_background, metrics, up
from router_process import Replica, Router


@pytest.fixture
def busy():
    """(router, replica): it has two workers, and answers when it may; three may wait."""
    replica = Replica("done", workers=2)
    router = Router(ENGINE_E_HOST=replica.host, ENGINE_E_QUEUE="3")
    wait_until(lambda: up(router, replica))
    replica.may.clear()
    yield router, replica
    replica.may.set()
    router.stop()
    replica.stop()


def queued(router):
    return int(re.search(r'requests_queued\{engine="e"\} (\d+)', metrics(router))[1])


def test_as_many_run_as_there_are_workers_and_the_rest_waits(busy):
    router, replica = busy
    threads, answers = ask_in_background(router, 5)
    wait_until(lambda: (replica.has, queued(router)) == (2, 3))
    replica.may.set()
    for thread in threads:
        thread.join()
    assert [response.text for response in answers] == ["done"] * 5
    assert (replica.most, replica.had) == (2, 5)


def test_what_does_not_fit_into_the_queue_is_refused_with_a_time(busy):
    router, replica = busy
    threads, _ = ask_in_background(router, 5)
    wait_until(lambda: queued(router) == 3)
    refused = ask(router)
    assert_problem(refused, 503, "unavailable", "every worker of the engine e is busy", "full (3)")
    assert int(refused.headers["Retry-After"]) >= 1
    # What needs no worker is not held up.
    replica.may.set()
    assert requests.get(router.url + "/e/info", timeout=60).status_code == 200
    for thread in threads:
        thread.join()
    assert replica.had == 6  # the refused one is not among them


def test_a_queue_of_zero_makes_nobody_wait():
    replica = Replica("done", workers=1)
    router = Router(ENGINE_E_HOST=replica.host, ENGINE_E_QUEUE="0")
    wait_until(lambda: up(router, replica))
    replica.may.clear()
    threads, _ = ask_in_background(router, 1)
    wait_until(lambda: replica.has == 1)
    assert_problem(ask(router), 503, "unavailable")
    replica.may.set()
    threads[0].join()
    router.stop()
    replica.stop()


def test_a_client_that_leaves_the_queue_gives_up_its_place(busy):
    router, replica = busy
    threads, _ = ask_in_background(router, 2)
    wait_until(lambda: replica.has == 2)
    request = b"POST /e/left HTTP/1.1\r\nHost: r\r\nContent-Length: 1\r\n\r\nx"
    leaving = [socket.create_connection(router.address) for _ in range(3)]
    for connection in leaving:
        connection.sendall(request)
    wait_until(lambda: queued(router) == 3)
    for connection in leaving:
        connection.close()
    wait_until(lambda: queued(router) == 0)
    assert router.wait_for_log("path=\"/e/left\" status=499").count("status=499") >= 1
    replica.may.set()
    for thread in threads:
        thread.join()
    assert ask(router).text == "done"
    assert replica.had == 3  # none of those that left
    wait_until(lambda: 'requests_total{engine="e",status="499"} 3' in metrics(router))


def test_the_first_that_came_is_the_first_that_runs():
    replica = Replica("done", workers=1)
    router = Router(ENGINE_E_HOST=replica.host)
    wait_until(lambda: up(router, replica))
    replica.may.clear()
    ended = []

    def run(number):
        ask(router)
        ended.append(number)

    threads = []
    for number in range(6):
        threads.append(threading.Thread(target=run, args=(number,)))
        threads[-1].start()
        wait_until(lambda: (replica.has, queued(router)) == (1, number))
    replica.may.set()
    for thread in threads:
        thread.join()
    assert replica.most == 1 and replica.had == 6
    paths = re.findall(r"queue_ms=([\d.]+)", router.wait_for_log("ms="))
    assert [float(ms) for ms in paths if float(ms) >= 0]
    router.stop()
    replica.stop()
