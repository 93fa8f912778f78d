"""Settings that cannot work, under `restart: always`."""

import os
import uuid

import pytest
from deployment import CODING_SHARED, ENGINE_IMAGE, docker, health, inspect, log_of, until


@pytest.fixture
def start():
    """An engine that looks after its health often, with the variables given."""
    containers = []

    def start_engine(**variables):
        arguments = [f"-e{name}={value}" for name, value in variables.items()]
        containers.append(
            docker(
                *("run", "-d", "--restart", "always", "--read-only", "--tmpfs", "/tmp"),
                *("--health-interval", "1s", "--health-start-period", "1s", "--health-retries", "2"),
                *("-v", f"{CODING_SHARED}:/opt/coding-shared:ro", *arguments, ENGINE_IMAGE),
            )
        )
        return containers[-1]

    yield start_engine
    for container in containers:
        docker("rm", "-f", container)


@pytest.mark.parametrize(
    "variables, line",
    [
        (
            {"CONDA_ENV": "nope"},
            "standpy: CONDA_ENV=nope is not allowed: there is no folder /opt/coding-shared/envs/nope "
            "(ENVS_DIR=/opt/coding-shared/envs)\n",
        ),
        (
            {"CONDA_ENV": "example-project-environment", "WORKERS": "many"},
            "standpy: WORKERS=many is not allowed: it must be a whole number from 1 to 1024\n",
        ),
        (
            {"CONDA_ENV": "example-project-environment", "PRELOAD": "nope"},
            "standpy: PRELOAD=nope is not allowed: nope: ModuleNotFoundError: No module named 'nope'\n",
        ),
    ],
    ids=["no such environment", "no number", "no such module"],
)
def test_a_wrong_setting_is_one_line_and_an_unhealthy_container_that_does_not_restart(
    start, variables, line
):
    container = start(**variables)
    until(lambda: health(container) == "unhealthy", "the container is unhealthy")
    assert inspect(container)["State"]["Running"]
    assert inspect(container)["RestartCount"] == 0
    assert log_of(container) == line
    docker("stop", "-t", "10", container)
    assert inspect(container)["State"]["ExitCode"] == 0


def test_the_engine_starts_by_itself_when_its_environment_comes(start):
    name = f"late-{uuid.uuid4().hex}"
    container = start(CONDA_ENV=name)
    until(lambda: health(container) == "unhealthy", "the container is unhealthy")
    folder = CODING_SHARED / "envs" / name
    os.symlink("example-project-environment", folder)
    try:
        until(lambda: health(container) == "healthy", "the container is healthy")
        assert inspect(container)["RestartCount"] == 0
    finally:
        folder.unlink()
