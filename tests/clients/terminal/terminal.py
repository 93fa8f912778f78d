"""standpy on a pseudo-terminal, and what its user sees there. STANDPY_PROGRAM names it, if it is not build/cli/standpy."""

import contextlib
import fcntl
import os
import pathlib
import pty
import re
import signal
import struct
import subprocess
import termios
import time

import pytest
from engine_process import BUILD

STANDPY = os.environ.get("STANDPY_PROGRAM", str(BUILD / "cli/standpy"))
unsanitized_only = pytest.mark.skipif("ASAN_OPTIONS" in os.environ, reason="sanitizers take memory")
SECONDS = 60  # a bound for what hangs, not an expectation


def variables_for(folder, **variables):
    """The environment of the program; its home is the folder."""
    kept = ("PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    return environment | {"HOME": str(folder), "TERM": "xterm", "LANG": "C.UTF-8"} | variables


def run(folder, *arguments, stdin=None, **variables):
    """(exit code, stdout, stderr) without a terminal."""
    done = subprocess.run(
        [STANDPY, *arguments], cwd=folder, env=variables_for(folder, **variables), input=stdin or b"",
        capture_output=True, timeout=SECONDS,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr.decode()


class Terminal:
    """A program on a terminal of its own. shown: all bytes that it wrote there."""

    def __init__(self, folder, *arguments, command=STANDPY, columns=80, stdout=None, **variables):
        self.shown = b""
        self.leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

        def take_terminal():
            fcntl.ioctl(follower, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            [command, *arguments], cwd=folder, env=variables_for(folder, **variables), start_new_session=True,
            stdin=follower, stdout=stdout or follower, stderr=follower, preexec_fn=take_terminal, pass_fds=[follower],
        )  # fmt: skip
        os.close(follower)

    def read(self, seconds):
        """More of what it shows. False once there is no more."""
        deadline = time.monotonic() + seconds
        os.set_blocking(self.leader, False)
        while time.monotonic() < deadline:
            try:
                piece = os.read(self.leader, 65_536)
            except BlockingIOError:
                time.sleep(0.01)
                continue
            except OSError:  # nobody has the other side open
                return False
            self.shown += piece
            return bool(piece)
        return True

    def wait_for(self, pattern):
        """Until it showed that, and no longer than SECONDS."""
        deadline = time.monotonic() + SECONDS
        while not re.search(pattern, self.shown):
            assert self.read(1) and time.monotonic() < deadline, (pattern, self.shown)

    def type(self, text):
        os.write(self.leader, text)

    def end(self):
        """Its exit code."""
        while self.read(SECONDS):
            pass
        status = self.process.wait(SECONDS)
        os.close(self.leader)
        return status

    @property
    def screen(self):
        """The lines that stand on the terminal at the end."""
        return screen_of(self.shown)


def screen_of(shown):
    """Knows all that standpy may write: texts, \\r, \\n, and the sequence that clears to the end of the line."""
    lines, column = [""], 0
    for piece in re.findall(r"\r|\n|\x1b\[K|[^\r\n\x1b]+", text := shown.decode()):
        if piece == "\r":
            column = 0
        elif piece == "\n":
            lines.append("")
        elif piece == "\x1b[K":
            lines[-1] = lines[-1][:column]
        else:
            lines[-1] = lines[-1][:column].ljust(column) + piece + lines[-1][column + len(piece) :]
            column += len(piece)
    assert "\x1b" not in text.replace("\x1b[K", ""), shown
    return "\n".join(line.rstrip() for line in lines)


class Measured:
    """A program without a terminal. peak: the most bytes of memory that it had, so far as it was seen."""

    def __init__(self, folder, *arguments, **variables):
        self.peak, self.command_lines = 0, set()
        self.process = subprocess.Popen(
            [STANDPY, *arguments], cwd=folder, env=variables_for(folder, **variables), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def end(self):
        """(exit code, stdout, stderr), for outputs that fit into a pipe."""
        files = pathlib.Path("/proc", str(self.process.pid))
        while self.process.poll() is None:
            with contextlib.suppress(OSError):
                self.command_lines.add((files / "cmdline").read_bytes())
                found = re.search(r"VmHWM:\s+(\d+)", (files / "status").read_text())
                self.peak = max(self.peak, int(found[1]) << 10 if found else 0)
            time.sleep(0.02)
        out, err = self.process.communicate()
        return self.process.returncode, out, err.decode()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
