"""The application of tests/bench/wsgi, the same for every server."""

import time

PIECE = b"x" * 65536
PIECES = 160  # 10 MB
EVENTS = 1000


def _events():
    for _ in range(EVENTS):
        yield b"data: %.6f\n\n" % time.time()
        time.sleep(0.002)


def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path.endswith("/download"):
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return (PIECE for _ in range(PIECES))
    if path.endswith("/events"):
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        return _events()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]
