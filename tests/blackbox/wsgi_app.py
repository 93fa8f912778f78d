"""The application of test_wsgi_*.py, inside wsgiref's validator; the path chooses what it does."""

import json
import os
import sys
import threading
import time
import wsgiref.validate

TEXT = [("Content-Type", "text/plain")]
closed = []  # names of the answers that were closed, in this process


class Closing:
    """An iterable with close(), which is noted where other processes see it."""

    def __init__(self, name, pieces, fails=False):
        self.name, self.pieces, self.fails = name, iter(pieces), fails

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.pieces)

    def close(self):
        with open(os.path.join(os.environ["TMPDIR"], self.name + ".closed"), "a") as file:
            file.write("x")
        if self.fails:
            raise RuntimeError("close() fails")


def _text(start_response, text, status="200 OK"):
    body = text.encode() if isinstance(text, str) else text
    start_response(status, [*TEXT, ("Content-Length", str(len(body)))])
    return [body]


def environ(environ, start_response):
    shown = {name: value for name, value in environ.items() if type(value) in (str, bool)}
    return _text(start_response, json.dumps(shown | {"body": environ["wsgi.input"].read(-1).decode("latin-1")}))


def reads(environ, start_response):
    stream = environ["wsgi.input"]
    seen = [stream.read(0), stream.readline(), stream.read(2), stream.readline(), next(iter(stream)), *stream.readlines(1)]
    seen += [stream.read(10), stream.read(10), stream.readline(), *stream.readlines()]
    return _text(start_response, repr(seen))


def late(environ, start_response):
    def make():
        yield from ()
        start_response("201 Late", TEXT)
        yield b"late"

    return make()


def twice(environ, start_response):
    start_response("200 OK", TEXT)
    try:
        raise ValueError("first")
    except ValueError:
        start_response("500 Replaced", TEXT, sys.exc_info())
    return [b"replaced"]


def twice_late(environ, start_response):
    def make():
        start_response("200 OK", TEXT)
        yield b"begun"
        try:
            raise ValueError("after the head")
        except ValueError:
            start_response("500 Too late", TEXT, sys.exc_info())
        yield b"never"

    return Closing("twice_late", make())


def twice_without(environ, start_response):
    start_response("200 OK", TEXT)
    start_response("200 OK", TEXT)
    return [b""]


def write(environ, start_response):
    give = start_response("200 OK", TEXT)
    give(b"one ")
    give(b"two ")
    return [b"three"]


def stream(environ, start_response):
    def make():
        for number in range(5):
            yield b"%d %.6f\n" % (number, time.time())
            time.sleep(0.1)

    start_response("200 OK", [("Content-Type", "text/event-stream")])
    return Closing("stream", make())


def known(environ, start_response):
    """Goes on for a while behind the last byte of its length, as what closes files does."""

    def make():
        yield b"whole"
        time.sleep(0.3)

    start_response("200 OK", [*TEXT, ("Content-Length", "5")])
    return Closing("known", make())


def endless(environ, start_response):
    def make():
        while True:
            yield b"x" * 65536

    start_response("200 OK", TEXT)
    return Closing("endless", make())


def drip(environ, start_response):
    def make():
        yield b"first"
        while True:
            time.sleep(0.05)
            yield b"x"

    start_response("200 OK", TEXT)
    return Closing("drip", make())


def hangs_later(environ, start_response):
    def make():
        yield b"first"
        time.sleep(600)

    start_response("200 OK", TEXT)
    return Closing("hangs_later", make())


def hangs(environ, start_response):
    time.sleep(600)


def raises(environ, start_response):
    raise RuntimeError("secret words")


def raises_later(environ, start_response):
    def make():
        yield b"first"
        raise RuntimeError("later")

    start_response("200 OK", TEXT)
    return Closing("raises_later", make())


def raises_in_close(environ, start_response):
    start_response("200 OK", [*TEXT, ("Content-Length", "4")])
    return Closing("raises_in_close", [b"done"], fails=True)


def exits(environ, start_response):
    sys.exit(3)


def dies(environ, start_response):
    os.abort()


def errors(environ, start_response):
    environ["wsgi.errors"].write("a line for the log\n")
    print("printed by the application")
    return _text(start_response, "ok")


def short(environ, start_response):
    start_response("200 OK", [*TEXT, ("Content-Length", "10")])
    return [b"short"]


def long(environ, start_response):
    start_response("200 OK", [*TEXT, ("Content-Length", "4")])
    return [b"long", b"er"]


def no_content(environ, start_response):
    start_response("204 No Content", [])
    return [b""]


def unmodified(environ, start_response):
    start_response("304 Not Modified", [("ETag", '"x"')])
    return [b""]


def file(environ, start_response):
    handle = open(__file__, "rb")
    handle.seek(3)
    start_response("200 OK", [*TEXT, ("Content-Length", environ["QUERY_STRING"])])
    return environ["wsgi.file_wrapper"](handle, 7)


def large(environ, start_response):
    def make():
        for _ in range(int(environ["QUERY_STRING"])):
            yield b"x" * 100_000

    start_response("200 OK", TEXT)
    return make()


def process(environ, start_response):
    return _text(start_response, f"{os.getpid()} {os.getppid()}")


def closed(environ, start_response):
    path = os.path.join(os.environ["TMPDIR"], environ["QUERY_STRING"] + ".closed")
    return _text(start_response, open(path).read() if os.path.exists(path) else "")


def folders(environ, start_response):
    seen = {}
    for place in (os.environ["TMPDIR"], os.getcwd(), os.path.dirname(__file__), "/etc"):
        try:
            name = os.path.join(place, "written")
            with open(name, "w") as written:
                written.write("x")
            os.unlink(name)
            seen[place] = True
        except OSError:
            seen[place] = False
    return _text(start_response, json.dumps([*seen.values()]))


def memory(environ, start_response):
    return _text(start_response, str(len(bytearray(2 << 30))))


def counts(environ, start_response):
    return _text(start_response, str(threading.active_count()))


# Without the validator, which would itself object.


def _returns(value):
    def answer(environ, start_response):
        start_response("200 OK", TEXT)
        return value

    return answer


def _starts(status, fields):
    def answer(environ, start_response):
        start_response(status, fields)
        return [b"never"]

    return answer


RAW = {
    "none": _returns(None),
    "str": _returns("text"),
    "int": _returns(5),
    "strs": _returns(["a", "b"]),
    "bytes": _returns(b"abc"),
    "status_200": _starts("200", TEXT),
    "status_abc": _starts("abc", TEXT),
    "status_line": _starts("200 OK\r\nX: y", TEXT),
    "status_100": _starts("100 Continue", TEXT),
    "status_bytes": _starts(b"200 OK", TEXT),
    "field_control": _starts("200 OK", [("X", "a\r\nY: b")]),
    "field_name": _starts("200 OK", [("X Y", "a")]),
    "field_bytes": _starts("200 OK", [(b"X", "a")]),
    "field_wide": _starts("200 OK", [("X", "\u20ac")]),
    "field_hop": _starts("200 OK", [("Connection", "close")]),
    "field_chunked": _starts("200 OK", [("Transfer-Encoding", "chunked")]),
    "fields_tuple": _starts("200 OK", tuple(TEXT)),
    "length_twice": _starts("200 OK", [("Content-Length", "1"), ("Content-Length", "1")]),
    "length_odd": _starts("200 OK", [("Content-Length", "+1")]),
    "never_starts": lambda environ, start_response: [b"x"],
    "long": long,
    "write": write,
    "reads": reads,
    "environ": environ,
    "twice_without": twice_without,
}


def application(environ, start_response):
    name = environ["PATH_INFO"].split("/")[1] if "/" in environ["PATH_INFO"] else ""
    if name == "raw":
        return RAW[environ["PATH_INFO"].split("/")[2]](environ, start_response)
    chosen = globals().get(name, globals()["environ"])
    return wsgiref.validate.validator(chosen)(environ, start_response)
