"""What a script changes or leaves behind in its worker, and what the next one finds."""

import concurrent.futures
import os
import re

import pytest
from client import assert_problem, execute, metric, outputs, value, wait_until
from engine_process import Engine, namespace_only, unsanitized_only

LOOKS = {
    "builtins": (
        "import builtins\n"
        "def rm_main():\n"
        "  builtins.len = lambda x: -1\n"
        "  builtins.added = 1\n"
        "  del builtins.sum",
        "import builtins\n"
        "def rm_main(): return len([1]), sum([2]), hasattr(builtins, 'added')",
        [1, 2, False],
    ),
    "standard output": (
        "import io, sys\n"
        "def rm_main():\n"
        "  sys.stdout = sys.stderr = sys.__stdout__ = io.StringIO()",
        "import sys\ndef rm_main(): return type(sys.stdout).__name__, sys.stdout is sys.__stdout__",
        ["TextIOWrapper", True],
    ),
    "arithmetic of decimal": (
        "import decimal\n"
        "def rm_main():\n"
        "  decimal.getcontext().prec = 4\n"
        "  decimal.getcontext().rounding = decimal.ROUND_UP",
        "import decimal\ndef rm_main(): return str(decimal.Decimal(1) / 3)",
        ["0.3333333333333333333333333333"],
    ),
    "locale": (
        "import locale\ndef rm_main(): return locale.setlocale(locale.LC_ALL, 'C')",
        "import locale\ndef rm_main(): return locale.setlocale(locale.LC_CTYPE).upper()[-5:]",
        ["UTF-8"],
    ),
    "signal handlers and timers": (
        "import signal\n"
        "def rm_main():\n"
        "  signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "  for s in (signal.SIGUSR2, signal.SIGRTMIN + 5): signal.signal(s, print)\n"
        "  signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])\n"
        "  signal.setitimer(signal.ITIMER_REAL, 0.3)\n"
        "  signal.setitimer(signal.ITIMER_PROF, 0.01)",
        "import signal, time\n"
        "def rm_main():\n"
        "  time.sleep(0.5)\n"
        "  sum(range(10**6))\n"
        "  ignored = __import__('io').open('/proc/self/status').read().split('SigIgn:')[1].split()[0]\n"
        "  return ([int(s) for s in signal.pthread_sigmask(signal.SIG_BLOCK, [])],\n"
        "    int(ignored, 16) >> (signal.SIGTERM - 1) & 1,\n"
        "    [s for s in signal.valid_signals() if signal.getsignal(s) is print])",
        [[], 0, []],
    ),
    "time zone": (
        "import os, time\ndef rm_main():\n  os.environ['TZ'] = 'Asia/Tokyo'\n  time.tzset()",
        "import time\ndef rm_main(): return time.localtime().tm_zone == 'JST'",
        [False],
    ),
    "hooks": (
        "import sys\ndef rm_main(): sys.excepthook = sys.unraisablehook = sys.displayhook = None",
        "import sys\n"
        "def rm_main(): return [sys.excepthook is None, sys.unraisablehook is None,"
        " sys.displayhook is None]",
        [[False, False, False]],
    ),
    "file creation mask": (
        "import os\ndef rm_main(): os.umask(0o777)",
        "import os\ndef rm_main():\n  open('f', 'w').close()\n  return os.stat('f').st_mode & 0o700",
        [0o600],
    ),
    "collector": (
        "import gc\ndef rm_main():\n  gc.disable()\n  gc.set_threshold(1, 1, 1)",
        "import gc\ndef rm_main(): return gc.isenabled(), gc.get_threshold()[0] > 1",
        [True, True],
    ),
    "tracing": (
        "import sys\ndef rm_main(): sys.settrace(lambda *a: None)",
        "import sys\ndef rm_main(): return sys.gettrace() is None",
        [True],
    ),
    "logging": (
        "import logging, sys\n"
        "def rm_main():\n"
        "  logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)\n"
        "  logging.disable(logging.CRITICAL)",
        "import logging\n"
        "def rm_main(): return len(logging.root.handlers), logging.root.level, logging.root.manager.disable",
        [0, 30, 0],
    ),
    "environment, path and arguments": (
        "import os, sys\n"
        "def rm_main():\n"
        "  os.environ['ADDED'] = '1'\n"
        "  os.environ.pop('PATH')\n"
        "  sys.path.insert(0, '/nowhere')\n"
        "  sys.argv.append('x')\n"
        "  os.chdir('/')",
        "import os, sys\n"
        "def rm_main():\n"
        "  return 'ADDED' in os.environ, 'PATH' in os.environ, '/nowhere' in sys.path, 'x' in sys.argv,"
        " os.getcwd() == '/'",
        [False, True, False, False, False],
    ),
}


@pytest.mark.parametrize("what", LOOKS)
def test_the_next_script_finds_it_as_it_was(endpoint, what):
    change, look, expected = LOOKS[what]
    for failing in ("", "\n  raise ValueError('after changing')"):
        response = execute(endpoint, change + failing)
        assert response.status_code == (422 if failing else 200), response.text
        [*found] = [output["value"] for output in outputs(execute(endpoint, look))]
        assert found == expected


@pytest.mark.parametrize(
    "seed, draw",
    [
        ("random.seed(1)", "random.random()"),
        ("random.setstate(random.Random(1).getstate())", "random.random()"),
        ("numpy.random.seed(1)", "numpy.random.rand()"),
        ("numpy.random.set_state(numpy.random.RandomState(1).get_state())", "numpy.random.rand()"),
    ],
)
def test_a_seed_holds_for_its_own_script_only(endpoint, seed, draw):
    seeded = f"import random, numpy\ndef rm_main():\n  {seed}\n  return {draw}"
    unseeded = f"import random, numpy\ndef rm_main(): return {draw}"
    first, second = (outputs(execute(endpoint, seeded))[0] for _ in range(2))
    assert first == second
    drawn = set()
    for _ in range(3):
        execute(endpoint, seeded.replace(f"return {draw}", "pass"))
        drawn.add(outputs(execute(endpoint, unseeded))[0]["value"])
    assert len(drawn) == 3
    assert first["value"] not in drawn


def test_atexit_handlers_run_at_the_end_of_their_script(endpoint):
    script = (
        "import atexit\n"
        "def fail(): raise ValueError('in a handler')\n"
        "def rm_main():\n"
        "  atexit.register(print, 'registered first')\n"
        "  atexit.register(print, 'registered', end='ed\\n')\n"
        "  atexit.register(fail)\n"
        "  atexit.register(len)\n"
        "  atexit.unregister(len)\n"
        "  print('the script')"
    )
    for _ in range(2):
        report = execute(endpoint, script).json()
        assert report["stdout"] == "the script\nregistereded\nregistered first\n"
        assert "ValueError: in a handler" in report["stderr"]
    assert execute(endpoint, "def rm_main(): pass").json()["stdout"] == ""


@pytest.fixture
def own_engine():
    engine = Engine(TIMEOUT="20")
    yield engine
    engine.stop()


@namespace_only
def test_threads_that_a_script_leaves_behind_are_reported(own_engine):
    script = (
        "import threading\n"
        "def rm_main():\n"
        "  for _ in range(2): threading.Thread(target=threading.Event().wait, daemon=True).start()"
    )
    response = execute(own_engine.endpoint, script)
    execute(own_engine.endpoint, "def rm_main(): pass")
    who = f"the script of request {response.headers['X-Request-Id']}"
    wanted = f"{who} left 2 threads behind"
    assert own_engine.log.count("threads behind") == 1
    assert wanted in own_engine.log


def test_processes_that_a_script_leaves_behind_are_ended_and_reported(own_engine):
    script = (
        "import subprocess, sys\n"
        "LOOP = 'import time\\nwhile True: print(1, flush=True); time.sleep(0.001)'\n"
        "def rm_main():\n"
        "  one = subprocess.Popen([sys.executable, '-c', LOOP])\n"
        "  subprocess.run('setsid sleep 600 & setsid sleep 600 &', shell=True)\n"
        "  return one.pid"
    )
    response = execute(own_engine.endpoint, script)
    pid = response.json()["outputs"][0]["value"]
    assert execute(own_engine.endpoint, "def rm_main(): pass").json()["stdout"] == ""
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"))
    wait_until(lambda: "left 3 processes behind" in own_engine.log)


@namespace_only
def test_a_script_that_imports_keeps_no_descriptors_by_that(own_engine):
    """A library may open some as it is imported; who takes all leaves none for the next job."""
    script = "import os, colorsys\ndef rm_main():\n  while True: os.dup(0)"
    assert execute(own_engine.endpoint, script).json()["exception"]["type"] == "OSError"
    for _ in range(9):
        assert outputs(execute(own_engine.endpoint, "def rm_main(): return 1")) == [value(1)]
    assert "changed descriptors" in own_engine.log


def test_a_worker_whose_descriptors_a_script_closed_is_replaced(own_engine):
    script = "import os\ndef rm_main(): os.closerange(0, 1000)"
    response = execute(own_engine.endpoint, script)
    assert_problem(response, 502, "script-died", "its process ")
    assert outputs(execute(own_engine.endpoint, "def rm_main(): return 1")) == [value(1)]


@unsanitized_only
def test_500_mb_of_garbage_are_given_back(own_engine):
    garbage = (
        "def rm_main():\n"
        "  for _ in range(5):\n"
        "    cycle = [b'x' * 100_000_000]\n"
        "    cycle.append(cycle)"
    )
    look = "def rm_main(): return int(open('/proc/self/statm').read().split()[1]) * 4096"
    look = look.replace("open(", "__import__('io').open(")
    [before] = outputs(execute(own_engine.endpoint, look))
    assert execute(own_engine.endpoint, garbage).status_code == 200
    [after] = outputs(execute(own_engine.endpoint, look))
    assert after["value"] < before["value"] + 64_000_000


@unsanitized_only
def test_a_script_without_bounds_gets_a_memory_error(start):
    engine = start(MEMORY_LIMIT="400m")
    for allocate in ("b'x' * 50_000_000", "numpy.ones(5_000_000)", "[0] * 1_000_000"):
        script = (
            "import numpy\n"
            "def rm_main():\n"
            "  held = []\n"
            f"  while True: held.append({allocate})"
        )
        response = execute(engine.endpoint, script)
        problem = assert_problem(response, 422, "script-failed", "MemoryError")
        assert problem["exception"]["line"] == 4
    fits = "def rm_main(): return len(b'x' * 200_000_000)"
    assert outputs(execute(engine.endpoint, fits)) == [value(200_000_000)]


@unsanitized_only
def test_a_script_that_has_taken_all_memory_is_answered_at_its_deadline(start):
    engine = start(MEMORY_LIMIT="400m", TIMEOUT="20")
    script = (
        "def rm_main():\n"
        "  held = []\n"
        "  for size in (10_000_000, 100_000, 1000, 10):\n"
        "    try:\n"
        "      while True: held.append(bytearray(size))\n"
        "    except MemoryError:\n"
        "      print(size)\n"
        "  while True: pass"
    )
    response = execute(engine.endpoint, script, headers={"Prefer": "wait=6"})
    problem = assert_problem(response, 504, "deadline-exceeded", "6 s")
    assert problem["stdout"].startswith("10000000\n100000\n1000\n")
    assert "Script, line" in problem["traceback"]
    assert outputs(execute(engine.endpoint, "def rm_main(): return 1")) == [value(1)]


@namespace_only
@unsanitized_only
def test_a_worker_that_keeps_half_its_memory_is_replaced(start):
    engine = start(MEMORY_LIMIT="400m")
    keep = "import json, os\ndef rm_main():\n  json.__dict__.update(kept=b'x' * 250_000_000)\n  return os.getpid()"
    look = "import json, os\ndef rm_main(): return os.getpid(), hasattr(json, 'kept')"
    [first] = outputs(execute(engine.endpoint, keep))
    second, kept = outputs(execute(engine.endpoint, look))
    assert second != first
    assert kept == value(False)
    assert metric(engine, "standpy_worker_restarts_total", reason="memory") == 1


def test_two_workers_never_draw_the_same_numbers():
    engine = Engine(WORKERS="2", MAX_REQUESTS="5")
    script = (
        "import random, numpy, time, uuid\n"
        "def rm_main():\n"
        "  time.sleep(0.01)\n"
        "  return random.random(), numpy.random.rand(), str(uuid.uuid4())"
    )
    try:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda _: execute(engine.endpoint, script), range(100)))
        drawn = [[o["value"] for o in outputs(answer)] for answer in answers]
        assert all(len(set(column)) == 100 for column in zip(*drawn))
        assert len(set(re.findall(r"worker=(\d)", engine.log))) == 2
    finally:
        engine.stop()
