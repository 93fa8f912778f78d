"""Threads, temporary files, memory maps, archives, locks and watches on files."""

import fcntl
import glob
import mmap
import os
import pathlib
import queue
import resource
import select
import shutil
import socket
import tempfile
import threading
import zipfile


def mapped():
    with open("mapped", "w+b") as file:
        file.truncate(1 << 20)
        with mmap.mmap(file.fileno(), 0) as memory:
            memory[5:10] = b"hello"
            memory.flush()
    with mmap.mmap(-1, 1 << 16) as anonymous:
        anonymous.write(b"anonymous")
        anonymous.seek(0)
        return [pathlib.Path("mapped").read_bytes()[:10].decode(), anonymous.read(9).decode()]


def locked():
    with open("lock", "w") as one, open("lock", "w") as two:
        fcntl.flock(one, fcntl.LOCK_EX)
        try:
            fcntl.flock(two, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            return type(error).__name__


def archived():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "a", "b.txt")
        path.parent.mkdir()
        path.write_text("grün")
        os.chmod(path, 0o640)
        os.utime(path, (1_000_000_000, 1_000_000_000))
        os.link(path, pathlib.Path(folder, "hard"))
        shutil.copytree(folder, "copy", symlinks=True)
        shutil.make_archive("archive", "zip", folder)
    with zipfile.ZipFile("archive.zip") as archive:
        return sorted(archive.namelist()) + [oct(os.stat("copy/a/b.txt").st_mode)]


def threaded():
    numbers, total, lock = queue.Queue(), [], threading.Lock()

    def work():
        while (number := numbers.get()) is not None:
            with lock:
                total.append(number)

    workers = [threading.Thread(target=work, name=f"worker {i}") for i in range(8)]
    for worker in workers:
        worker.start()
    for number in range(1000):
        numbers.put(number)
    for _ in workers:
        numbers.put(None)
    for worker in workers:
        worker.join()
    return sum(total)


def watched():
    left, right = socket.socketpair()
    poller = select.epoll()
    poller.register(left, select.EPOLLIN)
    before = poller.poll(0)
    right.send(b"x")
    after = len(poller.poll(10))
    poller.close()
    left.close()
    right.close()
    return [before, after]


def rm_main():
    with tempfile.NamedTemporaryFile("w+", suffix=".csv") as named:
        named.write("a,b\n")
        named.flush()
        copied = shutil.copy(named.name, "named.csv")
    with tempfile.SpooledTemporaryFile(max_size=10) as spooled:
        spooled.write(b"more than ten bytes")
        spooled.seek(0)
        read = spooled.read().decode()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    lowered = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    affinity = os.sched_getaffinity(0)
    os.sched_setaffinity(0, affinity)
    return [
        mapped(), locked(), archived(), threaded(), watched(), copied, read, lowered <= 512,
        len(affinity) > 0, sorted(glob.glob("*.*")),
    ]  # fmt: skip
