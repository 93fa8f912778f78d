"""Scripts that take all there is of something that processes of a user share, and keep it.

Each goes on for some seconds after there is no more, so that others are answered meanwhile or not
at all. Run them in a ContainedEngine only.
"""

# Raises the limit of descriptors as far as a script may.
MANY_DESCRIPTORS = """
import os, resource, select, socket, time
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
"""

SCRIPTS = {
    "a fork bomb": """
import os
def rm_main():
    while True:
        try: os.fork()
        except OSError: pass
""",
    "a fork bomb in sessions of their own": """
import os
def rm_main():
    while True:
        try:
            if os.fork() == 0: os.setsid()
        except OSError: pass
""",
    "children that compute": """
import os
def rm_main():
    try:
        while os.fork(): pass
    except OSError: pass
    while True: pass
""",
    "10,000 threads": """
import threading, time
def rm_main():
    try:
        for started in range(10_000): threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
    except RuntimeError as error:
        time.sleep(2)
        raise
""",
    "a full scratch folder": """
import io, time
def rm_main():
    file = io.open('large', 'wb', buffering=0)
    try:
        while True: file.write(bytes(1 << 20))
    except OSError as error:
        time.sleep(2)
        raise
""",
    "a million small files": """
import os, time
def rm_main():
    try:
        for i in range(1_000_000): os.close(os.open(str(i), os.O_CREAT | os.O_WRONLY))
    except OSError as error:
        end = time.time() + 2
        while time.time() < end:
            try: os.close(os.open(str(i), os.O_CREAT | os.O_WRONLY)); i += 1
            except OSError: pass
        raise error
""",
    "a memory bomb": """
import time
def rm_main():
    kept = []
    try:
        while True: kept.append(bytes(1 << 20) + b'x')
    except MemoryError:
        time.sleep(2)
        raise
""",
    "descriptors in flight": MANY_DESCRIPTORS + """
def rm_main():
    kept = []
    try:
        while True:
            kept += socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
            for one in kept[-2:]: one.setblocking(False)
            try:
                while True: socket.send_fds(kept[-1], [b'x'], [kept[-2].fileno()] * 250)
            except BlockingIOError: pass
    except OSError as error:
        time.sleep(2)
        raise
""",
    "pending signals": """
import ctypes, os, signal, time
def rm_main():
    libc = ctypes.CDLL(None, use_errno=True)
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN + 3])
    while libc.sigqueue(os.getpid(), signal.SIGRTMIN + 3, None) == 0: pass
    time.sleep(2)
    raise OSError(ctypes.get_errno(), 'no more signals')
""",
    "pages of pipes": MANY_DESCRIPTORS + """
import fcntl
def rm_main():
    kept = []
    try:
        while True:
            kept += os.pipe()
            fcntl.fcntl(kept[-1], 1031, 1 << 20)
    except OSError as error:
        time.sleep(2)
        raise
""",
    "descriptors": MANY_DESCRIPTORS + """
def rm_main():
    kept = []
    try:
        while True: kept.append(os.dup(0))
    except OSError as error:
        time.sleep(2)
        raise
""",
    "names of shared memory": """
import multiprocessing.shared_memory, time
def rm_main():
    kept = []
    try:
        while True: kept.append(multiprocessing.shared_memory.SharedMemory(create=True, size=4096))
    except OSError as error:
        time.sleep(2)
        raise
""",
    "output without end": """
import os, time
def rm_main():
    for _ in range(300): os.write(1, bytes(1 << 20))
    time.sleep(2)
""",
    "locked memory": """
import ctypes, mmap, time
def rm_main():
    libc = ctypes.CDLL(None, use_errno=True)
    kept = []
    while len(kept) < 64:
        kept.append(mmap.mmap(-1, 1 << 20))
        if libc.mlock(ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(kept[-1]))), 1 << 20) != 0: break
    time.sleep(2)
""",
    "places in epoll": MANY_DESCRIPTORS + """
def rm_main():
    kept, many = [], [descriptor for _ in range(1000) for descriptor in os.pipe()]
    try:
        while True:
            kept.append(select.epoll())
            for descriptor in many: kept[-1].register(descriptor)
    except OSError as error:
        time.sleep(2)
        raise
""",
}  # fmt: skip

# Those that end at their deadline; the others with an error, or well.
ENDLESS = {"a fork bomb", "a fork bomb in sessions of their own", "children that compute"}
