"""SANDBOX: what a curious user tries, rule by rule; and ISOLATION=process."""

import os
import re

import pytest
from client import execute
from engine_process import Engine, run_to_its_end
from inventory import descendants, used_scratch_folders

SECRET = "correct-horse-battery-staple"


@pytest.fixture(scope="module", params=["namespace", "process"])
def sandbox(request):
    engine = Engine(
        WORKERS="2", ISOLATION=request.param, SANDBOX="required", SERVICE_TOKEN=SECRET, HARMLESS="x"
    )
    yield engine
    engine.stop()


def attempt(engine, body, *inputs):
    """What the function body returns, or the name of the exception that it raises."""
    script = (
        "import ctypes, io, os, pathlib, signal, socket, subprocess, sys\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "def rm_main(*inputs):\n" + "".join(f"  {line}\n" for line in body.split("\n"))
    )
    answer = execute(engine.endpoint, script, *inputs).json()
    if "exception" in answer:
        return answer["exception"]["type"]
    return answer["outputs"][0]["value"] if answer["outputs"] else None


@pytest.mark.parametrize(
    "path",
    ["/etc/shadow", "/etc/sudoers", "/root/.bashrc", "/var/log/dpkg.log", "/proc/1/environ",
     "/proc/1/maps", "/boot", "/home"],
)  # fmt: skip
def test_what_is_no_part_of_the_environment_cannot_be_read(sandbox, path):
    read = f"return list(os.listdir({path!r})) if os.path.isdir({path!r}) else io.open({path!r}).read()"
    assert attempt(sandbox, read) in ("PermissionError", "FileNotFoundError")
    shell = f"return subprocess.run(['ls', '-l', {path!r}], capture_output=True).stdout.decode()"
    if os.path.isdir(path):
        assert attempt(sandbox, shell) == ""


def test_the_environment_of_the_engine_holds_no_secrets(sandbox):
    assert attempt(sandbox, "return os.environ.get('HARMLESS')") == "x"
    assert attempt(sandbox, "return os.environ.get('SERVICE_TOKEN')") is None
    assert attempt(sandbox, "return libc.getenv(b'SERVICE_TOKEN')") == 0
    assert SECRET not in attempt(sandbox, "return io.open('/proc/self/environ').read()")
    master = f"return io.open('/proc/{sandbox.process.pid}/environ').read()"
    assert attempt(sandbox, master) == "PermissionError"
    with open(f"/proc/{sandbox.process.pid}/environ") as environ:
        assert SECRET not in environ.read()
    assert "hidden from scripts: the variables SERVICE_TOKEN\n" in sandbox.log
    assert SECRET not in sandbox.log


@pytest.mark.parametrize(
    "path", ["/tmp/x", "/var/tmp/x", "/usr/x", "/x", "/root/x", "/etc/x", "/dev/x", "/run/x"]
)
def test_nothing_but_the_scratch_folder_can_be_written(sandbox, path):
    assert attempt(sandbox, f"io.open({path!r}, 'w')") == "PermissionError"
    assert attempt(sandbox, f"os.mkdir({path!r})") == "PermissionError"
    assert attempt(sandbox, f"os.symlink('/etc/shadow', {path!r})") == "PermissionError"
    assert not os.path.exists(path)


def test_existing_files_can_be_neither_changed_nor_removed(sandbox, tmp_path):
    file = tmp_path / "file"
    file.write_text("as it was")
    for change in ("io.open({!r}, 'w')", "os.truncate({!r}, 0)", "os.unlink({!r})",
                   "os.rename({!r}, 'here')", "os.link({!r}, 'here')"):  # fmt: skip
        assert attempt(sandbox, change.format(str(file))) in ("PermissionError", "OSError"), change
    assert file.read_text() == "as it was"


def test_the_scratch_folder_can_be_used_in_every_way(sandbox):
    body = (
        "os.makedirs('a/b')\n"
        "io.open('a/b/f', 'w').write('text')\n"
        "os.rename('a/b/f', 'a/g')\n"
        "os.symlink('a/g', 'link')\n"
        "os.truncate('a/g', 2)\n"
        "return io.open('link').read() + subprocess.check_output(['cat', 'a/g'], text=True)"
    )
    assert attempt(sandbox, body) == "tete"
    assert attempt(sandbox, "return os.listdir()") == []


def test_the_scratch_folder_of_another_worker_is_out_of_reach(sandbox):
    body = "import time\nio.open('mine', 'w').write('x')\npath = os.getcwd()\nreturn path"
    own = attempt(sandbox, body)
    assert re.search(r"/standpy-\d+-[0-9a-f]{16}-[0-9a-f]{16}/work$", own)
    own = os.path.dirname(own)
    parent = os.path.dirname(own)
    assert attempt(sandbox, f"return os.listdir({parent!r})") == "PermissionError"
    folders = used_scratch_folders(sandbox)
    assert len(folders) >= 2
    for _ in range(6):
        found = attempt(
            sandbox,
            f"others = [path for path in {folders!r} if path != os.path.dirname(os.getcwd())]\n"
            f"return os.listdir(others[0])",
        )
        assert found in ("PermissionError", "FileNotFoundError")


def test_other_processes_can_be_neither_signalled_nor_traced(sandbox):
    master = sandbox.process.pid
    for pid in (master, *descendants(master)):
        body = (
            f"if os.getpid() == {pid}: return 'itself'\n"
            f"try: os.kill({pid}, 0)\n"
            "except PermissionError: pass\n"
            "else: return 'signalled'\n"
            f"if libc.ptrace(16, {pid}, 0, 0) == 0: return 'traced'\n"  # PTRACE_ATTACH
            f"try: io.open('/proc/{pid}/mem', 'rb')\n"
            "except PermissionError: return 'refused'"
        )
        assert attempt(sandbox, body) in ("refused", "itself", "ProcessLookupError"), pid
    assert attempt(sandbox, "os.kill(-1, 0)") in ("PermissionError", None)
    assert sandbox.process.poll() is None


NAMES = (
    "import multiprocessing, multiprocessing.shared_memory, subprocess, sys\n"
    "made = multiprocessing.shared_memory.SharedMemory('standpy-test', create=True, size=9)\n"
    "lock = multiprocessing.get_context('spawn').Lock()\n"
)


def test_names_of_shared_memory_are_a_runners_own(sandbox):
    """Also in what its script starts, and by their path; /dev/shm itself has none of them."""
    child = "import os; print(os.stat('/dev/shm/standpy-test').st_size)"
    body = NAMES + (
        f"seen = subprocess.check_output([sys.executable, '-c', {child!r}], text=True)\n"
        "os.close(os.open('/dev/shm/standpy-test', os.O_RDWR))\n"
        "return [int(seen), sorted(os.listdir(os.environ['STANDPY_SHM']))]"
    )
    seen, names = attempt(sandbox, body)
    assert seen == 9 and [name[:7] for name in names] == ["sem.mp-", "standpy"]
    assert not set(names) & set(os.listdir("/dev/shm"))
    assert attempt(sandbox, "return os.listdir()") == []


def test_modes_of_own_files_can_be_changed_and_of_others_not(sandbox, tmp_path):
    """By a path as well, although Landlock does not control that."""
    body = (
        "os.mkdir('folder')\nio.open('file', 'w').close()\n"
        "os.chmod('file', 0o640)\nos.chmod('folder', 0o500)\n"
        "subprocess.run(['chmod', '750', 'folder'], check=True)\n"
        "import shutil\nshutil.copy2('file', 'copy')\n"
        "listener = socket.socket(socket.AF_UNIX)\nlistener.bind('socket')\nos.chmod('socket', 0o600)\n"
        "os.close(os.open('closed', os.O_CREAT, 0))\n"
        "for name in ('copy', 'folder'): os.chmod(name, 0)\n"
        "for name in ('copy', 'folder', 'closed'): os.chmod(name, 0o640)\n"
        "return [oct(os.stat(name).st_mode & 0o7777) for name in ('file', 'folder', 'copy')]"
    )
    assert attempt(sandbox, body) == ["0o640", "0o640", "0o640"]
    others = tmp_path / "others"
    others.mkdir()
    (others / "file").touch()
    for path in (others, others / "file"):
        before = os.stat(path).st_mode
        assert attempt(sandbox, f"os.chmod({str(path)!r}, 0)") == "PermissionError"
        assert attempt(sandbox, f"os.chmod({str(path)!r} + '/.', 0)") in ("PermissionError", "NotADirectoryError")
        assert os.stat(path).st_mode == before


def test_there_are_no_terminals(sandbox):
    """Their devices are those of all processes of the user, an administrator's among them."""
    assert attempt(sandbox, "import pty\nreturn pty.openpty()") == "OSError"
    assert attempt(sandbox, "return os.listdir('/dev/pts')") == "PermissionError"


def test_names_of_shared_memory_are_gone_with_their_script(sandbox):
    body = "return multiprocessing.shared_memory.SharedMemory('standpy-test').size"
    assert attempt(sandbox, NAMES + "return made.size") == 9
    for _ in range(4):
        assert attempt(sandbox, "import multiprocessing.shared_memory\n" + body) == "FileNotFoundError"


def test_shared_memory_of_others_is_out_of_reach(sandbox):
    with open("/dev/shm/of-somebody-else", "w") as file:
        file.write("secret")
    try:
        for body in ("return io.open('/dev/shm/of-somebody-else').read()",
                     "return os.listdir('/dev/shm')",
                     "return os.open('/dev/shm/../shm/of-somebody-else', os.O_RDONLY)",
                     "return libc.syscall(257, -100, b'/dev/shm/of-somebody-else', 0)",
                     "os.mkdir('/dev/shm/standpy-folder')"):  # fmt: skip
            assert attempt(sandbox, body) in ("FileNotFoundError", "PermissionError", -1), body
        body = "del os.environ['STANDPY_SHM']\nreturn io.open('/dev/shm/of-somebody-else').read()"
        assert attempt(sandbox, body) == "PermissionError"
    finally:
        os.unlink("/dev/shm/of-somebody-else")


def test_abstract_unix_sockets_cannot_be_reached(sandbox):
    import socket

    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0standpy-test")
        server.listen()
        body = "socket.socket(socket.AF_UNIX).connect('\\0standpy-test')"
        assert attempt(sandbox, body) == "PermissionError"


def test_libraries_work_as_ever(sandbox):
    body = (
        "import multiprocessing, tempfile, numpy, pandas, ssl\n"
        "with tempfile.TemporaryFile() as file: file.write(b'x')\n"
        "with multiprocessing.Pool(2) as pool: squares = pool.map(abs, [-1, -2])\n"
        "ssl.create_default_context()\n"
        "return squares + [int(pandas.Series(squares).sum()), os.cpu_count() > 0]"
    )
    assert attempt(sandbox, body) == [1, 2, 3, True]


def test_privileges_cannot_be_gained(sandbox):
    body = "return io.open('/proc/self/status').read().split('NoNewPrivs:')[1].split()[0]"
    assert attempt(sandbox, body) == "1"


@pytest.fixture(scope="module")
def told():
    """An engine whose administrator says what scripts see, and lets them run what they write."""
    engine = Engine(
        SANDBOX="required", SCRIPT_ENV_KEEP="MODEL_KEY", SCRIPT_ENV_HIDE="LICENSE", SCRATCH_EXEC="on",
        MODEL_KEY="kept", LICENSE=SECRET, DB_PASS=SECRET, CACHE=f"redis://user:{SECRET}@host/0",
    )  # fmt: skip
    yield engine
    engine.stop()


def test_the_administrator_says_which_variables_scripts_see(told):
    body = "return [os.environ.get(name) for name in ('MODEL_KEY', 'LICENSE', 'DB_PASS', 'CACHE')]"
    assert attempt(told, body) == ["kept", None, None, None]
    assert SECRET not in attempt(told, "return io.open('/proc/self/environ').read()")
    [hidden] = re.findall("hidden from scripts: the variables (.*)", told.log)
    assert set(hidden.split(", ")) == {"LICENSE", "DB_PASS", "CACHE"}


RUN_OWN = (
    "import shutil\n"
    "shutil.copy('/bin/true', 'own')\n"
    "return subprocess.run(['./own']).returncode"
)


def test_a_program_that_the_script_wrote_runs_if_the_administrator_allows_it(told, sandbox):
    assert attempt(told, RUN_OWN) == 0
    assert attempt(sandbox, RUN_OWN) == "PermissionError"


def test_without_a_sandbox_scripts_read_what_the_process_may(start):
    engine = start(SANDBOX="off", SERVICE_TOKEN=SECRET)
    assert attempt(engine, "return os.environ['SERVICE_TOKEN']") == SECRET
    assert "root" in attempt(engine, "return io.open('/etc/shadow').read()")


def test_a_mode_that_is_none_stops_the_start():
    for variable, content in (("SANDBOX", "yes"), ("ISOLATION", "thread"), ("MEMORY_LIMIT", "x")):
        ini = os.path.join(os.path.dirname(__file__), "../../container/standpy.ini")
        status, log = run_to_its_end("--ini", ini, **{variable: content})
        assert status == 1
        assert f"standpy: {variable}={content} is not allowed: it must be" in log
