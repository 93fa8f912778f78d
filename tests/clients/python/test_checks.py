"""The test of a connection, against engines that are odd. tests/clients/test_cases.py has the guide's."""

import json

import pytest
from certificates import make_certificate
from standpy_client import Engine

INFO = {"environment": "example", "max_requests": None, "timeout": 5, "version": "1.0.0", "worker_uptime": 1, "workers": 1}


def info(**changed):
    return {"text": json.dumps(INFO | changed), "headers": {"Content-Type": "application/json"}}


def printed(text):
    report = {"outputs": [], "stdout": text, "stderr": ""}
    return {"report": report}


def steps(server):
    check = Engine(server.endpoint, wait=0).check()
    return check, {step.name: step for step in check.steps}


def test_all_is_well(serve):
    check, found = steps(serve(info(), printed("StandPy testing:\n/opt/coding-shared/envs/example\n")))
    assert check.ok and bool(check.ok)
    assert found["environment"].text == "/opt/coding-shared/envs/example"
    assert str(check).splitlines()[3] == "engine       ok      version 1.0.0, 1 worker, scripts may run for 5 s"


def test_an_engine_of_another_version(serve):
    check, found = steps(serve(info(version="2.0.0"), printed("StandPy testing:\nexample\n")))
    assert not check.ok
    assert "pip install --upgrade" in found["engine"].text


@pytest.mark.parametrize(
    "answer, says",
    [
        (printed("StandPy testing:\n/usr\n"), "it should be example, but sys.prefix is /usr"),
        (printed("something else\n"), "printed 'something else"),
        ({"status": 422, "problem": {"title": "Failed", "detail": "no memory"}}, "No memory"),
        ({"status": 503, "problem": {"type": "urn:standpy:problem:unavailable", "detail": "full"}}, "no script ran"),
        ({"hang_up": True}, "may have run"),
    ],
)
def test_an_environment_that_is_not_as_it_should_be(serve, answer, says):
    check, found = steps(serve(info(), answer))
    assert (check.ok, found["engine"].ok, found["environment"].ok) == (False, True, False)
    assert says in found["environment"].text


@pytest.mark.parametrize(
    "answer",
    [
        {"text": "<html><title>It works!</title>", "headers": {"Content-Type": "text/html"}},
        {"text": "{}", "headers": {"Content-Type": "application/json"}},
        {"raw": "220 mail ready\r\n"},
        {"hang_up": True},
    ],
)
def test_something_that_is_no_standpy(serve, answer):
    check, found = steps(serve(answer))
    assert [step.ok for step in check.steps] == [True, False, None, None, None]
    assert not check.ok


def test_an_unknown_authority_from_a_shell(client, serve, tmp_path):
    import os
    import subprocess

    certificate = make_certificate(tmp_path, "own", authority=True)
    server = serve(info(), printed("StandPy testing:\nexample\n"), certificate=certificate)
    environment = os.environ | {"STANDPY_ENDPOINT": server.endpoint}

    def run(*arguments, **variables):
        done = subprocess.run([*client, "check", *arguments], env=environment | variables, capture_output=True, text=True)
        return done.returncode, done.stdout

    status, out = run()
    assert (status, "--cacert" in out) == (5, True)
    assert run("--cacert", certificate["TLS_CERT"])[0] == 0
    server.heads.clear()
    assert run(STANDPY_CACERT=certificate["TLS_CERT"])[0] == 0
