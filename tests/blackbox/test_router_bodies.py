"""Bodies of requests: how large, in which form, and when the client is asked for one."""

import socket

import pytest
import requests
from client import assert_problem, parse_answer, problem_of, raw_exchange


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


def test_a_body_is_asked_for_once_its_request_may_pass(router):
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


@pytest.mark.parametrize("rest", [b"", b"hello", b"GET /open/smuggled HTTP/1.1\r\nHost: r\r\n\r\n"])
def test_a_body_behind_an_early_answer_is_no_request(router, rest):
    head = b"POST /closed/x HTTP/1.1\r\nHost: r\r\nContent-Length: 100\r\n\r\n"
    answer = raw_exchange(router.address, head + rest)
    assert answer.count(b"HTTP/1.1 ") == 1 and parse_answer(answer)[0] == 401
    assert "smuggled" not in router.log
