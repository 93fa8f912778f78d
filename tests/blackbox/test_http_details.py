"""HTTP, small: what other clients and proxies send."""

import gzip
import socket
import ssl
import time

import pytest
import requests
from certificates import make_certificate
from client import assert_problem, outputs, parse_answer, problem_of, raw_exchange, value
from engine_process import Engine
from router_process import Router, Upstream, echo

SCRIPT = b"def rm_main(): return 1"


@pytest.mark.parametrize("through", ["engine", "router"])
@pytest.mark.parametrize("encoding", ["gzip", "br", "gzip, identity"])
def test_a_body_that_is_encoded_is_refused_and_says_what_is_taken(started, through, encoding):
    engine = Engine(PRELOAD="none")
    router = Router(ENGINE_E_HOST=engine.host)
    started.extend([router, engine])
    url = engine.endpoint if through == "engine" else router.url + "/e"
    headers = {"Content-Type": "text/x-python", "Content-Encoding": encoding}
    answer = requests.post(url + "/execute", data=gzip.compress(SCRIPT), headers=headers, timeout=60)
    assert_problem(answer, 415, "unsupported-media-type", f'Content-Encoding is "{encoding}"')
    assert answer.headers["Accept-Encoding"] == "identity"
    headers["Content-Encoding"] = "identity"
    assert outputs(requests.post(url + "/execute", data=SCRIPT, headers=headers, timeout=60)) == [value(1)]


@pytest.mark.parametrize("target", ["http://e/info", "HTTP://e:80/info?a=b", "https://e/info"])
def test_an_engine_takes_targets_in_absolute_form(engine, target):
    head = f"GET {target} HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n".encode()
    assert parse_answer(raw_exchange(("127.0.0.1", engine.port), head))[0] == 200


@pytest.mark.parametrize("target", ["http://e", "http://e/", "http:///nothing", "http://"])
def test_a_target_without_a_path_of_the_engines_is_not_found(engine, target):
    head = f"GET {target} HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n".encode()
    assert parse_answer(raw_exchange(("127.0.0.1", engine.port), head))[0] == 404


@pytest.mark.parametrize(
    "ciphers, taken",
    [
        ("ECDHE+AESGCM", True),
        ("ECDHE+CHACHA20", True),
        ("AES256-GCM-SHA384:AES128-GCM-SHA256", False),  # no forward secrecy
        ("ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA256", False),  # CBC
        ("ECDHE-RSA-AES256-SHA:ECDHE-ECDSA-AES256-SHA:AES128-SHA", False),
    ],
)
def test_tls_1_2_has_forward_secrecy_and_aead_only(started, tmp_path, ciphers, taken):
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host, **make_certificate(tmp_path, "router"))
    started.extend([router, upstream])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers + ":@SECLEVEL=0")

    def connect():
        with socket.create_connection(router.address, timeout=60) as plain:
            with context.wrap_socket(plain) as connection:
                return connection.version()

    if taken:
        assert connect() == "TLSv1.2"
    else:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            connect()


@pytest.mark.parametrize(
    "length, status",
    [("+3", 400), ("", 400), ("3, 3", 400), ("3,3", 400), ("0x3", 400), ("-1", 400), ("9" * 23, 413)],
)
def test_a_length_that_is_none_has_one_answer(started, length, status):
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    head = f"POST /e/x HTTP/1.1\r\nHost: r\r\nX-Request-Id: mine\r\nContent-Length: {length}\r\n\r\nabc"
    for pieces in ([head], [head[:20], head[20:-6], head[-6:]]):
        pieces = [piece.encode() for piece in pieces]
        answer = raw_exchange(router.address, pieces, pause=lambda: time.sleep(0.05))
        assert answer.count(b"HTTP/1.1 ") == 1
        problem = problem_of(answer)
        assert problem["status"] == status and "Content-Length is" in problem["detail"]
        access = f"id={problem['request_id']} "
        assert f"status={status}" in router.wait_for_log(access).partition(access)[2]
    assert upstream.connections == 0


def test_a_line_of_a_chunk_without_end_is_refused_soon(started):
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    head = b"POST /e/x HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = raw_exchange(router.address, head + b"3;" + b"a" * 60000 + b"\r\nabc\r\n0\r\n\r\n")
    problem = problem_of(answer)
    assert problem["status"] == 400 and "a line of a chunk is longer" in problem["detail"]
    assert upstream.connections == 0
