"""SIGTERM, which is what `docker stop` sends: what is in flight finishes, nothing new begins."""

import functools
import signal
import socket
import subprocess
import threading
import time

import pytest
import requests
from client import execute, execute_in_background, outputs, value, wait_until
from engine_process import ROOT, START_SECONDS, Engine, base_environment, command, free_port, run_to_its_end
from inventory import descendants, is_gone
from router_process import Router

SLOW = "import time\ndef rm_main():\n  time.sleep(1)\n  return 'finished'"
SHORT = "import time\ndef rm_main():\n  time.sleep(0.002)"
AS_SCRIPT = {"Content-Type": "text/x-python"}
ENDLESS = "import time\ndef rm_main():\n  time.sleep(60)"


@pytest.fixture(params=["namespace", "process"])
def start(request, start):
    return functools.partial(start, ISOLATION=request.param)


@pytest.mark.parametrize("workers", ["1", "3"])
def test_a_script_in_flight_finishes_and_the_engine_ends_with_status_0(start, workers):
    engine = start(WORKERS=workers)
    answer = execute_in_background(engine, SLOW)
    engine.process.send_signal(signal.SIGTERM)
    assert outputs(answer.result()) == [value("finished")]
    assert engine.process.wait(START_SECONDS) == 0


def test_new_connections_are_refused_while_a_script_finishes(start):
    engine = start()
    answer = execute_in_background(engine, SLOW.replace("sleep(1)", "sleep(5)"))
    engine.process.send_signal(signal.SIGTERM)
    wait_until(lambda: is_refused(engine))
    assert not answer.done()
    assert answer.result().status_code == 200


def is_refused(engine):
    try:
        engine.connect().close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_replica_that_is_stopped_under_load_costs_no_request(start):
    replicas = [start(WORKERS="2") for _ in range(2)]
    router = Router(ENGINE_E_HOST=",".join(replica.host for replica in replicas))
    statuses, enough = [], threading.Event()

    def load():
        with requests.Session() as session:
            while not enough.is_set():
                answer = session.post(router.url + "/e/execute", data=SHORT, headers=AS_SCRIPT, timeout=60)
                statuses.append(answer.status_code)
                assert answer.status_code == 200, answer.text

    def until_more(count):
        wanted = len(statuses) + count
        while len(statuses) < wanted:
            time.sleep(0.01)

    clients = [threading.Thread(target=load) for _ in range(6)]
    for client in clients:
        client.start()
    until_more(100)
    replicas[0].process.send_signal(signal.SIGTERM)
    assert replicas[0].process.wait(START_SECONDS) == 0
    until_more(100)
    enough.set()
    for client in clients:
        client.join()
    router.stop()
    assert set(statuses) == {200}


def test_an_idle_engine_ends_with_status_0(start):
    engine = start(WORKERS="2")
    execute(engine.endpoint, "def rm_main(): return 1")
    engine.process.send_signal(signal.SIGTERM)
    assert engine.process.wait(START_SECONDS) == 0


def test_a_script_that_runs_longer_than_stop_timeout_is_cut_off(start):
    engine = start(STOP_TIMEOUT="1", TIMEOUT="60")
    answer = execute_in_background(engine, ENDLESS)
    engine.process.send_signal(signal.SIGTERM)
    assert engine.process.wait(30) == 0
    with pytest.raises(requests.ConnectionError):
        answer.result()


def test_sigterm_while_the_engine_starts_ends_it(tmp_path):
    (tmp_path / "slow_to_import.py").write_text("print('importing', flush=True)\nimport time\ntime.sleep(1)")
    process = subprocess.Popen(
        command("--ini", str(ROOT / "container/standpy.ini")),
        env=base_environment()
        | {"LISTEN": f"127.0.0.1:{free_port()}", "PRELOAD": "slow_to_import", "PYTHONPATH": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    while "importing" not in process.stdout.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_a_check_says_that_an_engine_can_start_without_starting_it():
    """Nobody can connect to it: the port may even be somebody else's."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        status, output = run_to_its_end(
            "--ini", str(ROOT / "container/standpy.ini"), "--standpy-check",
            LISTEN=f"127.0.0.1:{taken.getsockname()[1]}",
        )  # fmt: skip
    assert status == 0, output
    assert "spawned uWSGI worker" not in output


def test_a_check_says_why_an_engine_cannot_start():
    status, output = run_to_its_end(
        "--ini", str(ROOT / "container/standpy.ini"), "--standpy-check", CONDA_ENV="nope"
    )
    assert status == 1
    assert "standpy: CONDA_ENV=nope is not allowed: there is no folder" in output


@pytest.mark.parametrize(
    "settings", [{}, {"MAX_REQUESTS": "100"}, {"ISOLATION": "process"}], ids=str
)
def test_nothing_outlives_a_master_that_was_killed(settings):
    engine = Engine(WORKERS="2", **settings)
    execute(engine.endpoint, "def rm_main(): return 1")
    others = descendants(engine.process.pid)
    engine.process.kill()
    engine.process.wait()
    wait_until(lambda: all(is_gone(pid) for pid in others))
