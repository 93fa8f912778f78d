"""More clients than the router has descriptors for."""

import resource
import signal
import socket

import pytest
from router_client import status
from router_process import Router, Upstream, echo


def test_clients_beyond_the_descriptors_wait_for_room(started):
    """In the kernel; those that fit are served."""
    upstream = Upstream(echo)
    few = ["prlimit", "--nofile=200:200"]
    router = Router(within=few, ENGINE_E_HOST=upstream.host, THREADS="1", PATH="/usr/bin:/bin")
    started.extend([router, upstream])
    chunked = b"POST /e/x HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    clients = [socket.create_connection(router.address, timeout=60) for _ in range(150)]
    for client in clients:
        client.sendall(chunked)
    for client in clients:
        client.sendall(b"0\r\n\r\n")
    for client in clients:
        answer = client.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200"), answer
        client.close()
    assert "Too many open files" not in router.log


def test_clients_that_waited_for_room_are_served_when_all_others_leave_at_once(started):
    upstream = Upstream(echo)
    few = ["prlimit", "--nofile=200:200"]
    router = Router(within=few, ENGINE_E_HOST=upstream.host, THREADS="1", PATH="/usr/bin:/bin")
    started.extend([router, upstream])
    for _ in range(5):
        idle = [socket.create_connection(router.address) for _ in range(100)]
        waiting = socket.create_connection(router.address, timeout=60)
        waiting.sendall(b"GET /e/x HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n")
        router.process.send_signal(signal.SIGSTOP)  # so that it sees all of it as one
        for connection in idle:
            connection.close()
        router.process.send_signal(signal.SIGCONT)
        assert waiting.recv(65536).startswith(b"HTTP/1.1 200")
        waiting.close()


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 8192, reason="few descriptors")
def test_thousands_of_idle_connections_hold_up_nobody(started):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, hard))
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    idle = [socket.create_connection(router.address, timeout=60) for _ in range(3000)]
    for number in range(0, 3000, 2):
        idle[number].sendall(b"GET /e/x HTTP/1.1\r\nHo")
    assert status(router, "/e/x") == 200
    for connection in idle:
        connection.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert status(router, "/e/x") == 200
