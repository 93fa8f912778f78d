"""Requests over kept connections. Says for each failure whether the script may have run, and repeats only if not."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from typing import NamedTuple

from . import multipart
from .cancellation import Cancellation
from .connection import Connection, FileChanged, Interrupted, Watcher, connect
from .endpoint import Endpoint
from .errors import Error, Refused, Unreachable
from .response import Cut, Nothing, NotHttp, Response
from .version import __version__

_MOST_IDLE = 20.0  # seconds; older connections may be closed by what is between
_AT_ONCE = 64 << 20  # bytes of memory for a part before any of it is there
_EARLY_ANSWER = 10.0  # seconds: an engine that answers before the body reads on for that long


class Request(NamedTuple):
    """target: what comes after the endpoint. deadline: seconds that the script may take without a word."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    pieces: list[multipart.Piece]
    deadline: float = 0.0


class Limits(NamedTuple):
    """connect, patience: seconds; patience is that in which nothing comes. answer: bytes."""

    connect: float
    patience: float | None
    answer: int


class Answer:
    """The head of an answer, and its body as it comes. Every read raises if the answer is cut."""

    def __init__(self, response: Response, endpoint: Endpoint, limits: Limits, watch: Watcher | None):
        self._response = response
        self._endpoint = endpoint
        self._limits = limits
        self._watch = watch
        self._received = 0
        self.status = response.status
        self.reason = response.reason
        self.length = response.length
        self._small: io.BytesIO | None = None  # the rest of a body that is quicker read at once
        if self.length is not None and self.length > limits.answer:
            self._refuse_size(f"has {self.length:,} bytes")
        if self.length is not None and self.length <= multipart.CHUNK:
            self._small = io.BytesIO(self.read(self.length))

    def header(self, name: str) -> str:
        return self._response.headers.get(name.lower(), "")

    @property
    def media_type(self) -> str:
        return self.header("Content-Type").partition(";")[0].strip().lower()

    def read(self, count: int) -> bytes | bytearray:
        """Exactly that many bytes."""
        if self._small:
            content = self._small.read(count)
            if len(content) < count:
                raise self.broken("it ends before its last part")
            return content
        if self._received + count > self._limits.answer:
            self._refuse_size(f"has more than {self._received + count:,} bytes")
        if self._response.length is not None and count > self._response.length:
            raise self.broken("it ends before its last part")
        grown = bytearray(min(count, _AT_ONCE))
        place = 0
        while place < count:
            if place == len(grown):  # it grows as it comes, because a length is only a promise
                grown += bytes(min(count - place, len(grown)))
            got = self._read_into(memoryview(grown)[place : place + multipart.CHUNK * 4])
            if not got:
                raise self.broken("it ends too soon")
            place += got
        return grown

    def _read_into(self, view: memoryview) -> int:
        with self._breaks(), view:
            count = self._response.readinto(view)
        self._count(count)
        return count

    def chunks(self, count: int) -> Iterator[memoryview]:
        """That many bytes, or what there is, piece by piece in memory that is used again."""
        if self._small:
            yield memoryview(self._small.read(count))
            return
        buffer = bytearray(min(count, multipart.CHUNK))
        while count:
            got = self._read_into(memoryview(buffer)[: min(count, len(buffer))])
            if not got:
                return
            count -= got
            yield memoryview(buffer)[:got]

    def line(self, most: int) -> bytes:
        if self._small:
            line = self._small.readline(most)
        else:
            with self._breaks():
                line = self._response.readline(most)
            self._count(len(line))
        if not line.endswith(b"\n"):
            raise self.broken("it ends too soon" if len(line) < most else "a line in it is too long")
        return line

    def all(self, most: int) -> bytes:
        """The whole body; Refused if it is larger."""
        if self.length is not None:
            if self.length > most:
                self._refuse_size(f"has {self.length:,} bytes of JSON")
            return bytes(self.read(self.length))
        content = bytearray()
        for chunk in self.chunks(most + 1):
            content += chunk
        if len(content) > most:
            self._refuse_size(f"has more than {most:,} bytes")
        return bytes(content)

    def is_complete(self) -> bool:
        """Whether the body was read to its end, so that the connection can carry another request."""
        with self._breaks():
            return self._response.is_complete()

    def broken(self, what: str) -> Unreachable:
        return Unreachable(
            f"The answer of {self._endpoint} was cut: {what}. The script may have run, so the request was not repeated.",
            may_have_run=True,
            request_id=self.header("X-Request-Id") or None,
        )

    @contextlib.contextmanager
    def _breaks(self) -> Iterator[None]:
        try:
            yield
        except socket.timeout:
            raise self.broken(f"nothing came for {self._limits.patience:g} s") from None
        except (OSError, Cut) as error:
            raise self.broken(_reason(error)) from None

    def _count(self, count: int) -> None:
        self._received += count
        if self._received > self._limits.answer:
            self._refuse_size("is larger")
        if self._watch:
            self._watch("receiving", self._received, self.length or 0)

    def _refuse_size(self, what: str) -> None:
        raise Refused(
            f"The answer of {self._endpoint} {what}; this client takes at most {self._limits.answer:,} (answer_limit).",
            request_id=self.header("X-Request-Id") or None,
        )


class Transport:
    """Kept connections to one endpoint; any number of threads may use it."""

    def __init__(
        self,
        endpoint: Endpoint,
        token: str | None,
        limits: Limits,
        context: ssl.SSLContext | None,
        most_kept: int,
    ):
        self.endpoint = endpoint
        self._limits = limits
        self._context = context
        self._most_kept = most_kept
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._process = os.getpid()
        self._fixed = f"Host: {endpoint.authority}\r\nUser-Agent: standpy-client/{__version__}\r\n"
        if token is not None:
            self._fixed += f"Authorization: Bearer {token}\r\n"

    def close(self) -> None:
        with self._lock:
            connections, self._idle = self._idle, []
        for connection in connections:
            connection.close()

    @contextlib.contextmanager
    def exchange(
        self, request: Request, cancellation: Cancellation, watch: Watcher | None = None
    ) -> Iterator[Answer]:
        """The answer to a request, whatever its status. If the caller leaves early, the script is stopped."""
        connection, response = self._send(request, cancellation, watch)
        try:
            answer = Answer(response, self.endpoint, self._limits, watch)
            yield answer
            keep = answer.is_complete()
        except BaseException as error:
            keep = isinstance(error, Error) and response.was_read
            cancellation.check()
            raise
        finally:
            cancellation.hold(None)
            if keep and connection.is_whole and response.may_be_kept and not cancellation.is_cancelled():
                self._put_back(connection)
            else:
                connection.close()

    def _send(
        self, request: Request, cancellation: Cancellation, watch: Watcher | None
    ) -> tuple[Connection, Response]:
        while True:
            cancellation.check()
            connection = self._take()
            cancellation.hold(connection)
            try:
                response = self._try(connection, request, watch)
                if response:
                    return connection, response
            except BaseException:
                cancellation.hold(None)
                connection.close()
                cancellation.check()
                raise
            connection.close()  # it was kept, and closed by the other side before the request was out

    def _try(self, connection: Connection, request: Request, watch: Watcher | None) -> Response | None:
        """None if the request may be sent again on a new connection."""
        sent = False
        try:
            sent = connection.send(self._head(request), request.pieces, watch)
        except Interrupted as error:
            # What refuses a request early may close before the body is through; its answer is still there.
            connection.is_whole = False
            connection.sock.settimeout(_EARLY_ANSWER)
            try:
                return connection.begin_answer()
            except (OSError, Nothing, NotHttp):
                if connection.used:
                    return None
                raise Unreachable(
                    f"The connection to {self.endpoint} broke while the request was sent ({error}). The script did not run."
                ) from None
        except socket.timeout:
            raise Unreachable(
                f"{self.endpoint} took nothing of the request for {self._limits.patience:g} s. The script did not run."
            ) from None
        except FileChanged as error:
            raise Refused(f"{error}. The script did not run.") from None
        connection.is_whole = sent
        if watch and sent:
            watch("waiting", 0, 0)
        return self._begin(connection, request, sent)

    def _begin(self, connection: Connection, request: Request, sent: bool) -> Response | None:
        may_have_run = sent and request.method == "POST"
        patience = self._limits.patience
        silence = None if patience is None else patience + request.deadline
        try:
            connection.sock.settimeout(silence)
            response = connection.begin_answer()
            connection.sock.settimeout(patience)
            return response
        except socket.timeout:
            reason = f"nothing came for {silence:g} s"
        except (ConnectionError, Nothing):
            if connection.used and not may_have_run:
                return None
            reason = "the connection broke before there was an answer"
        except NotHttp as error:
            raise Unreachable(
                f"What answers at {self.endpoint} does not speak HTTP/1.1: {error}. Is it the port of something else?",
                may_have_run=may_have_run,
            ) from None
        except OSError as error:
            reason = error.strerror or str(error)
        end = (
            "The script may have run, so the request was not repeated."
            if may_have_run
            else "The script did not run."
        )
        raise Unreachable(f"No answer of {self.endpoint}: {reason}. {end}", may_have_run=may_have_run)

    def _head(self, request: Request) -> bytes:
        lines = [f"{request.method} {self.endpoint.path}{request.target} HTTP/1.1\r\n", self._fixed]
        lines += [f"{name}: {content}\r\n" for name, content in request.headers]
        if request.method == "POST":
            lines.append(f"Content-Length: {sum(map(multipart.size_of, request.pieces))}\r\n")
        return "".join([*lines, "\r\n"]).encode("latin-1")

    def _take(self) -> Connection:
        while True:
            with self._lock:
                if self._process != os.getpid():  # forked: the connections are the parent's
                    self._idle, self._process = [], os.getpid()
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                limits = self._limits
                sock = connect(self.endpoint, self._context, limits.connect, limits.patience)
                return Connection(sock, limits.patience)
            if time.monotonic() - connection.idle_since < _MOST_IDLE and not connection.has_news():
                return connection
            connection.close()

    def _put_back(self, connection: Connection) -> None:
        connection.rest()
        with self._lock:
            if len(self._idle) < self._most_kept and self._process == os.getpid():
                self._idle.append(connection)
                return
        connection.close()


def _reason(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__
