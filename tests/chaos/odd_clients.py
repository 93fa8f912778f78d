"""Clients of a router that send and take as they like, and say what was wrong with the answer."""

import contextlib
import http.client
import json
import random
import socket
import ssl
import time

from fake_engines import CASES, HOLD, chunked, pattern, reset

WAIT = 30  # seconds; a bound for what should come at once
LENGTHS = (0, 1, 3, 1000, 65535, 65536, 65537, 100_000, 300_000, 1_000_000)
# Of the router itself, whatever the engine does: nothing can be reached, the queue is full.
ELSEWHERE = {502: "engine-unreachable", 503: "unavailable"}


class Wrong(Exception):
    """An answer that should not have been."""


class Answers:
    """A connection as http.client wants it, from which one answer after the other is read."""

    def __init__(self, connection):
        self.file = connection.makefile("rb")

    def makefile(self, _):
        return self

    def close(self):
        """Not behind one answer: the next may be here already."""

    def __getattr__(self, name):
        return getattr(self.file, name)


class Conversation:
    """One client with one request on a connection of its own."""

    def __init__(self, router, number, rough):
        self.router, self.rough = router, rough
        self.case = random.choice(list(CASES))
        self.target = f"/e/{self.case}?n={number}"
        self.length = random.choice(LENGTHS)
        self.content = pattern(self.length)
        self.outcome = "?"
        plain = socket.socket()
        plain.settimeout(WAIT)
        if random.random() < 0.3:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.connect(router.address)
        self.socket = plain
        if router.has_tls:
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(plain)
        self.answers = Answers(self.socket)

    def head(self, *fields, method="POST", target=None):
        lines = [f"{method} {target or self.target} HTTP/1.1", "Host: r", *fields, "", ""]
        return "\r\n".join(lines).encode()

    # What comes back

    def read(self, method="POST", slowly=False):
        """(status, fields, body, whether it was whole)"""
        response = http.client.HTTPResponse(self.answers, method=method)
        response.begin()
        body, whole = b"", True
        try:
            if slowly:
                while piece := response.read(random.choice((1000, 30000))):
                    body += piece
                    time.sleep(random.choice((0, 0, 0, 0.01)))
            else:
                body = response.read()
        except (http.client.IncompleteRead, OSError):
            whole = False
        length = response.getheader("Content-Length")
        if length and method != "HEAD" and response.status != 304 and len(body) < int(length):
            whole = False
        return response.status, response.headers, body, whole

    def judge(self, status, fields, body, whole, method="POST"):
        case = CASES[self.case]
        self.outcome = f"{status}" if whole else f"{status}, cut"
        if status >= 500 and not body and method != "HEAD":
            raise Wrong("an error without a body")
        if whole and status in ELSEWHERE and method != "HEAD":
            slug = json.loads(body)["type"].rsplit(":")[-1]
            if slug == ELSEWHERE[status] or (slug == "engine-broke" and self.rough):
                return
        elif status in ELSEWHERE and method == "HEAD":
            return
        if not whole and not case.may_cut and not self.rough:
            raise Wrong(f"cut after {len(body)} bytes")
        if self.router.limit and self.length > self.router.limit and method == "POST":
            if status != 413:
                raise Wrong(f"too large, and yet {status}")
            return
        if status not in case.statuses:
            raise Wrong(f"status {status} {body[:400]}")
        if self.rough and self.case == "until_close":
            return  # its end may come early, and nobody can know
        expected = self.content if self.case == "echo" else case.body
        if whole and expected is not None and method != "HEAD" and body != expected:
            raise Wrong(f"another body: {len(body)} bytes {body[:80]}")
        if fields.get("X-Length", str(self.length)) != str(self.length) and method == "POST":
            raise Wrong("the engine had another body")

    def expect_the_end(self):
        """Nothing comes behind the last answer."""
        with contextlib.suppress(OSError):
            if rest := self.answers.read1(1000):
                raise Wrong(f"behind the answer: {rest[:80]}")

    def take(self, method="POST", slowly=False):
        try:
            answer = self.read(method, slowly)
        except (http.client.BadStatusLine, OSError) as failure:
            # A close with bytes unread may be a reset, which takes the answer with it.
            self.outcome = "no answer"
            if CASES[self.case].may_cut or self.rough:
                return
            raise Wrong(f"no answer: {failure!r}") from failure
        self.judge(*answer, method=method)

    # What goes there

    def send_all(self, data):
        """An answer may come before the body is there, and the connection end."""
        with contextlib.suppress(OSError):
            self.socket.sendall(data)

    def dribble(self, data):
        with contextlib.suppress(OSError):
            for at in range(0, len(data), max(1, len(data) // 12)):
                self.socket.sendall(data[at : at + max(1, len(data) // 12)])
                time.sleep(random.choice((0, 0.005, 0.03)))

    def plain(self):
        close = random.random() < 0.5
        head = self.head(f"Content-Length: {self.length}", *(["Connection: close"] if close else []))
        self.send_all(head + self.content)
        self.take(slowly=random.random() < 0.3)
        if close:
            self.expect_the_end()

    def dribbles(self):
        self.dribble(self.head(f"Content-Length: {self.length}", "Connection: close") + self.content)
        self.take()
        self.expect_the_end()

    def sends_chunks(self):
        data = chunked(self.content, random.choice((700, 9000, 70000)))
        data = self.head("Transfer-Encoding: chunked", "Connection: close") + data
        random.choice((self.send_all, self.dribble))(data)
        self.take()

    def expects_to_be_asked(self):
        fields = f"Content-Length: {self.length}", "Expect: 100-continue", "Connection: close"
        self.send_all(self.head(*fields))
        asked = self.socket.recv(25) if self.length else b"HTTP/1.1 100"
        if not asked.startswith(b"HTTP/1.1 100"):
            while received := self.socket.recv(65536):
                asked += received
            self.outcome = f"{asked[9:12].decode()} at once"
            if self.outcome[:3] not in ("413", "502", "503"):
                raise Wrong(f"it was not asked for the body: {asked[:300]}")
            return
        self.send_all(self.content)
        self.take()

    def asks_without_body(self):
        knows_head = self.case in ("echo", "slow", "late", "no_content", "problem", "early_good")
        method = random.choice(("GET", "OPTIONS", "DELETE", *(["HEAD"] if knows_head else [])))
        self.length, self.content = 0, b""
        self.send_all(self.head("Connection: close", method=method))
        self.take(method)
        self.expect_the_end()

    def pipelines(self):
        count = random.choice((2, 3, 10))
        self.case, self.target = "echo", self.target.replace(self.case, "echo", 1)
        self.length, self.content = 5, b"hello"
        requests = [self.head("Content-Length: 5", target=f"{self.target}.{i}") + b"hello"
                    for i in range(count)]  # fmt: skip
        self.send_all(b"".join(requests))
        for _ in range(count):
            self.take()

    def asks_the_router(self):
        target = random.choice(("/healthz", "/metrics", "/readyz", "/nowhere", "/e", "/e/../x"))
        body = random.choice((b"", b"x" * 10, b"x" * 200_000))
        fields = [f"Content-Length: {len(body)}"] if body else []
        self.send_all(self.head("Connection: close", *fields, method="GET", target=target) + body)
        status, _, _, whole = self.read("GET")
        self.outcome = f"own {status}"
        is_own = target in ("/healthz", "/metrics", "/readyz")
        if not whole or status not in ({200, 503} if is_own else {404}):
            raise Wrong(f"{target}: {status}, whole: {whole}")

    def is_malformed(self):
        length = random.choice(("x", "-1", "", "9" * 25, "5, 5"))
        self.send_all(self.head(f"Content-Length: {length}") + b"x" * random.choice((0, 70000)))
        status, *_ = self.read()
        self.outcome = f"malformed {status}"
        if status not in (400, 413):
            raise Wrong(f"Content-Length: {length}: {status}")

    def sends_too_much(self):
        self.send_all(self.head(f"Content-Length: {self.length}") + self.content + b"\x00more\r\n" * 20)
        self.take()

    def leaves(self):
        """Somewhere within what it sends, or within what it takes."""
        data = self.head(f"Content-Length: {self.length}") + self.content
        end = random.choice((random.randrange(len(data)), len(data), len(data)))
        self.outcome = "left"
        random.choice((self.send_all, self.dribble))(data[:end])
        if end == len(data):
            time.sleep(random.choice((0, 0.001, 0.01, 0.1, HOLD / 2)))
            self.socket.settimeout(0.05)
            with contextlib.suppress(OSError):
                self.socket.recv(random.choice((1, 1000, 100_000)))
        random.choice((self.socket.close, lambda: reset(self.socket), self.closes_its_side))()

    def closes_its_side(self):
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.socket, socket.SHUT_WR)
            self.socket.settimeout(2)
            while self.socket.recv(65536):
                pass

    WAYS = (plain, plain, dribbles, sends_chunks, expects_to_be_asked, asks_without_body, pipelines,
            asks_the_router, is_malformed, sends_too_much, leaves, leaves)  # fmt: skip

    def run(self):
        """What was wrong, or None."""
        way = random.choice(self.WAYS)
        self.way = way.__name__
        try:
            way(self)
        except Wrong as wrong:
            return f"{self.way} {self.case} ({self.length} bytes): {wrong}"
        except (OSError, http.client.HTTPException) as failure:
            if not self.rough:
                return f"{self.way} {self.case} ({self.length} bytes): {failure!r}"
        finally:
            self.answers.file.close()
            self.socket.close()
        return None

