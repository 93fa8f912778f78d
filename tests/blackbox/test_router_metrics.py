"""/metrics of the router."""

import socket
import threading
import time

from client import raw_exchange, wait_until
from router_client import ask, samples, status, up
from router_process import Replica, Router, Upstream, read_body, read_head


def test_metrics_count_what_became_of_requests(started):
    replica = Replica("ok", workers=3)
    router = Router(ENGINE_E_HOST=replica.host, ENGINE_C_HOST=replica.host, ENGINE_C_TOKEN="t")
    started.extend([router, replica])
    wait_until(lambda: up(router, replica))
    for _ in range(3):
        ask(router)
    status(router, "/c/x")
    status(router, "/nothing/x")
    raw_exchange(router.address, b"GET /e/x HTTP/1.1\r\nHost: r\r\nnonsense\r\n\r\n")
    name = "standpy_router_requests_total"
    wait_until(lambda: samples(router).get(f'{name}{{engine="",status="400"}}') == 1)
    got = samples(router)
    assert got[f'{name}{{engine="e",status="200"}}'] == 3
    assert got[f'{name}{{engine="c",status="401"}}'] == 1
    assert got[f'{name}{{engine="",status="404"}}'] == 1
    assert not [key for key in got if 'status="0"' in key]
    assert got['standpy_router_request_duration_seconds_count{engine="e"}'] == 3
    assert got['standpy_router_queue_seconds_count{engine="e"}'] == 3
    assert got['standpy_router_request_duration_seconds_bucket{engine="e",le="+Inf"}'] == 3
    where = f'{{engine="e",replica="{replica.host}"}}'
    assert got["standpy_router_replica_up" + where] == 1
    assert got["standpy_router_replica_workers" + where] == 3
    assert got["standpy_router_replica_in_flight" + where] == 0
    assert got['standpy_router_requests_queued{engine="e"}'] == 0


def test_nothing_stays_in_flight_whatever_became_of_it(started):
    """Replies of every kind of end, clients that leave at every point, and all at once."""
    kinds = [
        lambda c: None,
        lambda c: c.sendall(b"garbage\r\n\r\n"),
        lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"),
        lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 400000),
        lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900000),
        lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        lambda c: time.sleep(0.05),
    ]
    lock, turn = threading.Lock(), [0]

    def handle(connection):
        head, rest = read_head(connection)
        if b"/early" not in head:
            read_body(connection, head, rest)
        with lock:
            turn[0] += 1
            kind = kinds[turn[0] % len(kinds)]
        try:
            kind(connection)
        except OSError:
            pass

    upstream = Upstream(handle, workers=3)
    router = Router(ENGINE_E_HOST=upstream.host, ENGINE_E_QUEUE="5", THREADS="2")
    started.extend([router, upstream])
    wait_until(lambda: up(router, upstream))
    head = b"POST /e/%s HTTP/1.1\r\nHost: r\r\nContent-Length: %d\r\n\r\n"
    chunked = b"POST /e/x HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n"

    def leave(number):
        request = [
            head % (b"x", 5) + b"hello", head % (b"x", 5) + b"he", head % (b"x", 5)[:20],
            head % (b"x", 500_000) + b"x" * 500_000, head % (b"early", 500_000) + b"x" * 200_000,
            chunked + b"5\r\nhello\r\n0\r\n\r\n", chunked + b"5\r\nhel", chunked + b"zz\r\n",
        ][number % 8]  # fmt: skip
        with socket.create_connection(router.address, timeout=60) as connection:
            try:
                connection.sendall(request)
                connection.settimeout([0.001, 0.02, 0.2][number % 3])
                connection.recv(1000)
            except OSError:
                pass

    def leave_often(first):
        for number in range(first, first + 60):
            leave(number)

    threads = [threading.Thread(target=leave_often, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    where = f'{{engine="e",replica="{upstream.host}"}}'
    wait_until(lambda: samples(router)["standpy_router_replica_in_flight" + where] == 0)
    assert samples(router)['standpy_router_requests_queued{engine="e"}'] == 0
