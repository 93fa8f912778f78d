"""The environ of a request to the WSGI application (PEP 3333)."""

import sys

import _standpy
from _standpy import page_answer

_MOST_NOTE = 16_000  # bytes of one message for the log


# wsgi.errors


class Errors:
    """wsgi.errors: each line goes to the engine's log when it is complete, or flushed."""

    encoding = "utf-8"

    def __init__(self):
        self._text = ""
        self._is_over = False

    def write(self, text):
        self._text += text
        if "\n" in text:
            lines, _, self._text = self._text.rpartition("\n")
            self._send(lines)
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        text, self._text = self._text, ""
        if text:
            self._send(text)

    def isatty(self):
        return False

    def end(self):
        """What a thread writes from now on is not about the next request."""
        self.flush()
        self._is_over = True

    def _send(self, text):
        if self._is_over:
            print(text, file=sys.stderr)
            return
        data = text.encode("utf-8", "backslashreplace")
        for start in range(0, len(data), _MOST_NOTE):
            _standpy.send_log(data[start : start + _MOST_NOTE])


# environ

_NO_FIELDS = ("UWSGI_ROUTER", "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH")

_mount = ""
_constants = {}  # what is the same in every environ


def prepare(mount, multiprocess):
    """mount: the path of the application; "" for /."""
    global _mount
    _mount = mount
    _constants.update(
        {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input_terminated": True,
            "wsgi.multithread": False,
            "wsgi.multiprocess": multiprocess,
            "wsgi.run_once": False,
            "wsgi.file_wrapper": page_answer.FileWrapper,
            "SCRIPT_NAME": mount,
        }
    )


def _last(text):
    return text.rpartition(",")[2].strip()


def _believe(environ):
    """What the router says of the client's own request."""
    scheme = _last(environ.get("HTTP_X_FORWARDED_PROTO", "")).lower()
    host = _last(environ.get("HTTP_X_FORWARDED_HOST", ""))
    client = _last(environ.get("HTTP_X_FORWARDED_FOR", ""))
    prefix = environ.get("HTTP_X_FORWARDED_PREFIX", "").rstrip("/")
    if scheme in ("http", "https"):
        environ["wsgi.url_scheme"] = scheme
    if host:
        environ["HTTP_HOST"] = host
        name, colon, port = host.rpartition(":")
        is_port = colon and port.isascii() and port.isdigit()
        environ["SERVER_NAME"] = (name if is_port else host) or "localhost"
        environ["SERVER_PORT"] = port if is_port else "443" if scheme == "https" else "80"
    if client:
        environ["REMOTE_ADDR"] = client
        environ.pop("REMOTE_PORT", None)
    return prefix if prefix.startswith("/") and not prefix.startswith("//") else ""


def _take_authority(environ):
    """http://host/path means /path of that host, whatever Host says (RFC 9112, 3.2.2)."""
    path = environ.get("PATH_INFO", "")
    if not path.startswith("/"):
        authority, _, path = path.partition("://")[2].partition("/")
        environ["HTTP_HOST"], environ["PATH_INFO"] = authority, "/" + path


def complete(environ, body, length, is_trusted, request_id):
    """Makes uWSGI's variables of a request the environ of the application.

    is_trusted: what the X-Forwarded fields say is believed; else the variables have none of it.
    """
    for name in _NO_FIELDS:
        if name in environ:
            del environ[name]
    _take_authority(environ)
    environ.update(_constants)
    if environ.get("HTTPS") in ("on", "1"):
        environ["wsgi.url_scheme"] = "https"
    if is_trusted:
        environ["SCRIPT_NAME"] = _believe(environ) + _mount
    if environ.pop("HTTP_TRANSFER_ENCODING", None) or environ.get("CONTENT_LENGTH"):
        environ["CONTENT_LENGTH"] = str(length)
    environ["PATH_INFO"] = environ["PATH_INFO"][len(_mount) :]
    environ.setdefault("QUERY_STRING", "")
    environ.setdefault("SERVER_NAME", "localhost")
    environ.setdefault("SERVER_PORT", "80")
    environ["wsgi.input"] = body
    environ["wsgi.errors"] = Errors()
    environ["standpy.request_id"] = request_id
