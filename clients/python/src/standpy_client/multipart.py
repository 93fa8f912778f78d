"""multipart/form-data out, multipart/mixed in. Pure: bodies are read by a function that is passed in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import BinaryIO, Callable, NamedTuple, Union

CHUNK = 262_144
_MOST_HEAD = 65_536


class Malformed(ValueError):
    """The answer is not what its head says."""


class FilePiece(NamedTuple):
    """Bytes that are read while they are sent. name: for people."""

    open: Callable[[], BinaryIO]
    size: int
    name: str


Piece = Union[bytes, bytearray, memoryview, FilePiece]


class Part(NamedTuple):
    """A part of a request. media_type: empty for none."""

    name: str
    media_type: str
    content: Piece


def size_of(piece: Piece) -> int:
    if isinstance(piece, FilePiece):
        return piece.size
    return piece.nbytes if isinstance(piece, memoryview) else len(piece)


def encode(parts: list[Part]) -> tuple[str, list[Piece]]:
    """(content type, pieces); small neighbours are joined."""
    boundary = "standpy-" + os.urandom(16).hex()
    mark = b"--" + boundary.encode()
    pieces: list[Piece] = []
    text = bytearray()
    for name, media_type, content in parts:
        text += mark + b'\r\nContent-Disposition: form-data; name="' + name.encode() + b'"'
        if name == "file":
            text += b'; filename="file"'
        if media_type:
            text += b"\r\nContent-Type: " + media_type.encode()
        text += b"\r\n\r\n"
        if isinstance(content, FilePiece) or size_of(content) > CHUNK:
            pieces += [bytes(text), content]
            text = bytearray()
        else:
            text += content
        text += b"\r\n"
    pieces.append(bytes(text + mark + b"--\r\n"))
    return f"multipart/form-data; boundary={boundary}", pieces


class Reader(NamedTuple):
    """What answers are read from; each raises if the body ends too soon.

    read: exactly that many bytes; line: one with its end, at most that long.
    """

    read: Callable[[int], Union[bytes, bytearray]]  # noqa: UP007
    line: Callable[[int], bytes]


def boundary_of(content_type: str) -> bytes:
    found = re.search(r';\s*boundary="?([0-9A-Za-z\'()+_,./:=? -]{1,70})"?', content_type)
    if not found:
        raise Malformed("a multipart answer without a boundary")
    return found[1].strip().encode()


def parts_of(reader: Reader, content_type: str) -> Iterator[tuple[str, int]]:
    """(media type, length) of each part; the caller reads that many bytes before it goes on."""
    mark = b"--" + boundary_of(content_type)
    line = reader.line(_MOST_HEAD)
    while True:
        line = line.rstrip(b"\r\n")
        if line == mark + b"--":
            return
        if line != mark:
            raise Malformed("a part does not begin with the boundary")
        yield _head_of_part(reader)
        if reader.read(2) != b"\r\n":
            raise Malformed("a part is longer than its Content-Length")
        line = reader.line(_MOST_HEAD)


def _head_of_part(reader: Reader) -> tuple[str, int]:
    media_type, length, total = "", -1, 0
    while True:
        line = reader.line(_MOST_HEAD)
        total += len(line)
        if total > _MOST_HEAD:
            raise Malformed("the head of a part is too large")
        line = line.rstrip(b"\r\n")
        if not line:
            break
        name, _, content = line.partition(b":")
        name = name.lower()
        if name == b"content-type":
            media_type = content.strip().decode("latin-1").partition(";")[0].strip().lower()
        elif name == b"content-length":
            if not re.fullmatch(rb"\s*[0-9]{1,18}\s*", content):
                raise Malformed("a part has a Content-Length that is no number")
            length = int(content)
    if length < 0:
        raise Malformed("a part has no Content-Length")
    return media_type, length
