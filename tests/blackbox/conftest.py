import pytest
from client import execute
from engine_process import Engine


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
