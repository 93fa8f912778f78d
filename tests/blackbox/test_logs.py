"""LOG_LEVEL and LOG_FORMAT of engine and router."""

import json
import re

import pytest
import requests
from client import execute, wait_until
from engine_process import Engine
from router_process import Router, Upstream, echo

GOOD = "def rm_main(): return 1"
BAD = "def rm_main(): raise ValueError"
DIES = "import os\ndef rm_main(): os._exit(1)"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"


def exercise(url):
    """A probe, a script that runs, one that fails, one that dies; each has its id."""
    for number, path in enumerate(("/healthz", "/info", "/metrics")):
        requests.get(url + path, headers={"X-Request-Id": f"probe-{number}"}, timeout=60)
    for name, script in {"good": GOOD, "bad": BAD, "dies": DIES}.items():
        execute(url, script, headers={"X-Request-Id": name})


LEVELS = {
    "debug": {"probe", "good", "bad", "dies"},
    "info": {"good", "bad", "dies"},
    "warning": {"bad", "dies"},
    "error": {"dies"},
}


def logged(lines):
    lines = list(lines)
    return {name for name in LEVELS["debug"] for line in lines if f"id={name}" in line}


@pytest.mark.parametrize("level", LEVELS)
def test_an_engine_logs_the_requests_of_its_level(started, level):
    engine = Engine(LOG_LEVEL=level, PRELOAD="none")
    started.append(engine)
    exercise(engine.endpoint)
    wait_until(lambda: "id=dies" in engine.log)
    assert logged(line for line in engine.log.splitlines() if "request id=" in line) == LEVELS[level]


@pytest.mark.parametrize("level", LEVELS)
def test_a_router_logs_the_requests_of_its_level(started, level):
    engine = Engine(PRELOAD="none")
    router = Router(ENGINE_E_HOST=engine.host, LOG_LEVEL=level)
    started.extend([router, engine])
    exercise(router.url + "/e")
    router.wait_for_log("id=dies")
    assert logged(line for line in router.log.splitlines() if line.startswith("access ")) == LEVELS[level]


def test_a_probe_that_fails_has_a_line(started):
    router = Router(ENGINE_E_HOST="127.0.0.1:1", ENGINE_E_WAIT="0")
    started.append(router)
    assert requests.get(router.url + "/readyz", timeout=60).status_code == 503
    assert 'path="/readyz" status=503' in router.wait_for_log("status=503")


def test_probes_of_the_router_have_no_line_by_default(started):
    upstream = Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream])
    for path in ("/healthz", "/metrics", "/e/healthz", "/e/info", "/e/x"):
        requests.get(router.url + path, timeout=60)
    router.wait_for_log('path="/e/x"')
    assert [line for line in router.log.splitlines() if line.startswith("access ")] == [
        line for line in router.log.splitlines() if 'path="/e/x"' in line
    ]


def test_requests_of_an_engine_can_be_json(started):
    engine = Engine(LOG_FORMAT="json", PRELOAD="none")
    started.append(engine)
    execute(engine.endpoint, GOOD, headers={"X-Request-Id": "good"})
    requests.get(engine.endpoint + "/a\\b\"%0a", headers={"X-Request-Id": "odd"}, timeout=60)
    wait_until(lambda: '"odd"' in engine.log)
    lines = [json.loads(line) for line in engine.log.splitlines() if line.startswith('{"time"')]
    good, odd = (next(line for line in lines if line["id"] == name) for name in ("good", "odd"))
    assert (good["status"], good["worker"], good["path"], good["method"]) == (200, 1, "/execute", "POST")
    assert re.match(TIME + r"\.\d{3}Z$", good["time"])
    assert (odd["status"], odd["path"]) == (404, "/a\\x5cb\\x22\\x0a")


def test_every_line_of_an_engine_has_a_time_once_it_knows_its_settings(started):
    engine = Engine(PRELOAD="none")
    started.append(engine)
    execute(engine.endpoint, DIES)
    wait_until(lambda: "request id=" in engine.log)
    lines = engine.log.splitlines()
    first = next(n for n, line in enumerate(lines) if "standpy: " in line)
    assert [line for line in lines[first:] if not re.match(TIME + r"(\.\d{3}Z|[+-]\d{4}) - ", line)] == []
