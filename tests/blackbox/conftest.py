import os

import pytest
from client import execute
from engine_process import ROOT, Engine


@pytest.fixture(scope="session")
def engine():
    """One engine with one worker, shared by all tests that leave it as they found it."""
    engine = Engine(TIMEOUT="60")
    yield engine
    engine.stop()


@pytest.fixture
def endpoint(engine):
    """The endpoint; afterwards the engine must still answer, whatever the test did to it."""
    yield engine.endpoint
    response = execute(engine.endpoint, "def rm_main(): return 'alive'")
    assert response.json()["outputs"] == [{"type": "value", "value": "alive"}]


@pytest.fixture(scope="session")
def arrow_endpoint():
    """An engine on an environment with pyarrow, which ./check makes where PyPI is reachable."""
    folder = ROOT / "build/envs"
    if not os.path.isdir(folder / "arrow"):
        pytest.skip("there is no environment build/envs/arrow")
    engine = Engine(CONDA_ENV="arrow", ENVS_DIR=str(folder))
    yield engine.endpoint
    engine.stop()


# What a table becomes does not depend on processes or sanitizers: Debian's pandas is enough there.
IS_PLAIN = "STANDPY_ENGINE_PRELOAD" not in os.environ and "STANDPY_ISOLATION" not in os.environ
GENERATIONS = ["pandas-2.0", "pandas-2", "pandas-3"] if IS_PLAIN else []


def engine_on(environment):
    """An engine on an environment that ./check makes where PyPI is reachable; None: on Debian's."""
    if environment is None:
        return Engine()
    if not (ROOT / "build/envs" / environment / "bin/python3").exists():
        pytest.skip(f"there is no environment build/envs/{environment}")
    return Engine(CONDA_ENV=environment, ENVS_DIR=str(ROOT / "build/envs"))


@pytest.fixture(scope="session", params=[None, *GENERATIONS])
def each_pandas(request):
    """Engines on several generations of pandas and numpy; Debian's is the first."""
    engine = engine_on(request.param)
    yield engine.endpoint
    engine.stop()


@pytest.fixture(scope="session", params=["arrow", *GENERATIONS])
def each_arrow(request):
    """The same with pyarrow beside Debian's pandas."""
    engine = engine_on(request.param)
    yield engine.endpoint
    engine.stop()


@pytest.fixture
def started():
    """A list; what is in it is stopped at the end."""
    things = []
    yield things
    for thing in things:
        thing.stop()
