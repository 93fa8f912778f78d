"""Requests that are answered before their body is whole, through the router."""

import os
import signal
import ssl
import time

import pytest
import requests
from certificates import make_certificate
from client import execute, outputs, parse_answer, problem_of, read_to_the_end, value
from engine_process import Engine
from inventory import front_of
from router_client import begin, connect
from router_process import Router

BLOCK = b"x" * 1_000_000
JSON = "Content-Type: application/json"
# Path, fields, the body's first bytes and its megabytes behind them -> status, and whether the
# router knows it from the head. The engine's limit is 5 MB, the router's 150 MB.
CASES = {
    "engine: too large": ("/e/execute", JSON, b"", 100, 413, False),
    "engine: media type": ("/e/execute", "Content-Type: text/plain", b"", 4, 415, False),
    "engine: no such answer": ("/e/execute", JSON + "\r\nAccept: a/b", b"", 4, 406, False),
    "engine: path": ("/e/nowhere", JSON, b"", 100, 404, False),
    "engine: method": ("/e/info", JSON, b"", 100, 405, False),
    "router: too large": ("/e/execute", JSON, b"", 200, 413, True),
    "router: token": ("/closed/execute", JSON, b"", 100, 401, True),
    "router: path": ("/nothing/execute", JSON, b"", 100, 404, True),
    "router: unreachable": ("/dead/execute", JSON, b"", 100, 502, False),
}


@pytest.fixture(scope="module")
def engine():
    engine = Engine(WORKERS="1", REQUEST_SIZE_LIMIT="5m", TIMEOUT="30")
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def router(engine):
    router = Router(
        ENGINE_E_HOST=engine.host,
        ENGINE_CLOSED_HOST=engine.host,
        ENGINE_CLOSED_TOKEN="t",
        ENGINE_DEAD_HOST="127.0.0.1:1",
        REQUEST_SIZE_LIMIT="150m",
    )
    yield router
    assert router.stop() == 0
    assert "internal error" not in router.log


def begin_case(connection, case, *fields):
    path, own_fields, first, megabytes, _, _ = case
    begin(connection, path, [own_fields, *fields], len(first) + megabytes * len(BLOCK))
    return first


def assert_answered(answer, status):
    assert answer.count(b"HTTP/1.1 ") == 1
    assert problem_of(answer)["status"] == status
    _, headers, body = parse_answer(answer)
    assert headers["connection"] == "close" and headers["content-length"] == str(len(body))
    assert headers["date"].endswith(" GMT") and "x-request-id" in headers


@pytest.mark.parametrize("name", CASES)
def test_a_client_that_waits_within_its_body_gets_the_answer(router, name):
    with connect(router) as connection:
        connection.sendall(begin_case(connection, CASES[name]) + BLOCK)
        assert_answered(read_to_the_end(connection), CASES[name][4])


@pytest.mark.parametrize("name", CASES)
def test_a_client_that_sends_all_before_it_reads_gets_the_answer(router, name):
    with connect(router) as connection:
        connection.sendall(begin_case(connection, CASES[name]))
        for _ in range(CASES[name][3]):
            connection.sendall(BLOCK)  # neither fails nor waits for ever
        assert_answered(read_to_the_end(connection), CASES[name][4])


@pytest.mark.parametrize("name", CASES)
def test_a_client_that_asks_before_it_sends_gets_the_answer(router, name):
    """The router asks for the body where it learns only then that nobody wants it."""
    asked = b"HTTP/1.1 100 Continue\r\n\r\n"
    with connect(router) as connection:
        first = begin_case(connection, CASES[name], "Expect: 100-continue")
        if not CASES[name][5]:
            assert connection.recv(len(asked)) == asked
            connection.sendall(first + BLOCK)
        assert_answered(read_to_the_end(connection), CASES[name][4])


@pytest.mark.parametrize("name", CASES)
def test_a_chunked_body_is_answered_as_well(router, name):
    """The router collects it, so what the engine says comes behind it."""
    path, fields, first, megabytes, status, _ = CASES[name]
    fields = dict(line.split(": ") for line in fields.split("\r\n"))
    body = iter([first, *[BLOCK] * megabytes] if first else [BLOCK] * megabytes)
    response = requests.post(router.url + path, data=body, headers=fields, timeout=60)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"


def test_a_chunked_body_is_refused_when_it_is_too_large_not_later(router):
    with connect(router) as connection:
        connection.sendall(b"POST /e/x HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n")
        for _ in range(160):
            connection.sendall(b"%x\r\n%s\r\n" % (len(BLOCK), BLOCK))
        assert_answered(read_to_the_end(connection), 413)  # its last chunk never comes


def test_an_early_answer_leaves_the_engine_and_the_next_requests_as_they_were(router):
    """The worker is not held, and the connection to it has no half of a body on it."""
    for name in CASES:
        with connect(router) as waiting:
            waiting.sendall(begin_case(waiting, CASES[name]) + BLOCK)
            assert b"HTTP/1.1 " in waiting.recv(65536)
            for n in range(3):
                response = execute(router.url + "/e", "def rm_main(x): return x", value(n))
                assert outputs(response) == [value(n)]


def test_a_front_that_dies_while_the_body_comes_is_a_502_at_once(engine, router):
    with connect(router) as connection:
        begin(connection, "/e/execute", [JSON], 4 * len(BLOCK))
        for _ in range(3):  # more than the router keeps to itself
            connection.sendall(BLOCK)
        time.sleep(0.5)
        os.kill(front_of(engine), signal.SIGKILL)
        assert_answered(read_to_the_end(connection), 502)
    for n in range(3):  # Debian 13's libcurl fails all that comes on the same handle
        response = execute(router.url + "/e", "def rm_main(x): return x", value(n))
        assert outputs(response) == [value(n)]


def test_a_client_that_drips_on_behind_its_answer_is_cut_off(router):
    with connect(router) as connection:
        connection.sendall(begin_case(connection, CASES["engine: media type"]) + BLOCK)
        assert b"HTTP/1.1 415 " in connection.recv(65536)
        with pytest.raises(OSError):
            for _ in range(600):
                connection.sendall(b"x")
                time.sleep(0.1)


def test_the_router_does_not_wait_for_a_body_that_nobody_wants_when_it_ends(engine, started):
    router = Router(ENGINE_E_HOST=engine.host, STOP_TIMEOUT="3600")
    started.append(router)
    with connect(router) as connection:
        connection.sendall(begin_case(connection, CASES["engine: media type"]) + BLOCK)
        assert b"HTTP/1.1 415 " in connection.recv(65536)
        router.process.send_signal(signal.SIGTERM)
        assert router.process.wait(20) == 0


def test_a_client_that_came_by_tls_gets_its_answer_within_its_body(engine, started, tmp_path):
    tls = make_certificate(tmp_path, "r")
    started.append(Router(ENGINE_E_HOST=engine.host, **tls))
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for sent in (1, 4):
        with context.wrap_socket(connect(started[0])) as connection:
            connection.sendall(begin_case(connection, CASES["engine: media type"]))
            for _ in range(sent):
                connection.sendall(BLOCK)
            assert_answered(read_to_the_end(connection), 415)
