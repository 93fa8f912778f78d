"""What an engine may reply: one line for each case, with what the client gets.

A reply that two programs could read differently, or that is not HTTP, is a 502: the client never sees
half of it (RFC 9112 sections 5, 6 and 11.1).
"""

import socket
import threading

import pytest
import requests
from client import assert_problem, parse_answer, problem_of, raw_exchange
from router_process import Router, Upstream, read_head

OK = b"HTTP/1.1 200 OK\r\n"
TWO = b"Content-Length: 2\r\n\r\nok"
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
GARBAGE = bytes(range(256)) * 4

# What the engine replies -> the client's status, body, and fields that it has or (None) has not.
CASES = {
    "with a length": (OK + TWO, 200, b"ok", {}),
    "chunked": (OK + CHUNKED + b"\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n", 200, b"ok", {}),
    "until the end of the connection": (OK + b"\r\nok", 200, b"ok", {}),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nok", 200, b"ok", {}),
    "status of its own": (b"HTTP/1.1 299 Fine\r\n" + TWO, 299, b"ok", {}),
    "204 with a body": (b"HTTP/1.1 204 No Content\r\n" + TWO, 204, b"", {"content-length": None}),
    "204 without a length": (
        b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"",
        {"content-length": None, "transfer-encoding": None}),
    "304 with a length": (
        NOT_MODIFIED + b"Content-Length: 20\r\n\r\n", 304, b"", {"content-length": "20"}),
    "304 with the length of much": (
        NOT_MODIFIED + b"Content-Length: 2000000\r\n\r\n", 304, b"", {"content-length": "2000000"}),
    "304 without a length": (
        NOT_MODIFIED + b"ETag: \"x\"\r\n\r\n", 304, b"",
        {"content-length": None, "transfer-encoding": None, "etag": '"x"'}),
    "304, chunked": (
        NOT_MODIFIED + CHUNKED + b"\r\n", 304, b"",
        {"content-length": None, "transfer-encoding": None}),
    "two replies": (OK + TWO + OK + b"Content-Length: 4\r\n\r\nevil", 200, b"ok", {}),
    "103 before it": (
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK + TWO, 200, b"ok", {"link": None}),
    "2,000 of 100 before it": (
        b"HTTP/1.1 100 Continue\r\nX-I: 1\r\n\r\n" * 2000 + OK + TWO, 200, b"ok", {"x-i": None}),
    "trailers": (
        OK + CHUNKED + b"\r\n2\r\nok\r\n0\r\nX-Own: 1\r\nSet-Cookie: a=b\r\n\r\n",
        200, b"ok", {"x-own": None, "set-cookie": None}),
    "Connection with options": (
        OK + b"X-Hop: 1\r\nX-Own: 1\r\nConnection: close, X-Hop\r\nConnection: X-Other\r\n"
        b"X-Other: 1\r\n" + TWO, 200, b"ok", {"x-hop": None, "x-other": None, "x-own": "1"}),
    "fields of the hop": (
        OK + b"Keep-Alive: timeout=5\r\nUpgrade: h2c\r\nProxy-Authenticate: x\r\nTE: x\r\n" + TWO,
        200, b"ok", {"keep-alive": None, "upgrade": None, "proxy-authenticate": None, "te": None}),
    "space behind a value": (OK + b"X-Own: a \t\r\n" + TWO, 200, b"ok", {"x-own": "a"}),
    "1,000 fields": (
        OK + b"".join(b"X-%d: y\r\n" % i for i in range(1000)) + TWO, 200, b"ok", {"x-999": "y"}),
    "Content-Length with a space behind it": (
        OK + b"Content-Length: 2 \r\n\r\nok", 200, b"ok", {"content-length": "2"}),
    "CL.CL, different": (OK + b"Content-Length: 4\r\n" + TWO, 502, None, {}),
    "CL.CL, equal": (OK + b"Content-Length: 2\r\n" + TWO, 502, None, {}),
    "CL.TE": (OK + b"Content-Length: 2\r\n" + CHUNKED + b"\r\n0\r\n\r\n", 502, None, {}),
    "TE.CL": (OK + CHUNKED + b"Content-Length: 2\r\n\r\n0\r\n\r\n", 502, None, {}),
    "TE.TE": (OK + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n", 502, None, {}),
    "Transfer-Encoding: identity": (OK + b"Transfer-Encoding: identity\r\n\r\nok", 502, None, {}),
    "Transfer-Encoding: gzip": (OK + b"Transfer-Encoding: gzip\r\n\r\nok", 502, None, {}),
    "Transfer-Encoding: xchunked": (
        OK + b"Transfer-Encoding: xchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", 502, None, {}),
    "Content-Length: list": (OK + b"Content-Length: 2, 2\r\n\r\nok", 502, None, {}),
    "Content-Length: plus": (OK + b"Content-Length: +2\r\n\r\nok", 502, None, {}),
    "Content-Length: minus": (OK + b"Content-Length: -2\r\n\r\nok", 502, None, {}),
    "Content-Length: letters behind it": (OK + b"Content-Length: 2x\r\n\r\nok", 502, None, {}),
    "Content-Length: more than 64 bits": (
        OK + b"Content-Length: " + b"9" * 23 + b"\r\n\r\nok", 502, None, {}),
    "Content-Length, space before the colon": (OK + b"Content-Length : 2\r\n\r\nok", 502, None, {}),
    "folded line": (OK + b"X-Own: a\r\n Content-Length: 5\r\n" + TWO, 502, None, {}),
    "line without a colon": (OK + b"nonsense\r\n" + TWO, 502, None, {}),
    "NUL in a value": (OK + b"X-Own: a\0b\r\n" + TWO, 502, None, {}),
    "control character in a value": (OK + b"X-Own: a\x01b\r\n" + TWO, 502, None, {}),
    "bare CR in a value": (OK + b"X-Own: a\rContent-Length: 9\r\n" + TWO, 502, None, {}),
    "20 KB in one field": (OK + b"X-Own: " + b"y" * 20000 + b"\r\n" + TWO, 502, None, {}),
    "200 KB in one field": (OK + b"X-Own: " + b"y" * 200000 + b"\r\n" + TWO, 502, None, {}),
    "a head without end": (OK + b"X-Own: y\r\n" * 1000000, 502, None, {}),
    "101, that nobody asked for": (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nhello", 502, None, {}),
    "a status line within the head": (
        OK + b"Content-Length: 4\r\nHTTP/1.1 200: x\r\n" + TWO, 502, None, {}),
    "a status line among the trailers": (
        OK + CHUNKED + b"\r\n2\r\nok\r\n0\r\nHTTP/1.1 401: x\r\nX-Own: 1\r\n\r\n",
        200, b"ok", {"x-own": None}),
    "status 000": (b"HTTP/1.1 000 OK\r\n" + TWO, 502, None, {}),
    "status 1000": (b"HTTP/1.1 1000 OK\r\n" + TWO, 502, None, {}),
    "status of letters": (b"HTTP/1.1 2x0 OK\r\n" + TWO, 502, None, {}),
    "HTTP/0.9": (b"hello\r\n", 502, None, {}),
    "HTTP/3.7": (b"HTTP/3.7 200 OK\r\n" + TWO, 502, None, {}),
    "garbage": (GARBAGE, 502, None, {}),
    "nothing": (b"", 502, None, {}),
    "half a head": (OK + b"Content-Le", 502, None, {}),
    "half a body": (OK + b"Content-Length: 3\r\n\r\nok", 502, None, {}),
    "chunk: no number": (OK + CHUNKED + b"\r\nzz\r\nok\r\n0\r\n\r\n", 502, None, {}),
    "chunk: minus": (OK + CHUNKED + b"\r\n-2\r\nok\r\n0\r\n\r\n", 502, None, {}),
    "chunk: more than 64 bits": (OK + CHUNKED + b"\r\n" + b"f" * 18 + b"\r\nok", 502, None, {}),
}  # fmt: skip


@pytest.fixture(scope="module")
def replying():
    """(router, a list with the reply)"""
    replies = [b""]

    def reply(connection):
        read_head(connection)
        try:
            connection.sendall(replies[0])
        except OSError:
            pass  # the router has read enough

    upstream = Upstream(reply)
    router = Router(ENGINE_E_HOST=upstream.host)
    yield router, replies
    assert router.stop() == 0
    upstream.stop()


def ask(router, method=b"GET"):
    with socket.create_connection(router.address, timeout=60) as connection:
        connection.sendall(method + b" /e/x HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n")
        answer = b""
        while received := connection.recv(65536):
            answer += received
    return answer


@pytest.mark.parametrize("name", CASES)
def test_a_reply_is_passed_on_whole_or_is_a_502(replying, name):
    router, replies = replying
    replies[0], status, body, fields = CASES[name]
    answer = ask(router)
    assert answer.count(b"HTTP/1.1 ") == 1
    if status == 502:
        assert "the engine e gave no whole answer" in problem_of(answer)["detail"]
        assert parse_answer(answer)[0] == 502
        return
    got, headers, content = parse_answer(answer)
    if headers.get("transfer-encoding") == "chunked":
        content = b"".join(content.split(b"\r\n")[1::2])
    assert (got, content) == (status, body)
    for field, value in fields.items():
        assert headers.get(field) == value


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[1] == 200])
def test_a_reply_to_head_has_no_body(replying, name):
    router, replies = replying
    replies[0] = CASES[name][0]
    head, end, body = ask(router, b"HEAD").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ") and end and body == b""


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[1] in (204, 304)])
def test_a_reply_without_content_is_the_same_to_head(replying, name):
    """RFC 9110 section 8.6: a 304 has the length of the reply it stands for or none, a 204 none."""
    router, replies = replying
    replies[0], status, _, fields = CASES[name]
    got, headers, body = parse_answer(ask(router, b"HEAD"))
    assert (got, body) == (status, b"")
    for field, value in fields.items():
        assert headers.get(field) == value


@pytest.mark.parametrize("name", ["204 without a length", "304 with a length"])
def test_the_connection_goes_on_behind_a_reply_without_content(replying, name):
    router, replies = replying
    replies[0], status, _, _ = CASES[name]
    with socket.create_connection(router.address, timeout=60) as connection:
        for _ in range(3):
            connection.sendall(b"GET /e/x HTTP/1.1\r\nHost: r\r\n\r\n")
            head, _ = read_head(connection)
            assert head.startswith(b"HTTP/1.1 %d " % status)


def test_what_is_wrong_with_a_reply_is_in_the_log(replying):
    router, replies = replying
    replies[0] = CASES["CL.TE"][0]
    ask(router)
    assert "both Content-Length and Transfer-Encoding" in router.wait_for_log("both Content-Length")


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
)
def test_a_reply_that_is_not_whole_is_a_502(behind, reply):
    def handle(connection):
        read_head(connection)
        connection.sendall(reply)

    router, upstream = behind(handle)
    response = None
    try:
        response = requests.post(router.url + "/e/execute", data=b"x", timeout=60)
    except requests.exceptions.ChunkedEncodingError:
        assert b"chunked" in reply  # it had begun: it is cut, never completed
    if response is not None:
        assert_problem(response, 502, "engine-broke", "the script may have run")
    assert upstream.connections == 1  # never sent twice


def test_whoever_switches_protocols_and_goes_on_is_a_502(behind):
    done = threading.Event()

    def handle(connection):
        read_head(connection)
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n" + b"x" * 100_000)
        done.wait(60)

    router, _ = behind(handle)
    response = requests.post(router.url + "/e/x", data=b"x", timeout=20)
    done.set()
    assert_problem(response, 502, "engine-broke", "another protocol")


def test_a_long_reply_that_breaks_is_cut_off(behind):
    def handle(connection):
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 500_000)

    router, _ = behind(handle)
    answer = raw_exchange(router.address, b"GET /e/x HTTP/1.1\r\nHost: r\r\n\r\n")
    _, headers, body = parse_answer(answer)
    assert headers["content-length"] == "1000000"
    assert len(body) <= 500_000  # the connection was closed before the promised end
    assert "request" in router.wait_for_log("failed")
