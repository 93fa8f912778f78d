"""The application's answers, case by case: where servers before this one were wrong, and what PEP 3333 leaves to them."""

import email.utils
import pathlib
import resource
import socket
import time

import pytest
import requests
from client import assert_problem, metric, parse_answer, raw_exchange, wait_until
from engine_process import Engine

FOLDER = str(pathlib.Path(__file__).parent)


@pytest.fixture(scope="module")
def engine():
    engine = Engine(WSGI_APP="wsgi_cases", APP_DIR=FOLDER, WSGI_WORKERS="2", WSGI_TIMEOUT="1")
    yield engine
    engine.stop()
    assert "trying respawn" not in engine.log


def get(engine, path, method="GET", **options):
    return requests.request(method, f"{engine.endpoint}/app/{path}", timeout=60, **options)


def raw(engine, path, method="GET", version="1.1"):
    head = f"{method} /app/{path} HTTP/{version}\r\nHost: h\r\nConnection: close\r\n\r\n"
    return parse_answer(raw_exchange(("127.0.0.1", engine.port), head.encode()))


def is_closed_once(engine, name):
    wait_until(lambda: get(engine, f"closed?{name}").text)
    return get(engine, f"closed?{name}").text == "x"


WHOLE = {
    "list_of_one": b"one",
    "list_of_two": b"onetwo",
    "tuple_of_two": b"onetwo",
    "empty_list": b"",
    "no_pieces": b"",
    "empty_pieces": b"",
    "zero_length": b"",
    "zero_length_exceeded": b"",
    "exceeds_in_one_piece": b"long",
    "exceeds_without_end": b"long",
    "large_length": b"x" * 300_000,
    "write_long": b"longe",
    "write_equal": b"equal",
    "file_with_offset": b"456",
    "file_without_end": b"\0" * 5000,
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("path", WHOLE)
def test_an_answer_whose_length_is_known_has_it(engine, path, version, method):
    status, headers, body = raw(engine, path, method, version)
    assert (status, body) == (200, WHOLE[path] if method == "GET" else b"")
    assert "transfer-encoding" not in headers
    if method == "GET" or "content-length" in headers:
        assert headers["content-length"] == str(len(WHOLE[path]))


PIECES = {
    "generator": b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n",
    "sequence": b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n",
    "write_without_length": b"4\r\nsome\r\n0\r\n\r\n",
    "file_of_bytes": b"a\r\n0123456789\r\n0\r\n\r\n",
    "file_without_fileno": b"3\r\nnot\r\n3\r\n a \r\n4\r\nfile\r\n0\r\n\r\n",
    "pipe": b"b\r\nfrom a pipe\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("path", PIECES)
def test_one_whose_length_is_not_known_comes_in_chunks_or_ends_the_connection(engine, path):
    status, headers, body = raw(engine, path)
    assert (status, headers.get("transfer-encoding"), body) == (200, "chunked", PIECES[path])
    assert "content-length" not in headers
    status, headers, body = raw(engine, path, version="1.0")
    lines = PIECES[path].split(b"\r\n")
    assert (status, body) == (200, b"".join(lines[1::2]))
    assert not {"transfer-encoding", "content-length"} & {*headers}
    assert raw(engine, path, "HEAD")[::2] == (200, b"")


@pytest.mark.parametrize("path", ["write_short", "write_then_raises", "file_too_short", "gives_a_str_later"])
def test_one_that_is_not_whole_is_not_taken_for_whole(engine, path):
    _, headers, body = raw(engine, path)
    assert len(body) < int(headers["content-length"]) if "content-length" in headers else not body.endswith(b"0\r\n\r\n")


FAILS = "raises_before raises_between raises_at_first raises_behind_empty raises_in_iter recursion generator_exit"


@pytest.mark.parametrize("path", [*FAILS.split(), "odd_exception", "file_of_text", "too_large_fields"])
def test_what_fails_before_the_first_byte_is_a_500(engine, path):
    with requests.Session() as session:
        assert_problem(session.get(f"{engine.endpoint}/app/{path}", timeout=60), 500, "internal", "the application failed")
        assert session.get(f"{engine.endpoint}/app/list_of_one", timeout=60).text == "one"


@pytest.mark.parametrize(
    "path",
    ["raises_at_first", "raises_in_iter", "gives_a_str_later", "exceeds_without_end", "exceeds_in_one_piece", "no_content_with_body"],
)
def test_an_answer_is_closed_once(engine, path):
    before = get(engine, f"closed?{path}").text
    try:
        get(engine, path)
    except requests.exceptions.RequestException:
        pass
    wait_until(lambda: get(engine, f"closed?{path}").text != before)
    assert get(engine, f"closed?{path}").text == before + "x"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_what_writes_without_end_has_its_deadline(engine, method):
    """The client has its answer at once; the worker is replaced."""
    began = time.monotonic()
    status, headers, body = raw(engine, "writes_without_end", method)
    assert (status, headers["content-length"], body) == (200, "4", b"more" if method == "GET" else b"")
    assert time.monotonic() - began < 10
    wait_until(lambda: f"does not end with request {headers['x-request-id']}, whose answer is sent" in engine.log)


@pytest.mark.parametrize(
    ("path", "status", "length"),
    [
        ("no_content_with_length", 204, None),
        ("no_content_with_body", 204, None),
        ("unmodified_with_length", 304, "1234"),
    ],
)
def test_an_answer_that_must_have_no_body_has_none(engine, path, status, length):
    """RFC 9110 8.6: nor has a 204 a Content-Length; that of a 304 is what a 200 would have."""
    got, headers, body = raw(engine, path)
    assert (got, headers.get("content-length"), body) == (status, length, b"")
    assert "transfer-encoding" not in headers


def test_statuses_and_fields_come_as_they_are_given(engine):
    first, *lines = raw_exchange(
        ("127.0.0.1", engine.port), b"GET /app/many_fields HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    ).split(b"\r\n")
    assert first == b"HTTP/1.1 200 OK"
    assert [line for line in lines if line.startswith(b"Set-Cookie")] == [b"Set-Cookie: c0=0", b"Set-Cookie: c1=1", b"Set-Cookie: c2=2"]
    assert {b"x-lower: kept", b"X-Latin: caf\xe9", b"X-Tab: a\tb", b"X-Empty: "} <= {*lines}
    assert lines.count(b"Date: today") == 1
    assert lines[lines.index(b"") :] == [b"", b""]
    assert raw(engine, "no_phrase")[0] == 299
    assert get(engine, "odd_phrase").reason == "I'm a teapot, caf\xe9"
    assert len(get(engine, "large_fields").headers) > 80


@pytest.mark.parametrize("path", ["list_of_one", "generator", "no_content_with_body"])
def test_an_answer_says_when_it_was_made(engine, path):
    """RFC 9110 6.6.1: also if the application does not."""
    made = email.utils.parsedate_to_datetime(raw(engine, path)[1]["date"])
    assert abs(made.timestamp() - time.time()) < 60


@pytest.mark.parametrize(
    ("path", "status", "text"),
    [
        ("replaced_by_generator", 503, "replaced"),
        ("replaced_twice", 501, ""),
        ("no_exc_info", 200, "fine"),
        ("refused_then_right", 200, "fine"),
    ],
)
def test_the_last_start_response_before_the_head_counts(engine, path, status, text):
    answer = get(engine, path)
    assert (answer.status_code, answer.text) == (status, text)
    assert "X-Old" not in answer.headers


READS = {
    "iterate": [b"one\n", b"two\r\n", b"\n", b"four"],
    "lines": [b"one\n", b"two\r\n", b"\n", b"four"],
    "hint": [b"one\n", b"two\r\n"],
    "line": [b"one\n", b"two", b"\r\n", b""],
    "more": [b"one\n", b"", b"two\r\n\nfour", b"", b""],
    "nothing": [],
}


@pytest.mark.parametrize("is_large", [False, True])
@pytest.mark.parametrize("how", READS)
def test_the_input_is_read_in_every_way(engine, how, is_large):
    """What is not read is not the next request."""
    body = b"one\ntwo\r\n\nfour" + (b"\n" + b"x" * 70_000 if is_large else b"")
    with requests.Session() as session:
        for data in (body, iter([body[:5], body[5:]])):
            answer = session.post(f"{engine.endpoint}/app/reads_all?{how}", data=data, timeout=60)
            if not is_large or how in ("hint", "line", "nothing"):
                assert answer.text == repr(READS[how])
            assert session.get(f"{engine.endpoint}/app/list_of_one", timeout=60).text == "one"


# Clients


def test_pipelined_requests_are_answered_in_their_order(engine):
    request = b"GET /app/%s HTTP/1.1\r\nHost: h\r\n\r\n"
    names = [b"list_of_one", b"list_of_two", b"closed?nothing"]
    answered = b""
    with engine.connect() as connection:
        connection.sendall(b"".join(request % name for name in names))
        while received := connection.recv(65536):
            answered += received
            if answered.endswith(b"\r\n\r\n") and answered.count(b"HTTP/1.1 ") == 3:
                break
    bodies = [part.partition(b"\r\n\r\n")[2] for part in answered.split(b"HTTP/1.1 200 OK\r\n")[1:]]
    assert bodies in ([b"one", b"onetwo", b""], [b"one"]), answered  # the others may be refused: never answered wrongly


def test_one_that_asks_first_is_told_to_go_on(engine):
    with engine.connect() as connection:
        head = b"POST /app/reads_all?lines HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
        connection.sendall(head)
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert parse_answer(answer)[2] == b"[b'abc']"


def test_one_that_drips_takes_no_worker(engine):
    """Byte by byte: the head, and the body."""
    with engine.connect() as slow:
        for byte in b"POST /app/reads_all?lines HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\nConnection: close\r\n\r\nabc\ndefgh":
            slow.sendall(bytes([byte]))
            time.sleep(0.001)
        assert metric(engine, "standpy_wsgi_requests_in_flight") == 0
        assert get(engine, "list_of_one").text == "one"
        slow.sendall(b"i")
        answer = b"".join(iter(lambda: slow.recv(65536), b""))
    assert parse_answer(answer)[2] == repr([b"abc\n", b"defghi"]).encode()


def test_a_thousand_slow_readers_take_no_worker(engine):
    """Each is still to take its answer when all have one."""
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 1100:
        pytest.skip("too few descriptors")
    clients = []
    try:
        for number in range(1000):
            if number % 50 == 0:  # the queue has its bound
                wait_until(lambda: metric(engine, "standpy_wsgi_requests_queued") == 0)
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", engine.port))
            client.sendall(b"GET /app/large_length HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
            clients.append(client)
        wait_until(lambda: metric(engine, "standpy_wsgi_requests_in_flight") == 0)
        assert get(engine, "list_of_one").text == "one"
        for client in clients[::100]:
            client.settimeout(60)
            answer = b"".join(iter(lambda: client.recv(65536), b""))
            assert len(parse_answer(answer)[2]) == 300_000
    finally:
        for client in clients:
            client.close()
