"""A real engine (uWSGI and the plugin) on a port of its own, started and ended by the tests.

STANDPY_BUILD        build directory (default: build)
STANDPY_UWSGI        the uWSGI binary that the plugin was built for (default: uwsgi)
STANDPY_PYTHON_PATH  folder with the engine's python3 (default: /usr/bin)
STANDPY_ENGINE_PRELOAD  LD_PRELOAD of the engine: the sanitizers' libraries, as uWSGI itself is
                     not built with them
"""

import contextlib
import os
import pathlib
import random
import signal
import socket
import subprocess
import tempfile
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("STANDPY_BUILD", "build")
UWSGI = os.environ.get("STANDPY_UWSGI", "uwsgi")
PYTHON_PATH = os.environ.get("STANDPY_PYTHON_PATH", "/usr/bin")
# STANDPY_ISOLATION, STANDPY_PRELOAD: of all engines that a test does not say otherwise for.
DEFAULTS = {
    name: os.environ[f"STANDPY_{name}"]
    for name in ("ISOLATION", "PRELOAD")
    if f"STANDPY_{name}" in os.environ
}
# For tests of what happens between requests of one process.
namespace_only = pytest.mark.skipif(
    DEFAULTS.get("ISOLATION") == "process", reason="there is a process for each request"
)
# For tests that look at memory: the sanitizers take and keep it.
unsanitized_only = pytest.mark.skipif(
    "STANDPY_ENGINE_PRELOAD" in os.environ, reason="sanitizers take memory"
)
START_SECONDS = 120  # a bound for a hanging start, not an expectation


def free_port():
    """Below those that the kernel gives to clients, one of which may have it before its server."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def base_environment():
    kept = ("HOME", "LANG", "ASAN_OPTIONS", "UBSAN_OPTIONS")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    if "STANDPY_ENGINE_PRELOAD" in os.environ:
        environment["LD_PRELOAD"] = os.environ["STANDPY_ENGINE_PRELOAD"]
    environment["PATH"] = f"{PYTHON_PATH}:/usr/sbin:/usr/bin:/sbin:/bin"
    return environment


def command(*arguments):
    return [UWSGI, "--plugin-dir", str(BUILD / "plugins/standpy"), *arguments]


def run_to_its_end(*arguments, **variables):
    """For starts that must fail: (exit status, output)."""
    done = subprocess.run(
        command(*arguments),
        env=base_environment() | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=START_SECONDS,
    )
    return done.returncode, done.stdout


class Engine:
    """An engine; variables are its environment (WORKERS, TIMEOUT, ...)."""

    def __init__(self, *arguments, **variables):
        self.port = free_port()
        self.log_file = tempfile.NamedTemporaryFile("w+", prefix="engine-", suffix=".log")
        listen = f"127.0.0.1:{self.port}"
        if arguments:
            arguments = (*arguments, "--http-socket", listen)
        else:
            arguments = ("--ini", str(ROOT / "container/standpy.ini"))
            variables = {"LISTEN": listen} | DEFAULTS | variables
        self.process = subprocess.Popen(
            self.start(command(*arguments)),
            env=base_environment() | variables,
            stdin=subprocess.DEVNULL,
            stdout=self.log_file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._wait_until_ready()

    def start(self, engine_command):
        """The command that starts it."""
        return engine_command

    @property
    def host(self):
        """As a router's ENGINE_<NAME>_HOST has it."""
        return f"127.0.0.1:{self.port}"

    @property
    def endpoint(self):
        return f"http://{self.host}"

    @property
    def log(self):
        return pathlib.Path(self.log_file.name).read_text(errors="replace")

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the engine ended:\n{self.log}")
            if "spawned uWSGI worker" in self.log:
                return
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"the engine did not start:\n{self.log}")

    def connect(self, timeout=60):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)  # uWSGI's "stop now"

    def stop(self):
        if self.process.poll() is None:
            self.interrupt()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        assert "AddressSanitizer" not in self.log and "runtime error:" not in self.log, self.log
        return self.process.returncode


def engine_on(environment, **variables):
    """An engine on an environment that ./check makes where PyPI is reachable; None: on Debian's."""
    if environment is None:
        return Engine(**variables)
    if not (ROOT / "build/envs" / environment / "bin/python3").exists():
        pytest.skip(f"there is no environment build/envs/{environment}")
    return Engine(CONDA_ENV=environment, ENVS_DIR=str(ROOT / "build/envs"), **variables)


class ContainedEngine(Engine):
    """As in a container: a user without privileges, processes and a small tmpfs of its own.

    What a script does to all processes of its user reaches nobody else. Takes root to start.
    """

    processes, scratch = 400, "size=64m,nr_inodes=20000"
    # The kernel counts what a user has over all containers: each has one of its own.
    first_user, last_user = 20_000, 60_000

    def start(self, engine_command):
        mount = f"mount -t tmpfs -o mode=1777,{self.scratch} tmpfs"
        user = f"setpriv --reuid {self.user} --regid {self.user} --clear-groups --bounding-set=-all --inh-caps=-all"
        script = f'{mount} /dev/shm && exec prlimit --nproc={self.processes} {user} --no-new-privs "$@"'
        return ["unshare", "--pid", "--mount", "--fork", "--mount-proc", "sh", "-c", script, "sh", *engine_command]

    def interrupt(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        for child in children.split():
            os.kill(int(child), signal.SIGINT)

    def __init__(self, *arguments, **variables):
        if os.geteuid() != 0:
            pytest.skip("it takes root to make a container")
        self.user = random.randrange(self.first_user, self.last_user)
        super().__init__(*arguments, SCRATCH_DIR="/dev/shm", **variables)
