"""Connections that are only meant to be held: health checks are answered all the same."""

import contextlib
import socket
import time

import engine_process
import pytest
import requests
from client import execute, outputs, parse_answer, problem_of, read_to_the_end, value
from engine_process import Engine
from router_process import Router, Upstream, echo
from script_texts import ALIVE

FEW = 1024  # descriptors
FLOOD = 600


@pytest.fixture
def few_descriptors(monkeypatch):
    command = engine_process.command
    limited = ("prlimit", f"--nofile={FEW}:{FEW}")
    monkeypatch.setattr(engine_process, "command", lambda *words: [*limited, *command(*words)])
    return limited


def connect(address, source="127.0.0.1"):
    return socket.create_connection(address, timeout=60, source_address=(source, 0))


@contextlib.contextmanager
def held(address, count, text, source="127.0.0.1"):
    """Connections that have sent that much and no more."""
    with contextlib.ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(connect(address, source))
            connection.sendall(text)
        yield


def answers_health(url):
    for _ in range(5):
        assert requests.get(url + "/healthz", timeout=8).status_code == 200


@pytest.mark.parametrize("text", [b"", b"G", b"GET /info HTTP/1.1\r\nX-A:"])
def test_an_engine_answers_beside_connections_that_send_nothing_more(few_descriptors, started, text):
    engine = Engine(PRELOAD="none")
    started.append(engine)
    with held(("127.0.0.1", engine.port), FLOOD, text):
        answers_health(engine.endpoint)
        assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]
    if text:  # else the kernel keeps them to itself (TCP_DEFER_ACCEPT)
        assert "have sent no request: the oldest is closed" in engine.log


@pytest.mark.parametrize("text", [b"", b"G", b"GET /e/info HTTP/1.1\r\nX-A:"])
def test_a_router_answers_beside_connections_that_send_nothing_more(few_descriptors, started, text):
    upstream = Upstream(echo)
    router = Router(within=few_descriptors, ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    with held(router.address, FLOOD, text):
        answers_health(router.url)
        assert requests.get(router.url + "/e/x", timeout=8).status_code == 200
    assert "have sent no request: the oldest" in router.log


def is_open(connection):
    connection.settimeout(0.5)
    try:
        return connection.recv(1) != b""
    except TimeoutError:
        return True
    except ConnectionError:
        return False


@pytest.mark.parametrize("what", ["engine", "router"])
def test_one_address_cannot_push_the_connections_of_another_out(few_descriptors, started, what):
    """Not even one that sends its request late."""
    if what == "engine":
        server = Engine(PRELOAD="none")
        address, path = ("127.0.0.1", server.port), b"/info"
    else:
        server = Router(within=few_descriptors, ENGINE_E_HOST="127.0.0.1:1")
        address, path = server.address, b"/healthz"
    started.append(server)
    with connect(address, "127.0.0.2") as slow:
        slow.sendall(b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" % path)
        with held(address, FLOOD, b"G"):
            assert is_open(slow)
            slow.settimeout(60)
            slow.sendall(b"\r\n")
            assert parse_answer(read_to_the_end(slow))[0] == 200


def test_an_engine_is_not_filled_by_bodies_that_wait(few_descriptors, started):
    engine = Engine(PRELOAD="none")
    started.append(engine)
    head = b"POST /execute HTTP/1.1\r\nHost: e\r\nContent-Type: text/x-python\r\nContent-Length: 9\r\n\r\nx"
    with held(("127.0.0.1", engine.port), FLOOD, head):
        answers_health(engine.endpoint)


def test_a_body_that_drips_into_an_engine_is_refused(started):
    """A byte every 2 seconds: never silent for long, and never done."""
    engine = Engine(PRELOAD="none")
    started.append(engine)
    head = b"POST /execute HTTP/1.1\r\nHost: e\r\nContent-Type: text/x-python\r\nContent-Length: 99\r\n\r\n"
    answer = b""
    with connect(("127.0.0.1", engine.port)) as connection:
        connection.sendall(head)
        connection.settimeout(2)
        for _ in range(30):
            connection.sendall(b"#")
            try:
                answer = connection.recv(65536)
                break
            except TimeoutError:
                continue
    problem = problem_of(answer)
    assert problem["status"] == 400
    assert "the body came more slowly than 500 bytes a second" in problem["detail"]


def test_a_steady_upload_is_not_taken_for_one(started):
    engine = Engine(PRELOAD="none")
    started.append(engine)
    script = b"def rm_main(): return 'alive' #" + b"x" * 30_000
    head = b"POST /execute HTTP/1.1\r\nHost: e\r\nContent-Type: text/x-python\r\nConnection: close\r\n"
    with connect(("127.0.0.1", engine.port)) as connection:
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(script))
        for at in range(0, len(script), 1200):
            connection.sendall(script[at : at + 1200])
            time.sleep(1)
        assert parse_answer(read_to_the_end(connection))[0] == 200
