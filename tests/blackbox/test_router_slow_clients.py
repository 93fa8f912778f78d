"""Clients that are slower than the engine: the router keeps in memory what they send and take."""

import hashlib
import re
import socket
import time

import pytest
import requests
from client import execute, outputs, parse_answer, read_to_the_end, value, wait_until
from engine_process import Engine
from router_process import Router, Upstream, echo

RING = 65536
FAST = "def rm_main(): return 'fast'"
PLAIN = ["Content-Type: text/x-python", "Connection: close"]


@pytest.fixture(scope="module")
def engine():
    """One worker: whoever holds it, all others wait for."""
    engine = Engine(WORKERS="1", TIMEOUT="100")
    yield engine
    engine.stop()


@pytest.fixture
def router(engine, started):
    router = Router(ENGINE_E_HOST=f"127.0.0.1:{engine.port}")
    started.append(router)
    return router


def metric(router, name):
    text = requests.get(router.url + "/metrics", timeout=60).text
    return int(re.search(rf"^{name}(?:{{.*}})? (\d+)$", text, re.MULTILINE)[1])


def buffered(router):
    return metric(router, "standpy_router_buffered_bytes")


def connect(router, buffer=None):
    connection = socket.socket()
    connection.settimeout(60)
    if buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.connect(router.address)
    return connection


def begin(connection, path, fields, length):
    lines = [f"POST {path} HTTP/1.1", "Host: r", *fields, f"Content-Length: {length}", "", ""]
    connection.sendall("\r\n".join(lines).encode())


def send_slowly(router, connection, data):
    """Never so much at once that the client would be ahead of the router."""
    connection.sendall(data[:RING])
    for at in range(RING, len(data), 16384):
        wait_until(lambda: buffered(router) == at)
        connection.sendall(data[at : at + 16384])


def script_of(length):
    return b"def rm_main(): return 'slow'\n".ljust(length, b"#")


def assert_others_are_served(router):
    for _ in range(3):
        assert outputs(execute(router.url + "/e", FAST)) == [value("fast")]


@pytest.mark.parametrize("length", [RING, RING + 1, 2 * RING, 1_000_000])
@pytest.mark.parametrize("sent", ["nothing", "all but a byte"])
def test_a_body_that_does_not_come_holds_no_worker(router, length, sent):
    body = script_of(length)
    first = {"nothing": 0, "all but a byte": length - 1}[sent]
    with connect(router) as slow:
        begin(slow, "/e/execute", PLAIN, length)
        send_slowly(router, slow, body[:first])
        assert_others_are_served(router)
        wait_until(lambda: buffered(router) == (first if length > RING else 0))
        slow.sendall(body[first:])
        status, _, answer = parse_answer(read_to_the_end(slow))
    assert (status, b'"slow"' in answer) == (200, True)
    assert buffered(router) == 0


def test_an_answer_that_is_not_taken_holds_no_worker(router):
    script = b"import random\ndef rm_main(): return random.Random(1).randbytes(20_000_000).hex()"
    with connect(router) as slow:
        begin(slow, "/e/execute", PLAIN, len(script))
        slow.sendall(script)
        answer = slow.recv(1000)
        assert_others_are_served(router)
        wait_until(lambda: buffered(router) > 20_000_000)
        answer += read_to_the_end(slow)
    whole = requests.post(
        router.url + "/e/execute", data=script, headers={"Content-Type": "text/x-python"}
    )
    taken = re.search(rb'"value":"(\w+)"', answer)[1]
    assert taken.decode() == whole.json()["outputs"][0]["value"]
    assert buffered(router) == 0


def test_an_answer_that_nobody_else_waits_for_is_taken_as_well(router):
    """So that other clients of the engine, another router, find its worker free."""
    script = b"def rm_main(): return 'x' * 30_000_000"
    with connect(router, buffer=65536) as slow:
        begin(slow, "/e/execute", PLAIN, len(script))
        slow.sendall(script)
        wait_until(lambda: buffered(router) > 0)
        wait_until(lambda: metric(router, "standpy_router_replica_in_flight") == 0)
        assert len(read_to_the_end(slow)) > 30_000_000


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
        begin(connection, "/e/x", ["Connection: close"], len(body))
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


@pytest.mark.parametrize("side", ["sends", "takes"])
def test_what_is_kept_for_a_client_that_leaves_is_let_go(router, side):
    body = script_of(1_000_000) if side == "sends" else b"def rm_main(): return 'x' * 30_000_000"
    with connect(router, buffer=65536) as slow:
        begin(slow, "/e/execute", PLAIN, len(body))
        if side == "sends":
            send_slowly(router, slow, body[:-1])
        else:
            slow.sendall(body)
        wait_until(lambda: buffered(router) > 0)
    wait_until(lambda: buffered(router) == 0)
    assert_others_are_served(router)
