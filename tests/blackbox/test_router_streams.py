"""Bodies pass through the router as streams."""

import socket

import requests
from client import parse_answer, raw_exchange
from router_process import echo, read_head


def test_large_bodies_stream_both_ways_in_bounded_memory(behind):
    size = 2_000_000_000
    block = b"x" * 1_000_000

    def handle(connection):
        head, rest = read_head(connection)
        taken = len(rest)
        while taken < size:
            taken += len(connection.recv(1 << 20))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // len(block)):
            connection.sendall(block)

    router, _ = behind(handle)
    with socket.create_connection(router.address, timeout=60) as connection:
        connection.sendall(
            b"POST /e/x HTTP/1.1\r\nHost: r\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
            % size
        )
        for _ in range(size // len(block)):
            connection.sendall(block)
        received = 0
        while data := connection.recv(1 << 20):
            received += len(data)
    assert size < received < size + 1000
    # The sanitizers' own memory does not count.
    assert router.resident_bytes() < 32_000_000 or b"asan" in open(
        f"/proc/{router.process.pid}/maps", "rb"
    ).read()


def test_a_slow_reader_does_not_slow_others(behind):
    size = 20_000_000

    def handle(connection):
        head, _ = read_head(connection)
        if b" /big " not in head:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        connection.sendall(b"x" * size)

    router, _ = behind(handle, THREADS="1")
    with socket.create_connection(router.address, timeout=60) as slow:
        slow.sendall(b"GET /e/big HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n")
        slow.recv(1000)
        for _ in range(20):
            assert requests.get(router.url + "/e/small", timeout=60).text == "ok"
        received = 0
        while data := slow.recv(1 << 20):
            received += len(data)
    assert received > size - 2000


def test_a_slow_upload_arrives_whole(behind):
    router, _ = behind(echo)
    body = bytes(range(97, 123)) * 40
    head = b"POST /e/x HTTP/1.1\r\nHost: r\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    pieces = [head % len(body)] + [body[i : i + 7] for i in range(0, len(body), 7)]
    _, _, answer = parse_answer(raw_exchange(router.address, pieces))
    assert answer.endswith(b"\r\n\r\n" + body)
