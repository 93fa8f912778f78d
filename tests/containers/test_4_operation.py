"""Stopping, dying and scaling while clients are there."""

import concurrent.futures
import os
import re
import signal
import uuid

import pytest
from deployment import TOKEN, docker, inspect, log_of, run, until
from test_1_walk_through import AUTHORIZATION, MINIMAL, PRODUCTION

ENGINE = "standpy-container-production"
ROUTER = "standpy-router"
SLOW = "import time\ndef rm_main():\n  time.sleep(4)\n  return 'finished'"


@pytest.fixture
def restored(deployment):
    """The deployment, which is as it was afterwards."""
    yield deployment
    for service in (ENGINE, ROUTER):
        docker("start", *deployment.containers(service))
    deployment.wait_until_healthy()
    until(lambda: runs(deployment.client), "the engine answers again")


def runs(client):
    answer = client.execute(PRODUCTION, MINIMAL, check=False)
    return answer is not None and answer.status == 200


def in_flight(client):
    metrics = client.curl(f"{PRODUCTION}/metrics", *AUTHORIZATION).body
    return float(re.search(r"^standpy_requests_in_flight (\S+)$", metrics, re.M).group(1))


def send_slow(client):
    """A script of four seconds that is in flight when this returns."""
    answer = concurrent.futures.ThreadPoolExecutor(1).submit(client.execute, PRODUCTION, SLOW)
    until(lambda: in_flight(client) == 1, "the script runs")
    return answer


@pytest.mark.parametrize("service", [ENGINE, ROUTER])
def test_docker_stop_refuses_new_requests_and_lets_the_script_in_flight_finish(restored, service):
    client, container = restored.client, restored.container(service)
    answer = send_slow(client)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        # Docker kills what has not ended after 10 seconds; the status would be 137 then.
        router = restored.container(ROUTER)
        before = log_of(router).count(" is down: ")
        stop = pool.submit(docker, "stop", "-t", "10", container)
        if service == ROUTER:
            until(lambda: answer.done() or not runs(client), "requests are refused")
        else:  # scripts would wait for another engine; without any request the router looks every ten seconds
            def is_down():
                client.curl(f"{PRODUCTION}/info", *AUTHORIZATION, "--max-time", "1", check=False)
                return log_of(router).count(" is down: ") > before

            until(is_down, "connections are refused")
        assert not answer.done()
        assert answer.result().json()["outputs"] == [{"type": "value", "value": "finished"}]
        stop.result()
    assert inspect(container)["State"]["ExitCode"] == 0


def test_docker_stop_ends_a_script_that_runs_on_for_too_long(restored):
    """STOP_TIMEOUT of the image: 7 seconds. The engine ends by itself, before Docker kills it."""
    name = f"{restored.project}-endless"
    engine = inspect(restored.container(ENGINE))
    docker(
        *("run", "-d", "--name", name, "--network", f"{restored.project}_standpy-production-net"),
        *("-v", f"{restored.project}_coding-shared-vol:/opt/coding-shared:ro", "--tmpfs", "/tmp"),
        *("-e", "CONDA_ENV=example-project-environment", engine["Config"]["Image"]),
    )
    try:
        until(lambda: inspect(name)["State"]["Health"]["Status"] == "healthy")
        request = "POST /execute HTTP/1.1\\r\\nHost: e\\r\\nContent-Type: text/x-python\\r\\n"
        script = "import time\\ndef rm_main(): time.sleep(60)"
        length = len(script.replace("\\n", "\n"))
        request += f"Content-Length: {length}\\r\\n\\r\\n{script}"
        docker("exec", "-d", name, "bash", "-c",
               f"exec 3<>/dev/tcp/127.0.0.1/8080; printf '{request}' >&3; cat <&3")  # fmt: skip
        metrics = "exec 3<>/dev/tcp/127.0.0.1/8080; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
        until(lambda: "in_flight 1\n" in docker("exec", name, "bash", "-c", metrics))
        docker("stop", "-t", "10", name)
        assert inspect(name)["State"]["ExitCode"] == 0
    finally:
        docker("rm", "-f", name)


def test_a_killed_engine_comes_back_and_the_router_finds_it(restored):
    container = restored.container(ENGINE)
    restarts = inspect(container)["RestartCount"]
    # `docker kill` would count as the administrator's wish, and Docker would leave it dead.
    os.kill(inspect(container)["State"]["Pid"], signal.SIGKILL)
    until(lambda: inspect(container)["RestartCount"] == restarts + 1, "Docker restarts the engine")
    until(lambda: runs(restored.client), "the router finds the engine")


def test_a_killed_worker_costs_one_request_only(restored):
    client, container = restored.client, restored.container(ENGINE)
    restarts = inspect(container)["RestartCount"]
    died = client.execute(PRODUCTION, "import os\ndef rm_main(): os.kill(os.getpid(), 9)")
    assert died.status == 502
    assert died.json()["type"] == "urn:standpy:problem:script-died"
    assert runs(client)
    assert inspect(container)["RestartCount"] == restarts


def test_three_replicas_share_the_load(restored):
    restored.up("--scale", f"{ENGINE}=3", "--no-recreate")
    restored.wait_until_healthy()
    replicas = restored.containers(ENGINE)
    addresses = {restored.address(replica, "standpy-production-net") + ":8080" for replica in replicas}
    assert len(addresses) == 3
    router = restored.container(ROUTER)

    def load():
        """Twelve scripts at once; returns which replicas they went to."""
        mark = f"load-{uuid.uuid4().hex}-"
        send = " ".join(
            ("curl -sS -o /dev/null", f"-H 'Authorization: Bearer {TOKEN}'", f'-H "X-Request-Id: {mark}$i"')
            + ("-F script=@/tmp/script", f"{PRODUCTION}/execute")
        )
        loop = f"for i in 1 2 3 4 5 6 7 8 9 10 11 12; do {send} & done; wait"
        run(
            *("docker", "exec", "-i", restored.client.id, "sh", "-c", f"cat >/tmp/script; {loop}"),
            text_input="import time\ndef rm_main(): time.sleep(0.3)",
        )
        return set(re.findall(f"id={mark}.* status=200 .* replica=(\\S+)", log_of(router)))

    until(lambda: load() == addresses, "each replica gets some of twelve scripts")
    restored.up("--scale", f"{ENGINE}=1")
