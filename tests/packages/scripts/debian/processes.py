"""psutil looks at the machine and at the script's own processes."""

import subprocess
import sys
import time

import psutil


def rm_main():
    me = psutil.Process()
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        children = [process.pid for process in me.children(recursive=True)]
        other = psutil.Process(child.pid)
        while not other.cmdline():  # for a moment, while the kernel lays the new program out
            time.sleep(0.01)
        seen = [child.pid in children, other.ppid() == me.pid, "-c" in other.cmdline()]
        me.nice()
        other.kill()
        ended = int(other.wait(10))
    finally:
        child.kill()
        child.wait()
    return [
        seen, ended, me.memory_info().rss > 1_000_000, me.num_threads() >= 1, me.num_fds() >= 3,
        len(me.cpu_affinity()) >= 1, me.cpu_times().user >= 0, me.cwd() != "",
        me.io_counters().read_count > 0, me.status() == "running",
        len(me.memory_maps()) > 3, len(me.open_files()) >= 0, me.username() != "",
        psutil.cpu_count() >= 1, psutil.virtual_memory().total > 1_000_000, psutil.boot_time() > 0,
        psutil.swap_memory().total >= 0, len(psutil.cpu_times(percpu=True)) >= 1,
        psutil.cpu_percent(0.1) >= 0,
        psutil.disk_usage(".").total > 0, len(psutil.net_if_addrs()) >= 1, len(psutil.pids()) >= 1,
        len(psutil.net_connections("tcp")) >= 0, psutil.getloadavg()[0] >= 0, len(me.environ()) > 0,
    ]  # fmt: skip
