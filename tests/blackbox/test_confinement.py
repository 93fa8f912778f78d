"""Single layers of protection, each by what is seen if it holds; tests/mutations switches them off."""

import contextlib
import os
import pathlib
import re
import signal
import threading

import pytest
import requests
from client import assert_problem, execute, outputs, value, wait_until
from engine_process import Engine, namespace_only
from inventory import descendants, name_of, runners_of, state_of, zygote_of
from test_attacks import FORGE

ALIVE = "def rm_main(): return 'alive'"
BUSY = "import ctypes\ndef rm_main():\n  ctypes.CDLL(None).prctl(15, b'busy')\n  while True: pass"


@pytest.fixture(scope="module")
def engine():
    engine = Engine(WORKERS="1", TIMEOUT="2", SERVICE="x")
    yield engine
    engine.stop()


def test_a_result_without_the_number_of_its_job_is_not_taken(engine):
    script = FORGE + "\ndef rm_main():\n  send(message(2))\n  time.sleep(.3)\n  return 'late'"
    assert_problem(execute(engine.endpoint, script), 502, "script-died", "a result that nobody asked for")
    assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]


def test_a_deadline_holds(engine):
    with contextlib.suppress(requests.ReadTimeout):
        headers = {"Content-Type": "text/x-python"}
        answer = requests.post(f"{engine.endpoint}/execute", BUSY, headers=headers, timeout=20)
        assert_problem(answer, 504, "deadline-exceeded")
        return
    pytest.fail("there was no answer")


@namespace_only
def test_what_is_printed_too_late_is_no_line_of_the_log(engine):
    script = (
        "class Late:\n"
        "  def __del__(self): print('request id=forged status=200')\n"
        "late = Late()\n"
        "def rm_main(): pass"
    )
    assert execute(engine.endpoint, script).status_code == 200
    wait_until(lambda: "request id=forged" in engine.log or "after request" in engine.log)
    assert not re.search("^request id=forged", engine.log, re.M)


CALLS = {
    "limits of another process": "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (9, 9))",
    "priority of another process": "os.setpriority(os.PRIO_PROCESS, os.getppid(), 5)",
    "priority of all of a user": "os.setpriority(os.PRIO_USER, 0, 5)",
    "processors of another process": "os.sched_setaffinity(os.getppid(), {0})",
    "inotify": "call(294, 0)",
    "tracing": "call(101, 16, os.getppid(), 0, 0)",
    "memory of another process": "call(310, os.getppid(), 0, 0, 0, 0, 0)",
    "a descriptor of another process": "call(438, os.pidfd_open(os.getppid()), 0, 0)",
    "a child of somebody else's": "call(56, 0x8000 | 17, 0, 0, 0, 0)",
    "a namespace of users": "call(272, 0x10000000)",
    "F_NOTIFY": "fcntl.fcntl(os.open('.', os.O_RDONLY), 1026, 1)",
    "F_NOTIFY with more bits": "call(72, os.open('.', os.O_RDONLY), (1 << 32) | 1026, 1)",
    "System V shared memory": "call(29, 0, 4096, 0o1600)",
    "a message queue": "call(240, b'/standpy-test', 0o102, 0o600, 0)",
    "io_uring": "call(425, 8, ctypes.create_string_buffer(200))",
    "bpf": "call(321, 0, 0, 0)",
    "userfaultfd": "call(323, 0)",
    "keys": "call(250, 0, 0xfffffffd, 0)",
    "a subreaper": "call(157, 36, 0)",
    "a tracer of one's own": "call(157, 0x59616d61, 1)",
    "a domain of one's own": "call(446, -1, 0)",
    "clone3": "call(435, 0, 0)",
    "numbers of x32": "call(0x40000000 | 39)",
}  # fmt: skip


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of calls are an architecture's")
def test_system_calls_that_no_script_needs_are_refused(engine):
    """From the script, from a thread of its, from a child, and behind an exec."""
    body = "".join(f"  attempt({name!r}, lambda: {call})\n" for name, call in CALLS.items())
    script = (
        "import ctypes, errno, fcntl, json, os, resource, subprocess, sys, threading\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "def call(number, *arguments):\n"
        "  arguments = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]\n"
        "  result = libc.syscall(ctypes.c_long(number), *arguments)\n"
        "  if result < 0: raise OSError(ctypes.get_errno(), 'refused')\n"
        "def attempts():\n"
        "  passed = []\n"
        "  def attempt(name, action):\n"
        "    try: action()\n"
        "    except OSError as error:\n"
        "      if error.errno not in (errno.EPERM, errno.ENOSYS): passed.append((name, error.errno))\n"
        "    else: passed.append((name, 0))\n"
        f"{body}"
        "  return passed\n"
        "def in_child():\n"
        "  read, write = os.pipe()\n"
        "  child = os.fork()\n"
        "  if child == 0:\n"
        "    os.write(write, json.dumps(attempts()).encode())\n"
        "    os._exit(0)\n"
        "  os.waitpid(child, 0)\n"
        "  return json.loads(os.read(read, 9999))\n"
        "def in_thread():\n"
        "  found = []\n"
        "  thread = threading.Thread(target=lambda: found.extend(attempts()))\n"
        "  thread.start(); thread.join()\n"
        "  return found\n"
        "def behind_exec():\n"
        "  source = SOURCE + '\\nprint(json.dumps(attempts()))'\n"
        "  return json.loads(subprocess.check_output([sys.executable, '-c', source]))\n"
        "def rm_main(source):\n"
        "  global SOURCE\n"
        "  SOURCE = source\n"
        "  return [attempts(), in_thread(), in_child(), behind_exec()]\n"
    )
    source = script.partition("def in_child")[0]
    answer = execute(engine.endpoint, script, value(source), headers={"Prefer": "wait=20"})
    assert outputs(answer) == [value([[], [], [], []])]


@namespace_only
def test_streams_that_a_script_closed_are_put_back(engine):
    """In the same process, which is used again."""
    close = "import os\ndef rm_main():\n  os.close(1); os.close(2)\n  return os.getpid()"
    heard = "import os\ndef rm_main():\n  os.write(1, b'heard')\n  return os.getpid()"
    process = outputs(execute(engine.endpoint, heard))
    assert outputs(execute(engine.endpoint, close)) == process
    response = execute(engine.endpoint, heard)
    assert response.json()["stdout"] == "heard"
    assert outputs(response) == process


CHANGES = {
    "a descriptor left open": ("import os\nkept = []\ndef rm_main():\n  os.open('/dev/null', 0)\n  return os.getpid()", "descriptors"),
    "a filter of its own": (
        "import ctypes, os\n"
        "def rm_main():\n"
        "  libc = ctypes.CDLL(None, use_errno=True)\n"
        "  code = (ctypes.c_uint64 * 1)(0x7fff000000000006)\n"  # BPF_RET, SECCOMP_RET_ALLOW
        "  class Program(ctypes.Structure): _fields_ = [('n', ctypes.c_ushort), ('f', ctypes.c_void_p)]\n"
        "  program = Program(1, ctypes.addressof(code))\n"
        "  assert libc.prctl(22, 2, ctypes.byref(program)) == 0\n"
        "  return os.getpid()",
        "a filter of system calls",
    ),
    "a signal that is ignored below Python": (
        "import ctypes, os\n"
        "def rm_main():\n"
        "  ctypes.CDLL(None).signal(10, ctypes.c_void_p(1))\n"
        "  return os.getpid()",
        "ignored signals",
    ),
    "a thread": (
        "import os, threading\n"
        "def rm_main():\n"
        "  threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
        "  return os.getpid()",
        "threads",
    ),
}  # fmt: skip


@namespace_only
@pytest.mark.parametrize("what", CHANGES)
def test_a_process_that_is_not_as_it_was_is_replaced(engine, what):
    script, words = CHANGES[what]
    before = metric(engine, "changed")
    response = execute(engine.endpoint, script)
    [first] = outputs(response)
    [second] = outputs(execute(engine.endpoint, "import os\ndef rm_main(): return os.getpid()"))
    assert first != second
    assert metric(engine, "changed") == before + 1
    line = f"request {response.headers['X-Request-Id']} changed {words}, its process is replaced"
    assert line in engine.log


def metric(engine, reason):
    text = requests.get(engine.endpoint + "/metrics", timeout=60).text
    return int(re.search(rf'restarts_total{{reason="{reason}"}} (\d+)', text)[1])


def test_nothing_outlives_master_and_zygote_together():
    """A runner with a script that never ends has then nobody who would end it."""
    engine = Engine(WORKERS="1", TIMEOUT="600")

    def run():
        with contextlib.suppress(requests.RequestException):
            execute(engine.endpoint, BUSY)

    thread = threading.Thread(target=run)
    thread.start()
    wait_until(lambda: any(is_busy(pid) for pid in runners_of(engine)))
    everyone = descendants(engine.process.pid)
    zygote = zygote_of(engine)
    os.kill(zygote, signal.SIGSTOP)  # so that it cannot react to the master's end
    engine.process.kill()
    os.kill(zygote, signal.SIGKILL)
    engine.process.wait()
    try:
        wait_until(lambda: all(is_gone(pid) for pid in everyone))
    finally:
        for pid in everyone:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        thread.join()
        engine.stop()


def is_busy(pid):
    with contextlib.suppress(OSError):
        return name_of(pid) == "busy"
    return False


def is_gone(pid):
    try:
        return state_of(pid) == "Z"
    except OSError:
        return True


def test_front_and_runners_have_different_parents(engine):
    """So that a script's process is never a copy of one that has seen requests."""
    for pid in runners_of(engine):
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        assert re.search(rf"^PPid:\t{zygote_of(engine)}$", status, re.M)
