"""Engines that answer before they have the body, as a test wants them to."""

import socket
import subprocess
import threading
import time

import pytest
import requests
from certificates import make_certificate
from client import parse_answer, read_to_the_end, wait_until
from router_client import begin, connect
from router_process import Router, Upstream, read_body, read_head

BLOCK = b"x" * 1_000_000
EARLY = b"HTTP/1.1 413 Content Too Large\r\n"


@pytest.mark.parametrize("ends", [b"Connection: close\r\n", b""])
@pytest.mark.parametrize(
    "form",
    [b"Content-Length: 5\r\n\r\nearly", b"Transfer-Encoding: chunked\r\n\r\n5\r\nearly\r\n0\r\n\r\n"],
)
@pytest.mark.parametrize("last", [0, 5, 9])
def test_an_answer_within_the_body_reaches_a_client_that_waits_for_it(behind, ends, form, last):
    """In whatever form and pieces it comes, and with nothing to send on at that moment."""
    done = threading.Event()

    def handle(connection):
        head, rest = read_head(connection)
        while len(rest) < len(BLOCK):
            rest += connection.recv(65536)
        time.sleep(0.2)  # so that the router waits for the client
        answer = EARLY + ends + form
        for piece in (answer[: len(answer) - last], answer[len(answer) - last :]):
            connection.sendall(piece)
            time.sleep(0.1)
        done.wait(60)

    router, upstream = behind(handle)
    with connect(router) as connection:
        begin(connection, "/e/x", [], 10 * len(BLOCK))
        connection.sendall(BLOCK)
        status, headers, body = parse_answer(read_to_the_end(connection))
    done.set()
    assert (status, body, headers["connection"]) == (413, b"early", "close")
    assert upstream.connections == 1
    router.wait_for_log("status=413")


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_has_no_length_of_one(behind, status):
    """RFC 9110 section 8.6, also where the router writes the answer within the request's body."""
    done = threading.Event()

    def handle(connection):
        read_head(connection)
        connection.sendall(b"HTTP/1.1 %d Early\r\nConnection: close\r\n\r\n" % status)
        connection.shutdown(socket.SHUT_WR)
        done.wait(60)

    router, _ = behind(handle)
    with connect(router) as connection:
        begin(connection, "/e/x", [], 10 * len(BLOCK))
        connection.sendall(BLOCK[:700_000])
        answer = parse_answer(read_to_the_end(connection))
    done.set()
    assert (answer[0], answer[2]) == (status, b"")
    assert "content-length" not in answer[1]


def test_nothing_is_sent_behind_half_a_body(behind):
    """An engine that says nothing of the end of the connection, and keeps it."""
    seen = []

    def handle(connection):
        while True:
            head, rest = read_head(connection)
            if not head:
                return
            seen.append(head)
            if b" /e" in head or b" /early" in head:
                connection.sendall(EARLY + b"Content-Length: 5\r\n\r\nearly")
                time.sleep(0.2)
                while connection.recv(65536):
                    pass
                return
            read_body(connection, head, rest)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    router, upstream = behind(handle)
    for _ in range(5):
        with connect(router) as connection:
            begin(connection, "/e/early", [], 10 * len(BLOCK))
            connection.sendall(BLOCK)
            assert parse_answer(read_to_the_end(connection))[0] == 413
        assert requests.post(router.url + "/e/x", data=b"GET /no", timeout=60).text == "ok"
    firsts = [head.split(b" HTTP")[0] for head in seen]
    assert firsts == [b"POST /early", b"POST /x"] * 5  # each once, and whole


def test_an_answer_that_does_not_refuse_comes_behind_the_body(behind):
    """Neither side has said that it takes no more."""

    def handle(connection):
        head, rest = read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
        length = len(read_body(connection, head, rest))
        connection.sendall(b"%5d" % (length // len(BLOCK)))

    router, _ = behind(handle)
    response = requests.post(router.url + "/e/x", data=BLOCK * 4, timeout=60)
    assert (response.status_code, response.text) == (200, "    4")


def test_an_answer_that_does_not_refuse_may_be_whole_while_the_client_pauses(behind):
    """The engine reads on, and nothing is sent on at that moment."""
    lengths = []

    def handle(connection):
        head, rest = read_head(connection)
        while len(rest) < len(BLOCK):
            rest += connection.recv(65536)
        time.sleep(0.2)  # so that the router waits for the client
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nearly")
        lengths.append(len(read_body(connection, head, rest)))

    router, _ = behind(handle)
    with connect(router) as connection:
        begin(connection, "/e/x", ["Connection: close"], 3 * len(BLOCK))
        connection.sendall(BLOCK)
        time.sleep(1)
        connection.sendall(BLOCK * 2)
        status, _, body = parse_answer(read_to_the_end(connection))
    assert (status, body) == (200, b"early")
    wait_until(lambda: lengths == [3 * len(BLOCK)])


@pytest.mark.parametrize("ends", [b"Connection: close\r\n", b""])
def test_an_early_answer_that_is_long_is_passed_on_whole(behind, ends):
    """From an engine that reads none of the body before all of its answer is read."""
    done = threading.Event()

    def handle(connection):
        read_head(connection)
        connection.sendall(EARLY + ends + b"Content-Length: %d\r\n\r\n" % (8 * len(BLOCK)))
        connection.sendall(BLOCK * 8)
        done.wait(60)

    router, _ = behind(handle)
    response = requests.post(router.url + "/e/x", data=BLOCK * 20, timeout=60)
    done.set()
    assert (response.status_code, response.content) == (413, BLOCK * 8)


@pytest.mark.parametrize("status", [b"200 OK", b"413 Content Too Large"])
def test_an_answer_without_end_before_the_body_is_read_costs_no_memory(behind, status):
    stopped = threading.Event()

    def handle(connection):
        read_head(connection)
        try:
            connection.sendall(b"HTTP/1.1 " + status + b"\r\n\r\n")
            while not stopped.is_set():
                connection.sendall(BLOCK)
        except OSError:
            pass

    router, _ = behind(handle)
    with connect(router) as connection:
        begin(connection, "/e/x", [], 1000 * len(BLOCK))
        connection.settimeout(0.5)
        try:
            for _ in range(200):
                connection.sendall(BLOCK)
        except TimeoutError:
            pass  # nobody reads it
    # The sanitizers' own memory does not count.
    assert router.resident_bytes() < 32_000_000 or b"asan" in open(
        f"/proc/{router.process.pid}/maps", "rb"
    ).read()
    stopped.set()


def test_a_client_that_wants_small_records_of_tls_gets_the_whole_answer(started, tmp_path):
    def handle(connection):
        read_head(connection)
        connection.sendall(EARLY + b"Content-Length: 9000\r\n\r\n" + b"x" * 8999 + b".")
        while connection.recv(65536):
            pass

    tls = make_certificate(tmp_path, "r")
    upstream = Upstream(handle)
    # openssl is no faster than the router, which would collect the body.
    router = Router(ENGINE_E_HOST=upstream.host, BUFFER_LIMIT="0", **tls)
    started.extend([router, upstream])
    client = subprocess.Popen(
        ["openssl", "s_client", "-quiet", "-tls1_3", "-maxfraglen", "512"]
        + ["-connect", f"127.0.0.1:{router.port}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with client:
        client.stdin.write(b"POST /e/x HTTP/1.1\r\nHost: r\r\nContent-Length: 9999999\r\n\r\n")
        client.stdin.write(BLOCK[:100_000])
        client.stdin.flush()
        status, _, body = parse_answer(client.stdout.read())
    assert (status, body) == (413, b"x" * 8999 + b".")


@pytest.mark.parametrize("closes", [True, False])
def test_an_answer_that_comes_before_the_upload_is_read_reaches_the_client(behind, closes):
    """However much of the body is still to come."""

    def handle(connection):
        read_head(connection)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nearly")
        if not closes:
            connection.recv(1 << 20)
            time.sleep(1)

    router, _ = behind(handle)
    response = requests.post(router.url + "/e/x", data=b"x" * 100_000_000, timeout=60)
    assert (response.status_code, response.text) in ((413, "early"), (502, response.text))
    assert closes or response.status_code == 413
