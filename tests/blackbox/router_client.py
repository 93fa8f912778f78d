"""What tests ask of a router, and what it says of itself."""

import re
import socket
import threading

import requests

TOKEN = "s3cret-token"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def connect(router, buffer=None, timeout=60):
    """buffer: bytes that the client's kernel holds."""
    connection = socket.socket()
    connection.settimeout(timeout)
    if buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.connect(router.address)
    return connection


def begin(connection, path, fields, length):
    """The head of a POST whose body is still to come."""
    lines = [f"POST {path} HTTP/1.1", "Host: r", *fields, f"Content-Length: {length}", "", ""]
    connection.sendall("\r\n".join(lines).encode())


def ask(router, **options):
    """The answer of the engine e."""
    return requests.post(router.url + "/e/x", data=b"x", timeout=60, **options)


def ask_in_background(router, count):
    """(threads, list of the answers that they have by now)."""
    answers = []

    def run():
        answers.append(ask(router))

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, answers


def status(router, path, token=None):
    """The status of a POST to that path."""
    headers = bearer(token) if token else {}
    return requests.post(router.url + path, data=b"x", headers=headers, timeout=60).status_code


def metrics(router):
    """The text of /metrics."""
    return requests.get(router.url + "/metrics", timeout=60).text


def metric(router, name):
    """The first sample of that name."""
    return int(re.search(rf"^{name}(?:{{.*}})? (\d+)$", metrics(router), re.MULTILINE)[1])


def samples(router):
    """All of them, by name and labels as they stand there."""
    lines = [line for line in metrics(router).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def up(router, replica):
    """Whether the router knows that it is up."""
    return f'standpy_router_replica_up{{engine="e",replica="{replica.host}"}} 1' in metrics(router)
