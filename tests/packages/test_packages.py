"""What data scientists use works in the sandbox as it does in plain Python, in both modes.

./check packages makes the environments: build/envs/packages from PyPI, and build/envs/torch with
Debian's torch, as PyPI's needs gigabytes of packages for graphics cards.
"""

import contextlib
import functools

import pytest
from agreement import ROOT, cases, parameter
from engine_process import Engine

ENVIRONMENTS = ROOT / "build/envs"
CASES = [("packages", case) for case in cases("standard", "debian", "pypi")]
CASES += [("torch", case) for case in cases("torch")]


@functools.cache
def expected(environment, case):
    return case.by_plain_python(ENVIRONMENTS / environment / "bin/python3")


@pytest.fixture(scope="module", params=["namespace", "process"])
def engines(request):
    """An engine of two workers for each environment, which all scripts share."""
    settings = {"WORKERS": "2", "TIMEOUT": "60", "SANDBOX": "required", "ISOLATION": request.param}
    with contextlib.ExitStack() as stack:
        started = {}
        for environment in ("packages", "torch"):
            engine = Engine(ENVS_DIR=str(ENVIRONMENTS), CONDA_ENV=environment, **settings)
            stack.callback(engine.stop)
            started[environment] = engine
        yield started


@pytest.mark.parametrize(
    "environment, case", [parameter(case, environment) for environment, case in CASES]
)
def test_a_script_does_what_it_does_in_plain_python(engines, environment, case):
    for result in case.by_engine_at_once(engines[environment], rounds=3):
        assert result == expected(environment, case)
