"""Tokens: whom the router lets in, and where it has them from."""

import signal

import pytest
import requests
from client import assert_problem, parse_answer, raw_exchange
from router_client import TOKEN, bearer, status
from router_process import Configured, Router, Upstream, echo, run_to_its_end


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


def test_a_token_counts_as_the_one_word_behind_bearer(started):
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host, ENGINE_E_TOKEN="one,two")
    started.extend([router, upstream])
    for value, expected in {
        "Bearer one": 200, "bearer two": 200, "BEARER   one": 200, "Bearer one \t": 200,
        "Bearer one,two": 401, "Bearer": 401, "Bearer ": 401, "Basic one": 401, "one": 401,
        "Bearer one two": 401, "Bearer ONE": 401, "Bearer on": 401,
    }.items():  # fmt: skip
        head = f"GET /e/x HTTP/1.1\r\nHost: r\r\nConnection: close\r\nAuthorization: {value}\r\n\r\n"
        assert (value, parse_answer(raw_exchange(router.address, head.encode()))[0]) == (value, expected)


def test_tokens_are_rotated_without_a_moment_without(started, tmp_path):
    upstream = Upstream(echo)
    settings = {"ENGINE_E_HOST": upstream.host, "ENGINE_E_TOKEN": "old"}
    router = Configured(tmp_path / "config", settings)
    started.extend([router, upstream])
    assert (status(router, "/e/x", "old"), status(router, "/e/x", "new")) == (200, 401)
    router.reload(settings | {"ENGINE_E_TOKEN": ["old", "new"]})
    assert (status(router, "/e/x", "old"), status(router, "/e/x", "new")) == (200, 200)
    router.reload(settings | {"ENGINE_E_TOKEN": "new"})
    assert (status(router, "/e/x", "old"), status(router, "/e/x", "new")) == (401, 200)
    assert status(router, "/e/x", "old,new") == 401


@pytest.mark.parametrize("text", ["one\ntwo\n", "one,two", "one\ntwo", " one\n two \n"])
def test_tokens_come_from_a_file(started, tmp_path, text):
    path = tmp_path / "tokens"
    path.write_text(text)
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host, ENGINE_E_TOKEN_FILE=str(path))
    started.extend([router, upstream])
    assert [status(router, "/e/x", token) for token in ("one", "two", "three")] == [200, 200, 401]
    path.write_text("three\n")
    router.process.send_signal(signal.SIGHUP)
    router.wait_for_log("SIGHUP: read again")
    assert [status(router, "/e/x", token) for token in ("one", "two", "three")] == [401, 401, 200]


@pytest.mark.parametrize(
    "content, line",
    [
        (b"", "tokens is not allowed: a token must be one or more visible ASCII"),
        (b"\n", "tokens is not allowed: a token must be one or more visible ASCII"),
        (b"secret\n\nsecret2\n", "tokens is not allowed: a token must be one or more visible ASCII"),
        (b"sec\0ret", "it is not text"),
        (b"sec ret", "tokens is not allowed: a token must be one or more visible ASCII"),
        (b"secret" * 20000, "more than 65536 bytes"),
    ],
)
def test_a_file_without_a_proper_token_stops_the_start(tmp_path, content, line):
    path = tmp_path / "tokens"
    path.write_bytes(content)
    code, output = run_to_its_end(ENGINE_E_HOST="a", ENGINE_E_TOKEN_FILE=str(path))
    assert code != 0 and line in output and len(output.splitlines()) == 1
    assert f"ENGINE_E_TOKEN_FILE={path}" in output
    assert "secret" not in output


def test_a_token_and_a_file_of_tokens_are_one_too_many(tmp_path):
    path = tmp_path / "tokens"
    path.write_text("secret")
    code, output = run_to_its_end(
        ENGINE_E_HOST="a", ENGINE_E_TOKEN="x", ENGINE_E_TOKEN_FILE=str(path)
    )
    assert code != 0 and "are both set" in output
