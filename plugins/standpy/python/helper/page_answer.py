"""The answer of the WSGI application: what it may say (PEP 3333), and when that is sent."""

import _thread
import re

import _standpy

GOES_ON, ENDS, BREAKS = range(3)  # enum page_end
NOTHING_FOLLOWS = 3  # like ENDS, and nothing of the application runs behind it
_MOST_FIELDS = 65_000  # bytes

_STATUS = re.compile(r"[2-5][0-9][0-9] [\t\x20-\x7e\xa0-\xff]*")
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# About one connection only (RFC 9110, 7.6.1): the engine decides about those.
_HOP_BY_HOP = frozenset(
    "connection keep-alive proxy-authenticate proxy-authorization te trailer trailers"
    " transfer-encoding upgrade".split()
)


# Stops: the client has left, or the deadline has passed


class Stopped(BaseException):
    """Raised within the application."""


_may_stop = False
_is_stopped = False


def stop(number, frame):
    """Handles SIGTERM, which the front sends."""
    global _may_stop, _is_stopped
    _is_stopped = True
    if _may_stop:
        _may_stop = False  # once: what the application does about it is not interrupted
        raise Stopped


def let_stop(may):
    """Says whether the application's own code runs, which may be interrupted."""
    global _may_stop
    if may and _is_stopped:
        raise Stopped
    _may_stop = may


def begin():
    """A new request."""
    global _is_stopped
    _is_stopped = False


def is_stopped():
    return _is_stopped


class FileWrapper:
    """wsgi.file_wrapper: the rest of a file, block by block."""

    def __init__(self, filelike, blksize=65536):
        self.filelike = filelike
        self.blksize = blksize
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def __iter__(self):
        return self

    def __next__(self):
        data = self.filelike.read(self.blksize)
        if data:
            return data
        raise StopIteration


# The answer


_statuses = {}  # that were checked: the number of each
_lines = {}  # fields that were checked: the line of each
_MOST_KNOWN = 256  # of each kind
_MOST_REMEMBERED = 200  # characters


def _number_of(status):
    """Checks the status; returns its number."""
    if type(status) is not str:
        raise TypeError(f"the status is of type {type(status).__name__}, it must be a str")
    number = _statuses.get(status)
    if number is None:
        if not _STATUS.fullmatch(status):
            raise ValueError(f"the status is {status!r}, it must be like '200 OK'")
        number = int(status[:3])
        if len(_statuses) < _MOST_KNOWN and len(status) <= _MOST_REMEMBERED:
            _statuses[status] = number
    return number


def _check_field(name, value):
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not the name of a field")
    if not _VALUE.fullmatch(value):
        raise ValueError(f"the value {value!r} of the field {name} has a character that no field may have")
    if name.lower() in _HOP_BY_HOP:
        raise ValueError(f"{name} is about the connection, which is the engine's (PEP 3333)")


def _line_of(name, value):
    """Checks a field; returns its line. Most applications send the same ones again and again."""
    if type(name) is not str or type(value) is not str:
        raise TypeError(f"the field ({name!r}, {value!r}) has a name or a value that is no str")
    line = _lines.get((name, value))
    if line is None:
        _check_field(name, value)
        line = f"{name}: {value}\r\n"
        if len(line) <= _MOST_REMEMBERED:
            if len(_lines) >= _MOST_KNOWN:
                _lines.clear()
            _lines[name, value] = line
    return line


class Answer:
    """What the application has said so far, and what of it is sent."""

    __slots__ = ("_given", "_is_head", "_length", "_text", "_thread", "is_closed", "is_over", "is_sent", "status")

    def __init__(self, is_head):
        self.status = None
        self.is_sent = False  # the head
        self.is_over = False  # its last byte is sent
        self.is_closed = False  # the request is over, another client's may be the present one
        self._thread = _thread.get_ident()
        self._text = b""
        self._is_head = is_head
        self._length = None  # of Content-Length
        self._given = 0

    def start_response(self, status, headers, exc_info=None):
        if self.is_closed:
            raise RuntimeError("start_response is called when the request is over")
        if exc_info:
            try:
                if self.is_sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self.status is not None:
            raise AssertionError("start_response is called again without exc_info")
        number = _number_of(status)
        if type(headers) is not list:
            raise TypeError(f"the fields are of type {type(headers).__name__}, they must be a list")
        length, lines = None, [status[4:], "\r\n"]
        for name, value in headers:
            line = _line_of(name, value)
            is_length = len(name) == 14 and name.lower() == "content-length"
            if not is_length or number != 204:  # which must not have one (RFC 9110, 8.6)
                lines.append(line)
            if is_length:
                if length is not None or not (value.isascii() and value.isdigit()):
                    raise ValueError(f"Content-Length is {value!r}, it must be one number")
                length = int(value)
        text = "".join(lines).encode("latin-1")
        if len(text) > _MOST_FIELDS:
            raise ValueError(f"the fields have {len(text)} bytes, more than {_MOST_FIELDS}")
        self.status, self._length, self._text = number, length, text
        return self.write

    @property
    def is_empty(self):
        return self._is_head or self.status in (204, 304)

    @property
    def is_full(self):
        """All bytes of the Content-Length are given."""
        return self._length is not None and self._given >= self._length

    @property
    def exceeds(self):
        return self._length is not None and self._given > self._length and not self.is_empty

    def _bounded(self, data):
        """What of a piece is sent: nothing if there must be no body, and nothing beyond its length."""
        if self.is_empty:
            return b""
        if self.exceeds:
            return data[: max(0, len(data) - (self._given - self._length))]
        return data

    def write(self, data):
        self.send(data, GOES_ON)

    def send(self, data, end):
        if type(data) is not bytes:
            raise TypeError(f"the application gives {type(data).__name__}, it must give bytes")
        if self.status is None:
            raise AssertionError("the application gives its answer before it calls start_response")
        if self.is_closed:
            raise RuntimeError("the application gives more when the request is over")
        if _thread.get_ident() != self._thread:  # the end of the request does not wait for that one
            raise RuntimeError("another thread gives pieces of the answer")
        self._given += len(data)
        if self.is_over or (not data and end == GOES_ON):
            return
        data = self._bounded(data)
        if end == GOES_ON and (self.is_empty or self.is_full):
            end = ENDS  # the client has its answer: if it leaves now, nothing needs to stop
        let_stop(False)
        if self.is_sent:
            _standpy.send_piece(data, end)
        else:
            self.is_sent = True
            _standpy.send_head(self.status, self._text, data, end)
        self.is_over = end != GOES_ON
        let_stop(not self.is_over)

    def note_length(self, errors):
        if self.exceeds:
            errors.write(f"the answer has more bytes than its Content-Length, {self._length}\n")


def give(answer, result, errors):
    """Sends what the application returned, piece by piece."""
    if type(result) in (list, tuple):
        if len(result) == 1:
            (content,) = result
        else:
            for piece in result:
                if type(piece) is not bytes:
                    answer.send(piece, GOES_ON)
            content = b"".join(result)
        answer.send(content, NOTHING_FOLLOWS)
    elif isinstance(result, (str, bytearray)):
        raise TypeError(f"the application returns {type(result).__name__}, not an iterable of bytes")
    else:
        for piece in result:
            answer.send(piece, GOES_ON)
            if answer.is_over and (answer.is_empty or answer.exceeds or type(result) is FileWrapper):
                break
        answer.send(b"", ENDS)
    answer.note_length(errors)
