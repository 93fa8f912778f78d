"""How long the router waits for a client that does not take its answer, and for a replica that vanishes.

Each case takes a minute or more, so all of them run at once.
"""

import concurrent.futures
import contextlib
import ctypes
import functools
import ipaddress
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
import time

import pytest
import requests
from client import assert_problem, execute_script, wait_until
from engine_process import Engine
from router_client import ask, connect, metrics, up
from router_process import Configured, Replica, Router, Upstream, read_body, read_head

LARGE = 60_000_000
cases = {}


def beside_the_others(case):
    """A test of that name, which is passed a list of what is to be stopped at the end."""
    cases[case.__name__] = case

    @functools.wraps(case)
    def test(ends):
        ends[case.__name__].result()

    del test.__wrapped__  # pytest would look for its argument
    return test


@pytest.fixture(scope="module")
def ends():
    def run(case):
        started = []
        try:
            case(started)
        finally:
            for thing in started:
                thing.stop()

    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        yield {name: pool.submit(run, case) for name, case in cases.items()}


def wait_long_until(condition):
    """A bound for what hangs: twice as long as the longest time of the router's."""
    deadline = time.monotonic() + 150
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def in_flight(router, replica):
    name = f'standpy_router_replica_in_flight{{engine="e",replica="{replica.host}"}} '
    return int(metrics(router).partition(name)[2].split()[0])


def readyz(router):
    return requests.get(router.url + "/readyz", timeout=60).status_code


class Large(Upstream):
    """Its answers are larger than what kernels hold of them."""

    def __init__(self):
        self.ended = threading.Event()
        super().__init__(self._answer)

    def _answer(self, connection):
        read_head(connection)
        with contextlib.suppress(OSError):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE)
            connection.sendall(b"x" * LARGE)
        self.ended.set()


def download(router, path, buffer=None):
    """buffer: bytes that the client's kernel holds."""
    connection = connect(router, buffer, timeout=100)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n".encode())
    return connection


def take_all(connection):
    """What still comes, and whether the connection ended as it should."""
    length = 0
    with contextlib.suppress(ConnectionResetError):
        while data := connection.recv(1 << 20):
            length += len(data)
        return length, True
    return length, False


# Clients


@beside_the_others
def test_a_client_that_lets_its_answer_drip_is_cut_off(started):
    """500 bytes a second, as for a body; it may lag behind them by a minute."""
    upstream = Large()
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    connection = download(router, "/e/drips")
    taken = []

    def drip():
        taken.append(len(connection.recv(50)))
        time.sleep(0.5)
        return "is cut off" in router.log

    wait_long_until(drip)
    rest, _ = take_all(connection)
    assert sum(taken) + rest < LARGE
    log = router.wait_for_log("status=499")
    assert "client 127.0.0.1 is cut off: it takes its answer too slowly" in log
    assert "failed: status=499" in log and "too slowly" in log.rpartition("failed:")[2]
    assert upstream.ended.wait(60)  # no worker is held any more


@beside_the_others
def test_a_client_that_is_slow_but_steady_gets_its_whole_answer(started):
    """Also where nothing is written for a minute, as the router's kernel holds megabytes."""
    upstream = Large()
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    connection = download(router, "/e/steady", 256 * 1024)
    length = 0
    until = time.monotonic() + 75
    while time.monotonic() < until:
        length += len(connection.recv(5_000))
        time.sleep(0.5)
    rest, whole = take_all(connection)
    assert whole and length + rest > LARGE
    assert "cut off" not in router.log


@beside_the_others
def test_a_client_is_not_blamed_for_an_engine_that_takes_its_time(started):
    def halves(connection):
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"x" * 100_000)
        time.sleep(75)
        connection.sendall(b"x" * 100_000)

    upstream = Upstream(halves)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    _, whole = take_all(download(router, "/e/halves"))
    assert whole
    assert "out=200000 " in router.wait_for_log("status=200")
    assert "cut off" not in router.log


# Replicas


class Frozen(Engine):
    """An engine whose processes can be stopped, as those of `docker pause`."""

    def freeze(self, by=signal.SIGSTOP):
        for pid in [int(name) for name in os.listdir("/proc") if name.isdigit()]:
            with contextlib.suppress(ProcessLookupError):
                if os.getsid(pid) == self.process.pid:
                    os.kill(pid, by)

    def thaw(self):
        self.freeze(by=signal.SIGCONT)

    def stop(self):
        self.thaw()
        super().stop()


@beside_the_others
def test_a_replica_that_freezes_is_down_and_what_it_runs_is_given_up(started):
    # Those that look for leaks in the router find CPython's in the engine.
    options = {"ASAN_OPTIONS": "detect_leaks=0:handle_segv=0"}
    engine = Frozen(WORKERS="2", TIMEOUT="600", PRELOAD="none", **options)
    router = Router(ENGINE_E_HOST=engine.host)
    started.extend([router, engine])
    endpoint = router.url + "/e"
    wait_until(lambda: up(router, engine))
    script = b"def rm_main(): return 'x' * 100_000_000"
    streaming = socket.create_connection(router.address, timeout=150)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running = pool.submit(execute_script, endpoint, "import time\ndef rm_main(): time.sleep(300)")
        wait_until(lambda: in_flight(router, engine) == 1)
        streaming.sendall(
            b"POST /e/execute HTTP/1.1\r\nHost: r\r\nContent-Type: text/x-python\r\n"
            b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(script), script)
        )
        assert streaming.recv(1000).startswith(b"HTTP/1.1 200")
        waiting = pool.submit(execute_script, endpoint, "def rm_main(): pass")
        wait_until(lambda: 'requests_queued{engine="e"} 1' in metrics(router))
        engine.freeze()
        stream = pool.submit(take_all, streaming)
        assert_problem(waiting.result(), 502, "engine-unreachable", "no replica answers")
        assert not running.done()
        assert readyz(router) == 503
        assert f"replica {engine.host} is down: it does not answer" in router.log
        late = execute_script(endpoint, "def rm_main(): pass")
        assert_problem(late, 502, "engine-unreachable", "the engine e cannot be reached: no replica")
        why = f"its replica {engine.host} has not answered GET /info for 60 seconds"
        assert_problem(running.result(), 504, "engine-timeout", why)
        length, _ = stream.result()
    assert length < 100_000_000
    log = router.wait_for_log("failed: status=200")  # that one had begun
    assert why in log.partition("failed: status=200")[2]
    engine.thaw()
    wait_until(lambda: readyz(router) == 200)
    assert execute_script(endpoint, "def rm_main(): return 1").status_code == 200


@beside_the_others
def test_one_answer_that_comes_late_takes_no_replica_down(started):
    """As of a machine all of whose processors are busy."""

    class Late(Replica):
        late = 0

        def _answer_question(self, connection):
            if self.asked % 3:  # two of three are too late
                self.late += 1
                time.sleep(3)
            with contextlib.suppress(OSError):
                super()._answer_question(connection)

    replica = Late("late", workers=1)
    router = Router(ENGINE_E_HOST=replica.host)
    started.extend([router, replica])
    wait_until(lambda: up(router, replica))
    wait_long_until(lambda: replica.late >= 8)
    assert ask(router).text == "late" and readyz(router) == 200
    assert "is down" not in router.log.partition("is up again")[2]


@beside_the_others
def test_what_runs_on_an_engine_that_was_taken_away_is_given_up_as_well(started):
    silent, arrived = threading.Event(), threading.Event()

    class Silent(Upstream):
        def _answer_question(self, connection):
            if not silent.is_set():
                super()._answer_question(connection)
            else:
                time.sleep(60)

    def take(connection):
        read_head(connection)
        arrived.set()
        time.sleep(300)

    replica, other = Silent(take, workers=1), Replica("other", workers=1)
    with tempfile.TemporaryDirectory() as folder:
        settings = {"ENGINE_E_HOST": replica.host, "ENGINE_F_HOST": other.host}
        router = Configured(pathlib.Path(folder) / "config", settings)
        started.extend([router, replica, other])
        wait_until(lambda: up(router, replica))
        with concurrent.futures.ThreadPoolExecutor() as pool:
            running = pool.submit(requests.post, router.url + "/e/x", data=b"x", timeout=150)
            assert arrived.wait(60)
            router.reload({"ENGINE_F_HOST": other.host})
            silent.set()
            assert_problem(running.result(), 504, "engine-timeout", replica.host)


class Host:
    """A network of its own at the other end of a cable, with an Upstream that can vanish."""

    def __init__(self, handle):
        network = ipaddress.ip_address("198.18.0.0") + os.getpid() % 0x4000 * 4
        self.peer, self.address = str(network + 1), str(network + 2)
        own = ["unshare", "--net", "sh", "-c", "echo && exec sleep 1000"]
        self.process = subprocess.Popen(own, stdout=subprocess.PIPE)
        self.process.stdout.read(1)
        self.cable = f"cable{os.getpid()}"
        run("ip", "link", "add", self.cable, "type", "veth", "peer", "there", "netns", str(self.process.pid))
        run("ip", "address", "add", self.peer + "/30", "dev", self.cable)
        run("ip", "link", "set", self.cable, "up")
        self._inside("address", "add", self.address + "/30", "dev", "there")
        self._inside("link", "set", "there", "up")
        thread = threading.Thread(target=self._serve, args=(handle,))
        thread.start()
        thread.join()
        self.host = f"{self.address}:{self.upstream.port}"

    def _inside(self, *command):
        run("nsenter", "--target", str(self.process.pid), "--net", "ip", *command)

    def _serve(self, handle):
        with open(f"/proc/{self.process.pid}/ns/net") as network:
            assert ctypes.CDLL(None).setns(network.fileno(), 0) == 0  # of this thread
        self.upstream = Upstream(handle, workers=2, address=self.address)

    def vanish(self):
        self._inside("link", "set", "there", "down")

    def stop(self):
        run("ip", "link", "delete", self.cable)
        self.upstream.stop()
        self.process.kill()
        self.process.wait()


def run(*command):
    subprocess.run(command, check=True)


@beside_the_others
def test_a_host_that_is_gone_is_noticed(started):
    """Without a request, and by a request that it has read and one whose body it has not."""
    arrived = threading.Semaphore(0)

    def take(connection):
        head, rest = read_head(connection)
        if b"/read" in head:
            read_body(connection, head, rest)
        arrived.release()
        time.sleep(300)

    host = Host(take)
    router = Router(ENGINE_E_HOST=host.host)
    started.extend([router, host])
    wait_until(lambda: readyz(router) == 200)
    post = functools.partial(requests.post, timeout=150)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        read = pool.submit(post, router.url + "/e/read", data=b"x")
        unread = pool.submit(post, router.url + "/e/unread", data=b"x" * 30_000_000)
        assert arrived.acquire(timeout=60) and arrived.acquire(timeout=60)
        host.vanish()
        wait_long_until(lambda: readyz(router) == 503)
        assert_problem(read.result(), 502, "engine-broke", "the connection to it broke")
        assert_problem(unread.result(), 504, "engine-timeout", host.host)
    log = router.wait_for_log("status=502")
    assert "timed out" in log.partition("failed: status=502")[2].lower()
