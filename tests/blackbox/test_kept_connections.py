"""Connections that stay open between requests, and what becomes of them when workers do not."""

import concurrent.futures
import http.client
import json
import os
import select
import signal
import time

import pytest
from client import parse_answer, raw_exchange
from engine_process import Engine, namespace_only
from inventory import front_of
from script_texts import WHO


@pytest.fixture(scope="module")
def pair():
    """An engine with two workers."""
    engine = Engine(WORKERS="2", TIMEOUT="10")
    yield engine
    engine.stop()


class Kept:
    """A client's connection, and how many sockets it took so far."""

    def __init__(self, engine):
        self.http = http.client.HTTPConnection("127.0.0.1", engine.port, timeout=60)
        self.sockets = 0

    def send(self, script, **headers):
        if self.http.sock is None:
            self.sockets += 1
        headers = {"Content-Type": "text/x-python"} | headers
        self.http.request("POST", "/execute", script, headers)

    def answer(self):
        response = self.http.getresponse()
        return response.status, json.loads(response.read())

    def run(self, script, **headers):
        self.send(script, **headers)
        status, report = self.answer()
        assert status == 200, report
        return report["outputs"][0]["value"]

    def is_closed(self):
        self.http.sock.settimeout(60)
        return self.http.sock.recv(1) == b""


def raw(script, *fields, version="1.1"):
    lines = ["POST /execute HTTP/" + version, "Host: e", "Content-Type: text/x-python", *fields]
    return "\r\n".join([*lines, f"Content-Length: {len(script)}", "", script]).encode()


@namespace_only
def test_a_connection_serves_many_requests(pair):
    kept = Kept(pair)
    assert len({kept.run(WHO) for _ in range(20)}) <= 2
    for script, status in (("def rm_main(): 1/0", 422), ("def f(): pass", 422)):
        kept.send(script)
        assert kept.answer()[0] == status
    kept.send("def rm_main(): pass", Accept="text/html")
    assert kept.answer()[0] == 406  # is known before the body is read, so the connection ends
    assert kept.run("def rm_main(): return 1") == 1
    assert kept.sockets == 2


@pytest.mark.parametrize(
    "request_bytes",
    [
        raw(WHO, "Connection: close"),
        raw(WHO, "Connection: x, close"),
        raw(WHO, version="1.0"),
        raw(WHO, "Connection: keep-alive", version="1.0"),
    ],
)
def test_a_client_that_wants_no_kept_connection_gets_none(pair, request_bytes):
    status, headers, _ = parse_answer(raw_exchange(("127.0.0.1", pair.port), request_bytes))
    assert (status, headers["connection"]) == (200, "close")


def test_a_connection_outlives_the_processes_that_its_requests_have(start):
    engine = start(ISOLATION="process")
    kept = Kept(engine)
    assert len({kept.run(WHO) for _ in range(20)}) == 20
    assert kept.sockets == 1


@namespace_only
def test_what_could_be_taken_for_another_request_ends_the_connection(pair):
    address = ("127.0.0.1", pair.port)
    inner = raw("def rm_main(): return 'smuggled'")
    for fields in (
        ["Content-Length: 0"],
        [f"Content-Length: {len(inner)}"],
        ["Transfer-Encoding: chunked"],
        ["Transfer-Encoding: x"],
    ):
        answer = raw_exchange(address, raw("def rm_main(): return 1", *fields) + inner)
        assert answer.count(b"HTTP/1.1 ") == 1 and b"smuggled" not in answer
        status, headers, _ = parse_answer(answer)
        assert (status, headers["connection"]) == (400, "close")


@namespace_only
def test_a_request_that_comes_along_with_another_ends_the_connection(pair):
    """Its bytes are not lost without a word: Connection: close says that it was not served."""
    answer = raw_exchange(("127.0.0.1", pair.port), raw(WHO) + raw(WHO))
    assert answer.count(b"HTTP/1.1 200") == 1
    assert parse_answer(answer)[1]["connection"] == "close"


@namespace_only
def test_no_request_waits_for_a_busy_worker_while_another_is_idle(pair):
    """One slow script, and many fast ones on connections that belong to its worker."""
    clients = [Kept(pair) for _ in range(24)]
    for client in clients:
        client.run(WHO)
    slow = clients[0]
    slow.send("import os, time\ndef rm_main():\n  time.sleep(5)\n  return os.getpid()")
    fast = [client.run(WHO) for client in clients[1:] for _ in range(5)]
    # All of them were answered while it ran.
    slow.http.sock.settimeout(0.001)
    with pytest.raises(TimeoutError):
        slow.http.sock.recv(1)
    slow.http.sock.settimeout(60)
    pid = slow.answer()[1]["outputs"][0]["value"]
    assert pid not in fast and len(set(fast)) == 1
    assert all(client.sockets == 1 for client in clients)


@namespace_only
def test_connections_spread_over_idle_workers(pair):
    """Whoever had them before: two that are used at the same time end up with two workers."""
    clients = [Kept(pair) for _ in range(2)]
    busy = "import os, time\ndef rm_main():\n  time.sleep(.05)\n  return os.getpid()"
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            pids = list(pool.map(lambda client: client.run(busy), clients))
    assert len(set(pids)) == 2


@namespace_only
def test_recycled_workers_lose_no_connection(start):
    engine = start(WORKERS="2", MAX_REQUESTS="8")
    clients = [Kept(engine) for _ in range(6)]
    pids = set()
    for _ in range(100):
        pids.update(client.run(WHO) for client in clients)  # an early end would raise
    assert len(pids) > 50
    assert all(client.sockets == 1 for client in clients)


@namespace_only
def test_no_connection_ends_because_a_process_does(start):
    engine = start(WORKERS="1", TIMEOUT="1")
    clients = [Kept(engine) for _ in range(4)]
    before = {client.run(WHO) for client in clients}
    clients[0].send("while True: pass")
    assert clients[0].answer()[0] == 504
    leaving = Kept(engine)
    leaving.send("import time\ndef rm_main(): time.sleep(60)")
    leaving.http.close()
    after = {client.run(WHO) for client in clients}
    assert before.isdisjoint(after)
    assert [client.sockets for client in clients] == [1, 1, 1, 1]


@namespace_only
def test_a_process_that_is_killed_while_it_is_idle_costs_nobody_anything(start):
    engine = start(WORKERS="1", TIMEOUT="20")
    idle = Kept(engine)
    for how in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM):
        pid = idle.run(WHO)
        os.kill(pid, how)
        assert idle.run(WHO) != pid
    assert idle.sockets == 1


@namespace_only
def test_a_connection_that_was_idle_for_long_makes_room(start):
    engine = start(WORKERS="1")
    clients = [Kept(engine) for _ in range(513)]
    for client in clients:
        client.run("def rm_main(): return 1")
    poll = select.poll()
    for client in clients:
        poll.register(client.http.sock, select.POLLIN)
    closed = [descriptor for descriptor, _ in poll.poll(60_000)]
    assert closed in [[client.http.sock.fileno()] for client in clients[:10]]
    clients = [client for client in clients if client.http.sock.fileno() not in closed]
    assert all(client.run("def rm_main(): return 1") == 1 for client in clients)
    assert all(client.sockets == 1 for client in clients)


@namespace_only
def test_a_client_that_closes_an_idle_connection_leaves_nothing(pair):
    before = descriptors(pair)  # of the front
    for _ in range(50):
        with pair.connect() as connection:
            connection.sendall(raw(WHO))
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
    deadline = time.monotonic() + 30
    while descriptors(pair) > before:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def descriptors(engine):
    return len(os.listdir(f"/proc/{front_of(engine)}/fd"))
