"""Requests that the engine answers before it has their body: the client sends on, and loses nothing."""

import socket
import time

import pytest
import requests
from client import execute, parse_answer, problem_of, read_to_the_end
from engine_process import Engine

BLOCK = b"x" * 1_000_000
# Path, fields, the body's first bytes and its megabytes behind them -> status. The limit is 150 MB.
CASES = {
    "too large": ("/execute", "Content-Type: application/json", b"", 200, 413),
    "a script too large": ("/execute", "Content-Type: text/x-python", b"", 100, 413),
    "media type": ("/execute", "Content-Type: text/plain", b"", 100, 415),
    "no such answer": ("/execute", "Content-Type: application/json\r\nAccept: a/b", b"", 100, 406),
    "no boundary": ("/execute", "Content-Type: multipart/form-data", b"", 100, 400),
    "path": ("/nowhere", "Content-Type: application/json", b"", 100, 404),
    "method": ("/info", "Content-Type: application/json", b"", 100, 405),
}


@pytest.fixture(scope="module")
def limited():
    """One worker, so that one which is held is noticed."""
    engine = Engine(WORKERS="1", REQUEST_SIZE_LIMIT="150m", TIMEOUT="30")
    yield engine
    engine.stop()


def begin(connection, case, *fields):
    path, own_fields, first, megabytes, _ = case
    lines = [f"POST {path} HTTP/1.1", "Host: e", own_fields, *fields]
    lines.append(f"Content-Length: {len(first) + megabytes * len(BLOCK)}")
    connection.sendall("\r\n".join([*lines, "", ""]).encode() + first)


@pytest.mark.parametrize("name", CASES)
def test_a_client_that_sends_all_before_it_reads_gets_the_answer(limited, name):
    case = CASES[name]
    with limited.connect() as connection:
        begin(connection, case)
        for _ in range(case[3]):
            connection.sendall(BLOCK)  # neither fails nor waits for ever
        answer = read_to_the_end(connection)
    assert answer.count(b"HTTP/1.1 ") == 1 and problem_of(answer)["status"] == case[4]
    assert parse_answer(answer)[1]["connection"] == "close"
    assert execute(limited.endpoint, "def rm_main(): pass").status_code == 200


@pytest.mark.parametrize("name", CASES)
def test_a_client_that_waits_within_its_body_gets_the_answer(limited, name):
    with limited.connect() as connection:
        begin(connection, CASES[name])
        connection.sendall(BLOCK)
        answer = read_to_the_end(connection)
    assert answer.count(b"HTTP/1.1 ") == 1 and problem_of(answer)["status"] == CASES[name][4]


@pytest.mark.parametrize("name", CASES)
def test_a_client_that_asks_before_it_sends_gets_the_answer_instead(limited, name):
    with limited.connect() as connection:
        begin(connection, CASES[name], "Expect: 100-continue")
        answer = read_to_the_end(connection)
    assert answer.count(b"HTTP/1.1 ") == 1 and problem_of(answer)["status"] == CASES[name][4]


@pytest.mark.parametrize("name", ["media type", "no boundary"])
def test_a_client_that_drips_on_does_not_hold_the_worker(limited, name):
    with limited.connect() as connection:
        begin(connection, CASES[name])
        assert b"application/problem+json" in connection.recv(65536)
        with pytest.raises(OSError):  # it is cut off
            for _ in range(600):
                connection.sendall(b"x")
                time.sleep(0.1)
        assert execute(limited.endpoint, "def rm_main(): pass").status_code == 200


def test_the_answer_of_a_full_queue_survives_the_body():
    engine = Engine(WORKERS="1", TIMEOUT="60")
    waiting = [engine.connect() for _ in range(257)]
    try:
        busy = b"import time\ndef rm_main(): time.sleep(60)"
        head = b"POST /execute HTTP/1.1\r\nHost: e\r\nContent-Type: text/x-python\r\n"
        waiting[0].sendall(head + b"Content-Length: %d\r\n\r\n%s" % (len(busy), busy))
        while b"standpy_requests_in_flight 1" not in metrics(engine):
            time.sleep(0.01)
        for connection in waiting[1:]:
            connection.sendall(head + b"Content-Length: 1\r\n\r\n#")
        while b"standpy_requests_queued 256" not in metrics(engine):
            time.sleep(0.01)
        metrics(engine)  # all of them have been seen
        with socket.create_connection(("127.0.0.1", engine.port), timeout=60) as connection:
            case = ("/execute", "Content-Type: application/json", b"", 20, 503)
            begin(connection, case)
            for _ in range(case[3]):
                connection.sendall(BLOCK)
            assert problem_of(read_to_the_end(connection))["status"] == 503
    finally:
        for connection in waiting:
            connection.close()
        engine.stop()


def metrics(engine):
    return requests.get(engine.endpoint + "/metrics", timeout=60).content
