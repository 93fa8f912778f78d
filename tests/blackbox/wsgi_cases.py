"""The application of test_wsgi_cases.py: one function for each case, all inside wsgiref's validator
but those that it would refuse itself."""

import io
import os
import sys
import wsgiref.validate

TEXT = [("Content-Type", "text/plain")]


def _with_length(length):
    return [*TEXT, ("Content-Length", str(length))]


class Noted:
    """An iterable; later requests can ask how often it was closed."""

    def __init__(self, name, pieces):
        self.name, self.pieces = name, pieces

    def __iter__(self):
        return iter(self.pieces)

    def close(self):
        path = os.path.join(os.environ["TMPDIR"], self.name)
        with open(path, "a") as file:
            file.write("x")


def closed(environ, start_response):
    path = os.path.join(os.environ["TMPDIR"], environ["QUERY_STRING"])
    text = open(path).read() if os.path.exists(path) else ""
    start_response("200 OK", _with_length(len(text)))
    return [text.encode()]


# Lengths


def _forever(piece):
    while True:
        yield piece


def generator(environ, start_response):
    start_response("200 OK", TEXT)
    yield b"one"
    yield b""
    yield b"two"


def list_of_one(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"one"]


def list_of_two(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"one", b"two"]


def tuple_of_two(environ, start_response):
    start_response("200 OK", TEXT)
    return (b"one", b"two")


def empty_list(environ, start_response):
    start_response("200 OK", TEXT)
    return []


def no_pieces(environ, start_response):
    start_response("200 OK", TEXT)
    return iter(())


def empty_pieces(environ, start_response):
    start_response("200 OK", TEXT)
    return iter([b"", b"", b""])


def sequence(environ, start_response):
    class Sequence:
        def __getitem__(self, index):
            return (b"one", b"two")[index]

    start_response("200 OK", TEXT)
    return Sequence()


def zero_length(environ, start_response):
    start_response("200 OK", _with_length(0))
    return []


def zero_length_exceeded(environ, start_response):
    start_response("200 OK", _with_length(0))
    return iter([b"more"])


def exceeds_without_end(environ, start_response):
    start_response("200 OK", _with_length(4))
    return Noted("exceeds_without_end", _forever(b"long"))


def exceeds_in_one_piece(environ, start_response):
    start_response("200 OK", _with_length(4))
    return Noted("exceeds_in_one_piece", [b"longer"])


def large_length(environ, start_response):
    start_response("200 OK", _with_length(300_000))
    return (b"x" * 100_000 for _ in range(3))


# write()


def write_short(environ, start_response):
    start_response("200 OK", _with_length(9))(b"short")
    return []


def write_long(environ, start_response):
    write = start_response("200 OK", _with_length(5))
    write(b"lon")
    write(b"ger than that")
    return [b"more"]


def write_equal(environ, start_response):
    start_response("200 OK", _with_length(5))(b"equal")
    return []


def write_without_length(environ, start_response):
    start_response("200 OK", TEXT)(b"some")
    return []


def write_then_raises(environ, start_response):
    start_response("200 OK", TEXT)(b"some")
    raise RuntimeError("behind write()")


def writes_without_end(environ, start_response):
    write = start_response("200 OK", _with_length(4))
    while True:
        write(b"more")


# Statuses and fields


def no_content_with_length(environ, start_response):
    start_response("204 No Content", [("Content-Length", "0")])
    return []


def no_content_with_body(environ, start_response):
    start_response("204 No Content", [])
    return Noted("no_content_with_body", _forever(b"never"))


def unmodified_with_length(environ, start_response):
    start_response("304 Not Modified", [("Content-Length", "1234"), ("ETag", '"x"')])
    return []


def no_phrase(environ, start_response):
    start_response("299 ", TEXT)
    return [b""]


def odd_phrase(environ, start_response):
    start_response("418 I'm a teapot, caf\xe9", TEXT)
    return [b""]


def many_fields(environ, start_response):
    cookies = [("Set-Cookie", f"c{number}={number}") for number in range(3)]
    odd = [("x-lower", "kept"), ("X-Latin", "caf\xe9"), ("X-Tab", "a\tb"), ("X-Empty", ""), ("Date", "today")]
    start_response("200 OK", [*TEXT, *cookies, *odd])
    return [b""]


def large_fields(environ, start_response):
    start_response("200 OK", [*TEXT, *[(f"X-{number}", "y" * 700) for number in range(80)]])
    return [b"ok"]


def too_large_fields(environ, start_response):
    start_response("200 OK", [*TEXT, *[(f"X-{number}", "y" * 500) for number in range(200)]])
    return [b"ok"]


# start_response again


def replaced_by_generator(environ, start_response):
    start_response("200 OK", [*TEXT, ("X-Old", "1")])
    yield b""
    try:
        raise ValueError
    except ValueError:
        start_response("503 Replaced", TEXT, sys.exc_info())
    yield b"replaced"


def replaced_twice(environ, start_response):
    for status in ("200 OK", "500 A", "501 B"):
        try:
            raise ValueError
        except ValueError:
            start_response(status, TEXT, sys.exc_info())
    return [b""]


def no_exc_info(environ, start_response):
    start_response("200 OK", TEXT, None)
    return [b"fine"]


def refused_then_right(environ, start_response):
    """The first call fails, so there was none."""
    try:
        start_response("200 OK", [("X", "a\nb")])
    except ValueError:
        start_response("200 OK", TEXT)
    return [b"fine"]


# Exceptions


def raises_before(environ, start_response):
    raise RuntimeError


def raises_between(environ, start_response):
    start_response("200 OK", TEXT)
    raise RuntimeError


def raises_at_first(environ, start_response):
    def make():
        raise RuntimeError
        yield

    start_response("200 OK", TEXT)
    return Noted("raises_at_first", make())


def raises_behind_empty(environ, start_response):
    start_response("200 OK", TEXT)
    yield b""
    raise RuntimeError


def raises_in_iter(environ, start_response):
    class Answer(Noted):
        def __iter__(self):
            raise RuntimeError

    start_response("200 OK", TEXT)
    return Answer("raises_in_iter", None)


def gives_a_str_later(environ, start_response):
    start_response("200 OK", TEXT)
    return Noted("gives_a_str_later", [b"bytes", "str"])


def recursion(environ, start_response):
    return recursion(environ, start_response)


def generator_exit(environ, start_response):
    raise GeneratorExit


def odd_exception(environ, start_response):
    class Odd(Exception):
        def __str__(self):
            raise RuntimeError("no text")

    raise Odd


# Files


def _file(environ, start_response, file, fields=TEXT, size=1000):
    start_response("200 OK", fields)
    return environ["wsgi.file_wrapper"](file, size)


def file_of_bytes(environ, start_response):
    return _file(environ, start_response, io.BytesIO(b"0123456789"))


def file_without_fileno(environ, start_response):
    class Reader:
        def __init__(self):
            self.pieces = [b"not", b" a ", b"file"]

        def read(self, size):
            return self.pieces.pop(0) if self.pieces else b""

    return _file(environ, start_response, Reader())


def file_with_offset(environ, start_response):
    file = io.BytesIO(b"0123456789")
    file.seek(4)
    return _file(environ, start_response, file, _with_length(3), 2)


def file_without_end(environ, start_response):
    file = open("/dev/zero", "rb")
    return _file(environ, start_response, file, _with_length(5000))


def file_too_short(environ, start_response):
    return _file(environ, start_response, io.BytesIO(b"0123"), _with_length(9))


def file_of_text(environ, start_response):
    return _file(environ, start_response, io.StringIO("text"))


def pipe(environ, start_response):
    read, write = os.pipe()
    os.write(write, b"from a pipe")
    os.close(write)
    return _file(environ, start_response, os.fdopen(read, "rb"))


# Input


def reads_all(environ, start_response):
    body, seen = environ["wsgi.input"], []
    how = environ["QUERY_STRING"]
    if how == "iterate":
        seen = list(body)
    elif how == "lines":
        seen = body.readlines()
    elif how == "hint":
        seen = body.readlines(7)
    elif how == "line":
        seen = [body.readline(), body.readline(3), body.readline(-1), body.readline(0)]
    elif how == "more":
        seen = [body.read(4), body.read(0), body.read(10_000), body.read(1), body.read()]
    elif how == "nothing":
        seen = []
    text = repr(seen).encode()
    start_response("200 OK", _with_length(len(text)))
    return [text]


RAW = {"sequence", "reads_all", "no_phrase", "generator_exit", "gives_a_str_later", "raises_in_iter", "recursion", "many_fields"}


def application(environ, start_response):
    name = environ["PATH_INFO"].strip("/")
    chosen = globals()[name]
    if name in RAW or name.startswith(("file_", "pipe", "write", "refused", "unmodified", "odd_p", "list_", "tuple_", "empty_list")):
        return chosen(environ, start_response)
    return wsgiref.validate.validator(chosen)(environ, start_response)
