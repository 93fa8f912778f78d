"""The router's end: what is in flight is finished, nothing new is taken."""

import contextlib
import socket
import threading
import time

import requests
from client import assert_problem, parse_answer, wait_until
from router_client import ask_in_background, metrics, up
from router_process import Replica, Router, read_head


def test_sigterm_finishes_what_is_in_flight(behind):
    begun, go_on = threading.Event(), threading.Event()

    def handle(connection):
        read_head(connection)
        begun.set()
        go_on.wait(60)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    router, _ = behind(handle)
    answers = []

    def ask():
        answers.append(requests.get(router.url + "/e/x", timeout=60).text)

    asking = threading.Thread(target=ask)
    asking.start()
    assert begun.wait(60)
    router.process.terminate()
    router.wait_for_log("finishing what is in flight")
    go_on.set()
    asking.join(60)
    assert answers == ["ok"]
    assert router.process.wait(60) == 0


def test_at_the_end_of_its_time_the_router_says_so_to_those_that_wait(started):
    replica = Replica("done", workers=1)
    router = Router(ENGINE_E_HOST=replica.host, STOP_TIMEOUT="1")
    started.extend([router, replica])
    wait_until(lambda: up(router, replica))
    replica.may.clear()
    threads, answers = ask_in_background(router, 3)  # one runs, two wait
    wait_until(lambda: 'requests_queued{engine="e"} 2' in metrics(router))
    uploading = socket.create_connection(router.address, timeout=60)
    uploading.sendall(b"POST /e/x HTTP/1.1\r\nHost: r\r\nContent-Length: 999999\r\n\r\n" + b"x" * 200000)
    reading = socket.create_connection(router.address, timeout=60)
    reading.sendall(b"GET /e/x HTTP/1.1\r\nHost")
    router.process.terminate()
    for thread in threads:
        thread.join()
    for answer in answers:
        assert_problem(answer, 503, "unavailable", "the router stopped")
    assert router.process.wait(60) == 0
    assert "status=499" not in router.log
    replica.may.set()
    uploading.close()
    reading.close()


def test_heads_that_end_just_when_the_router_does_do_it_no_harm(started):
    router = Router(ENGINE_E_HOST="127.0.0.1:9", STOP_TIMEOUT="1", THREADS="4")
    started.append(router)
    clients = [socket.create_connection(router.address, timeout=60) for _ in range(400)]
    for client in clients:
        client.sendall(b"GET /healthz HTTP/1.1\r\nHost: r\r\n")
    time.sleep(0.2)
    router.process.terminate()
    time.sleep(0.98)
    for client in clients:
        with contextlib.suppress(OSError):
            client.sendall(b"\r\n")
        time.sleep(0.0001)
    assert router.process.wait(60) == 0
    for client in clients:
        client.close()


def test_while_it_ends_the_router_takes_nothing_new(started):
    replica = Replica("done", workers=1)
    router = Router(ENGINE_E_HOST=replica.host)
    started.extend([router, replica])
    wait_until(lambda: up(router, replica))
    replica.may.clear()
    threads, answers = ask_in_background(router, 2)
    wait_until(lambda: 'requests_queued{engine="e"} 1' in metrics(router))
    kept = socket.create_connection(router.address, timeout=60)
    kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: r\r\n\r\n")
    assert kept.recv(65536).startswith(b"HTTP/1.1 200")
    router.process.terminate()
    router.wait_for_log("finishing what is in flight")
    wait_until(lambda: refuses(router))
    kept.sendall(b"POST /e/x HTTP/1.1\r\nHost: r\r\nContent-Length: 1\r\n\r\nx")
    answer = b""
    while received := kept.recv(65536):
        answer += received
    assert parse_answer(answer)[0] == 503 and b"Retry-After: 1" in answer
    replica.may.set()
    for thread in threads:
        thread.join()
    assert [answer.text for answer in answers] == ["done"] * 2  # also the one that waited
    assert router.process.wait(60) == 0


def refuses(router):
    try:
        socket.create_connection(router.address, timeout=60).close()
        return False
    except ConnectionRefusedError:
        return True
