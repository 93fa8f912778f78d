import os

import pytest
from client import execute
from engine_process import Engine, engine_on
from router_client import TOKEN
from router_process import Router, Upstream, echo
from script_texts import ALIVE


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
    response = execute(engine.endpoint, ALIVE)
    assert response.json()["outputs"] == [{"type": "value", "value": "alive"}]


# What a table becomes does not depend on processes or sanitizers: Debian's pandas is enough there.
IS_PLAIN = "STANDPY_ENGINE_PRELOAD" not in os.environ and "STANDPY_ISOLATION" not in os.environ
GENERATIONS = ["pandas-2.0", "pandas-2", "pandas-3"] if IS_PLAIN else []


@pytest.fixture(scope="session")
def arrow_endpoint():
    """Debian's pandas with pyarrow beside it."""
    engine = engine_on("arrow")
    yield engine.endpoint
    engine.stop()


@pytest.fixture(scope="session", params=[None, *GENERATIONS])
def each_pandas(request):
    """Engines on several generations of pandas and numpy; Debian's is the first."""
    engine = engine_on(request.param)
    yield engine.endpoint
    engine.stop()


@pytest.fixture(scope="session", params=["arrow", *GENERATIONS])
def each_arrow(request):
    """The same with pyarrow; the first is arrow_endpoint's."""
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


@pytest.fixture
def start(started):
    """Starts engines, which are stopped at the end."""

    def start_engine(*arguments, **variables):
        started.append(Engine(*arguments, **variables))
        return started[-1]

    return start_engine


@pytest.fixture(scope="module")
def upstream():
    """An engine that answers with the request as it came."""
    upstream = Upstream(echo)
    yield upstream
    upstream.stop()


@pytest.fixture(scope="module")
def router(upstream):
    """A router with an engine that is open, one that wants TOKEN, and one that is dead."""
    router = Router(
        ENGINE_OPEN_HOST=upstream.host,
        ENGINE_CLOSED_HOST=upstream.host,
        ENGINE_CLOSED_TOKEN=TOKEN,
        ENGINE_DEAD_HOST="127.0.0.1:1",
        ENGINE_DEAD_WAIT="0",
        REQUEST_SIZE_LIMIT="1m",
    )
    yield router
    assert router.stop() == 0


@pytest.fixture
def behind(started):
    """Starts an upstream that handles connections as told, and a router before it."""

    def start(handle, **variables):
        upstream = Upstream(handle)
        router = Router(ENGINE_E_HOST=upstream.host, **variables)
        started.extend([router, upstream])
        return router, upstream

    return start
