"""The router against upstreams that behave as a test wants."""

import json
import os
import re
import signal
import socket
import threading
import time

import pytest
import requests
from client import assert_problem, parse_answer, problem_of, raw_exchange
from router_process import Router, Upstream, echo, read_head, run_to_its_end

TOKEN = "s3cret-token"


@pytest.fixture(scope="module")
def upstream():
    upstream = Upstream(echo)
    yield upstream
    upstream.stop()


@pytest.fixture(scope="module")
def router(upstream):
    router = Router(
        ENGINE_OPEN_HOST=upstream.host,
        ENGINE_CLOSED_HOST=upstream.host,
        ENGINE_CLOSED_TOKEN=TOKEN,
        ENGINE_DEAD_HOST="127.0.0.1:1",
        ENGINE_DEAD_WAIT="0",
        REQUEST_SIZE_LIMIT="1m",
    )
    yield router
    assert router.stop() == 0


@pytest.fixture
def behind():
    """Starts an upstream that handles connections as told, and a router before it."""
    started = []

    def start(handle, **variables):
        upstream = Upstream(handle)
        router = Router(ENGINE_E_HOST=upstream.host, **variables)
        started.extend([router, upstream])
        return router, upstream

    yield start
    for process in started:
        process.stop()


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


# Start


@pytest.mark.parametrize(
    "variables, line",
    [
        ({}, "there is no engine"),
        ({"ENGINE_A_HOST": "a:0"}, "ENGINE_A_HOST=a:0 is not allowed"),
        ({"ENGINE_A_TOKEN": "x"}, "ENGINE_A_TOKEN has no ENGINE_<NAME>_HOST"),
        ({"ENGINE_A_HOST": "a", "ENGINE_A_TOKEN": ""}, "ENGINE_A_TOKEN is not allowed"),
        ({"ENGINE_A_HOST": "a", "REQUEST_SIZE_LIMIT": "x"}, "REQUEST_SIZE_LIMIT=x is not"),
        ({"ENGINE_A_HOST": "a", "BUFFER_LIMIT": "-1"}, "BUFFER_LIMIT=-1 is not allowed"),
        ({"ENGINE_A_HOST": "a", "BUSY_POLL": "1ms"}, "BUSY_POLL=1ms is not allowed"),
        ({"ENGINE_A_HOST": "a", "LISTEN": "x"}, "LISTEN=x is not allowed"),
    ],
)
def test_bad_configuration_stops_the_start_with_one_line(variables, line):
    status, output = run_to_its_end(**variables)
    assert status != 0
    assert len(output.splitlines()) == 1 and line in output


def test_an_address_in_use_stops_the_start(router):
    status, output = run_to_its_end(ENGINE_A_HOST="a", LISTEN=f"127.0.0.1:{router.port}")
    assert status != 0
    assert f"LISTEN=127.0.0.1:{router.port} is not allowed: Address already in use" in output


# Routes


def test_the_path_behind_the_engine_goes_on(router):
    for path in ("/execute", "/info?a=b%20c&d", "/x//y", "/%41"):
        request = f"GET /open{path} HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n"
        _, _, body = parse_answer(raw_exchange(router.address, request.encode()))
        assert body.decode().split("\r\n")[0] == f"GET {path} HTTP/1.1"


def test_the_engines_name_may_be_encoded(router):
    answer = raw_exchange(
        router.address, b"GET /%6fpen/info HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n"
    )
    assert parse_answer(answer)[0] == 200


@pytest.mark.parametrize(
    "target", ["/", "/open", "/unknown/info", "//open/info", "/open/../closed/info",
               "/open/%2e%2e/closed/info", "/OPEN/info", "/open%2finfo", "/open/%zz"]
)  # fmt: skip
def test_a_path_of_no_engine_is_not_found(router, target):
    request = f"GET {target} HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n".encode()
    assert problem_of(raw_exchange(router.address, request))["status"] == 404


def test_healthz_is_the_routers_own(router):
    response = requests.get(router.url + "/healthz", timeout=60)
    assert response.json() == {"status": "ok"}
    response = requests.post(router.url + "/healthz", timeout=60)
    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "BREW"])
def test_methods_that_nobody_serves_are_refused(router, method):
    request = f"{method} /open/info HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n".encode()
    status, headers, _ = parse_answer(raw_exchange(router.address, request))
    assert status == 405
    assert headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_the_method_and_the_body_go_on(router, method):
    response = requests.request(method, router.url + "/open/x", data=b"body", timeout=60)
    lines = response.text.split("\r\n")
    assert lines[0] == f"{method} /x HTTP/1.1"
    assert lines[-1] == "body"


# Tokens


def test_a_missing_token_is_refused(router):
    for path in ("/execute", "/info", "/healthz", "/anything"):
        response = requests.get(f"{router.url}/closed{path}", timeout=60)
        assert_problem(response, 401, "unauthorized", "wants a token")
        assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("wrong", ["", "x", TOKEN + "x", TOKEN[:-1], TOKEN.upper()])
def test_a_wrong_token_is_refused(router, wrong):
    response = requests.get(router.url + "/closed/info", headers=bearer(wrong), timeout=60)
    assert_problem(response, 401, "unauthorized", "wrong")


def test_the_right_token_is_neither_forwarded_nor_logged(router):
    response = requests.get(router.url + "/closed/info", headers=bearer(TOKEN), timeout=60)
    assert response.status_code == 200
    assert "authorization" not in response.text.lower()
    response = requests.get(router.url + "/open/info", headers=bearer("other"), timeout=60)
    assert "authorization" not in response.text.lower()
    assert TOKEN not in router.log and "other" not in router.log


# Sizes


def test_a_request_over_the_limit_is_refused_before_its_body(router):
    head = b"POST /open/execute HTTP/1.1\r\nHost: r\r\nContent-Length: 1048577\r\n\r\n"
    problem = problem_of(raw_exchange(router.address, head))
    assert problem["status"] == 413
    assert "the limit is 1048576 bytes" in problem["detail"]


def test_a_request_at_the_limit_passes(router):
    response = requests.post(router.url + "/open/x", data=b"x" * 1048576, timeout=60)
    assert response.status_code == 200


def test_a_chunked_request_over_the_limit_is_refused(router):
    response = requests.post(
        router.url + "/open/x", data=iter([b"x" * 600_000, b"x" * 600_000]), timeout=60
    )
    assert_problem(response, 413, "too-large", "1048576 bytes")


def test_a_chunked_request_goes_on_with_a_length(router):
    response = requests.post(
        router.url + "/open/x", data=iter([b"one", b"two", b"x" * 100_000]), timeout=60
    )
    head, _, body = response.text.partition("\r\n\r\n")
    assert "Content-Length: 100006" in head
    assert "transfer-encoding" not in head.lower()
    assert body == "onetwo" + "x" * 100_000


def test_expect_is_answered_by_the_router_after_admission(router):
    with socket.create_connection(router.address, timeout=60) as connection:
        connection.sendall(
            b"POST /open/x HTTP/1.1\r\nHost: r\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
        )
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"body")
        assert b"body" in connection.recv(65536)
    answer = raw_exchange(
        router.address,
        b"POST /closed/x HTTP/1.1\r\nHost: r\r\nExpect: 100-continue\r\nContent-Length: 4\r\n"
        b"Connection: close\r\n\r\n",
    )
    assert answer.startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    "first, fields, status",
    [
        (b"POST /closed/x HTTP/1.1", b"Content-Length: 4", 401),
        (b"POST /nothing/x HTTP/1.1", b"Content-Length: 4", 404),
        (b"BREW /open/x HTTP/1.1", b"Content-Length: 4", 405),
        (b"POST /open/x HTTP/1.1", b"Content-Length: 1048577", 413),
        (b"POST /open/x HTTP/1.1", b"Content-Length: 4\r\nTransfer-Encoding: chunked", 400),
        (b"POST /open/x HTTP/1.1", b"Content-Length: 4\r\nContent-Length: 4", 400),
        (b"POST /closed/x HTTP/1.1", b"Transfer-Encoding: chunked", 401),
        (b"GET /healthz HTTP/1.1", b"Content-Length: 4", 200),
    ],
)
def test_a_body_that_is_not_wanted_is_not_asked_for(router, first, fields, status):
    request = first + b"\r\nHost: r\r\nExpect: 100-continue\r\n" + fields + b"\r\n\r\n"
    answer = raw_exchange(router.address, request)  # to the end: the body never comes
    assert parse_answer(answer)[0] == status
    assert b" 100 " not in answer


def test_an_expectation_of_http_1_0_is_not_answered(router):
    answer = raw_exchange(
        router.address,
        b"POST /open/x HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nbody",
    )
    assert parse_answer(answer)[0] == 200 and b" 100 " not in answer


def test_an_answer_without_a_body_to_come_keeps_the_connection(router):
    """Also one of the router's own: probes and those that guess tokens need no new one each time."""
    requests_and_statuses = [
        (b"GET /closed/x", 401), (b"GET /nothing/x", 404), (b"GET /healthz", 200),
        (b"BREW /open/x", 405), (b"HEAD /open/x", 200), (b"HEAD /healthz", 200),
        (b"GET /metrics", 200), (b"POST /open/x", 200), (b"HEAD /closed/x", 401),
    ]  # fmt: skip
    heads = [first + b" HTTP/1.1\r\nHost: r\r\n" for first, _ in requests_and_statuses]
    last = b"GET /healthz HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n"
    answer = raw_exchange(router.address, b"".join(head + b"\r\n" for head in heads) + last)
    statuses = [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]
    assert statuses == [status for _, status in requests_and_statuses] + [200]


@pytest.mark.parametrize("rest", [b"", b"hello", b"GET /open/smuggled HTTP/1.1\r\nHost: r\r\n\r\n"])
def test_a_body_behind_an_early_answer_is_no_request(router, rest):
    head = b"POST /closed/x HTTP/1.1\r\nHost: r\r\nContent-Length: 100\r\n\r\n"
    answer = raw_exchange(router.address, head + rest)
    assert answer.count(b"HTTP/1.1 ") == 1 and parse_answer(answer)[0] == 401
    assert "smuggled" not in router.log


def test_contradictory_lengths_are_refused(router):
    for lengths in (
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: x\r\n",
        b"Content-Length: -1\r\n",
    ):
        answer = raw_exchange(
            router.address, b"POST /open/x HTTP/1.1\r\nHost: r\r\n" + lengths + b"\r\n4\r\nbody\r\n"
        )
        assert answer.startswith(b"HTTP/1.1 400 "), lengths


# Fields


def test_fields_cross_but_for_those_of_the_connection(router):
    headers = {
        "traceparent": "00-1-2-03",
        "X-Own": "1",
        "Connection": "X-Hop",
        "X-Hop": "1",
        "TE": "trailers",
        "X-Request-Id": "my-id",
        "X-Forwarded-For": "1.2.3.4",
    }
    response = requests.get(router.url + "/open/x", headers=headers, timeout=60)
    sent = response.text.lower()
    for expected in ("traceparent: 00-1-2-03", "x-own: 1", "x-request-id: my-id",
                     "x-forwarded-for: 1.2.3.4, 127.0.0.1"):  # fmt: skip
        assert expected in sent
    for unwanted in ("x-hop", "te: trailers", "connection: x-hop", "expect"):
        assert unwanted not in sent
    assert response.headers["X-Own"] == "kept"
    assert "Keep-Alive" not in response.headers


def test_fields_that_uwsgi_could_not_take_are_refused(router):
    headers = {f"X-{i}": "x" * 500 for i in range(40)}
    answer = requests.get(router.url + "/open/x", headers=headers, timeout=60)
    assert answer.status_code == 200
    headers = {f"X-{i}": "x" * 4000 for i in range(20)}
    answer = requests.get(router.url + "/open/x", headers=headers, timeout=60)
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("count, status", [(400, 200), (1000, 431)])
def test_a_thousand_fields_are_refused_before_they_reach_an_engine(router, count, status):
    """Each takes some 80 bytes of what a head may have, beside its own."""
    fields = "".join(f"X-{i}: y\r\n" for i in range(count))
    head = f"GET /open/x HTTP/1.1\r\nHost: r\r\nConnection: close\r\n{fields}\r\n"
    answer = raw_exchange(router.address, head.encode())
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert answer.lower().count(b"\nx-") >= count if status == 200 else b"x-0" not in answer.lower()
    assert requests.get(router.url + "/open/x", timeout=60).status_code == 200


def test_client_connections_are_kept(router):
    with requests.Session() as session:
        for _ in range(5):
            assert session.get(router.url + "/open/x", timeout=60).status_code == 200
        assert len(session.adapters["http://"].poolmanager.pools) == 1


# Logs


def test_each_request_has_one_access_line(router):
    requests.get(router.url + "/open/x?secret=1", headers={"X-Request-Id": "log-1"}, timeout=60)
    log = router.wait_for_log("id=log-1 ")
    [line] = [line for line in log.splitlines() if "log-1" in line]
    for part in ("access client=127.0.0.1", "engine=open", "method=GET", 'path="/open/x"',
                 "status=200", "in=0", "ms=", "replica=127.0.0.1:"):  # fmt: skip
        assert part in line
    assert "secret" not in line


@pytest.mark.parametrize("path", ["/healthz", "/nothing/x", "/closed/x"])
def test_an_answer_without_a_body_has_no_bytes_in_the_access_line(router, path):
    number = requests.head(router.url + path, timeout=60).headers["X-Request-Id"]
    router.wait_for_log(f"access client=127.0.0.1 id={number} ")
    [line] = [line for line in router.log.splitlines() if line.startswith("access") and number in line]
    assert "method=HEAD" in line and " out=0 " in line


def test_each_failure_has_one_line_with_its_cause(router):
    requests.get(router.url + "/dead/x", headers={"X-Request-Id": "log-2"}, timeout=60)
    log = router.wait_for_log("request log-2 failed")
    access, cause = [line for line in log.splitlines() if "log-2" in line]
    assert "status=502" in access
    assert "engine=dead" in cause and "connect" in cause


# Upstreams that fail


def test_an_engine_that_cannot_be_reached_is_a_502(router):
    response = requests.get(router.url + "/dead/info", timeout=60)
    assert_problem(response, 502, "engine-unreachable", "dead cannot be reached")


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


def test_another_replica_is_tried_where_nothing_was_sent(upstream):
    router = Router(ENGINE_E_HOST=f"127.0.0.1:1,{upstream.host}")
    try:
        for _ in range(6):
            response = requests.post(router.url + "/e/x", data=b"body", timeout=60)
            assert response.status_code == 200 and response.text.endswith("body")
    finally:
        router.stop()


@pytest.mark.parametrize("closes", [True, False])
def test_an_answer_that_comes_before_the_upload_is_read_reaches_the_client(behind, closes):
    """However much of the body is still to come."""

    def handle(connection):
        read_head(connection)
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 5\r\n\r\nearly")
        if not closes:
            connection.recv(1 << 20)
            time.sleep(1)

    router, _ = behind(handle)
    response = requests.post(router.url + "/e/x", data=b"x" * 100_000_000, timeout=60)
    assert (response.status_code, response.text) in ((413, "early"), (502, response.text))
    assert closes or response.status_code == 413


def test_a_client_that_leaves_ends_the_request_upstream(behind):
    arrived, closed = threading.Event(), threading.Event()

    def handle(connection):
        read_head(connection)
        arrived.set()
        if connection.recv(1) == b"":
            closed.set()

    router, _ = behind(handle)
    with socket.create_connection(router.address, timeout=60) as connection:
        connection.sendall(b"GET /e/x HTTP/1.1\r\nHost: r\r\n\r\n")
        assert arrived.wait(60)
    assert closed.wait(60)
    assert "the client left" in router.wait_for_log("failed")


def test_a_client_that_left_at_once_is_not_served(behind):
    router, upstream = behind(echo)
    for _ in range(20):
        with socket.create_connection(router.address, timeout=60) as connection:
            connection.sendall(b"GET /e/gone HTTP/1.1\r\nHost: r\r\n\r\n")
    requests.get(router.url + "/e/last", timeout=60)
    assert "the client left" in router.wait_for_log('path="/e/last"')
    assert upstream.connections <= 21


# Streams


def test_large_bodies_stream_both_ways_in_bounded_memory(behind):
    size = 2_000_000_000
    block = b"x" * 1_000_000

    def handle(connection):
        head, rest = read_head(connection)
        taken = len(rest)
        while taken < size:
            taken += len(connection.recv(1 << 20))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        for _ in range(size // len(block)):
            connection.sendall(block)

    router, _ = behind(handle)
    with socket.create_connection(router.address, timeout=60) as connection:
        connection.sendall(
            b"POST /e/x HTTP/1.1\r\nHost: r\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
            % size
        )
        for _ in range(size // len(block)):
            connection.sendall(block)
        received = 0
        while data := connection.recv(1 << 20):
            received += len(data)
    assert size < received < size + 1000
    # The sanitizers' own memory does not count.
    assert router.resident_bytes() < 32_000_000 or b"asan" in open(
        f"/proc/{router.process.pid}/maps", "rb"
    ).read()


def test_a_slow_reader_does_not_slow_others(behind):
    size = 20_000_000

    def handle(connection):
        head, _ = read_head(connection)
        if b" /big " not in head:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        connection.sendall(b"x" * size)

    router, _ = behind(handle, THREADS="1")
    with socket.create_connection(router.address, timeout=60) as slow:
        slow.sendall(b"GET /e/big HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n")
        slow.recv(1000)
        for _ in range(20):
            assert requests.get(router.url + "/e/small", timeout=60).text == "ok"
        received = 0
        while data := slow.recv(1 << 20):
            received += len(data)
    assert received > size - 2000


def test_a_slow_upload_arrives_whole(behind):
    router, _ = behind(echo)
    body = bytes(range(97, 123)) * 40
    head = b"POST /e/x HTTP/1.1\r\nHost: r\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    pieces = [head % len(body)] + [body[i : i + 7] for i in range(0, len(body), 7)]
    _, _, answer = parse_answer(raw_exchange(router.address, pieces))
    assert answer.endswith(b"\r\n\r\n" + body)


# The end


def test_sigterm_finishes_what_is_in_flight(behind):
    begun, go_on = threading.Event(), threading.Event()

    def handle(connection):
        read_head(connection)
        begun.set()
        go_on.wait(60)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    router, _ = behind(handle)
    answers = []

    def ask():
        answers.append(requests.get(router.url + "/e/x", timeout=60).text)

    asking = threading.Thread(target=ask)
    asking.start()
    assert begun.wait(60)
    router.process.terminate()
    router.wait_for_log("finishing what is in flight")
    go_on.set()
    asking.join(60)
    assert answers == ["ok"]
    assert router.process.wait(60) == 0


def test_problems_are_json_with_the_requests_id(router):
    response = requests.get(router.url + "/x/y", headers={"X-Request-Id": "p-1"}, timeout=60)
    assert json.loads(response.text)["request_id"] == response.headers["X-Request-Id"] == "p-1"


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /open/execute HTTP/1.1\r\nHost:",
        b"POST /open/execute HTTP/1.1\r\nHost: r\r\nContent-Length: 100\r\n\r\nbegun",
        b"GET /healthz HTTP/1.1\r\nHost: r\r\n\r\n",
    ],
    ids=["within the head", "within the body", "behind a request"],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_clients_that_leave_are_forgotten(router, sent, at_once):
    """At once: what they sent and their end are seen together."""
    folder = f"/proc/{router.process.pid}/fd"
    before = len(os.listdir(folder))
    if at_once:
        router.process.send_signal(signal.SIGSTOP)
    for _ in range(100):
        with socket.create_connection(router.address) as connection:
            connection.sendall(sent)
            if not at_once:
                time.sleep(0.002)
    router.process.send_signal(signal.SIGCONT)
    deadline = time.monotonic() + 30  # the time for idle connections is a minute
    while len(os.listdir(folder)) > before:
        assert time.monotonic() < deadline
        time.sleep(0.1)
