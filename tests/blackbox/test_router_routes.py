"""Which path and method lead where."""

import pytest
import requests
from client import parse_answer, problem_of, raw_exchange


def test_the_path_behind_the_engine_goes_on(router):
    for path in ("/execute", "/info?a=b%20c&d", "/x//y", "/%41", "/gr%C3%BCn%20a%2Fb%5C", "/" + "x" * 1000):
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
               "/open/%2e%2e/closed/info", "/OPEN/info", "/open%2finfo", "/open/%zz",
               "/open/x%2f..%2f..%2fclosed/info", "/open/%00"]
)  # fmt: skip
def test_a_path_of_no_engine_is_not_found(router, target):
    request = f"GET {target} HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n".encode()
    assert problem_of(raw_exchange(router.address, request))["status"] == 404


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
