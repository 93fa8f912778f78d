"""The engine as an administrator sees it: settings, /info, /healthz, workers."""

import concurrent.futures
import re
import signal
import time

import pytest
import requests
from client import assert_problem, execute, execute_script, value, wait_until
from engine_process import ROOT, Engine, free_port, run_to_its_end
from environments import make_prefix, make_venv
from inventory import files_of_scripts, runners_of, scratch_folders

INI = ("--ini", str(ROOT / "container/standpy.ini"))
GOOD = "def rm_main(): return 1"


# Settings


@pytest.mark.parametrize(
    "name, content, allowed",
    [
        ("WORKERS", "abc", "a whole number from 1 to 1024"),
        ("WORKERS", "0", "a whole number from 1 to 1024"),
        ("TIMEOUT", "-1", "whole seconds from 1 to 86400"),
        ("MAX_REQUESTS", "no", "a whole number from 1 to 999999999"),
        ("LISTEN", "8080", "address:port or :port"),
        ("PRELOAD", "os;", "module names"),
        ("SCRATCH_DIR", "tmp", "absolute path"),
        ("SCRATCH_DIR", "/proc", "not on a tmpfs"),
        ("CONDA_ENV", "../x", "the name of a folder under ENVS_DIR"),
        ("CONDA_ENV", "missing", "there is no folder /opt/coding-shared/envs/missing"),
        ("PRELOAD", "no_such_module", "No module named 'no_such_module'"),
        ("REQUEST_SIZE_LIMIT", "1q", "a whole number of bytes"),
    ],
)
def test_a_bad_value_stops_the_start_with_one_line(name, content, allowed):
    status, output = run_to_its_end(*INI, **({"LISTEN": f"127.0.0.1:{free_port()}"} | {name: content}))
    assert status != 0
    lines = [line for line in output.splitlines() if f"{name}={content}" in line]
    assert len(lines) == 1, output
    assert "is not allowed" in lines[0] and allowed in lines[0]


def test_a_bad_option_on_the_command_line_is_named_as_such():
    status, output = run_to_its_end("--plugin", "standpy", "--standpy-request-size-limit", "x")
    assert status != 0
    assert "standpy: --standpy-request-size-limit=x is not allowed" in output


@pytest.mark.parametrize("option", [["--threads", "2"], ["--lazy-apps"], ["--workers", "0"]])
def test_options_that_cannot_work_stop_the_start(option):
    status, output = run_to_its_end(
        "--plugin", "standpy", "--http-socket", "127.0.0.1:0", *option
    )
    assert status != 0
    assert "standpy: " in output


def test_an_environment_without_python_stops_the_start(tmp_path):
    (tmp_path / "empty").mkdir()
    status, output = run_to_its_end(*INI, CONDA_ENV="empty", ENVS_DIR=str(tmp_path))
    assert status != 0
    assert "CONDA_ENV=empty is not allowed" in output and "no bin/python3" in output


def test_an_environment_without_a_shared_libpython_stops_the_start(tmp_path):
    python = tmp_path / "static/bin/python3"
    python.parent.mkdir(parents=True)
    # What a statically linked interpreter answers to the engine's question.
    python.write_text(f"#!/bin/sh\nprintf '{python}\\n{tmp_path}/static\\n3.11\\n\\n\\n'\n")
    python.chmod(0o755)
    status, output = run_to_its_end(*INI, CONDA_ENV="static", ENVS_DIR=str(tmp_path))
    assert status != 0
    assert "CONDA_ENV=static is not allowed" in output
    assert "no shared libpython3.11.so" in output


def test_an_interpreter_that_does_not_run_stops_the_start(tmp_path):
    python = tmp_path / "broken/bin/python3"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 7\n")
    python.chmod(0o755)
    status, output = run_to_its_end(*INI, CONDA_ENV="broken", ENVS_DIR=str(tmp_path))
    assert status != 0
    assert "does not run: exit status 7" in output


def test_the_command_line_is_as_good_as_the_ini(start):
    engine = start(
        "--plugin", "standpy", "--master", "--workers", "2", "--harakiri", "7",
        "--max-requests", "100",
    )  # fmt: skip
    info = requests.get(engine.endpoint + "/info", timeout=60).json()
    assert (info["workers"], info["timeout"], info["max_requests"]) == (2, 7, 100)
    assert execute_script(engine.endpoint, GOOD).status_code == 200


def test_the_plugin_lists_its_options():
    _, output = run_to_its_end("--plugin", "standpy", "--help")
    assert "--standpy-conda-env" in output


def test_a_venv_is_used_with_its_own_prefix_and_packages(start, tmp_path):
    make_venv(tmp_path / "my-env")
    [packages] = (tmp_path / "my-env/lib").glob("python3*/site-packages")
    (packages / "only_here.py").write_text("answer = 42")
    engine = start(CONDA_ENV="my-env", ENVS_DIR=str(tmp_path))
    script = "import sys, only_here\ndef rm_main(): return sys.prefix, only_here.answer"
    outputs = execute(engine.endpoint, script).json()["outputs"]
    assert outputs == [value(str(tmp_path / "my-env")), value(42)]
    info = requests.get(engine.endpoint + "/info", timeout=60).json()
    assert info["environment"] == "my-env"


def test_an_environment_without_pandas_refuses_tables_only(start, tmp_path):
    make_venv(tmp_path / "bare")
    engine = start(CONDA_ENV="bare", ENVS_DIR=str(tmp_path))
    table = {"type": "table", "csv": "a\n1\n"}
    response = execute(engine.endpoint, "def rm_main(t): pass", table)
    assert_problem(response, 415, "unsupported-media-type", "input 1", "pandas")
    assert execute(engine.endpoint, "def rm_main(x): return x", value(1)).status_code == 200


def test_preloaded_modules_are_there_before_the_first_script(start):
    engine = start(PRELOAD="decimal")
    script = "import sys\ndef rm_main(): return 'decimal' in sys.modules, 'pandas' in sys.modules"
    assert execute(engine.endpoint, script).json()["outputs"] == [value(True), value(False)]


def test_a_request_over_the_limit_is_refused_unread(start):
    engine = start(REQUEST_SIZE_LIMIT="1k")
    response = execute_script(engine.endpoint, "#" * 5_000_000)
    assert_problem(response, 413, "too-large", "the limit is 1024 bytes")
    assert execute_script(engine.endpoint, GOOD).status_code == 200


# /info and /healthz


def test_info_is_exactly_the_guides_six_keys(start):
    engine = start(WORKERS="4", TIMEOUT="5")
    response = requests.get(engine.endpoint + "/info", timeout=60)
    assert response.headers["Content-Type"] == "application/json"
    assert re.fullmatch(
        r"\{\n"
        r'    "environment": "[^"]+",\n'
        r'    "max_requests": null,\n'
        r'    "timeout": 5,\n'
        r'    "version": "\d+\.\d+\.\d+",\n'
        r'    "worker_uptime": \d+,\n'
        r'    "workers": 4\n'
        r"\}",
        response.text,
    )


def test_head_has_no_body(endpoint):
    response = requests.head(endpoint + "/info", timeout=60)
    assert response.status_code == 200
    assert int(response.headers["Content-Length"]) > 0
    assert response.content == b""


@pytest.fixture
def busy(start):
    """An engine whose two workers both run a script until the test lets them go."""
    engine = start(WORKERS="2", TIMEOUT="60")
    script = "import time\ndef rm_main():\n  time.sleep(30)"
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        running = [pool.submit(execute_script, engine.endpoint, script) for _ in range(2)]
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and _sleeping_workers(engine) < 2:
            time.sleep(0.02)
        yield engine, pool
        engine.stop()
        for request in running:
            assert isinstance(request.exception(60), requests.ConnectionError)


def _sleeps(pid):
    """True for a process that waits in nanosleep."""
    try:
        with open(f"/proc/{pid}/syscall") as call:
            return call.read().split()[0] in ("35", "230")
    except OSError:
        return False


def _sleeping_workers(engine):
    """How many processes run the script."""
    return sum(map(_sleeps, runners_of(engine)))


def test_info_and_healthz_answer_while_every_worker_is_busy(busy):
    engine, _ = busy
    for _ in range(5):
        for path in ("/info", "/healthz"):
            response = requests.get(engine.endpoint + path, timeout=60)
            assert response.status_code == 200
        assert requests.head(engine.endpoint + "/healthz", timeout=60).content == b""
        named = {"X-Request-Id": "while-busy"}
        response = requests.get(engine.endpoint + "/healthz", headers=named, timeout=60)
        assert response.headers["X-Request-Id"] == "while-busy"
    assert response.json() == {"status": "ok"}


def test_a_slow_client_does_not_stop_info(busy):
    engine, _ = busy
    with engine.connect() as silent, engine.connect() as slow:
        slow.sendall(b"GET /in")
        assert requests.get(engine.endpoint + "/info", timeout=60).status_code == 200
        slow.sendall(b"fo HTTP/1.1\r\nHost: e\r\n\r\n")
        assert slow.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")
        silent.close()


def test_requests_that_wait_are_run_when_a_worker_is_free(start):
    engine = start(WORKERS="1", TIMEOUT="60")
    script = "import time\ndef rm_main(x):\n  time.sleep(0.1)\n  return x"
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        answers = pool.map(lambda n: execute(engine.endpoint, script, value(n)), range(20))
        assert [a.json()["outputs"] for a in answers] == [[value(n)] for n in range(20)]


def test_more_requests_than_can_wait_are_told_to_come_back(busy):
    engine, _ = busy
    request = (
        b"POST /execute HTTP/1.1\r\nHost: e\r\nContent-Type: text/x-python\r\n"
        b"Content-Length: 1\r\n\r\n#"
    )
    waiting = [engine.connect() for _ in range(256)]
    try:
        for connection in waiting:
            connection.sendall(request)
        requests.get(engine.endpoint + "/info", timeout=60)  # all of them have been seen
        response = execute_script(engine.endpoint, GOOD)
        assert_problem(response, 503, "unavailable", "the queue is full")
        assert response.headers["Retry-After"] == "1"
    finally:
        for connection in waiting:
            connection.close()


# Workers


def test_two_workers_draw_different_random_numbers(start):
    engine = start(WORKERS="2")
    script = (
        "import os, random, time, numpy\n"
        "def rm_main():\n"
        "  time.sleep(0.05)\n"
        "  return os.getpid(), random.random(), numpy.random.rand()"
    )
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        rows = []
        while len({row[0] for row in rows}) < 2:
            answers = pool.map(lambda _: execute(engine.endpoint, script), range(2))
            rows += [[o["value"] for o in answer.json()["outputs"]] for answer in answers]
    assert len({row[1] for row in rows}) == len(rows)
    assert len({row[2] for row in rows}) == len(rows)


def test_workers_restart_after_max_requests(start):
    engine = start(WORKERS="1", MAX_REQUESTS="3")
    script = "import os\ndef rm_main(): return os.getpid()"
    pids = []
    for _ in range(8):
        pids.append(execute(engine.endpoint, script).json()["outputs"][0]["value"])
    assert len(set(pids)) >= 2


@pytest.mark.parametrize("isolation", ["namespace", "process"])
def test_an_engine_that_replaces_a_worker_ends_when_it_is_told_to(isolation):
    """Whenever the signal comes: before, while and after the new one is forked."""
    for pause in range(12):
        engine = Engine(MAX_REQUESTS="1", ISOLATION=isolation, PRELOAD="none")
        assert execute_script(engine.endpoint, GOOD).status_code == 200
        time.sleep(pause * 0.0007)
        engine.process.send_signal(signal.SIGINT)
        engine.process.wait(20)
        engine.stop()


def test_a_killed_worker_is_replaced(start):
    engine = start(WORKERS="1")
    response = execute(engine.endpoint, "import os\ndef rm_main(): os.kill(os.getpid(), 9)")
    assert_problem(response, 502, "script-died", "signal 9 (Killed)")
    assert execute_script(engine.endpoint, GOOD).status_code == 200


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "time.sleep(60)"])
def test_nothing_is_left_after_a_worker_died_or_was_ended(start, end):
    engine = start(TIMEOUT="1")
    script = f"import os, time\ndef rm_main(f):\n  open('left', 'w').write('x')\n  {end}"
    answer = execute(engine.endpoint, script, {"type": "file", "text": "secret"})
    assert answer.status_code == (502 if "kill" in end else 504)
    look = "import os\ndef rm_main(): return os.listdir()"
    assert execute(engine.endpoint, look).json()["outputs"] == [value([])]
    assert scratch_folders(engine) != []
    wait_until(lambda: not files_of_scripts(engine))


def test_signal_handlers_of_a_script_end_with_it(start):
    engine = start()
    script = (
        "import signal\n"
        "def rm_main():\n"
        "  for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):\n"
        "    signal.signal(number, signal.SIG_IGN)\n"
        "  signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32))\n"
    )
    assert execute_script(engine.endpoint, script).status_code == 200
    engine.process.send_signal(signal.SIGINT)
    assert engine.process.wait(25) is not None  # uWSGI would kill a deaf worker after 60 s


def test_a_stopped_engine_leaves_no_scratch_folder(start):
    engine = start()
    script = "import os\ndef rm_main(): return os.path.isdir(os.getcwd())"
    assert execute(engine.endpoint, script).json()["outputs"] == [value(True)]
    assert scratch_folders(engine) != []
    engine.stop()
    assert scratch_folders(engine) == []


def test_a_prefix_runs_on_its_own_libpython(start, tmp_path):
    library = make_prefix(tmp_path / "conda")
    engine = start(CONDA_ENV="conda", ENVS_DIR=str(tmp_path))
    script = (
        "import pathlib, sys\n"
        "def rm_main():\n"
        "  maps = pathlib.Path('/proc/self/maps').read_text().split()\n"
        "  return sys.prefix, sorted({word for word in maps if '/libpython3' in word})"
    )
    outputs = execute(engine.endpoint, script).json()["outputs"]
    assert outputs == [value(str(tmp_path / "conda")), value([str(library)])]
