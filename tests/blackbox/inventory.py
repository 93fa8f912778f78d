"""What engine and router have of processes, threads, descriptors, files and memory."""

import contextlib
import fcntl
import os
import pathlib
import subprocess
import time

import requests


class Inventory:
    """What the engine's processes have: taken before and after, it must be the same."""

    def __init__(self, engine):
        processes = descendants(engine.process.pid)
        self.processes = len(processes)
        self.zombies = [pid for pid in processes if state_of(pid) == "Z"]
        self.threads = sum(len(os.listdir(f"/proc/{pid}/task")) for pid in processes)
        self.descriptors = sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in processes)
        self.master_descriptors = len(os.listdir(f"/proc/{engine.process.pid}/fd"))
        self.scratch = files_of_scripts(engine)
        self.scratch_folders = len(used_scratch_folders(engine))
        self.resident = sum(resident_bytes(pid) for pid in (engine.process.pid, *processes))
        self.sleeps = len(subprocess.run(["pgrep", "-f", "^sleep 3600$"], capture_output=True,
                                         text=True).stdout.split())  # fmt: skip


def files_of_scripts(engine):
    """But for the last script's own, which stays, as the next script is often the same."""
    return [os.path.join(folder, name) for root in used_scratch_folders(engine)
            for folder, _, files in os.walk(root) for name in files
            if (folder, name) != (root, "script.py")]  # fmt: skip


def scratch_folders(engine):
    """Those of its runners: they lie side by side in a tmpfs, and their names say whose they are."""
    found = []
    for tmpfs in ("/dev/shm", "/tmp"):
        found += pathlib.Path(tmpfs).glob(f"standpy-{engine.process.pid}-*-*")
    return sorted(str(path) for path in found)


def used_scratch_folders(engine):
    """The others are there for the moment when none can be made."""
    return [path for path in scratch_folders(engine) if is_locked(path)]


def is_locked(path):
    try:
        folder = os.open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(folder)
    return False


def children_of(pid):
    return [int(child) for thread in os.listdir(f"/proc/{pid}/task")
            for child in pathlib.Path(f"/proc/{pid}/task/{thread}/children").read_text().split()]  # fmt: skip


def name_of(pid):
    """Empty if the process is gone."""
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def zygote_of(engine):
    [zygote] = [pid for pid in children_of(engine.process.pid) if name_of(pid) == "standpy-zygote"]
    return zygote


def front_of(engine):
    """uWSGI's one worker."""
    [front] = [pid for pid in children_of(engine.process.pid) if name_of(pid).startswith("uwsgi")]
    return front


def host_of(engine):
    """The process that has loaded the WSGI application."""
    [host] = [pid for pid in children_of(zygote_of(engine)) if name_of(pid) == "standpy-app"]
    return host


def page_runners_of(engine):
    """Processes of the WSGI application, spares included."""
    return children_of(host_of(engine))


def runners_of(engine):
    """Processes of scripts, spares included."""
    return [pid for pid in children_of(zygote_of(engine)) if name_of(pid) != "standpy-app"]


def state_of(pid):
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def is_gone(pid):
    try:
        return state_of(pid) == "Z"
    except OSError:
        return True


def busy_runners(engine):
    """Those whose script has called its process so (script_texts.BUSY)."""
    found = []
    for pid in runners_of(engine):
        with contextlib.suppress(OSError):
            found += [pid] if name_of(pid) == "busy" else []
    return found


def processes_named(*arguments):
    """Numbers of those with that command line."""
    wanted = b"".join(argument.encode() + b"\0" for argument in arguments)
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found += [int(path.parent.name)] if path.read_bytes() == wanted else []
    return found


def descendants(pid):
    found = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        for child in pathlib.Path(f"/proc/{pid}/task/{thread}/children").read_text().split():
            found += [int(child), *descendants(int(child))]
    return found


def resident_bytes(pid):
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def settled(engine, wanted=None):
    """An inventory once nothing changes any more."""
    last = None
    for _ in range(40):
        time.sleep(0.5)
        try:
            now = Inventory(engine)
        except (FileNotFoundError, ProcessLookupError):  # a process ended meanwhile
            continue
        quiet = last and (now.processes, now.threads) == (last.processes, last.threads)
        if quiet and (wanted is None or now.processes == wanted.processes):
            return now
        last = now
    return now


def router_descriptors(router, wanted):
    """How many descriptors it has, once it has closed those of the last exchanges. Connections that
    engines have closed it closes with a request of a second later (libcurl prunes them)."""
    for _ in range(10):
        time.sleep(1.1)
        requests.get(f"{router.url}/e/healthz", timeout=60)
        count = len(os.listdir(f"/proc/{router.process.pid}/fd"))
        if count <= wanted:
            break
    return count


COUNTS = ("processes", "threads", "descriptors", "master_descriptors", "scratch_folders")


def compare(before, after, counts=COUNTS):
    """Lines about what is not as it was."""
    findings = []
    for name in counts:
        if getattr(after, name) > getattr(before, name):
            findings.append(f"{name}: {getattr(before, name)} before, {getattr(after, name)} after")
    if after.zombies:
        findings.append(f"zombies: {after.zombies}")
    if after.scratch:
        findings.append(f"scratch files: {after.scratch[:5]}")
    if after.sleeps > before.sleeps:
        findings.append(f"processes of scripts: {after.sleeps - before.sleeps}")
    if after.resident > 1.25 * before.resident + 16_000_000:
        findings.append(f"memory: {before.resident / 1e6:.0f} MB before, {after.resident / 1e6:.0f} after")
    return findings
