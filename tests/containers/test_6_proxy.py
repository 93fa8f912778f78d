"""External access: compose/.env and the proxy of compose/docker-compose.yml."""

import json

from deployment import ROOT, TOKEN, docker, inspect

OFF = """\
# To enable standpy external access use this value as STANDPY_BACKEND
# STANDPY_BACKEND=http://standpy-router/
STANDPY_BACKEND=http://standpy-is-not-enabled-by-default
STANDPY_URL_SUFFIX=/standpy
"""
ON = """\
# To enable standpy external access use this value as STANDPY_BACKEND
STANDPY_BACKEND=http://standpy-router/
# STANDPY_BACKEND=http://standpy-is-not-enabled-by-default
STANDPY_URL_SUFFIX=/standpy
"""


def test_env_has_the_guides_block_and_external_access_is_off():
    assert OFF in (ROOT / "compose/.env").read_text()


def test_the_proxy_does_not_start_by_default(deployment):
    assert deployment.containers("standpy-router")
    assert not deployment.containers("proxy")


def test_by_default_the_proxy_forwards_nothing_and_says_so(proxy):
    ask = proxy((ROOT / "compose/.env").read_text())
    for path in ("/standpy/example_testing/info", "/standpy/", "/standpy/example_production/healthz"):
        status, body = ask(path)
        assert status == 404
        assert "StandPy is not enabled for external access" in body


def test_switched_on_as_the_guide_says_info_and_tokens_work_from_outside(proxy):
    ask = proxy((ROOT / "compose/.env").read_text().replace(OFF, ON))
    status, body = ask("/standpy/example_testing/info")
    assert (status, json.loads(body)["environment"]) == (200, "example-project-environment")
    assert ask("/standpy/example_production/info")[0] == 401
    status, body = ask("/standpy/example_production/info", Authorization=f"Bearer {TOKEN}")
    assert (status, json.loads(body)["workers"]) == (200, 4)
    assert ask("/example_testing/info")[0] == 404
    for path in ("/metrics", "/readyz", "/healthz", "//metrics", "/%6detrics"):
        assert ask("/standpy" + path)[0] == 404


def test_the_proxy_is_confined_as_the_others_are(deployment, proxy):
    proxy((ROOT / "compose/.env").read_text())
    container = deployment.container("proxy")
    host = inspect(container)["HostConfig"]
    assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert "Uid:\t10001" in docker("exec", container, "cat", "/proc/1/status")
