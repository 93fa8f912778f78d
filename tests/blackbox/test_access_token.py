"""An engine's own token: neighbours and direct clients do not get in without it."""

import os
import pathlib
import signal
import subprocess

import pytest
import requests
from client import assert_problem, execute, outputs, value, wait_until
from engine_process import Engine
from inventory import front_of
from router_client import bearer
from router_process import ROUTER, Router, Upstream, echo
from script_texts import ALIVE

TOKEN = "s3cret-of-the-engine"


@pytest.fixture
def guarded(started):
    """An engine with a token, and a router that has it."""
    engine = Engine(ACCESS_TOKEN=TOKEN)
    started.append(engine)
    router = Router(
        ENGINE_E_HOST=engine.host,
        ENGINE_E_UPSTREAM_TOKEN=TOKEN,
        ENGINE_E_TOKEN="of-the-clients",
    )
    started.append(router)
    return engine, router


@pytest.mark.parametrize("path", ["/info", "/metrics", "/nothing", "/execute"])
@pytest.mark.parametrize("headers", [{}, bearer("wrong"), {"Authorization": "Basic " + TOKEN}])
def test_nothing_but_health_is_open_without_the_token(guarded, path, headers):
    engine, _ = guarded
    answer = requests.get(engine.endpoint + path, headers=headers, timeout=60)
    assert_problem(answer, 401, "unauthorized", "wrong" if headers else "wants a token")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert requests.get(engine.endpoint + "/healthz", timeout=60).status_code == 200


def test_a_script_runs_with_the_token_only(guarded):
    engine, _ = guarded
    assert_problem(execute(engine.endpoint, ALIVE), 401, "unauthorized")
    answer = execute(engine.endpoint, ALIVE, headers=bearer(TOKEN))
    assert outputs(answer) == [value("alive")]


def test_a_body_that_nobody_lets_in_is_not_read(guarded):
    engine, _ = guarded
    answer = requests.post(engine.endpoint + "/execute", data=b"x" * 50_000_000, timeout=60)
    assert_problem(answer, 401, "unauthorized")


def test_the_router_sends_the_engines_token_and_never_the_clients(guarded):
    _, router = guarded
    answer = execute(router.url + "/e", ALIVE, headers=bearer("of-the-clients"))
    assert outputs(answer) == [value("alive")]
    info = requests.get(router.url + "/e/info", headers=bearer("of-the-clients"), timeout=60)
    assert info.json()["workers"] == 1
    assert execute(router.url + "/e", ALIVE, headers=bearer(TOKEN)).status_code == 401
    assert TOKEN not in router.log and "of-the-clients" not in router.log


def test_a_router_without_the_engines_token_says_so_and_blames_no_client(started):
    engine = Engine(ACCESS_TOKEN=TOKEN)
    router = Router(ENGINE_E_HOST=engine.host, ENGINE_E_UPSTREAM_TOKEN="old")
    started.extend([engine, router])
    router.wait_for_log("is down: it refuses the router's token")
    problem = assert_problem(
        execute(router.url + "/e", ALIVE), 502, "engine-unreachable", "ENGINE_<NAME>_UPSTREAM_TOKEN"
    )
    assert TOKEN not in problem["detail"]
    assert requests.get(router.url + "/readyz", timeout=60).status_code == 503


def test_what_a_client_sends_as_its_token_goes_to_no_engine(started):
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host, ENGINE_E_UPSTREAM_TOKEN="one,two")
    started.extend([router, upstream])
    seen = requests.get(router.url + "/e/x", headers=bearer("mine"), timeout=60).text
    assert "Authorization: Bearer one" in seen and "mine" not in seen


def test_scripts_never_see_the_token(started):
    script = """
import glob, os
def rm_main():
    found = [name for name, text in os.environ.items() if %r in text]
    for path in glob.glob('/proc/[0-9]*/environ'):
        try:
            found += [path] if %r in open(path, 'rb').read().decode('latin-1') else []
        except OSError:
            pass
    return found
""" % (TOKEN, TOKEN)
    for sandbox in ("auto", "off"):
        engine = Engine(ACCESS_TOKEN=TOKEN, SANDBOX=sandbox)
        started.append(engine)
        assert outputs(execute(engine.endpoint, script, headers=bearer(TOKEN))) == [value([])]


def test_tokens_of_a_folder_are_rotated_by_a_reload(started, tmp_path):
    """A folder and no file: what is mounted as a file stays the old one."""
    tmp_path.chmod(0o755)
    (tmp_path / "token").write_text("old\n")
    (tmp_path / "..data").write_text("not this one")
    engine = Engine(ACCESS_TOKEN_FILE=str(tmp_path))
    started.append(engine)

    def statuses(*tokens):
        return [execute(engine.endpoint, ALIVE, headers=bearer(token)).status_code for token in tokens]

    def reload():
        before = front_of(engine)
        engine.process.send_signal(signal.SIGHUP)
        wait_until(lambda: has_other_front(engine, before))

    assert statuses("old", "new", "not this one") == [200, 401, 401]
    (tmp_path / "replacement").write_text("new\nold\n")
    (tmp_path / "replacement").rename(tmp_path / "token")
    reload()
    assert statuses("old", "new") == [200, 200]
    (tmp_path / "token").write_text("new\n")
    reload()
    assert statuses("old", "new") == [401, 200]


def test_a_reload_does_not_open_the_engine(started):
    engine = Engine(ACCESS_TOKEN=TOKEN)
    started.append(engine)
    for _ in range(2):
        before = front_of(engine)
        engine.process.send_signal(signal.SIGHUP)
        wait_until(lambda: has_other_front(engine, before))
        assert execute(engine.endpoint, ALIVE).status_code == 401
        assert execute(engine.endpoint, ALIVE, headers=bearer(TOKEN)).status_code == 200


def has_other_front(engine, before):
    try:
        return front_of(engine) != before
    except (ValueError, OSError):
        return False


def test_an_engine_says_whether_it_is_open(started):
    engine, closed = Engine(), Engine(ACCESS_TOKEN="one,two")
    started.extend([engine, closed])
    assert "no ACCESS_TOKEN: whoever reaches this engine can run scripts on it" in engine.log
    assert "requests need a token, ACCESS_TOKEN has 2" in closed.log


def test_a_token_is_asked_for_whatever_the_ini_says(started):
    """One that was made before there were tokens must not leave the engine open."""
    engine = Engine("--plugin", "standpy", "--master", ACCESS_TOKEN=TOKEN)
    started.append(engine)
    assert execute(engine.endpoint, ALIVE).status_code == 401


def test_tokens_of_all_files_of_a_folder_open(started, tmp_path):
    for name, text in {"a": "one\n", "b": "two,three", ".hidden": "four"}.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "folder").mkdir()
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host, ENGINE_E_TOKEN_FILE=str(tmp_path))
    started.extend([router, upstream])
    got = [
        requests.get(router.url + "/e/x", headers=bearer(token), timeout=60).status_code
        for token in ("one", "two", "three", "four")
    ]
    assert got == [200, 200, 200, 401]


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_a_secret_that_may_not_be_read_says_who_may_not(tmp_path):
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(0o755)
    secret = pathlib.Path(tmp_path / "secret")
    secret.write_text("x")
    secret.chmod(0o600)
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--clear-groups", ROUTER],
        env={"ENGINE_A_HOST": "a", "ENGINE_A_TOKEN_FILE": str(secret)},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode != 0
    line = f"ENGINE_A_TOKEN_FILE={secret}: user 65534 may not read it: Permission denied"
    assert line in done.stderr
