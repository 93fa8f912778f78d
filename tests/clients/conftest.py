"""STANDPY_CLIENT names the command of a client for the shared cases; Python's if it is not set.
STANDPY_ARROW names the engine's environment below build/envs that has pyarrow.
"""

import os
import pathlib
import shlex
import sys

import pytest

_ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = _ROOT / "clients/python/src"
sys.path[:0] = [str(_ROOT / "tests/blackbox"), str(_ROOT / "tests/clients"), str(SOURCE)]

from engine_process import ROOT, Engine, engine_on  # noqa: E402
from fake_server import FakeServer  # noqa: E402
from router_process import Router  # noqa: E402

TOKEN = "secrettoken"


@pytest.fixture(scope="session")
def client():
    """The command of the client under test."""
    if "STANDPY_CLIENT" in os.environ:
        program, *arguments = shlex.split(os.environ["STANDPY_CLIENT"])
        # Cases run in folders of their own.
        return [str(_ROOT / program) if "/" in program else program, *arguments]
    os.environ["PYTHONPATH"] = str(SOURCE)
    return [sys.executable, "-m", "standpy_client"]


@pytest.fixture(scope="session")
def engine():
    """An engine with two workers, on Debian's pandas, without pyarrow."""
    engine = Engine(WORKERS="2", TIMEOUT="60")
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def arrow_engine():
    engine = engine_on(os.environ.get("STANDPY_ARROW", "arrow"), WORKERS="2", TIMEOUT="60")
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def router(engine):
    """The guide's two engines, of which one has a token, and one that is down."""
    router = Router(
        ENGINE_EXAMPLE_TESTING_HOST=engine.host,
        ENGINE_EXAMPLE_PRODUCTION_HOST=engine.host,
        ENGINE_EXAMPLE_PRODUCTION_TOKEN=TOKEN,
        ENGINE_DOWN_HOST="127.0.0.1:1",
        ENGINE_DOWN_WAIT="0",
    )
    yield router
    router.stop()


@pytest.fixture
def serve():
    """Starts servers that answer as a case says."""
    servers = []

    def start(*answers, **options):
        servers.append(FakeServer(list(answers), **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def root():
    return ROOT


# For tests/clients/terminal


@pytest.fixture
def script(tmp_path):
    """Writes a script, and returns its name."""

    def write(text, name="script.py"):
        (tmp_path / name).write_text(text, "utf-8")
        return name

    return write


@pytest.fixture
def standpy(engine, tmp_path):
    """Runs it in a folder: (exit code, stdout, stderr)."""

    from terminal import run

    def start(*arguments, stdin=None, **variables):
        return run(tmp_path, *arguments, stdin=stdin, **{"STANDPY_ENDPOINT": engine.endpoint} | variables)

    return start


@pytest.fixture
def terminal(engine, tmp_path):
    """Starts it on a terminal."""
    from terminal import Terminal

    started = []

    def start(*arguments, **options):
        options = {"STANDPY_ENDPOINT": engine.endpoint} | options
        started.append(Terminal(tmp_path, *arguments, **options))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
