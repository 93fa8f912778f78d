"""What the benchmarks share: programs that they start and end, and the load that wrk makes."""

import collections
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "blackbox"))

# Latencies in microseconds; seconds is how long it really took.
Figures = collections.namedtuple("Figures", "requests failed p50 p99 p999 seconds")


class Program:
    """A process that the benchmark started and ends."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)


def wait_for(url):
    body = b"def rm_main():\n    return 42\n"
    for _ in range(300):
        try:
            request = urllib.request.Request(url, body, {"Content-Type": "text/x-python"})
            urllib.request.urlopen(request, timeout=5).read()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{url} does not answer")


def run_wrk(url, connections, seconds, file_size=0):
    """Trivial scripts, with a file of so many bytes each; "get": GET requests instead;
    "get-and-close": each on a connection of its own."""
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s",
               "-s", str(HERE / "load.lua"), url, "--", str(file_size)]  # fmt: skip
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    *figures, microseconds = [int(n) for n in re.search(r"result (.*)", out).group(1).split()]
    return Figures(*figures, microseconds / 1e6)
