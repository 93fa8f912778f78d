"""ISOLATION=process: nothing that a script did reaches the next one."""

import pytest
from client import execute, outputs, text_file, value
from engine_process import Engine
from script_texts import WHO


@pytest.fixture(scope="module")
def isolated():
    engine = Engine(ISOLATION="process", WORKERS="1", TIMEOUT="10")
    yield engine
    engine.stop()


CHANGES = {
    "a module's global": (
        "import json\ndef rm_main(): json.kept = 1",
        "import json\ndef rm_main(): return hasattr(json, 'kept')",
    ),
    "a monkey patch": (
        "import json\ndef rm_main(): json.dumps = None",
        "import json\ndef rm_main(): return json.dumps is None",
    ),
    "os.environ": (
        "import os\ndef rm_main(): os.environ['KEPT'] = '1'",
        "import os\ndef rm_main(): return 'KEPT' in os.environ",
    ),
    "the environment of the process": (
        "import ctypes\ndef rm_main(): ctypes.CDLL(None).setenv(b'KEPT', b'1', 1)",
        "import ctypes\ndef rm_main(): return ctypes.CDLL(None).getenv(b'KEPT') != 0",
    ),
    "memory": (
        "import sys\ndef rm_main(): sys.kept = b'x' * 300_000_000",
        "def rm_main(): return 300e6 < 4096 * int("
        "__import__('io').open('/proc/self/statm').read().split()[1])",
    ),
    "a thread": (
        "import threading\n"
        "def rm_main(): threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "import threading\ndef rm_main(): return threading.active_count() > 1",
    ),
    "a process": (
        "import subprocess\ndef rm_main(): subprocess.Popen(['sleep', '1234567'])",
        "import subprocess\n"
        "def rm_main():\n"  # pgrep hangs with AddressSanitizer's library preloaded
        "  look = ['env', '-u', 'LD_PRELOAD', 'pgrep', '-f', 'sleep 123456[7]']\n"
        "  return subprocess.run(look).returncode == 0",
    ),
    "an import": (
        "import sys, wave\ndef rm_main(): pass",
        "import sys\ndef rm_main(): return 'wave' in sys.modules",
    ),
    "options of a library": (
        "import numpy\ndef rm_main(): numpy.seterr(all='raise')",
        "import numpy\ndef rm_main(): return numpy.geterr()['divide'] == 'raise'",
    ),
    "a file": (
        "def rm_main(): open('kept', 'w').write('x')",
        "import os\ndef rm_main(): return os.listdir() != []",
    ),
    "a closed descriptor": (
        "import os\ndef rm_main(): os.closerange(0, 1000)",
        "import os\ndef rm_main(): return os.fstat(1) is None",
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_next_script_does_not_see_it(isolated, what):
    change, look = CHANGES[what]
    execute(isolated.endpoint, change)
    assert outputs(execute(isolated.endpoint, look)) == [value(False)]


def test_no_process_outlives_the_answer(isolated):
    """Not even by the time that it takes the zygote to look after the runner that ended."""
    change = (
        "import subprocess\n"
        "def rm_main():\n"
        "  for _ in range(20): subprocess.Popen(['sleep', '7654321'])"
    )
    look = CHANGES["a process"][1].replace("123456[7]", "765432[1]")
    for _ in range(10):
        execute(isolated.endpoint, change)
        assert outputs(execute(isolated.endpoint, look)) == [value(False)]


def test_each_request_has_a_process_of_its_own(isolated):
    pids = [outputs(execute(isolated.endpoint, WHO))[0]["value"] for _ in range(20)]
    assert len(set(pids)) == 20


def test_no_two_draw_the_same_numbers(isolated):
    script = "import random, numpy\ndef rm_main(): return random.random(), numpy.random.rand()"
    drawn = [[o["value"] for o in outputs(execute(isolated.endpoint, script))] for _ in range(20)]
    assert all(len(set(column)) == 20 for column in zip(*drawn))


def test_files_stay_while_the_next_process_gets_ready(isolated):
    script = (
        "import os, subprocess\n"
        "def rm_main(f):\n"
        "  os.makedirs('a/b')\n"
        "  open('a/b/f', 'w').write('text')\n"
        "  os.rename('a/b/f', 'a/g')\n"
        "  return subprocess.check_output(['cat', 'a/g', f.name], text=True), len(os.listdir())"
    )
    for _ in range(30):
        answer = outputs(execute(isolated.endpoint, script, text_file(" and more")))
        assert answer == [value("text and more"), value(2)]


def test_its_script_has_no_socket_but_its_channel(isolated):
    script = (
        "import os, socket\n"
        "def rm_main():\n"
        "  found = []\n"
        "  for fd in map(int, os.listdir('/proc/self/fd')):\n"
        "    try: found.append(socket.socket(fileno=os.dup(fd)).family.name)\n"
        "    except OSError: pass\n"
        "  return found"
    )
    assert outputs(execute(isolated.endpoint, script)) == [value(["AF_UNIX"])]
