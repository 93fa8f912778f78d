"""What the router says at its start, and of hosts that are not there."""

from client import wait_until
from router_client import metrics, status, up
from router_process import Configured, Replica, Router, Upstream, echo


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


def test_a_host_that_a_reload_takes_away_has_no_sample(started, tmp_path):
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
