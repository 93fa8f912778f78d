"""One connection to router or engine: sockets, TLS, and what a broken one says."""

from __future__ import annotations

import contextlib
import io
import select
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any, BinaryIO, Callable

from .endpoint import Endpoint
from .errors import Unreachable
from .multipart import CHUNK, FilePiece, Piece, size_of
from .response import Response

Watcher = Callable[[str, int, int], None]
"""Called with sending, waiting or receiving, and how many bytes of how many are done."""

_SENT_AT_ONCE = 4 << 20  # by the kernel, before the client looks again whether there is an answer already
_SLOWEST = 1024  # bytes a second that an answer must have once it took as long as the client is patient
_KEEPALIVE = {
    "TCP_KEEPIDLE": 30,
    "TCP_KEEPINTVL": 10,
    "TCP_KEEPCNT": 3,
}  # a host that vanished is noticed after a minute


class TooSlow(OSError):
    """An answer that comes more slowly than anything that is alive."""


class Interrupted(Exception):
    """The connection broke before the whole request was sent, so nothing ran."""


class FileChanged(Exception):
    """A file became shorter while it was sent."""


def connect(
    endpoint: Endpoint, context: ssl.SSLContext | None, seconds: float, patience: float | None
) -> socket.socket:
    """Raises Unreachable with the reason."""
    try:
        plain = socket.create_connection((endpoint.host, endpoint.port), timeout=seconds)
    except OSError as error:
        raise Unreachable(_not_connected(endpoint, error, seconds)) from None
    try:
        _tune(plain)
        used = context.wrap_socket(plain, server_hostname=endpoint.host) if context else plain
        used.settimeout(patience)
        return used
    except OSError as error:
        plain.close()
        raise Unreachable(_no_tls(endpoint, error, seconds)) from None
    except BaseException:
        plain.close()
        raise


def _tune(plain: socket.socket) -> None:
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):
            plain.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _not_connected(endpoint: Endpoint, error: OSError, seconds: float) -> str:
    if isinstance(error, socket.gaierror):
        return f"The host {endpoint.host!r} of {endpoint} is not known here ({error.strerror}). Is its name right, and is this machine in its network?"
    if isinstance(error, ConnectionRefusedError):
        return f"Nothing listens at {endpoint.host} port {endpoint.port}: {endpoint} cannot be reached. Is the router (or engine) running?"
    if isinstance(error, TimeoutError):
        return f"{endpoint.host} port {endpoint.port} did not answer within {seconds:g} s: {endpoint} cannot be reached. Is this machine in its network?"
    return f"{endpoint} cannot be reached: {error.strerror or error}."


def _no_tls(endpoint: Endpoint, error: OSError, seconds: float) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = error.verify_message
        if error.verify_code in (18, 19, 20, 21):  # X509_V_ERR_…: self-signed, in the chain, no issuer
            return (
                f"The certificate of {endpoint} comes from an authority that this machine does not know ({reason}). "
                "If it is your own, name its file: cacert='authority.pem' (--cacert)."
            )
        return f"The certificate of {endpoint} is not valid: {reason}."
    if isinstance(error, ssl.SSLError):
        return f"{endpoint} does not speak TLS ({error.reason or error}). Does its endpoint begin with http:// instead?"
    if isinstance(error, TimeoutError):
        return f"{endpoint} took a connection, but no TLS handshake within {seconds:g} s. Does its endpoint begin with http:// instead?"
    return f"The connection to {endpoint} broke in the TLS handshake: {error.strerror or error}."


class _Paced(io.RawIOBase):
    """What comes on a socket, unless it comes too slowly: a byte now and then would keep a client for ever."""

    def __init__(self, sock: socket.socket, patience: float | None):
        self._sock = sock
        self._patience = patience
        self.begin()

    def begin(self) -> None:
        """Of an answer; the time before its first byte is the script's."""
        self._began = 0.0
        self._received = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        count = self._sock.recv_into(buffer)
        now = time.monotonic()
        self._began = self._began or now
        self._received += count
        seconds = now - self._began
        if (
            count
            and self._patience is not None
            and seconds > self._patience
            and self._received < seconds * _SLOWEST
        ):
            raise TooSlow(f"it is slower than {_SLOWEST} bytes a second")
        return count


class Connection:
    """used: whether it has carried a request before; idle_since: when that one ended.

    is_whole: whether the request that it carries was sent to its end.
    """

    def __init__(self, sock: socket.socket, patience: float | None):
        self.sock = sock
        self.used = False
        self.is_whole = True
        self.idle_since = 0.0
        self._plain = not isinstance(sock, ssl.SSLSocket)
        self._paced = _Paced(sock, patience)
        self._reader = io.BufferedReader(self._paced, 65_536)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._reader.close()
        self.sock.close()

    def abort(self) -> None:
        """By another thread: whatever waits on the socket ends at once."""
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def has_news(self) -> bool:
        """Whether there is something to read: of an idle connection, that it was closed."""
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(self.sock, select.POLLIN)
            return bool(poll.poll(0))
        return bool(select.select([self.sock], [], [], 0)[0])

    def send(self, head: bytes, pieces: list[Piece], watch: Watcher | None) -> bool:
        """Whether all was sent; if not, there is an answer already. Raises Interrupted."""
        total = sum(map(size_of, pieces))
        try:
            if len(pieces) == 1 and not isinstance(pieces[0], FilePiece):
                self.sock.sendall(head + pieces[0])
                return True
            return self._send_pieces(head, pieces, total, watch)
        except socket.timeout:
            raise
        except OSError as error:
            raise Interrupted(error.strerror or str(error)) from None

    def _send_pieces(self, head: bytes, pieces: list[Piece], total: int, watch: Watcher | None) -> bool:
        self.sock.sendall(head)
        done = 0
        for piece in pieces:
            for count in self._file(piece) if isinstance(piece, FilePiece) else self._memory(piece):
                done += count
                if watch:
                    watch("sending", done, total)
                # In TLS what comes may be a matter of the handshake.
                if self._plain and done < total and self.has_news():
                    return False
        return True

    def _memory(self, piece: bytes | bytearray | memoryview) -> Iterator[int]:
        view = memoryview(piece).cast("B") if piece else memoryview(b"")
        for begin in range(0, len(view), _SENT_AT_ONCE):
            chunk = view[begin : begin + _SENT_AT_ONCE]
            self.sock.sendall(chunk)
            yield len(chunk)

    def _file(self, piece: FilePiece) -> Iterator[int]:
        with piece.open() as file:
            left = piece.size
            while left:
                count = self._send_file(file, min(left, _SENT_AT_ONCE))
                if not count:
                    raise FileChanged(f"{piece.name} became shorter while it was sent")
                left -= count
                yield count

    def _send_file(self, file: BinaryIO, most: int) -> int:
        if self._plain:
            return self.sock.sendfile(file, file.tell(), most)
        chunk = file.read(min(most, CHUNK))
        self.sock.sendall(chunk)
        return len(chunk)

    def begin_answer(self) -> Response:
        self._paced.begin()
        return Response(self._reader)

    def rest(self) -> None:
        self.used = True
        self.idle_since = time.monotonic()
