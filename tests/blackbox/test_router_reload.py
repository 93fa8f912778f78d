"""SIGHUP: the router reads its settings again, and nobody loses a request."""

import os
import socket

import pytest
from client import wait_until
from router_client import ask, ask_in_background, metrics, status, up
from router_process import Configured, Replica, Upstream, echo


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


def test_a_mistake_in_a_name_changes_nothing_at_a_reload_either(started, tmp_path):
    upstream = Upstream(echo)
    good = {"ENGINE_E_HOST": upstream.host}
    router = Configured(tmp_path / "config", good, ENGINE_F_TOKNE="x")
    started.extend([router, upstream])
    assert "warning: ENGINE_F_TOKNE is not the name of a setting" in router.log
    line = router.reload(good | {"ENGINE_F_HOST": upstream.host})
    assert "nothing is changed: ENGINE_F_TOKNE is not the name of a setting of the engine f" in line
    assert (status(router, "/e/x"), status(router, "/f/x")) == (200, 404)


def test_the_line_of_a_reload_counts_engines_and_tokens(started, tmp_path):
    upstream = Upstream(echo)
    one = {"ENGINE_E_HOST": upstream.host, "ENGINE_E_TOKEN": "a"}
    router = Configured(tmp_path / "config", one)
    started.extend([router, upstream])
    assert router.reload().endswith("read again, 1 engine, 1 token")
    more = {"ENGINE_E_TOKEN": "a,b", "ENGINE_F_HOST": upstream.host, "ENGINE_F_TOKEN": "c"}
    assert router.reload(one | more).endswith("read again, 2 engines, 3 tokens")
