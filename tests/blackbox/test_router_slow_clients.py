"""Clients that are slower than the engine: the router keeps in memory what they send and take."""

import contextlib
import hashlib
import time

import pytest
import requests
from client import read_to_the_end, wait_until
from router_client import begin, connect, metric
from router_process import Router, Upstream, echo, read_head
from slow_clients import buffered, send_slowly

CLOSES = ["Connection: close"]


@pytest.fixture(params=[("256m", 1), ("1m", 1), ("1m", 3), ("0", 1)], ids=str)
def echoing(request, started):
    """(router, number of clients at a time), before an upstream that answers with the body."""
    limit, clients = request.param
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host, BUFFER_LIMIT=limit)
    started.extend([router, upstream])
    return router, limit, clients


def test_slow_clients_send_and_take_every_byte(echoing):
    """However much of it is kept, and where that is less than they have."""
    router, limit, clients = echoing
    body = hashlib.shake_128(b"seed").digest(3_000_000)
    connections = [connect(router, buffer=16384) for _ in range(clients)]
    for connection in connections:
        begin(connection, "/e/x", CLOSES, len(body))
    for at in range(0, 200_000, 10_000):
        for connection in connections:
            connection.sendall(body[at : at + 10_000])
        time.sleep(0.005)
    for connection in connections:
        connection.sendall(body[200_000:])
    time.sleep(0.5)  # none takes its answer
    allowed = {"256m": 256 << 20, "1m": 1 << 20, "0": 0}[limit]
    assert buffered(router) <= allowed
    for connection in connections:
        with connection:
            assert read_to_the_end(connection).endswith(b"\r\n\r\n" + body)
    assert buffered(router) == 0


@pytest.mark.parametrize("limit", ["0", "100k", "1m"])
def test_an_answer_that_there_is_no_memory_for_comes_whole(limit, started):
    """Newer releases of libcurl break one that goes on and finds no room."""
    body = hashlib.shake_128(b"seed").digest(30_000_000)

    def answer(connection):
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    upstream = Upstream(answer)
    router = Router(ENGINE_E_HOST=upstream.host, BUFFER_LIMIT=limit)
    started.extend([router, upstream])
    with connect(router, buffer=16384) as slow:
        begin(slow, "/e/x", ["Connection: close"], 0)
        time.sleep(1)  # it takes nothing
        assert buffered(router) <= {"0": 0, "100k": 25 << 10, "1m": 256 << 10}[limit]
        assert read_to_the_end(slow).endswith(b"\r\n\r\n" + body)
    assert buffered(router) == 0


@pytest.mark.parametrize("side", ["sends", "takes"])
def test_what_is_kept_for_a_client_that_leaves_is_let_go(started, side):

    def handle(connection):
        with contextlib.suppress(ConnectionError):
            echo(connection)

    upstream = Upstream(handle)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    body = b"x" * (1_000_000 if side == "sends" else 30_000_000)
    with connect(router, buffer=65536) as slow:
        begin(slow, "/e/x", CLOSES, len(body))
        if side == "sends":
            send_slowly(router, slow, body[:-1])
        else:
            slow.sendall(body)
        wait_until(lambda: buffered(router) > 0)
    wait_until(lambda: buffered(router) == 0)
    assert requests.post(router.url + "/e/x", data=b"next", timeout=60).text.endswith("next")


def test_at_the_end_of_its_time_the_router_logs_what_it_cut_of_a_kept_answer(started):
    def answer(connection):
        read_head(connection)
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 30000000\r\n\r\n"
        connection.sendall(head + b"x" * 30_000_000)

    upstream = Upstream(answer)
    router = Router(ENGINE_E_HOST=upstream.host, STOP_TIMEOUT="1")
    started.extend([router, upstream])
    with connect(router, buffer=16384) as slow:
        begin(slow, "/e/x", ["X-Request-Id: slow"], 0)
        wait_until(lambda: buffered(router) > 0)
        wait_until(lambda: metric(router, "standpy_router_replica_in_flight") == 0)
        assert router.stop() == 0
        assert len(read_to_the_end(slow)) < 30_000_000
    assert "request slow failed: status=200" in router.log
    assert "the router stopped before the answer was whole" in router.log
