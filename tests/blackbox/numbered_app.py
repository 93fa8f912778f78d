"""A WSGI application for load: each answer says which request it belongs to."""

import socket
import time
from urllib.parse import parse_qs

PIECES = 20


def tell(environ):
    """Says that the request runs, if its query names who counts that (tests/chaos)."""
    query = parse_qs(environ["QUERY_STRING"])
    if "port" in query:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(query["number"][0].encode(), ("127.0.0.1", int(query["port"][0])))


def text_of(number, size):
    return (b"%d " % number) * (size // len(b"%d " % number))


def pieces_of(number):
    return [b"%d.%d\n" % (number, piece) for piece in range(PIECES)]


def slowly(pieces):
    for piece in pieces:
        yield piece
        time.sleep(0.001)


def application(environ, start_response):
    _, kind, number = environ["PATH_INFO"].split("/")
    tell(environ)
    if kind == "fails":
        raise ValueError(number)
    if kind == "hangs":
        time.sleep(60)
    start_response("200 OK", [("Content-Type", "text/plain")])
    if kind == "streams":
        return slowly(pieces_of(int(number)))
    if kind == "large":
        return [text_of(int(number), 1_000_000)]
    if kind == "breaks":

        def make():
            yield b"begun"
            raise ValueError(number)

        return make()
    return [number.encode(), b" ", environ["wsgi.input"].read()]
