import socket
import urllib.error
import urllib.request

import pytest
from deployment import HERE, ROOT, TOOLS_IMAGE, Deployment, until


@pytest.fixture(scope="session")
def deployment():
    """compose/docker-compose.yml as it is; tests leave it running as they found it."""
    deployment = Deployment(ROOT / "compose/docker-compose.yml")
    try:
        deployment.up()
        deployment.wait_until_healthy()
        yield deployment
    finally:
        deployment.down()


@pytest.fixture(scope="session")
def client(deployment):
    return deployment.client


@pytest.fixture(scope="module")
def guides_deployment():
    """The guide's own file."""
    deployment = Deployment(HERE / "guide/docker-compose.yml")
    try:
        deployment.up()
        deployment.wait_until_healthy()
        yield deployment
    finally:
        deployment.down()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def proxy(deployment, tmp_path):
    """Starts the proxy with the content of .env; returns what it answers to a path, from outside."""
    port = free_port()
    deployment.variables |= {"PROXY_IMAGE": TOOLS_IMAGE, "PROXY_PORT": str(port)}

    def ask(path, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return None

    def start(env):
        (tmp_path / "env").write_text(env)
        deployment.compose("--env-file", str(tmp_path / "env"), "--profile", "proxy", "up", "-d", "--no-deps", "proxy")
        until(lambda: ask("/"), "the proxy answers")
        return ask

    yield start
    deployment.compose("--profile", "proxy", "rm", "-fsv", "proxy")
