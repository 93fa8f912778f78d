"""What two programs could read differently: one line for each case, with what is answered.

The cases are those that are published for request smuggling: James Kettle, "HTTP Desync Attacks"
(2019); Emile Fugulin's and Amit Klein's variants (2020); Ben Kallus's HTTP Garden (2023); RFC 9112
section 11.2. A refused request ends its connection, so that nothing behind it is taken for another.
"""

import socket

import pytest
from client import parse_answer, problem_of, raw_exchange
from router_process import Router, Upstream, read_body, read_head

POST = b"POST /e/x HTTP/1.1\r\nHost: r\r\n"
GET = b"GET /e/x HTTP/1.1\r\nHost: r\r\n"
HELLO = b"\r\n\r\nhello"
NO_CHUNK = b"\r\n\r\n0\r\n\r\n"
FIVE = b"\r\nContent-Length: 5"

# What comes in -> what goes on to the engine (method and body), or the status of the refusal.
CASES = {
    "one Content-Length": (POST + FIVE[2:] + HELLO, ("POST", b"hello")),
    "one Transfer-Encoding": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", ("POST", b"hello")),
    "CL.CL, different": (POST + b"Content-Length: 6" + FIVE + HELLO, 400),
    "CL.CL, equal": (POST + b"Content-Length: 5" + FIVE + HELLO, 400),
    "CL.TE": (POST + b"Transfer-Encoding: chunked\r\nContent-Length: 6" + NO_CHUNK + b"G", 400),
    "TE.CL": (POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked" + NO_CHUNK, 400),
    "TE.TE, the second unknown": (
        POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x" + NO_CHUNK, 400),
    "TE.TE, the first unknown": (
        POST + b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked" + NO_CHUNK, 400),
    "TE.0": (POST + b"Transfer-Encoding: identity" + FIVE + HELLO, 400),
    "Content-Length: list": (POST + b"Content-Length: 5, 5" + HELLO, 400),
    "Content-Length: plus": (POST + b"Content-Length: +5" + HELLO, 400),
    "Content-Length: minus": (POST + b"Content-Length: -5" + HELLO, 400),
    "Content-Length: hexadecimal": (POST + b"Content-Length: 0x5" + HELLO, 400),
    "Content-Length: fraction": (POST + b"Content-Length: 5.0" + HELLO, 400),
    "Content-Length: two numbers": (POST + b"Content-Length: 5 5" + HELLO, 400),
    "Content-Length: empty": (POST + b"Content-Length: " + HELLO, 400),
    "Content-Length: more than 64 bits": (POST + b"Content-Length: " + b"9" * 23 + HELLO, 413),
    "Content-Length: more than there can be": (POST + b"Content-Length: " + b"9" * 19 + HELLO, 400),
    "Content-Length: tab before it": (POST + b"Content-Length:\t5" + HELLO, ("POST", b"hello")),
    "Content-Length: vertical tab": (POST + b"Content-Length: \x0b5" + HELLO, 400),
    "Content-Length, space before the colon": (POST + b"Content-Length : 5" + HELLO, 400),
    "Content_Length": (POST + b"Content_Length: 3" + FIVE + HELLO, ("POST", b"hello")),
    "Content-Length by Connection": (
        POST + b"Connection: Content-Length" + FIVE + HELLO, ("POST", b"hello")),
    "Transfer-Encoding: upper case": (
        POST + b"Transfer-Encoding: CHUNKED" + NO_CHUNK, ("POST", b"")),
    "Transfer-Encoding: xchunked": (POST + b"Transfer-Encoding: xchunked" + NO_CHUNK, 400),
    "Transfer-Encoding: chunked, identity": (
        POST + b"Transfer-Encoding: chunked, identity" + NO_CHUNK, 400),
    "Transfer-Encoding: gzip, chunked": (
        POST + b"Transfer-Encoding: gzip, chunked" + NO_CHUNK, 400),
    "Transfer-Encoding: quoted": (POST + b'Transfer-Encoding: "chunked"' + NO_CHUNK, 400),
    "Transfer-Encoding: vertical tab": (
        POST + b"Transfer-Encoding: \x0bchunked" + NO_CHUNK, 400),
    "Transfer-Encoding: NUL": (POST + b"Transfer-Encoding: chun\0ked" + NO_CHUNK, 400),
    "Transfer-Encoding, space before the colon": (
        POST + b"Transfer-Encoding : chunked" + NO_CHUNK, 400),
    "Transfer-Encoding, space before it": (
        POST + b" Transfer-Encoding: chunked" + NO_CHUNK, 400),
    "Transfer-Encoding in a folded line": (
        POST + b"Transfer-Encoding:\r\n chunked" + NO_CHUNK, 400),
    "Transfer-Encoding behind a bare LF": (
        POST + b"X: y\nTransfer-Encoding: chunked" + NO_CHUNK, 400),
    "Transfer-Encoding behind a bare CR": (
        POST + b"X: y\rTransfer-Encoding: chunked" + NO_CHUNK, 400),
    "Transfer-Encoding in HTTP/1.0": (
        b"POST /e/x HTTP/1.0\r\nTransfer-Encoding: chunked" + NO_CHUNK, 400),
    "Transfer_Encoding": (POST + b"Transfer_Encoding: chunked" + FIVE + HELLO, ("POST", b"hello")),
    "chunk: trailer that names a length": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n",
        ("POST", b"hello")),
    "chunk: minus": (POST + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", 400),
    "chunk: 0x": (POST + b"Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", 400),
    "chunk: longer than it says": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX\r\n0\r\n\r\n", 400),
    "chunk: more than 64 bits": (
        POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello" + NO_CHUNK, 413),
    "no body at all": (POST + b"X: y\r\n\r\n", ("POST", b"")),
    "GET with a body": (GET + FIVE[2:] + HELLO, ("GET", b"hello")),
    "GET with a request in its body": (
        GET + b"Content-Length: 31\r\n\r\nGET /e/smuggled HTTP/1.1\r\nX: y\r\n",
        ("GET", b"GET /e/smuggled HTTP/1.1\r\nX: y\r\n"[:31])),
    "HEAD with a body": (b"HEAD" + POST[4:] + FIVE[2:] + HELLO, 400),
    "no Host": (b"GET /e/x HTTP/1.1\r\n\r\n", 400),
    "two Hosts": (GET + b"Host: other\r\n\r\n", 400),
    "only bare LFs": (b"GET /e/x HTTP/1.1\nHost: r\n\n", 400),
    "bare LF at the end of the head": (GET + b"X: y\r\n\n", 400),
    "folded line": (GET + b"X: y\r\n z\r\n\r\n", 400),
    "folded line before the first field": (b"GET /e/x HTTP/1.1\r\n X: y\r\nHost: r\r\n\r\n", 400),
    "NUL in a value": (GET + b"X: y\0z\r\n\r\n", 400),
    "NUL in a name": (GET + b"X\0Y: z\r\n\r\n", 400),
    "name with a space": (GET + b"X Y: z\r\n\r\n", 400),
    "name of nothing": (GET + b": z\r\n\r\n", 400),
    "line without a colon": (GET + b"nonsense\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /e/x\r\n\r\n", 400),
    "HTTP/2 without a word": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "HTTP/2 by Upgrade": (
        GET + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
        ("GET", b"")),
    "HTTP/x.y": (b"GET /e/x HTTP/x.y\r\nHost: r\r\n\r\n", 400),
    "http/1.1": (b"GET /e/x http/1.1\r\nHost: r\r\n\r\n", 400),
    "line break in the path, encoded": (
        b"GET /e/x%0d%0aX:y HTTP/1.1\r\nHost: r\r\n\r\n", 404),
    "line break in the query": (b"GET /e/x?a\rb HTTP/1.1\r\nHost: r\r\n\r\n", 400),
    "fragment": (b"GET /e/x#/../y HTTP/1.1\r\nHost: r\r\n\r\n", 400),
    "backslash": (b"GET /e\\x/y HTTP/1.1\r\nHost: r\r\n\r\n", 404),
    "another host without a path": (b"GET http://other?/e/x HTTP/1.1\r\nHost: r\r\n\r\n", 404),
    "authority alone": (b"GET other:80 HTTP/1.1\r\nHost: r\r\n\r\n", 404),
    "asterisk": (b"OPTIONS * HTTP/1.1\r\nHost: r\r\n\r\n", 404),
    "CONNECT": (b"CONNECT other:80 HTTP/1.1\r\nHost: r\r\n\r\n", 404),
    "TRACE": (b"TRACE /e/x HTTP/1.1\r\nHost: r\r\n\r\n", 405),
    "method with brackets": (b"G(T) /e/x HTTP/1.1\r\nHost: r\r\n\r\n", 400),
    "lower-case method": (b"get /e/x HTTP/1.1\r\nHost: r\r\n\r\n", 405),
    "empty line before it": (b"\r\n" + GET + b"\r\n", ("GET", b"")),
    "two spaces before the target": (b"GET  /e/x HTTP/1.1\r\nHost: r\r\n\r\n", 400),
    "space at the end of the first line": (b"GET /e/x HTTP/1.1 \r\nHost: r\r\n\r\n", 400),
    "HTTP/1.2": (b"GET /e/x HTTP/1.2\r\nHost: r\r\n\r\n", ("GET", b"")),
    "HTTP/1.0 without Host": (b"GET /e/x HTTP/1.0\r\n\r\n", ("GET", b"")),
    "empty Host": (b"GET /e/x HTTP/1.1\r\nHost:\r\n\r\n", ("GET", b"")),
    "Expect of another kind": (POST + b"Expect: tea" + FIVE + HELLO, ("POST", b"hello")),
    "Content-Length: leading zeros": (POST + b"Content-Length: 0005" + HELLO, ("POST", b"hello")),
    "Content-Length: NUL behind it": (POST + b"Content-Length: 5\0" + HELLO, 400),
    "Content-Length: quoted": (POST + b'Content-Length: "5"' + HELLO, 400),
    "Transfer-Encoding: comma behind it": (POST + b"Transfer-Encoding: chunked," + NO_CHUNK, 400),
    "Transfer-Encoding: parameter": (POST + b"Transfer-Encoding: chunked;q=1" + NO_CHUNK, 400),
    "Transfer-Encoding: chunked, chunked": (
        POST + b"Transfer-Encoding: chunked, chunked" + NO_CHUNK, 400),
    "Transfer-Encoding: empty": (POST + b"Transfer-Encoding:" + FIVE + HELLO, 400),
    "Transfer-Encoding: byte beyond ASCII": (
        POST + b"Transfer-Encoding: chunked\xa0" + NO_CHUNK, 400),
    "Transfer-Encoding by Connection": (
        POST + b"Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked" + NO_CHUNK,
        ("POST", b"")),
    "GET with Transfer-Encoding": (
        GET + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", ("GET", b"hello")),
    "chunk: plus": (POST + b"Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n", 400),
    "chunk: underscore": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n0_5\r\nhello\r\n0\r\n\r\n", 400),
    "chunk: space before the size": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n 5\r\nhello\r\n0\r\n\r\n", 400),
    "chunk: no size": (POST + b"Transfer-Encoding: chunked\r\n\r\n\r\nhello\r\n0\r\n\r\n", 400),
    "chunk: line break in an extension": (
        POST + b'Transfer-Encoding: chunked\r\n\r\n5;a="\nX"\r\nhello\r\n0\r\n\r\n', 400),
    "chunk: bare CR behind the size": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\rhello\r\n0\r\n\r\n", 400),
    "another host in the target": (
        b"GET http://other/e/x HTTP/1.1\r\nHost: r\r\n\r\n", ("GET", b"")),
}  # fmt: skip


@pytest.fixture(scope="module")
def seen():
    """(router, what its engine got)."""
    requests = []

    def note(connection):
        head, rest = read_head(connection)
        requests.append((head, read_body(connection, head, rest)))
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    upstream = Upstream(note)
    router = Router(ENGINE_E_HOST=upstream.host)
    yield router, requests
    assert router.stop() == 0
    upstream.stop()


def exchange(router, request):
    """(first answer, whether the connection ends behind it)"""
    with socket.create_connection(router.address, timeout=60) as connection:
        connection.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            received = connection.recv(65536)
            if not received:
                break
            answer += received
        ends = b"\r\nConnection: close" in answer
        while ends and connection.recv(65536):
            pass  # a connection that does not end fails by its timeout
        return parse_answer(answer)[0], ends


def check_what_went_on(requests, method, body):
    [(head, content)] = requests
    lines = head.split(b"\r\n")
    assert (lines[0], content) == (method.encode() + b" /x HTTP/1.1", body)
    names = [line.split(b":")[0].lower() for line in lines[1:]]
    for unwanted in (b"transfer-encoding", b"transfer_encoding", b"content_length", b"connection",
                     b"upgrade", b"http2-settings", b"trailer"):  # fmt: skip
        assert unwanted not in names
    has_length = method == "POST" or body
    assert names.count(b"content-length") == (1 if has_length else 0)


@pytest.mark.parametrize("name", CASES)
def test_a_request_means_one_thing_or_is_refused(seen, name):
    router, requests = seen
    request, expected = CASES[name]
    requests.clear()
    status, ends = exchange(router, request)
    if isinstance(expected, int):
        # Where only path or method are unknown it is clear where the next request begins.
        assert (status, ends, requests) == (expected, expected not in (404, 405), [])
        return
    assert status == 204
    check_what_went_on(requests, *expected)


# Where libmicrohttpd 0.9 and 1.0 differ, and neither reading hides a request: what goes on where it
# is taken, else it is refused, by 400 or by the end of the connection alone.
EITHER = {
    "chunk: extension": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\n\r\n", ("POST", b"hello")),
    "Content-Length: space behind it": (POST + b"Content-Length: 5 " + HELLO, ("POST", b"hello")),
    "Transfer-Encoding: space behind it": (
        POST + b"Transfer-Encoding: chunked " + NO_CHUNK, ("POST", b"")),
    "empty lines before it": (b"\r\n\r\n" + GET + b"\r\n", ("GET", b"")),
    "control character in the path": (b"GET /e/x\x0b HTTP/1.1\r\nHost: r\r\n\r\n", None),
}  # fmt: skip


@pytest.mark.parametrize("name", EITHER)
def test_a_request_that_libraries_read_differently_means_one_thing_or_is_refused(seen, name):
    router, requests = seen
    request, expected = EITHER[name]
    requests.clear()
    with socket.create_connection(router.address, timeout=60) as connection:
        connection.sendall(request)
        answer = connection.recv(65536)
        if answer.startswith(b"HTTP/1.1 204 "):
            check_what_went_on(requests, *expected)
            return
        while received := connection.recv(65536):
            answer += received
    assert answer == b"" or answer.startswith(b"HTTP/1.1 400 ")
    assert requests == []


@pytest.mark.parametrize(
    "first",
    [b"GET /e/x y HTTP/1.1", b"GET\t/e/x\tHTTP/1.1", b"\rGET /e/x HTTP/1.1", b"GET", b"\0"],
)
def test_a_first_line_that_is_none_ends_the_connection(seen, first):
    """libmicrohttpd may close it without an answer."""
    router, requests = seen
    requests.clear()
    with socket.create_connection(router.address, timeout=60) as connection:
        connection.sendall(first + b"\r\nHost: r\r\n\r\n" + GET + b"\r\n")
        answer = b""
        while received := connection.recv(65536):
            answer += received
    assert answer == b"" or parse_answer(answer)[0] in (400, 505)
    assert requests == []


@pytest.mark.parametrize("body", [b"5\nhello\r\n0\r\n\r\n", b"5\r\nhello\n0\r\n\r\n"])
def test_a_bare_lf_between_chunks_adds_and_hides_nothing(seen, body):
    """libmicrohttpd takes it for the end of a line; what goes on has a length and no chunks."""
    router, requests = seen
    requests.clear()
    status, _ = exchange(router, POST + b"Transfer-Encoding: chunked\r\n\r\n" + body)
    assert (status, [content for _, content in requests]) in ((204, [b"hello"]), (400, []))


@pytest.mark.parametrize(
    "name",
    [
        "CL.CL, different", "TE.TE, the second unknown", "Content-Length: more than there can be",
        "two Hosts", "fragment", "method with brackets", "CONNECT", "TRACE",
        "Transfer-Encoding in HTTP/1.0",
    ],
)  # fmt: skip
def test_what_the_router_itself_refuses_is_a_problem(seen, name):
    """Other requests libmicrohttpd may refuse before, with a text in HTML."""
    router, _ = seen
    request, expected = CASES[name]
    head = request.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
    problem = problem_of(raw_exchange(router.address, head))
    assert problem["status"] == expected
    router.wait_for_log(f"access client=127.0.0.1 id={problem['request_id']} ")


def test_the_next_request_on_the_connection_is_the_next_one(seen):
    """Pipelined: each is answered, in its order."""
    router, requests = seen
    requests.clear()
    with socket.create_connection(router.address, timeout=60) as connection:
        connection.sendall(
            POST + FIVE[2:] + HELLO
            + POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nworld\r\n0\r\n\r\n"
            + GET + b"Connection: close\r\n\r\n"
        )  # fmt: skip
        answer = b""
        while received := connection.recv(65536):
            answer += received
    assert answer.count(b"HTTP/1.1 204") == 3
    assert [body for _, body in requests] == [b"hello", b"world", b""]
