import pytest
from deployment import HERE, ROOT, Deployment


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
