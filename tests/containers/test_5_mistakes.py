"""Settings that cannot work, under `restart: always`."""

import os
import uuid

import pytest
from deployment import CODING_SHARED, ENGINE_IMAGE, docker, health, inspect, log_of, until


@pytest.fixture
def start():
    """An engine that looks after its health often, with the variables given."""
    containers = []

    def start_engine(*options, **variables):
        arguments = [*options, *(f"-e{name}={value}" for name, value in variables.items())]
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


def test_a_script_that_uses_the_containers_memory_up_is_told_who_ended_it(start):
    """Without a MEMORY_LIMIT that fits. The engine goes on: scripts go first."""
    container = start("--memory", "300m", "--memory-swap", "300m", CONDA_ENV="example-project-environment")
    until(lambda: health(container) == "healthy", "the container is healthy")
    ask = (
        "import http.client, sys\n"
        "connection = http.client.HTTPConnection('127.0.0.1', 8080)\n"
        "connection.request('POST', '/execute', sys.argv[1], {'Content-Type': 'text/x-python'})\n"
        "print(connection.getresponse().read().decode())"
    )
    python = "/opt/coding-shared/envs/example-project-environment/bin/python3"
    bomb = "def rm_main():\n  kept = []\n  while True: kept.append(bytearray(10_000_000))"
    answer = docker("exec", container, python, "-c", ask, bomb)
    assert "signal 9 (Killed): the kernel's OOM killer, as memory was used up" in answer
    assert "the kernel's OOM killer" in log_of(container)
    assert '"value":1' in docker("exec", container, python, "-c", ask, "def rm_main(): return 1")
