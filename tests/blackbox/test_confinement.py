"""Single layers of protection, each by what is seen if it holds; tests/mutations switches them off."""

import contextlib
import os
import pathlib
import re
import signal

import pytest
import requests
from attacks import FORGE
from client import assert_problem, execute, execute_in_background, metric, outputs, value, wait_until
from engine_process import Engine, namespace_only
from inventory import busy_runners, descendants, is_gone, runners_of, zygote_of
from script_texts import ALIVE, BUSY, WHO



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


# What a script calls, and the answer: EPERM, or the one that is named. Each would have another one
# if the filter did not look at that call.
CALLS = {
    "limits of another process": "resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (9, 9))",
    "priority of another process": "os.setpriority(os.PRIO_PROCESS, os.getppid(), 5)",
    "priority of all of a user": "os.setpriority(os.PRIO_USER, 0, 5)",
    "input and output of another process": "call(251, 1, os.getppid(), 2 << 13 | 4)",
    "input and output of all of a user": "call(251, 3, 0, 2 << 13 | 4)",
    "processors of another process": "os.sched_setaffinity(os.getppid(), {0})",
    "scheduling of another process": "os.sched_setscheduler(os.getppid(), os.SCHED_BATCH, os.sched_param(0))",
    "its parameters": "os.sched_setparam(os.getppid(), os.sched_param(0))",
    "its attributes": "call(314, os.getppid(), struct.pack('<IIQiIQQQ', 48, 0, 0, 5, 0, 0, 0, 0), 0)",
    "memory on another node": "call(256, 0, 0, 0, 0)",
    "pages of another process": "call(279, NOBODY, 0, 0, 0, 0, 0)",
    "locking all memory": "call(151, 2)",
    "tracing": "call(101, 16, NOBODY, 0, 0)",
    "reading another process's memory": "call(310, NOBODY, 0, 0, 0, 0, 0)",
    "writing to it": "call(311, NOBODY, 0, 0, 0, 0, 0)",
    "advice for another process": "call(440, -1, 0, 0, 0, 0)",
    "taking its memory": "call(448, -1, 0)",
    "a descriptor of another process": "call(438, -1, 0, 0)",
    "comparing processes": "call(312, NOBODY, NOBODY, 0, 0, 0)",
    "perf events": "call(298, 0, 0, 0, 0, 0)",
    "a tracer of one's own": "call(157, 0x59616d61, 1)",
    "a child of somebody else's": "call(56, 0x8000 | 17, 0, 0, 0, 0)",
    "clone3": ("call(435, 0, 0)", "ENOSYS"),
    "a subreaper": "call(157, 36, 0)",
    "a child in a namespace of users": "call(56, 0x10000000 | 17, 0, 0, 0, 0)",
    "a namespace of users": "call(272, 0x10000000)",
    "another namespace": "call(308, -1, 0)",
    "inotify": "call(253)",
    "inotify with flags": "call(294, 0)",
    "fanotify": "call(300, 0x200, 0)",
    "F_NOTIFY": "fcntl.fcntl(os.open('.', os.O_RDONLY), 1026, 1)",
    "F_NOTIFY with more bits": "call(72, os.open('.', os.O_RDONLY), (1 << 32) | 1026, 1)",
    "a lease": "fcntl.fcntl(os.open(sys.executable, os.O_RDONLY), 1024, 0)",
    "System V shared memory": "call(29, 0, 4096, 0o1600)",
    "mapping it": "call(30, -1, 0, 0)",
    "changing it": "call(31, -1, 0, 0)",
    "a System V queue": "call(68, 0, 0o1600)",
    "changing it, too": "call(71, -1, 0, 0)",
    "sending to it": "call(69, -1, struct.pack('<q', 1), 0, 0)",
    "receiving from it": "call(70, -1, ctypes.create_string_buffer(99), 9, 0, 0)",
    "System V semaphores": "call(64, 0, 1, 0o1600)",
    "looking at them": "call(66, -1, 0, 12, 0)",
    "raising them": "call(65, -1, bytes(6), 1)",
    "waiting for them": "call(220, -1, bytes(6), 1, 0)",
    "a message queue": "call(240, b'standpy-none', 0, 0, 0)",
    "removing it": "call(241, b'standpy-none')",
    "asynchronous input and output": ("call(206, 0, 0)", "ENOSYS"),
    "io_uring": ("call(425, 8, ctypes.create_string_buffer(200))", "ENOSYS"),
    "entering it": ("call(426, -1, 0, 0, 0, 0, 0)", "ENOSYS"),
    "registering with it": ("call(427, -1, 0, 0, 0)", "ENOSYS"),
    "a mode by a path": "call(90, b'/dev/null', 0o666)",
    "a mode by a path, too": "call(268, -1, b'/dev/null', 0o666)",
    "a mode by a path and flags": "call(452, -1, b'/dev/null', 0o666, 0)",
    "an owner by a path": "call(92, b'none', -1, -1)",
    "an owner of a link": "call(94, b'none', -1, -1)",
    "an owner by a folder": "call(260, -100, b'none', -1, -1, 0)",
    "an attribute by a path": ("call(188, b'none', b'user.x', b'', 0, 0)", "ENOTSUP"),
    "an attribute of a link": ("call(189, b'none', b'user.x', b'', 0, 0)", "ENOTSUP"),
    "removing an attribute": ("call(197, b'none', b'user.x')", "ENOTSUP"),
    "removing it from a link": ("call(198, b'none', b'user.x')", "ENOTSUP"),
    "an attribute by a folder": ("call(463, -100, b'none', 0, b'user.x', 0, 0)", "ENOTSUP"),
    "removing it by a folder": ("call(466, -100, b'none', 0, b'user.x')", "ENOTSUP"),
    "sockets that tell of others": ("call(41, 16, 3, 4)", "EPROTONOSUPPORT"),
    "news of processes": ("call(41, 16, 2, 11)", "EPROTONOSUPPORT"),
    "sockets to the host": ("call(41, 40, 1, 0)", "EAFNOSUPPORT"),
    "sockets to the kernel's cryptography": ("call(41, 38, 5, 0)", "EAFNOSUPPORT"),
    "bpf": "call(321, 0, 0, 100000)",
    "userfaultfd": "call(323, 1)",
    "keys": "call(250, 0, 0xfffffffd, 0)",
    "adding a key": "call(248, 0, 0, 0, 0, 0)",
    "asking for a key": "call(249, 0, 0, 0, 0)",
    "a domain of one's own": "call(446, -1, 0)",
    "numbers of x32": ("call(0x40000000 | 39)", "ENOSYS"),
}  # fmt: skip

# A script with CALLS in the function attempts(), which returns those that had another answer.
ATTEMPTS = (
    "import ctypes, errno, fcntl, json, os, resource, struct, subprocess, sys, threading\n"
    "libc = ctypes.CDLL(None, use_errno=True)\n"
    "NOBODY = 4194304\n"  # more than any process's number
    "def call(number, *arguments):\n"
    "  arguments = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]\n"
    "  result = libc.syscall(ctypes.c_long(number), *arguments)\n"
    "  if result < 0: raise OSError(ctypes.get_errno(), 'refused')\n"
    "def attempts():\n"
    "  passed = []\n"
    "  def attempt(name, answer, action):\n"
    "    try: action()\n"
    "    except OSError as error:\n"
    "      found = errno.errorcode[error.errno]\n"
    "      if found != answer: passed.append((name, found))\n"
    "    else: passed.append((name, 'done'))\n"
    + "".join(
        "  attempt({!r}, {!r}, lambda: {})\n".format(name, *reversed((call, "EPERM") if isinstance(call, str) else call))
        for name, call in CALLS.items()
    )
    + "  return passed\n"
)
x86_64_only = pytest.mark.skipif(
    os.uname().machine != "x86_64", reason="numbers of calls are an architecture's"
)


@x86_64_only
def test_system_calls_that_no_script_needs_are_refused(engine):
    """From the script, a thread of its, a child, behind an exec, and in a signal handler."""
    script = ATTEMPTS + (
        "import signal\n"
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
        "def behind_exec(source):\n"
        "  source += '\\nprint(json.dumps(attempts()))'\n"
        "  return json.loads(subprocess.check_output([sys.executable, '-c', source]))\n"
        "def in_handler():\n"
        "  found = []\n"
        "  signal.signal(signal.SIGUSR1, lambda *_: found.extend(attempts()))\n"
        "  signal.raise_signal(signal.SIGUSR1)\n"
        "  return found\n"
        "def rm_main(source):\n"
        "  return [attempts(), in_thread(), in_child(), behind_exec(source), in_handler()]\n"
    )
    answer = execute(engine.endpoint, script, value(ATTEMPTS), headers={"Prefer": "wait=20"})
    assert outputs(answer) == [value([[]] * 5)]


@x86_64_only
def test_calls_of_32_bit_programs_are_refused(engine):
    """By int 0x80, in a child, which ends where the kernel has none of them at all."""
    script = (
        "import ctypes, mmap, os\n"
        "def rm_main():\n"
        "  code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)\n"
        "  code.write(bytes.fromhex('b814000000cd80c3'))\n"  # mov eax, getpid; int 0x80; ret
        "  function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))\n"
        "  child = os.fork()\n"
        "  if child == 0: os._exit(100 if function() > 0 else 0)\n"
        "  return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])\n"
    )
    [status] = outputs(execute(engine.endpoint, script))
    assert status in (value(0), value(-11))


def test_the_end_of_the_parent_is_not_a_scripts_to_choose(engine):
    script = (
        "import ctypes\n"
        "def rm_main():\n"
        "  libc, number = ctypes.CDLL(None), ctypes.c_int()\n"
        "  assert libc.prctl(1, 10) == 0\n"
        "  libc.prctl(2, ctypes.byref(number))\n"
        "  return number.value != 10\n"
    )
    assert outputs(execute(engine.endpoint, script)) == [value(True)]


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
    before = metric(engine, "standpy_worker_restarts_total", reason="changed")
    response = execute(engine.endpoint, script)
    [first] = outputs(response)
    [second] = outputs(execute(engine.endpoint, WHO))
    assert first != second
    assert metric(engine, "standpy_worker_restarts_total", reason="changed") == before + 1
    line = f"request {response.headers['X-Request-Id']} changed {words}, its process is replaced"
    assert line in engine.log

def test_nothing_outlives_master_and_zygote_together():
    """A runner with a script that never ends has then nobody who would end it."""
    engine = Engine(WORKERS="1", TIMEOUT="600")
    execute_in_background(engine, BUSY)
    wait_until(lambda: busy_runners(engine))
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
        engine.stop()


def test_front_and_runners_have_different_parents(engine):
    """So that a script's process is never a copy of one that has seen requests."""
    for pid in runners_of(engine):
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        assert re.search(rf"^PPid:\t{zygote_of(engine)}$", status, re.M)
