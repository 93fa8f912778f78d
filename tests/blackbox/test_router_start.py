"""What the router says at its start, and of hosts that are not there."""

import pytest
import requests
from client import wait_until
from router_process import Router, Upstream, echo
from test_router_operations import Configured, service_link, status
from test_router_replicas import Replica, metrics, up


def test_each_engine_has_a_line_with_its_path_hosts_and_whether_it_is_open(started):
    router = Router(
        ENGINE_EXAMPLE_TESTING_HOST="localhost,[::1]:81",
        ENGINE_EXAMPLE_PRODUCTION_HOST="127.0.0.1",
        ENGINE_EXAMPLE_PRODUCTION_TOKEN="secret",
    )
    started.append(router)
    lines = router.log.splitlines()
    for line in (
        "engine example_testing: path=/example_testing hosts=localhost:8080,::1:81 open",
        "engine example_production: path=/example_production hosts=127.0.0.1:8080 token",
    ):
        assert f"standpy-router: {line}" in lines
    assert "secret" not in router.log


def test_a_host_that_does_not_resolve_has_a_line_at_once_and_a_sample(started):
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=f"nothing.invalid,{upstream.host}")
    started.extend([router, upstream])
    assert "engine e: its host nothing.invalid does not resolve: " in router.log
    wait_until(lambda: up(router, upstream))
    sample = 'standpy_router_replica_up{engine="e",replica="nothing.invalid:8080"} 0'
    assert sample in metrics(router)
    assert router.log.count("does not resolve") == 1
    assert status(router, "/e/x") == 200


def test_a_host_that_resolves_again_has_a_line(started, tmp_path):
    """By a reload, which stands for a name server that comes to know it."""
    upstream = Upstream(echo)
    names = {"ENGINE_E_HOST": f"nothing.invalid,{upstream.host}"}
    router = Configured(tmp_path / "config", names)
    started.extend([router, upstream])
    router.reload({"ENGINE_E_HOST": upstream.host})
    assert 'replica="nothing.invalid' not in metrics(router)


def test_a_replica_that_does_not_answer_has_a_line_at_once_and_when_it_does(started):
    replica = Replica("there", workers=1)
    replica.stop()
    router = Router(ENGINE_E_HOST=replica.host)
    started.append(router)
    router.wait_for_log(f"engine e: replica {replica.host} is down")
    assert f'replica_up{{engine="e",replica="{replica.host}"}} 0' in metrics(router)
    again = Replica("again", workers=1, port=replica.port)
    started.append(again)
    router.wait_for_log(f"engine e: replica {replica.host} is up again")


def test_the_line_of_a_reload_counts_engines_and_tokens(started, tmp_path):
    upstream = Upstream(echo)
    one = {"ENGINE_E_HOST": upstream.host, "ENGINE_E_TOKEN": "a"}
    router = Configured(tmp_path / "config", one)
    started.extend([router, upstream])
    assert router.reload().endswith("read again, 1 engine, 1 token")
    more = {"ENGINE_E_TOKEN": "a,b", "ENGINE_F_HOST": upstream.host, "ENGINE_F_TOKEN": "c"}
    assert router.reload(one | more).endswith("read again, 2 engines, 3 tokens")


def test_what_kubernetes_sets_for_a_service_of_an_engines_name_stops_nothing(started):
    upstream = Upstream(echo)
    router = Router(ENGINE_A_HOST=upstream.host, **service_link("ENGINE_A", "127.0.0.1:1"))
    started.extend([router, upstream])
    assert requests.get(router.url + "/a/x", timeout=60).status_code == 200


@pytest.mark.parametrize("missing", ["ENGINE_A_SERVICE_HOST", "ENGINE_A_SERVICE_PORT", "ENGINE_A_PORT"])
def test_half_of_what_kubernetes_sets_is_a_mistake(missing):
    links = service_link("ENGINE_A", "127.0.0.1:1")
    del links[missing]
    with pytest.raises(RuntimeError, match="is not the name of a setting of the engine a"):
        Router(ENGINE_A_HOST="127.0.0.1:1", **links)


def test_a_mistake_in_a_name_changes_nothing_at_a_reload_either(started, tmp_path):
    upstream = Upstream(echo)
    good = {"ENGINE_E_HOST": upstream.host}
    router = Configured(tmp_path / "config", good, ENGINE_F_TOKNE="x")
    started.extend([router, upstream])
    assert "warning: ENGINE_F_TOKNE is not the name of a setting" in router.log
    line = router.reload(good | {"ENGINE_F_HOST": upstream.host})
    assert "nothing is changed: ENGINE_F_TOKNE is not the name of a setting of the engine f" in line
    assert (status(router, "/e/x"), status(router, "/f/x")) == (200, 404)
