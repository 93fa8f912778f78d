"""What a script tries to reach beyond its own request, and that it reaches nothing.

Each attack in both modes, at the engine itself and through the router; after each, a hundred
ordinary requests, all of which have to be answered rightly.
"""

import concurrent.futures
import re

import pytest
from attacks import ATTACKS
from client import execute, outputs, value
from engine_process import ContainedEngine, unsanitized_only
from router_process import Router

# The front, which the sanitizers look at, is the same in both; a process for each script takes them minutes.
MODES = ["namespace", pytest.param("process", marks=unsanitized_only)]


@pytest.fixture(scope="module", params=MODES)
def engine(request):
    engine = ContainedEngine(WORKERS="2", TIMEOUT="2", ISOLATION=request.param)
    yield engine
    assert not re.search(r"^request id=forged", engine.log, re.M)
    engine.stop()


@pytest.fixture(scope="module", params=["alone", "through the router"])
def endpoint(request, engine):
    if request.param == "alone":
        yield engine.endpoint
        return
    router = Router(ENGINE_E_HOST=engine.host)
    yield router.url + "/e"
    router.stop()


def ordinary(endpoint, number):
    script = f"def rm_main(x):\n  print('own {number}')\n  return x"
    report = execute(endpoint, script, value(number), headers={"X-Request-Id": f"ordinary-{number}"})
    assert outputs(report) == [value(number)]
    assert report.json()["stdout"] == f"own {number}\n"
    assert report.json()["request_id"] == f"ordinary-{number}"


@pytest.mark.parametrize("what", ATTACKS)
def test_an_attack_reaches_nothing(endpoint, what):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        attack = pool.submit(execute, endpoint, ATTACKS[what])
        beside = [pool.submit(ordinary, endpoint, number) for number in range(50)]
        response = attack.result()
        assert response.status_code in (200, 422, 502, 504), response.text
        assert "REACHED" not in response.text
        for answer in beside:
            answer.result()
        list(pool.map(lambda number: ordinary(endpoint, number), range(100)))
