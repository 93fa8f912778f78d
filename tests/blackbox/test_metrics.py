"""GET /metrics, for Prometheus."""

import concurrent.futures
import re
import subprocess
import time

import pytest
import requests
from client import execute, wait_until
from engine_process import ROOT, Engine, namespace_only

PROMTOOL = ROOT / "build/tools/promtool"


@pytest.fixture(scope="module")
def counted():
    """An engine of two workers that nobody else asks."""
    engine = Engine(WORKERS="2", TIMEOUT="20")
    yield engine
    engine.stop()


def metrics(engine):
    """The text as a dict of sample to value."""
    response = requests.get(engine.endpoint + "/metrics", timeout=60)
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = [line for line in response.text.splitlines() if not line.startswith("#")]
    return {name: float(number) for name, number in (line.rsplit(" ", 1) for line in lines)}


def test_executions_are_counted_by_what_became_of_them(counted):
    before = metrics(counted)
    for script, headers in (
        ("def rm_main(): return 1", None),
        ("def rm_main(): return 1", {"Accept": "text/html"}),
        ("def rm_main(): return 1/0", None),
        ("def rm_main(): return 1/0", None),
        ("import os\ndef rm_main(): os._exit(1)", None),
        ("import time\ndef rm_main(): time.sleep(9)", {"Prefer": "wait=0"}),
    ):
        execute(counted.endpoint, script, headers=headers)
    requests.get(counted.endpoint + "/info", timeout=60)  # is no execution
    after = metrics(counted)
    grown = {
        outcome: after[name] - before[name]
        for name in after
        for outcome in re.findall(r'^standpy_requests_total\{outcome="(\w+)"', name)
    }
    assert grown == {
        "ok": 1, "rejected": 1, "script_failed": 2, "script_died": 1, "deadline": 1, "aborted": 0,
        "internal": 0,
    }  # fmt: skip
    count = "standpy_request_duration_seconds_count"
    assert after[count] - before[count] == 6


def test_the_histogram_has_buckets_below_a_millisecond_and_is_cumulative(counted):
    execute(counted.endpoint, "def rm_main(): return 1")
    found = metrics(counted)
    name = "standpy_request_duration_seconds_bucket"
    bounds = [re.match(name + r'\{le="(.*)"', sample).group(1) for sample in found if name in sample]
    assert sum(float(bound) < 0.001 for bound in bounds) == 3
    assert bounds[-1] == "+Inf"
    counts = [found[f'{name}{{le="{bound}"}}'] for bound in bounds]
    assert counts == sorted(counts)
    assert counts[-1] == found["standpy_request_duration_seconds_count"]


def test_requests_in_flight_and_queued_are_seen_while_every_worker_is_busy(counted):
    script = "import time\ndef rm_main(): time.sleep(1)"
    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        running = [pool.submit(execute, counted.endpoint, script) for _ in range(5)]
        deadline = time.monotonic() + 20
        while metrics(counted)["standpy_requests_queued"] < 3:
            assert time.monotonic() < deadline
        assert metrics(counted)["standpy_requests_in_flight"] == 2
        assert all(answer.result().status_code == 200 for answer in running)
    wait_until(lambda: metrics(counted)["standpy_requests_queued"] == 0)


def test_the_memory_of_each_worker_is_shown(counted):
    found = metrics(counted)
    for worker in ("1", "2"):
        assert found[f'standpy_worker_resident_bytes{{worker="{worker}"}}'] > 10_000_000


@namespace_only
def test_hits_of_the_code_cache_are_counted(counted):
    names = ("standpy_code_cache_hits_total", "standpy_code_cache_misses_total")

    def counts():
        """A script is counted behind its answer, so that the last one may still come."""
        before, now = None, None
        while before is None or before != now:
            time.sleep(0.5)
            before, now = now, [metrics(counted)[name] for name in names]
        return now

    before = counts()
    for _ in range(10):
        execute(counted.endpoint, "def rm_main(): return 'cached'")
    hits, misses = (after - earlier for after, earlier in zip(counts(), before))
    assert hits + misses == 10
    assert 1 <= misses <= 2  # at most once in each worker


def test_promtool_has_nothing_to_say(counted):
    if not PROMTOOL.exists():
        pytest.skip("there is no build/tools/promtool; ./check takes it from Debian's prometheus")
    text = requests.get(counted.endpoint + "/metrics", timeout=60).content
    done = subprocess.run([PROMTOOL, "check", "metrics"], input=text, capture_output=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")
