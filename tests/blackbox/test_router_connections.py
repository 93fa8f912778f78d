"""Connections of clients: kept, left, too slow."""

import os
import re
import signal
import socket
import threading
import time

import pytest
import requests
from client import raw_exchange
from router_client import status
from router_process import Router, Upstream, echo, read_head


def test_client_connections_are_kept(router):
    with requests.Session() as session:
        for _ in range(5):
            assert session.get(router.url + "/open/x", timeout=60).status_code == 200
        assert len(session.adapters["http://"].poolmanager.pools) == 1


def test_an_answer_without_a_body_to_come_keeps_the_connection(router):
    """Also one of the router's own: probes and those that guess tokens need no new one each time."""
    requests_and_statuses = [
        (b"GET /closed/x", 401), (b"GET /nothing/x", 404), (b"GET /healthz", 200),
        (b"BREW /open/x", 405), (b"HEAD /open/x", 200), (b"HEAD /healthz", 200),
        (b"GET /metrics", 200), (b"POST /open/x", 200), (b"HEAD /closed/x", 401),
    ]  # fmt: skip
    heads = [first + b" HTTP/1.1\r\nHost: r\r\n" for first, _ in requests_and_statuses]
    last = b"GET /healthz HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n"
    answer = raw_exchange(router.address, b"".join(head + b"\r\n" for head in heads) + last)
    statuses = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]
    assert statuses == [status for _, status in requests_and_statuses] + [200]


def test_a_client_that_leaves_ends_the_request_upstream(behind):
    arrived, closed = threading.Event(), threading.Event()

    def handle(connection):
        read_head(connection)
        arrived.set()
        if connection.recv(1) == b"":
            closed.set()

    router, _ = behind(handle)
    with socket.create_connection(router.address, timeout=60) as connection:
        connection.sendall(b"GET /e/x HTTP/1.1\r\nHost: r\r\n\r\n")
        assert arrived.wait(60)
    assert closed.wait(60)
    assert "the client left" in router.wait_for_log("failed")


def test_a_client_that_left_at_once_is_not_served(behind):
    router, upstream = behind(echo)
    for _ in range(20):
        with socket.create_connection(router.address, timeout=60) as connection:
            connection.sendall(b"GET /e/gone HTTP/1.1\r\nHost: r\r\n\r\n")
    requests.get(router.url + "/e/last", timeout=60)
    assert "the client left" in router.wait_for_log('path="/e/last"')
    assert upstream.connections <= 21


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /open/execute HTTP/1.1\r\nHost:",
        b"POST /open/execute HTTP/1.1\r\nHost: r\r\nContent-Length: 100\r\n\r\nbegun",
        b"GET /healthz HTTP/1.1\r\nHost: r\r\n\r\n",
    ],
    ids=["within the head", "within the body", "behind a request"],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_clients_that_leave_are_forgotten(router, sent, at_once):
    """At once: what they sent and their end are seen together."""
    folder = f"/proc/{router.process.pid}/fd"
    before = len(os.listdir(folder))
    if at_once:
        router.process.send_signal(signal.SIGSTOP)
    for _ in range(100):
        with socket.create_connection(router.address) as connection:
            connection.sendall(sent)
            if not at_once:
                time.sleep(0.002)
    router.process.send_signal(signal.SIGCONT)
    deadline = time.monotonic() + 30  # the time for idle connections is a minute
    while len(os.listdir(folder)) > before:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_head_or_a_body_that_drips_is_cut_off(started):
    """By the measure of Apache's mod_reqtimeout: 40 s for a head, 500 bytes/s for a body after 20 s."""
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    head = socket.create_connection(router.address)
    body = socket.create_connection(router.address)
    head.sendall(b"GET /e/x HTTP/1.1\r\nHost: r\r\nX: ")
    body.sendall(b"POST /e/x HTTP/1.1\r\nHost: r\r\nContent-Length: 99999\r\n\r\n")
    open_ones = {head, body}

    def drip():
        for connection in list(open_ones):
            try:
                connection.sendall(b"y")
            except OSError:
                open_ones.discard(connection)
        time.sleep(0.5)
        return not open_ones

    deadline = time.monotonic() + 120
    while not drip():
        assert time.monotonic() < deadline
    assert "its request's head comes too slowly" in router.log
    assert "its request's body comes too slowly" in router.log
    assert status(router, "/e/x") == 200
