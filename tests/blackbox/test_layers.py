"""Each protective layer of the engine by itself: with that one alone taken away, its test fails.

tests/mutations/mutations takes some of them away.
"""

import hashlib
import os
import pickle
import re
import signal

import pytest
from attacks import SOCKETS
from client import assert_problem, execute, execute_in_background, execute_parts, outputs, value, wait_until
from engine_process import Engine
from inventory import busy_runners, front_of, is_gone, processes_named, runners_of, zygote_of
from script_texts import BUSY

# Without an import it is cleaned up behind when its answer comes: its runner is idle.
WHO = "def rm_main(): return int(open('/proc/self/stat').read().split()[0])"

# Messages of the channel by hand, as message.h has them, and the number of the script's own job.
FORGE = SOCKETS + """
import mmap
def memory(name):
    for number in os.listdir('/proc/self/fd'):
        try:
            if os.readlink('/proc/self/fd/' + number).startswith('/memfd:' + name): return int(number)
        except OSError: pass
def job():
    return int.from_bytes(os.pread(memory('stack'), 8, 0), 'little')
def message(kind, number, length, type=b'text/plain', content=b'', in_file=0):
    head = struct.pack('<IIQQIII', kind, 0, number, length, in_file, 200, len(type))
    for one in sockets(): one.send(head.ljust(112, b'\\0') + type + content)
def keep(at, length, source=0):
    message(4, job(), 24, type=b'', content=struct.pack('<QQII', at, length, source, 0))
def file_of(length):
    os.ftruncate(memory('result'), length)
    return memory('result')
def rm_main():
"""
# The script's own message is the last one: it is ended while it sleeps.
SLEEP = "\n    time.sleep(30)"

NOBODY_ASKED = "sent a result that nobody asked for"
NO_MESSAGE = "sent something that is not a message"
CAN_CHANGE = "sent a result that it can still change, or of another length"
NOT_THERE = "wants to keep what is not there"
NO_WISH = "wants to keep inputs that nobody sent"
NOT_ITS = "sent what is not its to send"
NOT_ASKED = "said that it is ready although nobody asked"

FORBIDDEN = {
    "a result of another job": ("message(2, job() ^ 1, 3, content=b'abc')", NOBODY_ASKED),
    "a result that is shorter than it says": ("message(2, job(), 60_000, content=b'abc')", NO_MESSAGE),
    "a result that is longer than it says": ("message(2, job(), 2, content=b'abc')", NO_MESSAGE),
    "a field of its own": ("message(2, job(), 3, b'a/b\\r\\nX: y', b'abc')", NO_MESSAGE),
    "that it is ready": ("message(1, 0, 0, type=b'')", NOT_ASKED),
    "a file that it can still write to": (
        "kept = mmap.mmap(file_of(100_000), 100_000); message(2, job(), 100_000, in_file=1)",
        CAN_CHANGE,
    ),
    "a wish to keep what is not in its body": ("keep(100_000, 1)", NOT_THERE),
    "a wish to keep what no request names": ("keep(0, 1, 2)", NOT_THERE),
    "two wishes to keep": ("keep(0, 1); keep(0, 1)", NO_WISH),
    "an answer of the application": ("message(5, job(), 0, type=b'')", NOT_ITS),
    "a piece of one": ("message(6, job(), 3, type=b'', content=b'abc')", NOT_ITS),
    "a line for the log": ("message(7, 0, 0, type=b'')", NOT_ITS),
    "a file of another length": ("file_of(99_999); message(2, job(), 100_000, in_file=1)", CAN_CHANGE),
}


@pytest.fixture(scope="module")
def one_worker():
    engine = Engine(WORKERS="1", TIMEOUT="20", ISOLATION="namespace")
    yield engine
    engine.stop()


OWN = {
    "in a message": "message(2, job(), 6, content=b'forged')",
    "in a file": "os.write(file_of(100_000), b'forged'); message(2, job(), 100_000, in_file=1)",
}


@pytest.mark.parametrize("where", OWN)
def test_a_script_may_send_its_own_result(one_worker, where):
    """Which is nobody else's affair; so what is refused below is not refused for its form."""
    answer = execute(one_worker.endpoint, FORGE + f"    {OWN[where]}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.content.rstrip(b"\0") == b"forged"


@pytest.mark.parametrize("what", FORBIDDEN)
def test_what_a_script_may_not_send_ends_its_process(one_worker, what):
    how, said = FORBIDDEN[what]
    front = front_of(one_worker)
    answer = execute(one_worker.endpoint, FORGE + f"    {how}" + SLEEP)
    assert_problem(answer, 502, "script-died", said)
    assert outputs(execute(one_worker.endpoint, "def rm_main(): return 1")) == [value(1)]
    assert front_of(one_worker) == front


def test_what_a_script_has_kept_is_under_its_own_digest(one_worker):
    """It may ask in its runner's place, for bytes of its own request; the front works out their digest."""
    answer = execute(one_worker.endpoint, FORGE + "    keep(2, 6); time.sleep(0.5); return 1")
    name = hashlib.sha256(b"script").hexdigest()  # {"script": ...
    assert outputs(answer) == [value(1)] and answer.headers["StandPy-Kept"] == name
    script = "def rm_main(file): return file.read()"
    file = {"type": "file", "sha256": name}
    for _ in range(3):  # the engine goes on, whatever that script did to the conversation
        answer = execute(one_worker.endpoint, script, file, headers={"StandPy-Contents": name})
        assert outputs(answer) == [value("script")]


# While inputs are decoded, the body is there as a file; a pickle runs code at that time.
WRITE = FORGE.replace("def rm_main():", "try: found = os.pwrite(memory('body'), b'x', 0)") + (
    "except PermissionError: found = 'refused'"
)


class Pickle:
    def __reduce__(self):
        names = f"[names := {{}}, exec({WRITE!r}, names), names['found']][2]"
        return eval, (names + " " * 100_000,)


def test_nobody_writes_to_the_body_of_a_request(one_worker):
    answer = execute_parts(
        one_worker.endpoint,
        ("script", "def rm_main(found): return found", None),
        ("input", pickle.dumps(Pickle()), "application/x-python-pickle"),
    )
    assert outputs(answer) == [value("refused")]


def test_a_script_has_no_capabilities(one_worker):
    script = "import io\ndef rm_main(): return io.open('/proc/self/status').read()"
    [status] = outputs(execute(one_worker.endpoint, script))
    assert set(re.findall("^Cap(?:Prm|Eff):\t(.*)$", status["value"], re.M)) == {"0" * 16}


CHANGES = {
    "descriptors": "import os\ndef rm_main():\n  os.open('/dev/null', 0)\n  return os.getpid()",
    "a filter of system calls": (
        "import ctypes, os\n"
        "class Program(ctypes.Structure):\n"
        "  _fields_ = [('length', ctypes.c_ushort), ('filter', ctypes.c_void_p)]\n"
        "def rm_main():\n"
        "  allow_all = ctypes.c_uint64(0x7fff000000000006)\n"  # BPF_RET | BPF_K, SECCOMP_RET_ALLOW
        "  program = Program(1, ctypes.addressof(allow_all))\n"
        "  if ctypes.CDLL(None).prctl(22, 2, ctypes.byref(program)) == 0: return os.getpid()"
    ),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_process_that_is_not_as_it_was_has_no_other_script(one_worker, what):
    execute(one_worker.endpoint, "import ctypes\ndef rm_main(): pass")
    response = execute(one_worker.endpoint, CHANGES[what])
    assert outputs(execute(one_worker.endpoint, WHO)) != outputs(response)
    request = response.headers["X-Request-Id"]
    assert f"the script of request {request} changed {what}, its process is replaced" in one_worker.log


LATE = {
    "a destructor": "class Late:\n  def __del__(self): print(TEXT)\n",
    "a hidden destructor": (
        "Late = type('Late', (), {'__' + 'del__': lambda self: print(TEXT)})\n"
    ),
    "a generator": (
        "def late():\n  try:\n    yield\n  finally:\n    print(TEXT)\n"
        "def Late():\n  one = [late()]\n  next(one[0])\n  one.append(one)\n  return one\n"
    ),
}


@pytest.mark.parametrize("how", LATE)
def test_what_is_printed_after_the_answer_goes_to_the_log_only(one_worker, how):
    text = f"later than the answer of {how}"
    late = f"TEXT = {text!r}\n" + LATE[how] + "kept = Late()\ndef rm_main(): print('in time')"
    assert execute(one_worker.endpoint, late).json()["stdout"] == "in time\n"
    collects = "import gc\ndef rm_main():\n  gc.collect()\n  print('own')"
    report = execute(one_worker.endpoint, collects).json()
    assert report["stdout"] == "own\n"
    assert text in one_worker.log


def test_a_script_cannot_write_lines_of_the_log(one_worker):
    text = "one\nrequest id=forged worker=1 status=200\n\x1b[2Jthree\rrequest id=forged"
    late = f"TEXT = {text!r}\n" + LATE["a destructor"] + "kept = Late()\ndef rm_main(): pass"
    execute(one_worker.endpoint, late)
    execute(one_worker.endpoint, "def rm_main(): pass")
    assert "\n    request id=forged worker=1 status=200\n" in one_worker.log
    assert "\n    \\x1b[2Jthree\\x0drequest id=forged\n" in one_worker.log
    assert not re.search("^request id=forged", one_worker.log, re.M)


def test_processes_that_a_dying_script_leaves_are_ended(one_worker):
    script = (
        "import os, subprocess\n"
        "def rm_main():\n"
        "  subprocess.Popen(['sleep', '7654322'], start_new_session=True)\n"
        "  os._exit(3)"
    )
    assert_problem(execute(one_worker.endpoint, script), 502, "script-died")
    wait_until(lambda: "left 1 processes behind" in one_worker.log)
    wait_until(lambda: not processes_named("sleep", "7654322"))


def test_a_script_that_would_end_after_its_deadline_does_not(one_worker):
    script = "import time\ndef rm_main(): time.sleep(5)"
    answer = execute(one_worker.endpoint, script, headers={"Prefer": "wait=1"})
    assert_problem(answer, 504, "deadline-exceeded")


def test_a_runner_that_has_not_begun_with_its_job_costs_nothing_when_it_dies():
    """Master and zygote are stopped: else they would look after the runner that is stopped."""
    engine = Engine(WORKERS="1", TIMEOUT="20", ISOLATION="namespace")
    wait_until(lambda: len(runners_of(engine)) == 2)
    [runner] = [output["value"] for output in outputs(execute(engine.endpoint, WHO))]
    stopped = [engine.process.pid, zygote_of(engine)]
    try:
        for pid in (*stopped, runner):
            os.kill(pid, signal.SIGSTOP)
        request = execute_in_background(engine, WHO)
        os.kill(runner, signal.SIGKILL)
        answer = request.result()
    finally:
        for pid in reversed(stopped):
            os.kill(pid, signal.SIGCONT)
        engine.stop()
    assert outputs(answer) != [value(runner)]


def test_a_runner_ends_if_neither_zygote_nor_master_is_left():
    engine = Engine(WORKERS="1", TIMEOUT="60", ISOLATION="namespace")
    execute_in_background(engine, BUSY)
    wait_until(lambda: busy_runners(engine))
    [runner] = busy_runners(engine)
    zygote = zygote_of(engine)
    for pid in (engine.process.pid, zygote):
        os.kill(pid, signal.SIGSTOP)  # so that neither notices the other's end
    for pid in (zygote, engine.process.pid):
        os.kill(pid, signal.SIGKILL)
    engine.process.wait()
    assert_ends(runner)


def assert_ends(pid):
    """If it does not, it is no test's to leave behind."""
    try:
        wait_until(lambda: is_gone(pid))
    finally:
        if not is_gone(pid):
            os.kill(pid, signal.SIGKILL)


def test_a_front_that_is_stopped_does_not_outlive_its_master():
    """One that runs also notices by itself that its master is gone."""
    engine = Engine()
    execute(engine.endpoint, WHO)  # so that the front is past its start
    front = front_of(engine)
    os.kill(engine.process.pid, signal.SIGSTOP)  # it would wake the front
    os.kill(front, signal.SIGSTOP)
    engine.process.kill()
    engine.process.wait()
    assert_ends(front)
