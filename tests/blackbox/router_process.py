"""A real router on a port of its own, and small upstreams that behave as a test wants."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import threading
import time

from client import wait_until
from engine_process import BUILD, START_SECONDS, free_port

ROUTER = BUILD / "router/standpy-router"


def run_to_its_end(**variables):
    """For starts that must fail: (exit status, output)."""
    done = subprocess.run(
        [ROUTER],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=START_SECONDS,
    )
    return done.returncode, done.stdout


class Router:
    """variables are its environment (ENGINE_..._HOST, ...). within: a command to run it in."""

    def __init__(self, *, within=(), **variables):
        self.port = free_port()
        self.log_file = tempfile.NamedTemporaryFile("w+", prefix="router-", suffix=".log")
        kept = {n: os.environ[n] for n in ("ASAN_OPTIONS", "UBSAN_OPTIONS") if n in os.environ}
        self.process = subprocess.Popen(
            [*within, ROUTER],
            env=kept | {"LISTEN": f"127.0.0.1:{self.port}"} | variables,
            stdout=self.log_file,
            stderr=subprocess.STDOUT,
        )
        deadline = time.monotonic() + START_SECONDS
        while "listening on" not in self.log:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the router did not start:\n{self.log}")
            time.sleep(0.01)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def address(self):
        return ("127.0.0.1", self.port)

    @property
    def log(self):
        return pathlib.Path(self.log_file.name).read_text()

    def wait_for_log(self, text):
        """The access line is written when the exchange ends, which may be after its answer."""
        deadline = time.monotonic() + START_SECONDS
        while text not in self.log:
            assert time.monotonic() < deadline, f"{text!r} is not in\n{self.log}"
            time.sleep(0.01)
        return self.log

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        assert "AddressSanitizer" not in self.log and "runtime error" not in self.log, self.log
        return self.process.returncode


class Configured(Router):
    """A router with its settings in a file that can be written again."""

    def __init__(self, path, settings, **variables):
        self.path = path
        self.write(settings)
        super().__init__(CONFIG=str(path), **variables)

    def write(self, settings):
        text = settings if isinstance(settings, str) else json.dumps(settings)
        self.path.write_text(text)

    def reload(self, settings=None):
        """The line of the log that says what became of it."""
        if settings is not None:
            self.write(settings)
        before = self.log.count("SIGHUP")
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.log.count("SIGHUP") > before)
        return [line for line in self.log.splitlines() if "SIGHUP" in line][-1]


class Upstream:
    """A server whose every connection is handled by handle(connection).

    But those on which the router asks what the replica is (GET /info without a client's request
    id): they are answered here and not counted. workers: what it says; None: it knows no /info.
    """

    def __init__(self, handle, workers=None, address="127.0.0.1", port=0):
        self.workers = workers
        self.asked = 0
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.listener = socket.create_server((address, port), family=family)
        self.port = self.listener.getsockname()[1]
        self.handle = handle
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def host(self):
        return f"127.0.0.1:{self.port}"

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            if self._is_question(connection):
                self.asked += 1
                self._answer_question(connection)
            else:
                self.connections += 1
                self.handle(connection)

    def _is_question(self, connection):
        begin = b"GET /info HTTP/1.1\r\n"
        head = connection.recv(65536, socket.MSG_PEEK)
        while begin.startswith(head[: len(begin)]) and head and b"\r\n\r\n" not in head:
            time.sleep(0.001)
            head = connection.recv(65536, socket.MSG_PEEK)
        return head.startswith(begin) and b"x-request-id:" not in head.lower()

    def _answer_question(self, connection):
        read_head(connection)
        body = b"" if self.workers is None else b'{"workers":%d}' % self.workers
        status = b"404 Not Found" if self.workers is None else b"200 OK"
        connection.sendall(
            b"HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
            % (status, len(body), body)
        )

    def stop(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Replica(Upstream):
    """Answers with its name, perhaps not before it may."""

    def __init__(self, name, workers=None, **where):
        self.name = name.encode()
        self.may = threading.Event()
        self.may.set()
        self.lock, self.has, self.had, self.most = threading.Lock(), 0, 0, 0
        super().__init__(self._answer, workers, **where)

    def _answer(self, connection):
        head, rest = read_head(connection)
        read_body(connection, head, rest)
        with self.lock:
            self.has += 1
            self.had += 1
            self.most = max(self.most, self.has)
        self.may.wait(60)
        with self.lock:
            self.has -= 1
        answer_ok(connection, self.name)


def read_head(connection):
    """(head without the empty line, what came of the body already)."""
    data = b""
    while b"\r\n\r\n" not in data:
        received = connection.recv(65536)
        if not received:
            return data, b""
        data += received
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def read_body(connection, head, rest):
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    while len(rest) < length:
        received = connection.recv(65536)
        if not received:
            break
        rest += received
    return rest


def echo(connection):
    """Answers with the request as it came."""
    head, rest = read_head(connection)
    body = head + b"\r\n\r\n" + read_body(connection, head, rest)
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Own: kept\r\nConnection: close\r\n"
        b"Keep-Alive: timeout=1\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )


def answer_ok(connection, text=b"ok"):
    connection.sendall(
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text)
    )
