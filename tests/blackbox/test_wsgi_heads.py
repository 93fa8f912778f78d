"""Heads of requests to the engine itself: the application sees what was sent, or the request is refused."""

import json
import pathlib

import pytest
from client import parse_answer, raw_exchange
from engine_process import Engine

FOLDER = str(pathlib.Path(__file__).parent)


@pytest.fixture(scope="module")
def engine():
    engine = Engine(WSGI_APP="wsgi_app", APP_DIR=FOLDER, WSGI_WORKERS="1", WSGI_TRUST_FORWARDED="on")
    yield engine
    engine.stop()


def send(engine, first=b"POST /app/environ HTTP/1.1", fields=b"", host=b"Host: h\r\n", body=b""):
    data = first + b"\r\n" + host + b"Connection: close\r\n" + fields + b"\r\n" + body
    status, _, answer = parse_answer(raw_exchange(("127.0.0.1", engine.port), data))
    return json.loads(answer) if status == 200 else status


REFUSED = {
    "a second Host": {"fields": b"Host: i\r\n"},
    "no Host": {"host": b""},
    "a folded line": {"fields": b"X: y\r\n z\r\n"},
    "a folded line in front": {"host": b" X: y\r\nHost: h\r\n"},
    "a blank before the colon": {"fields": b"X : y\r\n"},
    "a NUL": {"fields": b"X: y\0z\r\n"},
    "a control character": {"fields": b"X: y\x01z\r\n"},
    "a bare CR": {"fields": b"X: y\rz\r\n"},
    "a bare LF": {"fields": b"X: y\nZ: z\r\n"},
    "a name of other letters": {"fields": b"X\xe9: y\r\n"},
    "no name": {"fields": b": y\r\n"},
    "no colon": {"fields": b"X\r\n"},
    "half a percent-encoding": {"first": b"GET /app/environ/%4 HTTP/1.1"},
    "a percent-encoding of nothing": {"first": b"GET /app/environ/%zz HTTP/1.1"},
    "a percent-encoding of nothing in the query": {"first": b"GET /app/environ?%zz HTTP/1.1"},
    "a fragment": {"first": b"GET /app/environ#x HTTP/1.1"},
    "HTTP/2": {"first": b"GET /app/environ HTTP/2.0"},
    "two blanks": {"first": b"GET  /app/environ HTTP/1.1"},
    "two lengths": {"fields": b"Content-Length: 1\r\nContent-Length: 1\r\n", "body": b"x"},
    "a length and chunks": {"fields": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "body": b"0\r\n\r\n"},
    "chunks twice": {"fields": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "body": b"0\r\n\r\n"},
    "another coding": {"fields": b"Transfer-Encoding: xchunked\r\n", "body": b"0\r\n\r\n"},
    "chunks in HTTP/1.0": {"first": b"POST /app/environ HTTP/1.0", "fields": b"Transfer-Encoding: chunked\r\n", "body": b"0\r\n\r\n"},
    "too many fields": {"fields": b"".join(b"X-%d: y\r\n" % number for number in range(3000))},
    "too much": {"fields": b"X: " + b"y" * 70_000 + b"\r\n"},
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_could_mean_two_things_is_refused(engine, what):
    assert send(engine, **REFUSED[what]) == 400


TAKEN = {
    "blanks around a value": ({"fields": b"X-A:  \t v \t\r\n"}, {"HTTP_X_A": "v"}),
    "an empty value": ({"fields": b"X-A:\r\n"}, {"HTTP_X_A": ""}),
    "letters of latin-1": ({"fields": b"X-A: \xe9\r\n"}, {"HTTP_X_A": "\xe9"}),
    "large": ({"fields": b"X-A: " + b"y" * 60_000 + b"\r\n"}, {"HTTP_X_A": "y" * 60_000}),
    "many": ({"fields": b"".join(b"X-%d: y\r\n" % n for n in range(90))}, {"HTTP_X_89": "y"}),
    "cookies of a gateway": ({"fields": b"Cookie: a=1\r\nX-A: v\r\ncookie:b=2 \r\n"}, {"HTTP_COOKIE": "a=1; b=2", "HTTP_X_A": "v"}),
    "bytes in the target": (
        {"first": b"GET /app/environ/\xe9?\xfc HTTP/1.1"},
        {"PATH_INFO": "/environ/\xe9", "QUERY_STRING": "\xfc", "REQUEST_URI": "/app/environ/\xe9?\xfc"},
    ),
    "an encoded slash, NUL and line break": (
        {"first": b"GET /app/environ%2F%00%0A?%00 HTTP/1.1"},
        {"PATH_INFO": "/environ/\0\n", "QUERY_STRING": "%00"},
    ),
    "slashes": ({"first": b"GET /app//environ///x HTTP/1.1"}, {"PATH_INFO": "//environ///x", "SCRIPT_NAME": "/app"}),
    "an encoded folder above": ({"first": b"GET /app/environ/%2e%2e/x HTTP/1.1"}, {"PATH_INFO": "/environ/../x"}),
    "an empty query": ({"first": b"GET /app/environ? HTTP/1.1"}, {"QUERY_STRING": "", "REQUEST_URI": "/app/environ?"}),
    "the mount alone": ({"first": b"GET /app HTTP/1.1"}, {"PATH_INFO": "", "SCRIPT_NAME": "/app"}),
    "an absolute target": (
        {"first": b"GET http://Other.example:81/app/environ?x HTTP/1.1"},  # RFC 9112 3.2.2: Host is ignored
        {"PATH_INFO": "/environ", "HTTP_HOST": "Other.example:81", "QUERY_STRING": "x"},
    ),
    "HTTP/1.0 without Host": ({"first": b"GET /app/environ HTTP/1.0", "host": b""}, {"SERVER_PROTOCOL": "HTTP/1.0"}),
    "an empty line in front": ({"first": b"\r\nGET /app/environ HTTP/1.1"}, {"PATH_INFO": "/environ"}),
    "another method": ({"first": b"FOO-BAR /app/environ HTTP/1.1"}, {"REQUEST_METHOD": "FOO-BAR"}),
    "another expectation": ({"fields": b"Expect: tea\r\nContent-Length: 1\r\n", "body": b"x"}, {"body": "x"}),
}


@pytest.mark.parametrize("what", TAKEN)
def test_what_is_sent_arrives(engine, what):
    sent, expected = TAKEN[what]
    seen = send(engine, **sent)
    assert {name: seen[name] for name in expected} == expected


@pytest.mark.parametrize(
    "fields",
    [
        b"X_Forwarded_For: 203.0.113.1\r\nX_Forwarded_Host: evil\r\nX_Forwarded_Proto: https\r\nX_Forwarded_Prefix: /evil\r\n",
        b"Content_Length: 3\r\n",
        b"Transfer_Encoding: chunked\r\n",
        b"X_Request_Id: of-another\r\n",
    ],
)
def test_a_name_with_an_underscore_is_no_other_name(engine, fields):
    """CGI cannot tell a_b from a-b, and a proxy before the engine takes the first one for nobody's."""
    seen = send(engine, fields=fields)
    assert (seen["SCRIPT_NAME"], seen["REMOTE_ADDR"], seen["HTTP_HOST"]) == ("/app", "127.0.0.1", "h")
    assert seen["body"] == "" and seen["standpy.request_id"] != "of-another"
    assert not [name for name in seen if "FORWARDED" in name or "TRANSFER" in name]
    seen = send(engine, fields=fields + b"Content-Length: 5\r\n", body=b"hello")
    assert seen["body"] == "hello"


@pytest.mark.parametrize("fields", [b"Content-Length: 10\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_a_body_that_is_not_whole_reaches_nobody(engine, fields):
    data = b"POST /app/environ HTTP/1.1\r\nHost: h\r\n" + fields + b"\r\n3\r\nabc"
    status, _, answer = parse_answer(raw_exchange(("127.0.0.1", engine.port), data, half_close=True))
    assert (status, json.loads(answer)["type"]) == (400, "urn:standpy:problem:malformed-request")


def test_connect_opens_no_tunnel(engine):
    assert send(engine, first=b"CONNECT /app/environ HTTP/1.1") == 405
