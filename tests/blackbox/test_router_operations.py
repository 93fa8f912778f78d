"""The router as its administrator sees it: settings read again, logs, metrics, TLS, the end."""

import json
import os
import re
import resource
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest
import requests
from client import assert_problem, parse_answer, problem_of, raw_exchange, wait_until
from engine_process import free_port
from router_process import Router, Upstream, echo, read_body, read_head, run_to_its_end
from test_router_replicas import Replica, ask, ask_in_background, metrics, up


class Configured(Router):
    """A router with its settings in a file that can be written again."""

    def __init__(self, path, settings, **variables):
        self.path = path
        self.write(settings)
        super().__init__(CONFIG=str(path), **variables)

    def write(self, settings):
        text = settings if isinstance(settings, str) else json.dumps(settings)
        self.path.write_text(text)

    def reload(self, settings=None):
        """The line of the log that says what became of it."""
        if settings is not None:
            self.write(settings)
        before = self.log.count("SIGHUP")
        self.process.send_signal(signal.SIGHUP)
        wait_until(lambda: self.log.count("SIGHUP") > before)
        return [line for line in self.log.splitlines() if "SIGHUP" in line][-1]


def status(router, path, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.post(router.url + path, data=b"x", headers=headers, timeout=60).status_code


# SIGHUP


def test_engines_come_and_go_with_sighup(started, tmp_path):
    upstream = Upstream(echo)
    both = {"ENGINE_A_HOST": upstream.host, "ENGINE_B_HOST": upstream.host}
    router = Configured(tmp_path / "config", {"ENGINE_A_HOST": upstream.host})
    started.extend([router, upstream])
    assert (status(router, "/a/x"), status(router, "/b/x")) == (200, 404)
    for _ in range(10):  # a new engine is there as soon as the log says so
        assert "read again, 2 engines" in router.reload(both)
        assert status(router, "/b/x") == 200
        assert "read again, 1 engine," in router.reload({"ENGINE_B_HOST": upstream.host})
        assert status(router, "/a/x") == 404
        os.sched_yield()


def test_a_new_engine_is_reachable_at_once(started, tmp_path):
    upstream = Upstream(echo)
    hosts = {"ENGINE_E_HOST": upstream.host}
    router = Configured(tmp_path / "config", hosts)
    started.extend([router, upstream])
    for number in range(20):
        router.reload(hosts | {f"ENGINE_N{number}_HOST": upstream.host})
        assert status(router, f"/n{number}/x") == 200


def test_the_host_of_an_engine_can_change(started, tmp_path):
    old, new = Replica("old"), Replica("new")
    router = Configured(tmp_path / "config", {"ENGINE_E_HOST": old.host})
    started.extend([router, old, new])
    assert ask(router).text == "old"
    router.reload({"ENGINE_E_HOST": new.host})
    wait_until(lambda: ask(router).text == "new")
    assert [ask(router).text for _ in range(5)] == ["new"] * 5


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


def test_requests_that_run_and_wait_survive_that_their_engine_is_taken_away(started, tmp_path):
    replica = Replica("done", workers=1)
    settings = {"ENGINE_E_HOST": replica.host, "ENGINE_E_QUEUE": 4}
    other = {"ENGINE_OTHER_HOST": replica.host}
    router = Configured(tmp_path / "config", settings)
    started.extend([router, replica])
    wait_until(lambda: up(router, replica))
    replica.may.clear()
    threads, answers = ask_in_background(router, 5)
    wait_until(lambda: 'requests_queued{engine="e"} 4' in metrics(router))
    router.reload(settings | {"ENGINE_E_QUEUE": 0})  # fewer than wait
    router.reload(other)
    assert status(router, "/e/x") == 404
    replica.may.set()
    for thread in threads:
        thread.join()
    assert [answer.text for answer in answers] == ["done"] * 5
    router.reload(settings)
    assert ask(router).text == "done"
    wait_until(lambda: f'in_flight{{engine="e",replica="{replica.host}"}} 0' in metrics(router))


def test_kept_connections_of_clients_survive_sighup(started, tmp_path):
    upstream = Upstream(echo)
    router = Configured(tmp_path / "config", {"ENGINE_E_HOST": upstream.host})
    started.extend([router, upstream])
    with socket.create_connection(router.address, timeout=60) as connection:
        for _ in range(3):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: r\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            router.reload()


@pytest.mark.parametrize(
    "settings, line",
    [
        ("{", "line 1"),
        ("[]", "it must hold one object"),
        ("", "line 1"),
        ({"ENGINE_E_HOST": None}, "CONFIG: ENGINE_E_HOST is not allowed"),
        ({"ENGINE_E_HOST": ["a", 1]}, "CONFIG: ENGINE_E_HOST is not allowed"),
        ({"ENGINE_E_HOST": []}, "CONFIG: ENGINE_E_HOST is not allowed"),
        ('{"ENGINE_E_HOST": "a", "ENGINE_E_HOST": "b"}', "duplicate"),
        ({"ENGINE_E_HOST": "a", "ENGINE_E_TOKENS": "x"}, "ENGINE_E_TOKENS is not the name of"),
        ({"ENGINE_E_HOST": "a", "ENGINE_E_TOKEN": ""}, "ENGINE_E_TOKEN is not allowed"),
        ({"ENGINE_E_HOST": "a", "ENGINE_E_QUEUE": -1}, "ENGINE_E_QUEUE=-1 is not allowed"),
        ({"ENGINE_E_HOST": "a", "ENGINE_E_TOKEN_FILE": "/nowhere"}, "ENGINE_E_TOKEN_FILE=/nowhere"),
        ({}, "there is no engine"),
    ],
)
def test_a_file_with_a_mistake_changes_nothing(started, tmp_path, settings, line):
    upstream = Upstream(echo)
    good = {"ENGINE_E_HOST": upstream.host, "ENGINE_E_TOKEN": "secret"}
    router = Configured(tmp_path / "config", good)
    started.extend([router, upstream])
    assert line in router.reload(settings)
    assert (status(router, "/e/x", "secret"), status(router, "/e/x")) == (200, 401)
    assert "secret" not in router.log


def test_the_file_wins_over_the_environment(started, tmp_path):
    upstream = Upstream(echo)
    router = Configured(
        tmp_path / "config",
        {"ENGINE_E_HOST": upstream.host, "REQUEST_SIZE_LIMIT": 10},
        REQUEST_SIZE_LIMIT="1m",
        ENGINE_F_HOST=upstream.host,
    )
    started.extend([router, upstream])
    assert (status(router, "/e/x"), status(router, "/f/x")) == (200, 200)
    assert requests.post(router.url + "/e/x", data=b"x" * 11, timeout=60).status_code == 413


# Variables of Kubernetes


def service_link(name, host):
    """What Kubernetes sets in every pod of the namespace for a service."""
    address, port = host.split(":")
    return {
        f"{name}_SERVICE_HOST": address, f"{name}_SERVICE_PORT": port,
        f"{name}_PORT": f"tcp://{host}", f"{name}_PORT_{port}_TCP": f"tcp://{host}",
        f"{name}_PORT_{port}_TCP_PROTO": "tcp", f"{name}_PORT_{port}_TCP_PORT": port,
        f"{name}_PORT_{port}_TCP_ADDR": address,
    }  # fmt: skip


def test_a_service_of_kubernetes_is_no_engine(started):
    upstream = Upstream(echo)
    links = service_link("ENGINE_A", upstream.host) | service_link("ENGINE", upstream.host)
    router = Router(ENGINE_E_HOST=upstream.host, **links)
    started.extend([router, upstream])
    assert [status(router, path) for path in ("/e/x", "/a_service/x", "/service/x")] == [200, 404, 404]
    lines = [line for line in router.log.splitlines() if "is ignored" in line]
    assert len(lines) == 2
    for name in ("ENGINE_A", "ENGINE"):
        assert any(f" {name}_SERVICE_HOST is ignored: Kubernetes sets it" in line for line in lines)
    with pytest.raises(RuntimeError, match="there is no engine"):
        Router(**links)


@pytest.mark.parametrize(
    "meant",
    [
        {"ENGINE_A_SERVICE_TOKEN": "secret"},
        {"ENGINE_A_SERVICE_TOKEN_FILE": "tokens"},
        {"ENGINE_A_SERVICE_QUEUE": "5", "ENGINE_A_SERVICE_TOKEN": "secret"},
    ],
)
@pytest.mark.parametrize("in_file", [False, True])
def test_an_engine_may_have_the_name_of_a_service(started, tmp_path, meant, in_file):
    """Where the settings say more of it, in the environment or in the file."""
    (tmp_path / "tokens").write_text("secret")
    meant = {n: str(tmp_path / v) if n.endswith("FILE") else v for n, v in meant.items()}
    upstream = Upstream(echo)
    links = service_link("ENGINE_A", upstream.host) | {"ENGINE_A_SERVICE_HOST": upstream.host}
    if in_file:
        router = Configured(tmp_path / "config", meant, **links)
    else:
        router = Router(**links, **meant)
    started.extend([router, upstream])
    assert (status(router, "/a_service/x", "secret"), status(router, "/a_service/x")) == (200, 401)
    assert "is ignored" not in router.log


def test_the_file_holds_settings_only(started, tmp_path):
    """Nobody but Kubernetes sets such pairs, and it writes no files."""
    upstream = Upstream(echo)
    links = service_link("ENGINE_A", "127.0.0.1:1")
    router = Configured(tmp_path / "config", {"ENGINE_A_SERVICE_HOST": upstream.host}, **links)
    started.extend([router, upstream])
    assert status(router, "/a_service/x") == 200
    router.reload({"ENGINE_E_HOST": upstream.host})
    assert (status(router, "/a_service/x"), status(router, "/e/x")) == (404, 200)
    assert "ENGINE_A_SERVICE_HOST is ignored" in router.log


# Tokens from files


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
        (b"", "tokens is not allowed: a token must be visible ASCII"),
        (b"\n", "tokens is not allowed: a token must be visible ASCII"),
        (b"secret\n\nsecret2\n", "tokens is not allowed: a token must be visible ASCII"),
        (b"sec\0ret", "it is no text"),
        (b"sec ret", "tokens is not allowed: a token must be visible ASCII"),
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
    assert code != 0 and "are both there" in output


def test_the_form_of_the_authorization_field(started):
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


# Health and metrics


def test_ready_as_soon_and_as_long_as_one_engine_answers(started):
    first = Replica("first", workers=1)
    router = Router(ENGINE_A_HOST=first.host, ENGINE_A_WAIT="0", ENGINE_B_HOST="127.0.0.1:1")
    started.append(router)

    def readyz():
        return requests.get(router.url + "/readyz", timeout=60)

    wait_until(lambda: readyz().status_code == 200)
    first.stop()
    assert status(router, "/a/x") == 502
    wait_until(lambda: readyz().status_code == 503)
    problem = assert_problem(readyz(), 503, "unavailable", "no engine can be reached")
    assert problem["title"] == "Temporarily unavailable"  # one title for all that are of this type
    assert requests.get(router.url + "/healthz", timeout=60).status_code == 200
    started.append(Replica("again", workers=1, port=first.port))
    wait_until(lambda: readyz().status_code == 200)


def samples(router):
    lines = [line for line in metrics(router).splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_metrics_count_what_became_of_requests(started):
    replica = Replica("ok", workers=3)
    router = Router(ENGINE_E_HOST=replica.host, ENGINE_C_HOST=replica.host, ENGINE_C_TOKEN="t")
    started.extend([router, replica])
    wait_until(lambda: up(router, replica))
    for _ in range(3):
        ask(router)
    status(router, "/c/x")
    status(router, "/nothing/x")
    raw_exchange(router.address, b"GET /e/x HTTP/1.1\r\nHost: r\r\nnonsense\r\n\r\n")
    name = "standpy_router_requests_total"
    wait_until(lambda: samples(router).get(f'{name}{{engine="",status="400"}}') == 1)
    got = samples(router)
    assert got[f'{name}{{engine="e",status="200"}}'] == 3
    assert got[f'{name}{{engine="c",status="401"}}'] == 1
    assert got[f'{name}{{engine="",status="404"}}'] == 1
    assert not [key for key in got if 'status="0"' in key]
    assert got['standpy_router_request_duration_seconds_count{engine="e"}'] == 3
    assert got['standpy_router_queue_seconds_count{engine="e"}'] == 3
    assert got['standpy_router_request_duration_seconds_bucket{engine="e",le="+Inf"}'] == 3
    where = f'{{engine="e",replica="{replica.host}"}}'
    assert got["standpy_router_replica_up" + where] == 1
    assert got["standpy_router_replica_workers" + where] == 3
    assert got["standpy_router_replica_in_flight" + where] == 0
    assert got['standpy_router_requests_queued{engine="e"}'] == 0


def test_nothing_stays_in_flight_whatever_became_of_it(started):
    """Replies of every kind of end, clients that leave at every point, and all at once."""
    kinds = [
        lambda c: None,
        lambda c: c.sendall(b"garbage\r\n\r\n"),
        lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"),
        lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 400000),
        lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900000),
        lambda c: c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        lambda c: time.sleep(0.05),
    ]
    lock, turn = threading.Lock(), [0]

    def handle(connection):
        head, rest = read_head(connection)
        if b"/early" not in head:
            read_body(connection, head, rest)
        with lock:
            turn[0] += 1
            kind = kinds[turn[0] % len(kinds)]
        try:
            kind(connection)
        except OSError:
            pass

    upstream = Upstream(handle, workers=3)
    router = Router(ENGINE_E_HOST=upstream.host, ENGINE_E_QUEUE="5", THREADS="2")
    started.extend([router, upstream])
    wait_until(lambda: up(router, upstream))
    head = b"POST /e/%s HTTP/1.1\r\nHost: r\r\nContent-Length: %d\r\n\r\n"
    chunked = b"POST /e/x HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n"

    def leave(number):
        request = [
            head % (b"x", 5) + b"hello", head % (b"x", 5) + b"he", head % (b"x", 5)[:20],
            head % (b"x", 500_000) + b"x" * 500_000, head % (b"early", 500_000) + b"x" * 200_000,
            chunked + b"5\r\nhello\r\n0\r\n\r\n", chunked + b"5\r\nhel", chunked + b"zz\r\n",
        ][number % 8]  # fmt: skip
        with socket.create_connection(router.address, timeout=60) as connection:
            try:
                connection.sendall(request)
                connection.settimeout([0.001, 0.02, 0.2][number % 3])
                connection.recv(1000)
            except OSError:
                pass

    def leave_often(first):
        for number in range(first, first + 60):
            leave(number)

    threads = [threading.Thread(target=leave_often, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    where = f'{{engine="e",replica="{upstream.host}"}}'
    wait_until(lambda: samples(router)["standpy_router_replica_in_flight" + where] == 0)
    assert samples(router)['standpy_router_requests_queued{engine="e"}'] == 0


# Logs


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


def test_what_libmicrohttpd_refuses_is_logged_as_it_was_answered(started):
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    for number, line in ((400, b"nonsense"), (431, b"X: " + b"y" * 70000)):
        head = b"GET /e/x HTTP/1.1\r\nHost: r\r\n" + line + b"\r\n\r\n"
        assert raw_exchange(router.address, head).startswith(b"HTTP/1.1 %d" % number)
        log = router.wait_for_log(f"status={number}")
        assert f"access client=127.0.0.1 id=- engine=- method=- path=\"/e/x\" status={number}" in log


# TLS


def make_certificate(folder, name, *, key="rsa:2048", issuer=None, authority=False):
    """<name>.pem and <name>.key; self-signed, or by an issuer that was made before."""
    by = ["-CA", folder / f"{issuer}.pem", "-CAkey", folder / f"{issuer}.key"] if issuer else []
    purpose = "basicConstraints=critical,CA:" + ("TRUE" if authority else "FALSE")
    usage = "keyUsage=digitalSignature" + (",keyCertSign" if authority else "")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", *key.split(" "), "-nodes", "-days", "2", *by,
         "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem", "-subj", f"/CN={name}",
         "-addext", "subjectAltName=IP:127.0.0.1", "-addext", purpose, "-addext", usage],
        check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    make_certificate(folder, "router")
    (folder / "router.pem").rename(folder / "certificate.pem")
    (folder / "router.key").rename(folder / "key.pem")
    other = ["openssl", "genrsa", "-out", folder / "other.pem", "2048"]
    subprocess.run(other, check=True, capture_output=True)
    (folder / "empty.pem").write_text("")
    return folder


def test_clients_can_come_by_tls(started, certificate):
    upstream = Upstream(echo)
    router = Router(
        ENGINE_E_HOST=upstream.host,
        TLS_CERT=str(certificate / "certificate.pem"),
        TLS_KEY=str(certificate / "key.pem"),
    )
    started.extend([router, upstream])
    stalled = [socket.create_connection(router.address) for _ in range(50)]
    for connection in stalled:
        connection.sendall(b"\x16\x03\x01")  # half a handshake holds up nobody
    url = f"https://127.0.0.1:{router.port}"
    verify = str(certificate / "certificate.pem")
    with requests.Session() as session:
        for size in (1, 3_000_000):
            response = session.post(url + "/e/x", data=b"y" * size, verify=verify, timeout=60)
            assert response.text.endswith("\r\n\r\n" + "y" * size)
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(router.url + "/healthz", timeout=60)
    for connection in stalled:
        connection.close()


def test_versions_of_tls_that_are_deprecated_are_refused(started, certificate):
    """RFC 8996."""
    router = Router(
        ENGINE_E_HOST="127.0.0.1:1",
        TLS_CERT=str(certificate / "certificate.pem"),
        TLS_KEY=str(certificate / "key.pem"),
    )
    started.append(router)

    def is_taken(version):
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{router.port}", version]
        done = subprocess.run(
            [*command, "-cipher", "ALL:@SECLEVEL=0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
        )
        return done.returncode == 0

    versions = ("-tls1", "-tls1_1", "-tls1_2", "-tls1_3")
    assert [is_taken(version) for version in versions] == [False, False, True, True]


@pytest.mark.parametrize(
    "names, line",
    [
        ({"TLS_CERT": "certificate.pem"}, "TLS_KEY is missing"),
        ({"TLS_KEY": "key.pem"}, "TLS_CERT is missing"),
        ({"TLS_CERT": "certificate.pem", "TLS_KEY": "other.pem"}, "TLS_CERT and TLS_KEY are not"),
        ({"TLS_CERT": "empty.pem", "TLS_KEY": "key.pem"}, "TLS_CERT and TLS_KEY are not"),
        ({"TLS_CERT": "nowhere.pem", "TLS_KEY": "key.pem"}, "nowhere.pem: No such file"),
    ],
)
def test_a_wrong_certificate_stops_the_start(certificate, names, line):
    code, output = run_to_its_end(
        ENGINE_E_HOST="a",
        LISTEN=f"127.0.0.1:{free_port()}",
        **{name: str(certificate / file) for name, file in names.items()},
    )
    assert code != 0 and line in output


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    """A root, an authority below it, and certificates of different kinds by that."""
    folder = tmp_path_factory.mktemp("authorities")
    make_certificate(folder, "root", authority=True)
    make_certificate(folder, "below", issuer="root", authority=True)
    for name, key in (
        ("old", "rsa:2048"), ("new", "rsa:2048"), ("ec", "ec -pkeyopt ec_paramgen_curve:P-256"),
        ("ed", "ed25519"),
    ):  # fmt: skip
        make_certificate(folder, name, key=key, issuer="below")
        chain = folder / f"{name}.pem"
        chain.write_text(chain.read_text() + (folder / "below.pem").read_text())
    return folder


class Certified(Configured):
    """A router for HTTPS whose certificate can be replaced, and a client of it."""

    def __init__(self, path, settings, authorities, name):
        self.folder = path.parent
        self.authorities = authorities
        self.put(name)
        tls = {"TLS_CERT": str(self.folder / "tls.pem"), "TLS_KEY": str(self.folder / "tls.key")}
        super().__init__(path, settings, THREADS="2", **tls)

    def put(self, name, key=None):
        for suffix, source in ((".pem", name), (".key", key or name)):
            content = (self.authorities / f"{source}{suffix}").read_bytes()
            (self.folder / f"tls{suffix}").write_bytes(content)

    def connect(self, version=ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=self.authorities / "root.pem")
        context.minimum_version = context.maximum_version = version
        return context.wrap_socket(
            socket.create_connection(self.address, timeout=60), server_hostname="127.0.0.1"
        )

    def shows(self, version=ssl.TLSVersion.TLSv1_3):
        """The name in the certificate that a new connection gets, with a chain to the root."""
        with self.connect(version) as connection:
            assert asks(connection)
            return dict(pair for (pair,) in connection.getpeercert()["subject"])["commonName"]


def asks(connection):
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: r\r\n\r\n")
    head, rest = read_head(connection)
    return head.startswith(b"HTTP/1.1 200") and read_body(connection, head, rest) != b""


def test_a_new_certificate_is_shown_after_sighup_and_no_connection_ends(
    started, tmp_path, authorities
):
    settings = {"ENGINE_E_HOST": "127.0.0.1:1"}
    router = Certified(tmp_path / "config", settings, authorities, "old")
    started.append(router)
    with router.connect() as connection, router.connect(ssl.TLSVersion.TLSv1_2) as older:
        for name in ("old", "new", "ec", "ed", "new", "old"):
            router.put(name)
            assert "SIGHUP: read again, 1 engine," in router.reload()
            for _ in range(4):  # on both threads
                assert router.shows() == name
                assert router.shows(ssl.TLSVersion.TLSv1_2) == name
            assert asks(connection) and asks(older)


def test_a_handshake_that_has_begun_survives_sighup(started, tmp_path, authorities):
    settings = {"ENGINE_E_HOST": "127.0.0.1:1"}
    router = Certified(tmp_path / "config", settings, authorities, "old")
    started.append(router)
    context = ssl.create_default_context(cafile=authorities / "root.pem")
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(into, out, server_hostname="127.0.0.1")
    with socket.create_connection(router.address, timeout=60) as connection:
        with pytest.raises(ssl.SSLWantReadError):
            client.do_handshake()
        connection.sendall(out.read())
        into.write(connection.recv(65536))  # the old certificate, or the beginning of it
        router.put("new")
        assert "read again" in router.reload()
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                connection.sendall(out.read())
                into.write(connection.recv(65536))
        client.write(b"GET /healthz HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n")
        connection.sendall(out.read())
        while received := connection.recv(65536):
            into.write(received)
        assert client.read(65536).startswith(b"HTTP/1.1 200")
    assert router.shows() == "new"


@pytest.mark.parametrize(
    "name, key, line",
    [
        ("new", "old", "TLS_CERT and TLS_KEY are not allowed: they must be the PEM files of"),
        ("garbage", "old", "TLS_CERT and TLS_KEY are not allowed"),
        ("old", "empty", "TLS_CERT and TLS_KEY are not allowed"),
        (None, None, "tls.pem: No such file or directory"),
    ],
)
def test_a_bad_new_certificate_changes_nothing(started, tmp_path, authorities, name, key, line):
    upstream = Upstream(echo)
    settings = {"ENGINE_E_HOST": upstream.host}
    router = Certified(tmp_path / "config", settings, authorities, "old")
    started.extend([router, upstream])
    (authorities / "garbage.pem").write_bytes(bytes(range(256)))
    (authorities / "empty.key").write_bytes(b"")
    if name:
        router.put(name, key)
    else:
        (router.folder / "tls.pem").unlink()
    before = len(router.log.splitlines())
    said = router.reload({"ENGINE_F_HOST": upstream.host})
    assert "SIGHUP: nothing is changed: TLS_CERT" in said and line in said
    assert len(router.log.splitlines()) == before + 1
    assert router.shows() == "old"
    get = b"GET /%s/x HTTP/1.1\r\nHost: r\r\n\r\n"
    for path, number in ((b"e", 200), (b"f", 404)):
        with router.connect() as connection:
            connection.sendall(get % path)
            assert connection.recv(65536).startswith(b"HTTP/1.1 %d" % number)
    router.put("new")
    assert "read again" in router.reload()
    assert router.shows() == "new"


def test_certificates_can_be_renewed_while_clients_come(started, tmp_path, authorities):
    settings = {"ENGINE_E_HOST": "127.0.0.1:1"}
    router = Certified(tmp_path / "config", settings, authorities, "old")
    started.append(router)
    over, seen = threading.Event(), set()

    def come():
        while not over.is_set():
            seen.add(router.shows())

    threads = [threading.Thread(target=come) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(40):
        router.put(("old", "ec")[number % 2])
        assert "read again" in router.reload()
    over.set()
    for thread in threads:
        thread.join()
    assert seen == {"old", "ec"}
    assert "client's connection" not in router.log


# Addresses


def test_ipv6_both_ways(started):
    upstream = Upstream(echo, address="::1")
    router = Router(ENGINE_E_HOST=f"[::1]:{upstream.port}", LISTEN=f"[::1]:{upstream.port + 1}")
    started.extend([router, upstream])
    response = requests.get(f"http://[::1]:{upstream.port + 1}/e/x", timeout=60)
    assert "x-forwarded-for: ::1" in response.text.lower()
    assert "replica=[::1]:" in router.wait_for_log("client=::1")


def test_more_dead_replicas_than_are_tried(started):
    hosts = ",".join(f"127.0.0.{number}:1" for number in range(2, 42))
    router = Router(ENGINE_E_HOST=hosts, ENGINE_E_WAIT="0")
    started.append(router)
    assert_problem(ask(router), 502, "engine-unreachable", "cannot be reached")


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


# The end


def test_at_the_end_of_its_time_the_router_says_so_to_those_that_wait(started):
    replica = Replica("done", workers=1)
    router = Router(ENGINE_E_HOST=replica.host, STOP_TIMEOUT="1")
    started.extend([router, replica])
    wait_until(lambda: up(router, replica))
    replica.may.clear()
    threads, answers = ask_in_background(router, 3)  # one runs, two wait
    wait_until(lambda: 'requests_queued{engine="e"} 2' in metrics(router))
    uploading = socket.create_connection(router.address, timeout=60)
    uploading.sendall(b"POST /e/x HTTP/1.1\r\nHost: r\r\nContent-Length: 999999\r\n\r\n" + b"x" * 200000)
    reading = socket.create_connection(router.address, timeout=60)
    reading.sendall(b"GET /e/x HTTP/1.1\r\nHost")
    router.process.terminate()
    for thread in threads:
        thread.join()
    for answer in answers:
        assert_problem(answer, 503, "unavailable", "the router ended")
    assert router.process.wait(60) == 0
    assert "status=499" not in router.log
    replica.may.set()
    uploading.close()
    reading.close()


def test_while_it_ends_the_router_takes_nothing_new(started):
    replica = Replica("done", workers=1)
    router = Router(ENGINE_E_HOST=replica.host)
    started.extend([router, replica])
    wait_until(lambda: up(router, replica))
    replica.may.clear()
    threads, answers = ask_in_background(router, 2)
    wait_until(lambda: 'requests_queued{engine="e"} 1' in metrics(router))
    kept = socket.create_connection(router.address, timeout=60)
    kept.sendall(b"GET /healthz HTTP/1.1\r\nHost: r\r\n\r\n")
    assert kept.recv(65536).startswith(b"HTTP/1.1 200")
    router.process.terminate()
    router.wait_for_log("finishing what is in flight")
    wait_until(lambda: refuses(router))
    kept.sendall(b"POST /e/x HTTP/1.1\r\nHost: r\r\nContent-Length: 1\r\n\r\nx")
    answer = b""
    while received := kept.recv(65536):
        answer += received
    assert parse_answer(answer)[0] == 503 and b"Retry-After: 1" in answer
    replica.may.set()
    for thread in threads:
        thread.join()
    assert [answer.text for answer in answers] == ["done"] * 2  # also the one that waited
    assert router.process.wait(60) == 0


def refuses(router):
    try:
        socket.create_connection(router.address, timeout=60).close()
        return False
    except ConnectionRefusedError:
        return True


# Limits of the process


def test_more_clients_than_descriptors(started):
    """Those that fit are served; the rest waits in the kernel until there is room."""
    upstream = Upstream(echo)
    few = ["prlimit", "--nofile=200:200"]
    router = Router(within=few, ENGINE_E_HOST=upstream.host, THREADS="1", PATH="/usr/bin:/bin")
    started.extend([router, upstream])
    chunked = b"POST /e/x HTTP/1.1\r\nHost: r\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    clients = [socket.create_connection(router.address, timeout=60) for _ in range(150)]
    for client in clients:
        client.sendall(chunked)
    for client in clients:
        client.sendall(b"0\r\n\r\n")
    for client in clients:
        answer = client.recv(65536)
        assert answer.startswith(b"HTTP/1.1 200"), answer
        client.close()
    assert "Too many open files" not in router.log


def test_clients_that_waited_for_room_are_served_when_all_others_leave_at_once(started):
    upstream = Upstream(echo)
    few = ["prlimit", "--nofile=200:200"]
    router = Router(within=few, ENGINE_E_HOST=upstream.host, THREADS="1", PATH="/usr/bin:/bin")
    started.extend([router, upstream])
    for _ in range(5):
        idle = [socket.create_connection(router.address) for _ in range(100)]
        waiting = socket.create_connection(router.address, timeout=60)
        waiting.sendall(b"GET /e/x HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n")
        router.process.send_signal(signal.SIGSTOP)  # so that it sees all of it as one
        for connection in idle:
            connection.close()
        router.process.send_signal(signal.SIGCONT)
        assert waiting.recv(65536).startswith(b"HTTP/1.1 200")
        waiting.close()


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 8192, reason="few descriptors")
def test_thousands_of_idle_connections_hold_up_nobody(started):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, hard))
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    idle = [socket.create_connection(router.address, timeout=60) for _ in range(3000)]
    for number in range(0, 3000, 2):
        idle[number].sendall(b"GET /e/x HTTP/1.1\r\nHo")
    assert status(router, "/e/x") == 200
    for connection in idle:
        connection.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert status(router, "/e/x") == 200


def test_a_head_or_a_body_that_drips_is_cut_off(started):
    """By the measure of Apache's mod_reqtimeout: 40 s for a head, 500 bytes/s for a body after 20 s."""
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    head = socket.create_connection(router.address)
    body = socket.create_connection(router.address)
    head.sendall(b"GET /e/x HTTP/1.1\r\nHost: r\r\nX: ")
    body.sendall(b"POST /e/x HTTP/1.1\r\nHost: r\r\nContent-Length: 99999\r\n\r\n")
    open_ones = {head, body}

    def drip():
        for connection in list(open_ones):
            try:
                connection.sendall(b"y")
            except OSError:
                open_ones.discard(connection)
        time.sleep(0.5)
        return not open_ones

    deadline = time.monotonic() + 120
    while not drip():
        assert time.monotonic() < deadline
    assert "its request's head comes too slowly" in router.log
    assert "its request's body comes too slowly" in router.log
    assert status(router, "/e/x") == 200
