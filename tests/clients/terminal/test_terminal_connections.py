"""Connections by name, tokens that nobody sees, and authorities of certificates."""

import json
import os

import pytest
from certificates import make_certificate
from conftest import TOKEN
from terminal import Measured, run

OK = {
    "report": {"outputs": [{"type": "value"}], "stdout": "", "stderr": ""},
    "parts": [["application/json", "1"]],
}


@pytest.fixture
def connections(tmp_path, router):
    """Writes connections.json."""

    def write(mode=0o600, **described):
        folder = tmp_path / ".config/standpy"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "connections.json").write_text(json.dumps(described))
        (folder / "connections.json").chmod(mode)

    (tmp_path / "production.token").write_text(TOKEN + "\n")
    write(
        production={"endpoint": f"{router.url}/example_production", "token_file": "~/production.token"},
        testing={"endpoint": f"{router.url}/example_testing"},
    )
    return write


def test_a_connection_by_name(connections, tmp_path):
    status, out, _ = run(tmp_path, "check", "-c", "production", STANDPY_ENDPOINT="http://127.0.0.1:1")
    assert (status, b"accepted" in out) == (0, True)
    status, out, _ = run(tmp_path, "check", "--connection", "testing")
    assert (status, b"none given, none needed" in out) == (0, True)


def test_a_name_that_there_is_not(connections, tmp_path):
    status, _, err = run(tmp_path, "check", "-c", "prodcution")
    assert status == 2
    assert "there is no connection 'prodcution'" in err and "there is production, testing" in err


def test_a_token_that_others_may_read(connections, tmp_path):
    connections(0o644, production={"endpoint": "http://127.0.0.1:1/e", "token": "hidden1"})
    status, out, err = run(tmp_path, "check", "-c", "production")
    assert (status, "chmod 600" in err) == (2, True)
    assert "hidden1" not in out.decode() + err


@pytest.mark.parametrize("command", [["run", "script.py"], ["run", "--json", "--raw", "script.py"], ["check"], ["info"]])
@pytest.mark.parametrize("engine_name", ["example_production", "example_testing", "none", "down"])
def test_a_token_is_in_no_output(router, script, tmp_path, command, engine_name):
    script("def rm_main():\n    return 1\n")
    for token in (TOKEN, "mistaken-hidden1"):
        endpoint = f"{router.url}/{engine_name}"
        wait = ["--wait", "0"]
        _, out, err = run(tmp_path, command[0], *wait, *command[1:], STANDPY_ENDPOINT=endpoint, STANDPY_TOKEN=token)
        assert token not in out.decode() + err


def test_a_token_is_in_no_argument(router, script, tmp_path):
    script("import time\ndef rm_main():\n    time.sleep(1)\n")
    (tmp_path / "token").write_text(TOKEN)
    started = Measured(
        tmp_path, "run", "--token-file", "token", "script.py", STANDPY_ENDPOINT=f"{router.url}/example_production"
    )
    assert started.end()[0] == 0
    assert started.command_lines and not any(TOKEN.encode() in line for line in started.command_lines)
    for option in ("--token", "--token=x"):
        assert run(tmp_path, "run", option, "x", "script.py", STANDPY_ENDPOINT="http://127.0.0.1:1")[0] == 2


def test_a_token_goes_to_no_other_host(serve, script, tmp_path):
    script("def rm_main():\n    return 1\n")
    other = serve(OK)
    first = serve({"status": 307, "headers": {"Location": other.endpoint}, "text": ""})
    status, _, err = run(tmp_path, "run", "script.py", STANDPY_ENDPOINT=first.endpoint, STANDPY_TOKEN="hidden1")
    assert (status, other.requests, other.endpoint in err) == (5, 0, True)
    assert "Authorization: Bearer hidden1" in first.heads[0]


def test_what_others_configure_has_no_effect(serve, script, tmp_path):
    script("def rm_main():\n    return 1\n")
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password hidden1\n")
    (tmp_path / ".netrc").chmod(0o600)
    (tmp_path / ".curlrc").write_text("proxy = http://127.0.0.1:1\n")
    server, proxy = serve(OK), "http://127.0.0.1:1"
    status, _, err = run(
        tmp_path, "run", "script.py", STANDPY_ENDPOINT=server.endpoint, http_proxy=proxy, HTTP_PROXY=proxy, ALL_PROXY=proxy
    )
    assert (status, err) == (0, "")
    assert "Authorization" not in server.heads[0]


def test_an_unknown_authority_is_named(serve, script, tmp_path):
    script("def rm_main():\n    return 1\n")
    certificate = make_certificate(tmp_path, "own", authority=True)
    server = serve(OK, certificate=certificate)
    status, out, err = run(tmp_path, "run", "script.py", STANDPY_ENDPOINT=server.endpoint, STANDPY_TOKEN="hidden1")
    assert (status, out, server.requests) == (5, b"", 0)
    assert "--cacert" in err and "authority" in err
    options = ["--cacert", certificate["TLS_CERT"]]
    assert run(tmp_path, "run", *options, "script.py", STANDPY_ENDPOINT=server.endpoint) == (0, b"1\n", "")
    variables = {"STANDPY_ENDPOINT": server.endpoint, "STANDPY_CACERT": certificate["TLS_CERT"]}
    assert run(tmp_path, "run", "script.py", **variables) == (0, b"1\n", "")


def test_a_certificate_of_another_host(serve, script, tmp_path):
    script("def rm_main():\n    return 1\n")
    certificate = make_certificate(tmp_path, "own", authority=True, address="192.0.2.1")
    server = serve(OK, certificate=certificate)
    status, _, err = run(
        tmp_path, "run", "--cacert", certificate["TLS_CERT"], "script.py", STANDPY_ENDPOINT=server.endpoint
    )
    assert (status, server.requests) == (5, 0)
    assert "127.0.0.1" in err


def test_a_file_of_authorities_that_is_none(script, tmp_path):
    script("def rm_main():\n    return 1\n")
    for name in ("none", "script.py"):
        status, _, err = run(tmp_path, "run", "--cacert", name, "script.py", STANDPY_ENDPOINT="https://127.0.0.1:1")
        assert (status, name in err) == (2, True), err


def test_http_where_https_is_spoken(serve, script, tmp_path):
    script("def rm_main():\n    return 1\n")
    plain = serve(OK)
    status, _, err = run(tmp_path, "run", "script.py", STANDPY_ENDPOINT=plain.endpoint.replace("http:", "https:"))
    assert (status, plain.requests) == (5, 0)
    assert err.startswith("SEVERE: ")
    assert os.listdir(tmp_path) == ["script.py"]
