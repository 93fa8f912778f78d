"""The lines that the router logs of each request."""

import json

import pytest
import requests
from client import raw_exchange, wait_until
from router_process import Router, Upstream, echo


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


def test_the_log_can_be_json(started):
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host, LOG_FORMAT="json")
    started.extend([router, upstream])
    raw_exchange(
        router.address,
        b'POST /e/a"b?secret HTTP/1.1\r\nHost: r\r\nX-Request-Id: j-1\r\n'
        b"Connection: close\r\nContent-Length: 4\r\n\r\nbody",
    )
    raw_exchange(router.address, b"GET /e/\xc3\xa4\x7f\" HTTP/1.1\r\nHost: r\r\nnonsense\r\n\r\n")
    wait_until(lambda: router.log.count('{"time"') == 2)
    lines = [json.loads(line) for line in router.log.splitlines() if line.startswith("{")]
    assert set(lines[0]) == {
        "time", "client", "id", "engine", "method", "path", "status", "in", "out", "ms", "queue_ms",
        "engine_ms", "replica", "cause",
    }  # fmt: skip
    assert (lines[0]["id"], lines[0]["engine"], lines[0]["in"]) == ("j-1", "e", 4)
    assert lines[0]["replica"] == upstream.host and lines[0]["engine_ms"] > 0
    assert lines[0]["path"] == '/e/a"b'
    assert lines[1]["path"] == '/e/\u00c3\u00a4\x7f"'  # bytes that are no ASCII, by their numbers
    assert (lines[1]["status"], lines[1]["method"]) == (400, "-")


def test_a_request_cannot_write_lines_of_the_log(started):
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    forged = b'access client=9.9.9.9 status=200'
    for request in (
        b"GET /e/x\x0b\x1b" + forged.replace(b" ", b"\x0c") + b" HTTP/1.1\r\nHost: r\r\n",
        b'GET /e/x"' + forged.replace(b" ", b"\t") + b" HTTP/1.1\r\nHost: r\r\n",
        b"GET /e/x HTTP/1.1\r\nHost: r\r\nX-Request-Id: a " + forged + b"\r\n",
        b"BREW\x1b" + b" /e/x HTTP/1.1\r\nHost: r\r\n",
    ):
        raw_exchange(router.address, request + b"Connection: close\r\n\r\n")
    router.wait_for_log("method=BREW\\x1b ")
    # libmicrohttpd 1.0 refuses the first by itself, and says so in a line of its own.
    assert router.log.count("access client=127.0.0.1") + router.log.count("client's connection:") == 4
    for line in router.log.splitlines():
        assert line.startswith(("access client=127.0.0.1 ", "standpy-router: "))
        assert line.isprintable()


def test_a_malformed_request_is_logged_with_the_status_that_it_got(started):
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    for number, line in ((400, b"nonsense"), (431, b"X: " + b"y" * 70000)):
        head = b"GET /e/x HTTP/1.1\r\nHost: r\r\n" + line + b"\r\n\r\n"
        assert raw_exchange(router.address, head).startswith(b"HTTP/1.1 %d" % number)
        log = router.wait_for_log(f"status={number}")
        assert f"access client=127.0.0.1 id=- engine=- method=- path=\"/e/x\" status={number}" in log
