"""What the containers of compose/docker-compose.yml cannot do."""

import json
import subprocess
import sys

import pytest
from deployment import ROOT, TOKEN, docker, inspect, log_of, run, until

ROUTER = "standpy-router"
ENGINES = ["standpy-container-testing", "standpy-container-production"]
NETWORKS = dict(zip(ENGINES, ["standpy-testing-net", "standpy-production-net"]))
TESTING = "http://standpy-router/example_testing"


@pytest.fixture
def outside():
    """A server beyond this machine, as it has a network namespace of its own."""
    namespace, host, guest = "standpy-test", "10.213.47.1", "10.213.47.2"
    inside = ("ip", "netns", "exec", namespace)
    run("ip", "netns", "add", namespace)
    try:
        run("ip", "link", "add", "standpy-test", "type", "veth", "peer", "eth0", "netns", namespace)
        run("ip", "address", "add", f"{host}/30", "dev", "standpy-test")
        run("ip", "link", "set", "standpy-test", "up")
        run(*inside, "ip", "address", "add", f"{guest}/30", "dev", "eth0")
        run(*inside, "ip", "link", "set", "eth0", "up")
        run(*inside, "ip", "route", "add", "default", "via", host)
        server = subprocess.Popen([*inside, sys.executable, "-m", "http.server", "8000"], stderr=subprocess.DEVNULL)
        yield (guest, 8000)
        server.kill()
        server.wait()
    finally:
        run("ip", "netns", "delete", namespace)


def connect(container, address, port):
    """Whether a process of the container can connect."""
    status, _, _ = run(
        *("docker", "exec", container, "timeout", "3", "bash", "-c", f"exec 3<>/dev/tcp/{address}/{port}"),
        check=False,
    )
    return status == 0


def script_connects(client, address, port):
    """The same for a script: what it got, as text."""
    script = (
        "import socket\n"
        "def rm_main():\n"
        "  try:\n"
        f"    socket.create_connection(({address!r}, {port}), timeout=3).close()\n"
        "    return 'connected'\n"
        "  except OSError as error:\n"
        "    return type(error).__name__\n"
    )
    return client.execute(TESTING, script).json()["outputs"][0]["value"]


def test_an_engine_cannot_reach_the_platform_network(deployment, client):
    docker("exec", client.id, "sh", "-c", "nginx || true")  # a service of the platform
    address = deployment.address(client.id, "platform-int-net")
    assert connect(client.id, address, 80)
    for service in ENGINES:
        engine = deployment.container(service)
        assert not connect(engine, address, 80)
        assert list(inspect(engine)["NetworkSettings"]["Networks"]) == [
            f"{deployment.project}_{NETWORKS[service]}"
        ]
    assert script_connects(client, address, 80) != "connected"


def test_an_engine_cannot_reach_another_engine(deployment, client):
    production = deployment.container(ENGINES[1])
    address = deployment.address(production, NETWORKS[ENGINES[1]])
    router = deployment.container(ROUTER)
    until(lambda: inspect(production)["State"]["Health"]["Status"] == "healthy")
    assert connect_from_router(router, address)
    assert not connect(deployment.container(ENGINES[0]), address, 8080)
    assert script_connects(client, address, 8080) != "connected"
    assert script_connects(client, ENGINES[1], 8080) != "connected"


def connect_from_router(router, address):
    """The image has no tool for that but bash."""
    return connect(router, address, 8080)


def test_an_engine_asks_for_its_own_token(deployment):
    """Whoever reaches it, such as a neighbour on a network that the guide's file has."""
    ask = "exec 3<>/dev/tcp/127.0.0.1/8080; printf '%s' >&3; cat <&3"
    request = "GET /info HTTP/1.1\\r\\nHost: e\\r\\nConnection: close\\r\\n{}\\r\\n"
    engine = deployment.container(ENGINES[1])
    for field, status in (("", 401), ("Authorization: Bearer enginetoken\\r\\n", 200)):
        answer = docker("exec", engine, "bash", "-c", ask % request.format(field))
        assert answer.startswith(f"HTTP/1.1 {status} ")


def test_an_engine_cannot_reach_the_outside(deployment, client, outside):
    until(lambda: connect(client.id, *outside), "the outside is there")
    for service in ENGINES:
        assert not connect(deployment.container(service), *outside)
    assert script_connects(client, *outside) != "connected"


def test_the_check_would_notice_an_open_way(deployment, client):
    router = deployment.address(deployment.container(ROUTER), "standpy-testing-net")
    assert connect(deployment.container(ENGINES[0]), router, 80)
    assert script_connects(client, router, 80) == "connected"


def test_the_router_is_not_published(deployment):
    for service in (ROUTER, *ENGINES):
        container = inspect(deployment.container(service))
        assert not container["HostConfig"]["PortBindings"]
        assert all(not bound for bound in container["NetworkSettings"]["Ports"].values())


@pytest.mark.parametrize("service", [ROUTER, *ENGINES])
def test_the_root_file_system_is_read_only(deployment, service):
    container = deployment.container(service)
    for path in ("/new", "/etc/new", "/usr/local/bin/new", "/opt/coding-shared/new"):
        status, _, error = run("docker", "exec", "-u", "0", container, "touch", path, check=False)
        if path == "/opt/coding-shared/new" and service == ROUTER:
            continue
        assert status != 0 and "Read-only file system" in error
    docker("exec", container, "touch", "/tmp/new")
    docker("exec", container, "rm", "/tmp/new")


@pytest.mark.parametrize("service", [ROUTER, *ENGINES])
def test_no_process_is_root_or_can_become_it(deployment, service):
    statuses = docker(
        *("exec", deployment.container(service), "sh", "-c"),
        "for p in /proc/[0-9]*; do cat $p/status; done",
    )
    fields = [line.split(":\t") for line in statuses.splitlines() if ":\t" in line]
    values = {name: {value for n, value in fields if n == name} for name, _ in fields}
    assert values["Uid"] == {"10001\t10001\t10001\t10001"}
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert values[name] == {"0000000000000000"}
    assert values["NoNewPrivs"] == {"1"}
    assert len([1 for name, _ in fields if name == "Pid"]) > 1


def test_scripts_are_confined_by_landlock_in_the_container(deployment, client):
    assert "scripts are confined by Landlock" in log_of(deployment.container(ENGINES[0]))
    script = "import pathlib\ndef rm_main():\n  pathlib.Path('/tmp/mine').write_text('x')"
    problem = client.execute(TESTING, script).json()
    assert problem["exception"]["type"] == "PermissionError"


@pytest.mark.parametrize("service", [ROUTER, *ENGINES])
def test_memory_and_processes_are_limited_and_logs_rotated(deployment, service):
    limits = inspect(deployment.container(service))["HostConfig"]
    assert limits["Memory"] > 0
    assert limits["PidsLimit"] > 0
    assert limits["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "5"}}
    assert limits["RestartPolicy"]["Name"] == "always"


@pytest.mark.parametrize("service", [ROUTER, *ENGINES])
def test_docker_inspect_shows_no_token(deployment, service):
    shown = json.dumps(inspect(deployment.container(service)))
    for name in ("example_production", "example_production_engine"):
        token = (ROOT / "compose/secrets" / name / "token").read_text().strip()
        assert token in (TOKEN, "enginetoken") and token not in shown
