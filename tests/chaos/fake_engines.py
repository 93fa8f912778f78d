"""Replicas that behave as the path of a request says, well or not: /<case>?n=<number>."""

import collections
import contextlib
import random
import socket
import struct
import threading
import time

BIG = 2_000_000  # bytes of an answer that fits into no buffer on the way
HOLD = 1.5  # seconds that a silent one keeps silent
PATTERN = bytes(range(256)) * 256


def pattern(length):
    """Bytes of which each has its place, so that none can be lost, doubled or swapped."""
    return (PATTERN * (length // len(PATTERN) + 1))[:length]


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Request:
    """One request as an engine has it: its head, and its body as far as it was read."""

    def __init__(self, connection, rest):
        self.connection = connection
        while b"\r\n\r\n" not in rest:
            received = connection.recv(65536)
            if not received:
                raise EOFError
            rest += received
        head, _, self.body = rest.partition(b"\r\n\r\n")
        self.first, *lines = head.decode("latin-1").split("\r\n")
        self.method, self.target, _ = self.first.split(" ")
        fields = (line.split(":", 1) for line in lines)
        self.fields = {name.lower(): value.strip() for name, value in fields}
        self.length = int(self.fields.get("content-length", 0))

    def read(self, share=1.0):
        while len(self.body) < self.length * share:
            received = self.connection.recv(65536)
            if not received:
                raise EOFError
            self.body += received

    def drop_the_rest(self):
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_WR)
            while self.connection.recv(65536):
                pass

    def send(self, *pieces, pause=0.0):
        for piece in pieces:
            self.connection.sendall(piece)
            time.sleep(pause)

    def answer(self, body=b"", status="200 OK", fields="", pause=0.0):
        head = f"HTTP/1.1 {status}\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode()
        if self.method == "HEAD":
            body = b""
        if pause:
            half = len(body) // 2
            self.send(head[:9], head[9:], body[:half], body[half:], pause=pause)
        else:
            self.send(head + body)


def chunked(body, step):
    pieces = (body[at : at + step] for at in range(0, len(body), step))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
EARLY = "413 Content Too Large"
# Whoever closes a connection that could be used again has to say so.
CLOSE = "Connection: close\r\n"

# The cases. Each reads the request and answers; EOFError: the connection ends.


def echo(request):
    request.read()
    request.answer(request.body, fields="X-Length: %d\r\n" % len(request.body))


def slow(request):
    request.read()
    request.answer(b"slow", pause=0.02)


def late(request):
    request.read()
    time.sleep(random.uniform(0, 0.3))
    request.answer(b"late")


def interim(request):
    request.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    request.read()
    request.send(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", pause=0.01)
    request.answer(b"interim")


def big(request):
    request.read()
    request.answer(pattern(BIG))


def big_chunked(request):
    request.read()
    request.send(CHUNKED, chunked(pattern(BIG), random.choice((1000, 70000, 500000))))


def until_close(request):
    request.read()
    request.send(b"HTTP/1.1 200 OK\r\n\r\n", pattern(BIG))
    raise EOFError


def no_content(request):
    request.read()
    request.send(b"HTTP/1.1 204 No Content\r\n\r\n")


def problem(request):
    request.read()
    request.answer(b'{"type":"urn:standpy:problem:script-error"}', "400 Bad Request")


def no_token(request):
    request.read(random.random())
    request.answer(b"no", "401 Unauthorized")
    raise EOFError


def switches(request):
    request.read()
    request.send(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + pattern(100_000))
    request.drop_the_rest()
    raise EOFError


def early(request):
    request.read(random.choice((0, 0, 0.3, 0.9)))
    request.answer(b"early", EARLY, CLOSE, pause=random.choice((0, 0.01)))
    request.drop_the_rest()
    raise EOFError


def early_chunked(request):
    request.read(random.choice((0, 0, 0.3, 0.9)))
    head = f"HTTP/1.1 {EARLY}\r\n{CLOSE}Transfer-Encoding: chunked\r\n\r\n"
    request.send(head.encode(), b"5\r\nearly\r\n", b"0\r\n\r\n", pause=0.01)
    request.drop_the_rest()
    raise EOFError


def early_big(request):
    request.read(random.choice((0, 0.3)))
    request.answer(pattern(BIG), EARLY, CLOSE)
    request.drop_the_rest()
    raise EOFError


def early_and_reset(request):
    request.read(random.choice((0, 0.3)))
    request.answer(b"early", EARLY, CLOSE)
    reset(request.connection)
    raise EOFError


def early_good(request):
    request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
    request.read()
    request.send(b"early" if request.method != "HEAD" else b"")


def nothing(request):
    request.read(random.random())
    raise EOFError


def resets(request):
    request.read(random.random())
    reset(request.connection)
    raise EOFError


def silent(request):
    request.read(random.random())
    time.sleep(random.uniform(0, HOLD))
    raise EOFError


def half_head(request):
    request.read()
    request.send(b"HTTP/1.1 200 OK\r\nContent-Le", pause=0.01)
    raise EOFError


def half_body(request):
    request.read()
    request.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
    raise EOFError


def half_big(request):
    request.read()
    request.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % BIG, pattern(BIG // 2))
    if random.random() < 0.5:
        reset(request.connection)
    raise EOFError


def half_chunked(request):
    request.read()
    request.send(CHUNKED, chunked(pattern(BIG), 70000)[: random.randrange(BIG)])
    raise EOFError


def garbage(request):
    request.read()
    request.send(bytes(range(256)) * 10)
    raise EOFError


# What a client may get then: its status, a part of the reply only, and the body (None: any).
Case = collections.namedtuple("Case", "run statuses may_cut body")
GOOD = {"early_good": b"early", "slow": b"slow", "late": b"late", "interim": b"interim"}
CASES = {name.__name__: Case(name, {200}, False, GOOD[name.__name__])
         for name in (early_good, slow, late, interim)}  # fmt: skip
CASES |= {
    "echo": Case(echo, {200}, False, None),
    "big": Case(big, {200}, False, pattern(BIG)),
    "big_chunked": Case(big_chunked, {200}, False, pattern(BIG)),
    "until_close": Case(until_close, {200}, False, pattern(BIG)),
    "no_content": Case(no_content, {204}, False, b""),
    "problem": Case(problem, {400}, False, None),
    "no_token": Case(no_token, {502}, False, None),
    "switches": Case(switches, {502}, False, None),
    "early": Case(early, {413}, False, b"early"),
    "early_chunked": Case(early_chunked, {413}, False, b"early"),
    "early_big": Case(early_big, {413}, False, pattern(BIG)),
    "early_and_reset": Case(early_and_reset, {413, 502}, True, None),
    "nothing": Case(nothing, {502}, False, None),
    "resets": Case(resets, {502}, False, None),
    "silent": Case(silent, {502}, False, None),
    "half_head": Case(half_head, {502}, False, None),
    "half_body": Case(half_body, {502}, False, None),
    "half_big": Case(half_big, {200, 502}, True, None),
    "half_chunked": Case(half_chunked, {200, 502}, True, None),
    "garbage": Case(garbage, {502}, False, None),
}


class FakeEngine:
    """A replica; it can end and begin again on its port, or answer nothing."""

    def __init__(self, workers):
        self.workers, self.port, self.listener = workers, 0, None
        self.heads = collections.Counter()  # how often each request came
        self.connections = set()
        self.begin()

    def begin(self):
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def end(self):
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def close_all(self):
        """Connections that it keeps for later requests."""
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        self.connections.add(connection)
        with connection, contextlib.suppress(OSError, EOFError):
            connection.settimeout(60)
            while True:
                request = Request(connection, b"")
                if request.target == "/info" and "x-request-id" not in request.fields:
                    request.answer(b'{"workers":%d}' % self.workers, fields="Connection: close\r\n")
                    break
                case, _, number = request.target[1:].partition("?n=")
                self.heads[number] += 1
                CASES[case].run(request)
        self.connections.discard(connection)
