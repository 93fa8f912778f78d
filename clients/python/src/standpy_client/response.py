"""The head of an HTTP/1.1 answer, and its body by its framing (RFC 9112). Pure: the bytes come from a file.

http.client reads heads with the parser of e-mails, which compiles a regular expression for each boundary: that
takes longer than a small script.
"""

from __future__ import annotations

import re
from typing import Protocol

_MOST_HEAD = 65_536
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-9][0-9][0-9])(?: ([\t\x20-\x7e\x80-\xff]*))?\r?\n")
_FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*\r?\n")
_LAST_LINE = (b"\r\n", b"\n")


class NotHttp(ValueError):
    """What came is no head of HTTP/1.1."""


class Cut(ValueError):
    """The answer ends before its end, or its framing is broken."""


class Nothing(Exception):
    """The connection ended before the first byte of an answer."""


class Source(Protocol):
    def readline(self, size: int, /) -> bytes: ...
    def readinto(self, buffer: memoryview, /) -> int | None: ...


class Response:
    """length: bytes of the body that are still to come; None if only its end tells."""

    def __init__(self, source: Source):
        self._source = source
        self.status, self.reason, self.headers = _head(source)
        while 100 <= self.status < 200:
            if self.status == 101:
                raise NotHttp("it switches protocols")
            self.status, self.reason, self.headers = _head(source)
        self._is_chunked = False
        self._in_chunk = 0  # bytes of the chunk that are still to come
        self._has_ended = False
        self.length: int | None = None
        self.may_be_kept = "close" not in self.headers.get("connection", "").lower()
        self._frame()

    def _frame(self) -> None:
        coding = self.headers.get("transfer-encoding")
        length = self.headers.get("content-length")
        if self.status in (204, 304):
            self.length = 0
        elif coding is not None:
            if coding.lower() != "chunked" or length is not None:
                raise NotHttp(f"a framing that this client does not read (Transfer-Encoding: {coding})")
            self._is_chunked = True
        elif length is not None:
            if not re.fullmatch(r"[0-9]{1,18}", length):
                raise NotHttp(f"Content-Length: {length[:40]}")
            self.length = int(length)
        else:
            self.may_be_kept = False

    @property
    def was_read(self) -> bool:
        """Whether the body was read to its end."""
        return self.length == 0 or self._has_ended

    def is_complete(self) -> bool:
        """As was_read, after a look at what may end chunks."""
        if self._is_chunked and not self._has_ended and not self._in_chunk:
            self._next_chunk()
        return self.was_read

    def readinto(self, view: memoryview) -> int:
        """0 at the end. Raises Cut if that comes too soon."""
        left = self._left()
        if left == 0:
            return 0
        count = self._source.readinto(view if left is None or len(view) <= left else view[:left]) or 0
        self._took(count)
        return count

    def readline(self, most: int) -> bytes:
        """A line with its end, unless it is longer or the body ends."""
        left = self._left()
        if left == 0:
            return b""
        line = self._source.readline(most if left is None else min(left, most))
        self._took(len(line))
        if self._is_chunked and not line.endswith(b"\n") and len(line) < most:
            return line + self.readline(most - len(line))
        return line

    def _left(self) -> int | None:
        if not self._is_chunked:
            return 0 if self._has_ended else self.length
        if not self._in_chunk and not self._has_ended:
            self._next_chunk()
        return self._in_chunk

    def _took(self, count: int) -> None:
        if self._is_chunked:
            if not count:
                raise Cut("it ends too soon")
            self._in_chunk -= count
            if not self._in_chunk and self._source.readline(2) != b"\r\n":
                raise Cut("a chunk is longer than it says")
        elif self.length is None:
            self._has_ended = not count
        else:
            if not count:
                raise Cut("it ends too soon")
            self.length -= count

    def _next_chunk(self) -> None:
        line = self._source.readline(_MOST_HEAD)
        found = re.fullmatch(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?\r\n", line)
        if not found:
            raise Cut("it ends too soon" if not line else "a chunk has no size")
        self._in_chunk = int(found[1], 16)
        if self._in_chunk == 0:
            while (line := self._source.readline(_MOST_HEAD)) not in _LAST_LINE:
                if not line:
                    raise Cut("it ends too soon")
            self._has_ended = True


def _head(source: Source) -> tuple[int, str, dict[str, str]]:
    line = source.readline(_MOST_HEAD)
    if not line:
        raise Nothing
    found = _STATUS.fullmatch(line)
    if not found:
        raise NotHttp(repr(line[:60].decode("latin-1")))
    status, reason = int(found[1]), (found[2] or b"").decode("latin-1")
    headers: dict[str, str] = {}
    size = len(line)
    while (line := source.readline(_MOST_HEAD)) not in _LAST_LINE:
        size += len(line)
        field = _FIELD.fullmatch(line)
        if not line:
            raise Nothing
        if not field or size > _MOST_HEAD:
            raise NotHttp(
                "its head is too large"
                if size > _MOST_HEAD
                else f"the line {line[:60].decode('latin-1')!r} in its head"
            )
        name, content = field[1].decode("ascii").lower(), field[2].decode("latin-1")
        headers[name] = f"{headers[name]}, {content}" if name in headers else content
    return status, reason, headers
