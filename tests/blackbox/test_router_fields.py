"""Which fields of a request go on to the engine, and how many it may have."""

import json
import re

import pytest
import requests
from client import parse_answer, problem_of, raw_exchange
from router_process import Router, Upstream, echo


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


def test_a_head_of_20_kb_passes_and_one_of_80_kb_is_refused(router):
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


def test_problems_are_json_with_the_requests_id(router):
    response = requests.get(router.url + "/x/y", headers={"X-Request-Id": "p-1"}, timeout=60)
    assert json.loads(response.text)["request_id"] == response.headers["X-Request-Id"] == "p-1"


def test_all_forwarded_addresses_go_on_in_their_order(started):
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    request = (
        b"GET /e/x HTTP/1.1\r\nHost: r\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2\r\nX: y\r\n"
        b"x-forwarded-for: 3.3.3.3\r\nConnection: close, X-Forwarded-For\r\n\r\n"
    )
    sent = parse_answer(raw_exchange(router.address, request))[2].decode().lower()
    assert re.findall("x-forwarded-for: (.*)\r\n", sent) == ["1.1.1.1, 2.2.2.2, 3.3.3.3, 127.0.0.1"]


@pytest.mark.parametrize("name", [b"Connection", b"X-Forwarded-For"])
def test_a_list_of_which_half_would_be_lost_is_refused(started, name):
    """Half of Connection would send on a field of this hop, half of the other hide an address."""
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    get = b"GET /e/x HTTP/1.1\r\nHost: r\r\nX-Hop: 1\r\nConnection: close\r\n%s: %s\r\n%s: X-Hop\r\n\r\n"
    for length, expected in ((990, 200), (1020, 400), (5000, 400)):
        answer = raw_exchange(router.address, get % (name, b"y" * length, name))
        assert parse_answer(answer)[0] == expected
        assert (b"\r\nX-Hop: 1\r\n" in answer) == (expected == 200 and name != b"Connection")
    assert f"{name.decode()} has more than 1021 bytes" in problem_of(answer)["detail"]
