"""The guide's deployment in small: two engines behind one router, one of them with a token."""

import collections
import concurrent.futures
import json
import re
import socket
import threading

import pytest
import requests
from client import (
    PYTHON,
    assert_problem,
    execute,
    execute_parts,
    execute_script,
    outputs,
    post,
    value,
    wait_until,
)
from engine_process import Engine
from router_client import metrics
from router_process import Router


@pytest.fixture(scope="module")
def deployment():
    testing = Engine(WORKERS="1", TIMEOUT="45", MAX_REQUESTS="100")
    production = Engine(WORKERS="2", TIMEOUT="5")
    router = Router(
        ENGINE_EXAMPLE_TESTING_HOST=testing.host,
        ENGINE_EXAMPLE_PRODUCTION_HOST=production.host,
        ENGINE_EXAMPLE_PRODUCTION_TOKEN="secrettoken",
    )
    yield router
    router.stop()
    testing.stop()
    production.stop()


@pytest.fixture
def testing(deployment):
    return deployment.url + "/example_testing"


def test_the_guides_walk_through(deployment, testing):
    script = "import sys\n\ndef rm_main():\n  print('StandPy testing:')\n  print(sys.prefix)\n"
    report = execute_script(testing, script).json()
    assert report["stdout"].startswith("StandPy testing:\n/")
    problem = assert_problem(
        execute_script(testing, "import sys\n\nimport missing\n"), 422, "script-parse-failed"
    )
    assert problem["traceback"].splitlines() == [
        "Traceback (most recent call last):",
        "  Script, line 3, in <module>",
        "ModuleNotFoundError: No module named 'missing'",
    ]


def test_each_engine_has_its_settings_and_its_token(deployment, testing):
    info = requests.get(testing + "/info", timeout=60).json()
    assert (info["workers"], info["timeout"], info["max_requests"]) == (1, 45, 100)
    production = deployment.url + "/example_production"
    assert requests.get(production + "/info", timeout=60).status_code == 401
    headers = {"Authorization": "Bearer secrettoken"}
    info = requests.get(production + "/info", headers=headers, timeout=60).json()
    assert (info["workers"], info["timeout"], info["max_requests"]) == (2, 5, None)


def test_info_answers_through_the_router_while_the_worker_is_busy(testing):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        script = "import time\ndef rm_main():\n  time.sleep(3)\n  return 1"
        running = pool.submit(execute_script, testing, script)
        answered = 0
        while not running.done():
            assert requests.get(testing + "/info", timeout=60).status_code == 200
            assert requests.get(testing + "/healthz", timeout=60).status_code == 200
            answered += 1
        assert running.result().json()["outputs"] == [value(1)]
        assert answered > 3


def test_a_worker_that_dies_is_a_502_and_the_next_request_is_served(testing):
    response = execute(testing, "import os\ndef rm_main(): os._exit(3)")
    assert_problem(response, 502, "script-died", "its process ended with status")
    assert execute(testing, "def rm_main(): return 1").status_code == 200


def test_large_inputs_and_outputs_pass(testing):
    content = b"\xff" * 30_000_000
    script = "def rm_main(f):\n  data = open(f.name, 'rb').read()\n  return len(data), 'x' * len(data)"
    response = execute_parts(testing, ("script", script, None), ("file", content, None))
    length, text = outputs(response)
    assert length == value(30_000_000)
    assert len(text["value"]) == 30_000_000


def test_a_chunked_request_reaches_the_engine(testing):
    response = post(testing, iter([b"def rm_main():\n", b"  return 'chunked'\n"]), PYTHON)
    assert response.json()["outputs"] == [value("chunked")]


def test_the_request_id_is_the_same_everywhere(deployment, testing):
    response = execute(testing, "def rm_main(): pass", headers={"X-Request-Id": "trace-me"})
    assert response.json()["request_id"] == response.headers["X-Request-Id"] == "trace-me"
    deployment.wait_for_log("id=trace-me ")


# Replicas and the queue


def test_slow_scripts_do_not_slow_others(started):
    """Two engines with two workers each; three slow requests leave one for the fast ones."""
    engines = [Engine(WORKERS="2"), Engine(WORKERS="2")]
    router = Router(ENGINE_E_HOST=",".join(engine.host for engine in engines))
    started.extend([router, *engines])
    with socket.create_server(("127.0.0.1", 0)) as gate, concurrent.futures.ThreadPoolExecutor(3) as pool:
        port = gate.getsockname()[1]
        script = f"""import socket
def rm_main():
  with socket.create_connection(('127.0.0.1', {port})) as gate:
    return gate.recv(100).decode()
"""
        slow = [pool.submit(execute_script, router.url + "/e", script) for _ in range(3)]
        held = [gate.accept()[0] for _ in slow]
        with requests.Session() as session:
            for number in range(50):
                fast = {"script": f"def rm_main(): return {number}"}
                response = session.post(router.url + "/e/execute", json=fast, timeout=60)
                assert outputs(response) == [value(number)]
        assert not any(request.done() for request in slow)
        for connection in held:
            connection.sendall(b"slow")
            connection.close()
        assert [outputs(request.result()) for request in slow] == [[value("slow")]] * 3


def test_the_wait_is_told():
    """In the answer, in the engine's report, in the log and in the metrics."""
    engine = Engine(WORKERS="1")
    router = Router(ENGINE_E_HOST=engine.host, LOG_FORMAT="json")
    wait_until(lambda: f'replica_workers{{engine="e",replica="{engine.host}"}} 1' in metrics(router))
    slow = {"script": "import time\ndef rm_main(): time.sleep(1)"}
    first = threading.Thread(target=requests.post, args=(router.url + "/e/execute",), kwargs={"json": slow})
    first.start()
    wait_until(lambda: re.search(r"replica_in_flight\{[^}]*\} 1", metrics(router)))
    response = requests.post(
        router.url + "/e/execute", json={"script": "def rm_main(): return 1"},
        headers={"X-Request-Id": "second", "X-Queue-Ms": "12345678"}, timeout=60,
    )  # fmt: skip
    first.join()
    assert outputs(response) == [value(1)]
    told = response.json()["timings"]["queue"]
    assert 1 < told < 100_000
    header = dict(part.split(";dur=") for part in response.headers["Server-Timing"].split(", "))
    queued = float(header["queue"])
    assert 1 < queued <= told + 1  # the engine adds what the script waits there
    assert float(header["engine"]) > 0
    line = next(line for line in router.wait_for_log('"id":"second"').splitlines() if '"id":"second"' in line)
    assert json.loads(line)["queue_ms"] == pytest.approx(queued, abs=1)
    total = re.search(r'queue_seconds_sum\{engine="e"\} ([\d.e-]+)', metrics(router))
    assert float(total[1]) >= queued / 1000 * 0.9
    router.stop()
    engine.stop()


def test_clients_of_every_kind_get_their_share(started):
    """Two routers, which keep their connections, and a client that opens one for each request."""
    engine = Engine(WORKERS="1")
    routers = [Router(ENGINE_E_HOST=engine.host) for _ in range(2)]
    started.extend([*routers, engine])
    endpoints = {"one router": f"{routers[0].url}/e", "another": f"{routers[1].url}/e", "direct": engine.endpoint}
    served = collections.Counter()

    def ask_on_and_on(name):
        while sum(served.values()) < 900:
            response = execute(endpoints[name], "def rm_main(): return 1", headers={"Connection": "close"})
            assert outputs(response) == [value(1)]
            served[name] += 1

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(ask_on_and_on, [name for name in endpoints for _ in range(2)]))
    assert min(served[name] for name in endpoints) > 100
