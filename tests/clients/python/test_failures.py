"""What goes wrong, and whether it is sent again. tests/clients/test_cases.py has what users of the command line see."""

import socket
import threading
import time

import pytest
from certificates import make_certificate
from fake_server import bytes_of
from standpy_client import Busy, Deadline, Engine, Error, Refused, ScriptError, Unreachable

ONE = "def rm_main(*inputs):\n    return 1\n"
OK = {
    "report": {"outputs": [{"type": "value", "media_type": "application/json"}], "stdout": "", "stderr": ""},
    "parts": [["application/json", "1"]],
}
BUSY = {
    "status": 503,
    "problem": {"type": "urn:standpy:problem:unavailable", "detail": "every worker is busy"},
    "headers": {"Retry-After": "1"},
}


def test_a_script_error_has_all_that_the_engine_says(engine):
    text = "import sys\n\ndef rm_main():\n    print('out')\n    print('err', file=sys.stderr)\n    return int('n/a')\n"
    with pytest.raises(ScriptError) as raised:
        Engine(engine.endpoint).run(text)
    error = raised.value
    assert (error.phase, error.line, error.kind) == ("run", 6, "ValueError")
    assert (error.stdout, error.stderr, error.title) == ("out\n", "err\n", "Failed to run the Python script")
    assert error.traceback.startswith("Traceback (most recent call last):\n  Script, line 6, in rm_main\nValueError")
    assert str(error) == (
        "Failed to run the Python script\nTraceback (most recent call last):\n  Script, line 6, in rm_main\n"
        "    return int('n/a')\nValueError: invalid literal for int() with base 10: 'n/a'"
    )
    assert len(error.request_id) == 32


def test_a_deadline_shows_where_the_script_was_stuck(engine):
    text = "import time\ndef rm_main():\n    print('before')\n    time.sleep(60)\n"
    with pytest.raises(Deadline) as raised:
        Engine(engine.endpoint).run(text, timeout=0.5)
    assert "Script, line 4, in rm_main\n    time.sleep(60)" in str(raised.value)
    assert raised.value.stdout == "before\n"


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_a_timeout_must_be_above_zero(engine, timeout):
    with pytest.raises(ValueError, match="timeout"):
        Engine(engine.endpoint).run(ONE, timeout=timeout)


def test_a_dead_process_is_a_script_error(engine):
    with pytest.raises(ScriptError, match="gave no answer"):
        Engine(engine.endpoint).run("import os\ndef rm_main():\n    os._exit(3)\n")


def test_every_error_is_one_of_the_package(router):
    with pytest.raises(Refused, match="wants a token"):
        Engine(f"{router.url}/example_production", "mistaken").run(ONE)
    with pytest.raises(Error, match="no engine"):
        Engine(f"{router.url}/none").info()
    assert "secret" not in repr(Engine(f"{router.url}/example_production", "secret"))


def test_info(router):
    info = Engine(f"{router.url}/example_production", "secrettoken").info()
    assert (info.workers, info.timeout, info.version) == (2, 60, "1.0.0")


def test_info_of_something_else_is_none(serve):
    for answer in ({"text": "<html>", "headers": {"Content-Type": "text/html"}}, {"text": "{}", "headers": {"Content-Type": "application/json"}}):
        with pytest.raises(Unreachable, match="endpoint"):
            Engine(serve(answer).endpoint).info()


# Kept connections


def test_connections_are_kept(serve):
    server = serve(OK)
    remote = Engine(server.endpoint)
    for _ in range(3):
        remote.run(ONE)
    assert (server.connections, server.requests) == (1, 3)


def test_connections_are_kept_after_problems(serve):
    problem = {"status": 422, "problem": {"type": "urn:standpy:problem:script-failed", "detail": "no"}}
    server = serve(problem, problem, OK)
    remote = Engine(server.endpoint)
    for _ in range(2):
        with pytest.raises(ScriptError):
            remote.run(ONE)
    assert remote.run(ONE).value == 1
    assert (server.connections, server.requests) == (1, 3)


def test_a_connection_that_was_closed_meanwhile_is_replaced(serve):
    server = serve({"cut": 10_000, **OK})  # it closes after each answer
    remote = Engine(server.endpoint)
    for _ in range(3):
        remote.run(ONE)
        time.sleep(0.05)
    assert (server.connections, server.requests) == (3, 3)


def test_a_request_that_a_kept_connection_took_is_not_sent_again(serve):
    server = serve(OK, {"hang_up": True}, OK)
    remote = Engine(server.endpoint)
    remote.run(ONE)
    with pytest.raises(Unreachable, match="not repeated") as raised:
        remote.run(ONE)
    assert raised.value.may_have_run
    assert server.requests == 2


def test_what_a_kept_connection_did_not_take_is_sent_again(serve, tmp_path):
    """The other side closes while the body is on its way, so the script cannot have run."""
    (tmp_path / "large").write_bytes(bytes(30_000_000))
    server = serve(OK, {"early": True, "hang_up": True}, OK)
    remote = Engine(server.endpoint, keep=False)
    remote.run(ONE)
    assert remote.run(ONE, tmp_path / "large").value == 1
    assert server.requests == 3


def test_info_may_be_asked_again(serve):
    answer = {"text": '{"environment": "e", "max_requests": null, "timeout": 5, "version": "1.0.0", "worker_uptime": 1, "workers": 1}', "headers": {"Content-Type": "application/json"}}
    server = serve(answer, {"hang_up": True}, answer)
    remote = Engine(server.endpoint)
    remote.info()
    assert remote.info().workers == 1


def test_a_forked_process_has_connections_of_its_own(engine):
    import os

    remote = Engine(engine.endpoint)
    assert remote.run(ONE).value == 1
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if remote.run("def rm_main():\n    return 2\n").value == 2 else 1
        finally:
            os._exit(status)
    values = {remote.run(ONE).value for _ in range(20)}
    assert os.waitpid(child, 0)[1] == 0
    assert values == {1}


def test_threads_share_an_engine(engine):
    remote = Engine(engine.endpoint)
    wrong = []

    def work(number):
        for _ in range(20):
            if remote.run("def rm_main(n):\n    return n\n", number).value != number:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# Waits and repeats


def test_busy_says_when_to_come_again(serve):
    server = serve(BUSY)
    with pytest.raises(Busy) as raised:
        Engine(server.endpoint, wait=0).run(ONE)
    assert raised.value.retry_after == 1


def test_inputs_that_were_read_are_sent_in_full_again(serve, tmp_path):
    (tmp_path / "input").write_bytes(b"x" * 300_000)
    server = serve(BUSY, OK)
    with open(tmp_path / "input", "rb") as file:
        assert Engine(server.endpoint).run(ONE, file).value == 1
    assert [body.count(b"x" * 300_000) for body in server.bodies] == [1, 1]


def test_what_can_be_read_once_is_sent_in_full_again(serve):
    import io
    import os

    end, begin = os.pipe()
    os.write(begin, b"x" * 1000)
    os.close(begin)
    server = serve(BUSY, OK)
    with open(end, "rb") as pipe:
        assert Engine(server.endpoint).run(ONE, pipe, io.BytesIO(b"y" * 1000)).value == 1
    for letter in (b"x", b"y"):
        assert [body.count(letter * 1000) for body in server.bodies] == [1, 1]


def test_a_path_without_a_size_is_refused(serve, tmp_path):
    import os

    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="no regular file"):
        Engine(serve(OK).endpoint).run(ONE, tmp_path / "pipe")


# Bounds


def test_a_slow_answer_is_given_up(serve):
    def trickle(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=x\r\nContent-Length: 9000\r\n\r\n--x")
        while True:
            time.sleep(0.1)
            connection.sendall(b" ")

    began = time.monotonic()
    with pytest.raises(Unreachable, match="slower than") as raised:
        Engine(serve({"act": trickle}).endpoint, patience=1).run(ONE)
    assert raised.value.may_have_run
    assert time.monotonic() - began < 30


def test_an_answer_that_stops_is_given_up(serve):
    def stop(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=x\r\nContent-Length: 9000\r\n\r\n--x")
        time.sleep(30)

    with pytest.raises(Unreachable, match="nothing came for 0.5 s"):
        Engine(serve({"act": stop}).endpoint, patience=0.5).run(ONE)


def test_an_engine_that_never_answers_is_given_up(serve):
    with pytest.raises(Unreachable, match=r"nothing came for 0.5 s.*may have run"):
        Engine(serve({"act": lambda connection: time.sleep(30)}).endpoint, patience=0.5).run(ONE)


def test_a_script_may_take_the_time_that_the_call_gives_it(serve):
    def late(connection):
        time.sleep(1.5)
        connection.sendall(bytes_of(OK))

    remote = Engine(serve({"act": late}).endpoint, patience=0.5)
    with pytest.raises(Unreachable, match="nothing came for 0.5 s"):
        remote.run(ONE)
    assert remote.run(ONE, timeout=5).value == 1


def test_an_engine_that_takes_nothing_is_given_up(tmp_path):
    (tmp_path / "large").write_bytes(bytes(30_000_000))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(Unreachable, match="did not run"):
            Engine(endpoint, patience=0.5, keep=False).run(ONE, tmp_path / "large")


def test_an_endless_answer_is_bounded(serve):
    def pour(connection):
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        head = b"--x\r\nContent-Type: application/json\r\nContent-Length: 45\r\n\r\n"
        head += b'{"outputs": [{"type": "file"}], "stdout": ""}\r\n--x\r\nContent-Type: a/b\r\nContent-Length: 99999999999\r\n\r\n'
        connection.sendall(b"%x\r\n%s\r\n" % (len(head), head))
        while True:
            connection.sendall(b"10000\r\n" + bytes(65_536) + b"\r\n")

    with pytest.raises(Refused, match="answer_limit"):
        Engine(serve({"act": pour}).endpoint, answer_limit=20_000_000).run(ONE)


def test_a_length_that_is_a_lie_takes_no_memory(serve):
    import resource

    raw = "HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=x\r\nContent-Length: 4000000000\r\n\r\n"
    raw += '--x\r\nContent-Type: application/json\r\nContent-Length: 46\r\n\r\n{"outputs": [{"type": "value"}], "stdout": ""}\r\n'
    raw += "--x\r\nContent-Type: application/json\r\nContent-Length: 3900000000\r\n\r\n"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Unreachable, match="cut"):
        Engine(serve({"raw": raw}).endpoint).run(ONE)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_a_file_that_becomes_shorter_while_it_is_sent(engine, tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_bytes(bytes(30_000_000))
    from standpy_client import inputs

    right = inputs.path_piece
    monkeypatch.setattr(inputs, "path_piece", lambda path: right(path)._replace(size=30_000_001))
    with pytest.raises(Refused, match=r"became shorter.*did not run"):
        Engine(engine.endpoint, keep=False).run(ONE, path)


def test_a_compressed_answer_was_not_asked_for(serve):
    with pytest.raises(Unreachable, match="gzip"):
        Engine(serve({**OK, "headers": {"Content-Encoding": "gzip"}}).endpoint).run(ONE)


@pytest.mark.parametrize("size", [1, 7, 100, 300_000])
def test_chunked_answers_are_read(serve, size):
    """Some proxies send them."""
    answer = {**OK, "parts": [["application/json", '"' + "x" * 400_000 + '"']]}
    body = bytes_of(answer).partition(b"\r\n\r\n")[2]
    if size < 100:
        body = bytes_of(OK).partition(b"\r\n\r\n")[2]
    chunks = b"".join(b"%X;x=y\r\n%s\r\n" % (len(body[i : i + size]), body[i : i + size]) for i in range(0, len(body), size))
    head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=mark\r\nTransfer-Encoding: chunked\r\n\r\n"
    server = serve({"act": lambda connection: connection.sendall(head + chunks + b"0\r\nTrailer: x\r\n\r\n")})
    remote = Engine(server.endpoint)
    for _ in range(2):
        assert remote.run(ONE).value in (1, "x" * 400_000)
    assert server.connections == 1


@pytest.mark.parametrize(
    "body, says",
    [
        (b"--other\r\n\r\n", "boundary"),
        (b"--x\r\nContent-Type: application/json\r\n\r\n{}", "no Content-Length"),
        (b"--x\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n{}", "no number"),
        (b'--x\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{"outputs": []} \r\n--x--\r\n', "longer than"),
        (b"--x\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n{}\r\n--x--\r\n", "begin with a report"),
        (b"--x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n", "cut"),
        (b"--x--\r\n", "begin with a report"),
        (b"", "cut"),
        (b"x" * 100_000, "cut"),
    ],
)
def test_multipart_that_is_none(serve, body, says):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=x\r\nContent-Length: %d\r\n\r\n" % len(body)
    with pytest.raises(Unreachable, match=says):
        Engine(serve({"act": lambda connection: connection.sendall(head + body)}).endpoint).run(ONE)


# TLS


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    made = {"own": make_certificate(folder, "own", authority=True)}
    make_certificate(folder, "authority", authority=True)
    made["issued"] = make_certificate(folder, "issued", issuer="authority")
    made["other host"] = make_certificate(folder, "other", issuer="authority", address="127.0.0.2")
    made["authority"] = str(folder / "authority.pem")
    return made


def test_an_unknown_authority_is_named_and_can_be_given(serve, certificates):
    for name, authority in (("own", certificates["own"]["TLS_CERT"]), ("issued", certificates["authority"])):
        server = serve(OK, certificate=certificates[name])
        with pytest.raises(Unreachable, match="authority that this machine does not know.*cacert") as raised:
            Engine(server.endpoint, "secrettoken").run(ONE)
        assert not raised.value.may_have_run
        assert server.requests == 0  # the token went nowhere
        remote = Engine(server.endpoint, "secrettoken", cacert=authority)
        assert [remote.run(ONE).value for _ in range(2)] == [1, 1]
        assert server.requests == 2


def test_a_certificate_of_another_host(serve, certificates):
    server = serve(OK, certificate=certificates["other host"])
    with pytest.raises(Unreachable, match="not valid"):
        Engine(server.endpoint, cacert=certificates["authority"]).run(ONE)


def test_tls_where_there_is_none_and_none_where_there_is(serve, certificates):
    plain, secure = serve(OK), serve(OK, certificate=certificates["own"])
    with pytest.raises(Unreachable, match="begin with http://"):
        Engine(plain.endpoint.replace("http:", "https:"), connect_timeout=1).run(ONE)
    with pytest.raises(Unreachable):
        Engine(secure.endpoint.replace("https:", "http:")).run(ONE)


def test_large_bodies_pass_tls(serve, certificates, tmp_path):
    (tmp_path / "large").write_bytes(bytes(20_000_000))
    server = serve(OK, certificate=certificates["own"])
    remote = Engine(server.endpoint, cacert=certificates["own"]["TLS_CERT"], keep=False)
    assert remote.run(ONE, tmp_path / "large").value == 1
    assert len(server.bodies[0]) > 20_000_000


def test_an_authority_that_is_none(tmp_path):
    (tmp_path / "no.pem").write_text("nothing")
    with pytest.raises(ValueError, match="no file of certificates"):
        Engine("https://127.0.0.1:1/x", cacert=tmp_path / "no.pem")
    with pytest.raises(ValueError, match="there is no file"):
        Engine("https://127.0.0.1:1/x", cacert=tmp_path / "none.pem")
    with pytest.raises(ValueError, match="https"):
        Engine("http://127.0.0.1:1/x", cacert=tmp_path / "no.pem")
