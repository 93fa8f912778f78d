"""Pieces of the application's answers on their way to the client, and messages that an application forges."""

import hashlib
import random
import socket
import time

import pytest
import requests
from attacks import FORGE
from client import metric, wait_until
from engine_process import Engine

APPLICATION = (
    FORGE
    + '''
import hashlib, random

def memory(name):
    for number in os.listdir("/proc/self/fd"):
        try:
            if os.readlink("/proc/self/fd/" + number).startswith("/memfd:" + name): return int(number)
        except OSError: pass

def job():
    return int.from_bytes(os.pread(memory("stack"), 8, 0), "little")

def forge(kind, length=0, in_file=0, type=b"", other=0):
    head = struct.pack("<IIQQIII", kind, 0, job() ^ other, length, in_file, 200, len(type))
    send(head.ljust(HEAD, b"\\0") + type)
    time.sleep(30)

FORGED = {
    "result": lambda: forge(2, type=b"text/plain"),
    "result_in_file": lambda: forge(2, 100_000, 1, b"text/plain"),
    "wish_to_keep": lambda: forge(4, 24),
    "large_piece": lambda: forge(6, 1 << 40, 1),
    "head_for_another_request": lambda: forge(5, other=1),
}

def pieces(sizes):
    for size in sizes:
        yield random.Random(size).randbytes(size)

def application(environ, start_response):
    name, _, rest = environ["PATH_INFO"].strip("/").partition("/")
    if name == "forge":
        FORGED[rest]()
    if name == "sizes":
        start_response("200 OK", [])
        return pieces(map(int, rest.split(",")))
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
'''
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("application")
    (folder / "pieces_app.py").write_text(APPLICATION)
    engine = Engine(WSGI_APP="pieces_app", APP_DIR=str(folder), WSGI_WORKERS="2", WSGI_TIMEOUT="20")
    yield engine
    engine.stop()


def expected(sizes):
    return hashlib.sha256(b"".join(random.Random(size).randbytes(size) for size in sizes)).hexdigest()


SIZES = [1, 8191, 8192, 8193, 0, 65535, 65536, 65537, 3, 200_000, 8192, 1_000_001, 7]


def test_pieces_of_all_sizes_arrive_in_their_order(engine):
    url = f"{engine.endpoint}/app/sizes/{','.join(map(str, SIZES))}"
    assert hashlib.sha256(requests.get(url, timeout=60).content).hexdigest() == expected(SIZES)


def test_pieces_wait_for_a_slow_client(engine):
    sizes = [100_000 + n for n in range(60)]
    with socket.create_connection(("127.0.0.1", engine.port)) as client:
        client.settimeout(60)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 200_000)
        client.sendall(f"GET /app/sizes/{','.join(map(str, sizes))} HTTP/1.0\r\nHost: h\r\n\r\n".encode())
        time.sleep(1)
        received = b"".join(iter(lambda: client.recv(65536), b""))
    body = received.partition(b"\r\n\r\n")[2]
    assert hashlib.sha256(body).hexdigest() == expected(sizes)


def test_a_client_that_leaves_early_leaves_nothing_to_the_next_one(engine):
    url = f"{engine.endpoint}/app/sizes/{','.join(map(str, [65536] * 500))}"
    for _ in range(4):
        with requests.get(url, stream=True, timeout=60) as answer:
            assert answer.raw.read(100_000)
    wait_until(lambda: metric(engine, "standpy_wsgi_requests_in_flight") == 0)
    sizes = [9000, 70_000]
    for _ in range(4):
        answer = requests.get(f"{engine.endpoint}/app/sizes/9000,70000", timeout=60)
        assert hashlib.sha256(answer.content).hexdigest() == expected(sizes)


@pytest.mark.parametrize("what", ["result", "result_in_file", "wish_to_keep", "large_piece", "head_for_another_request"])
def test_an_application_that_forges_a_message_loses_its_process(engine, what):
    answer = requests.get(f"{engine.endpoint}/app/forge/{what}", timeout=60)
    assert answer.status_code == 502
    assert answer.json()["type"] == "urn:standpy:problem:script-died"
    assert requests.get(f"{engine.endpoint}/app/", timeout=60).text == "ok"
