"""The application of test_wsgi_attacks.py: what one request tries to do to others, and to the engine."""

import json
import multiprocessing
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

TEXT = [("Content-Type", "text/plain")]
HEAD, PIECE, LOG, READY, RESULT, KEEP, STACK = 5, 6, 7, 1, 2, 4, 3  # enum message_kind
GOES_ON, ENDS, BREAKS = range(3)
kept = {}


# Messages of the channel by hand


def sockets():
    for name in os.listdir("/proc/self/fd"):
        try:
            found = socket.socket(fileno=os.dup(int(name)))
            found.getsockname()
        except OSError:
            continue
        yield found


def job_number():
    """That of the present job, which stands at the start of the memory for stacks."""
    for name in os.listdir("/proc/self/fd"):
        try:
            if "memfd:" in os.readlink(f"/proc/self/fd/{name}"):
                data = os.pread(int(name), 72, 0)
        except OSError:
            continue
        else:
            if "memfd:" in os.readlink(f"/proc/self/fd/{name}") and len(data) == 72:
                return int.from_bytes(data[:8], "little")
    raise RuntimeError("the number of the job is not found")


def message(kind, fields=b"", content=b"", end=GOES_ON, number=None, status=200, note=b"", ready=0):
    number = job_number() if number is None else number
    head = struct.pack("<IIQQIIIII", kind, len(note), number, len(content), 0, status, 0, len(fields), end)
    return head.ljust(92, b"\0") + struct.pack("<I", ready).ljust(20, b"\0") + note + fields + content


def send(*messages):
    for one in sockets():
        for data in messages:
            try:
                one.send(data)
            except OSError:
                pass


OK = b"OK\r\nContent-Type: text/plain\r\n"

FORGED = {
    "two heads": lambda: [message(HEAD, OK, b"a"), message(HEAD, OK, b"b")],
    "two heads, the second ends": lambda: [message(HEAD, OK, b"a"), message(HEAD, OK, b"b", ENDS)],
    "two heads, the second malformed": lambda: [message(HEAD, OK, b"a"), message(HEAD, b"x", b"b")],
    "a piece before the head": lambda: [message(PIECE, b"", b"forged")],
    "a last piece before the head": lambda: [message(PIECE, b"", b"forged", ENDS)],
    "a break before the head": lambda: [message(PIECE, b"", b"forged", BREAKS)],
    "a piece behind the end": lambda: [message(HEAD, OK, b"a", ENDS), message(PIECE, b"", b"b")],
    "a head behind the end": lambda: [message(HEAD, OK, b"a", ENDS), message(HEAD, OK, b"b", ENDS)],
    "a head and ready, twice": lambda: [message(HEAD, OK, b"a", ENDS, ready=1)] * 2,
    "ready": lambda: [message(READY)],
    "a head, then ready": lambda: [message(HEAD, OK, b"a"), message(READY)],
    "a result": lambda: [message(RESULT, status=200, content=b"{}")],
    "the head of another answer": lambda: [message(HEAD, OK, b"a", number=job_number() + 1)],
    "pieces of many other answers": lambda: [message(PIECE, b"", b"a", number=n) for n in range(50)],
    "two answers in one": lambda: [message(HEAD, b"OK\r\nContent-Length: 2\r\n", b"abHTTP/1.1 200 OK\r\n\r\n", ENDS)],
    "a field that splits": lambda: [message(HEAD, b"OK\r\nX: a\nY: b\r\n", b"a", ENDS)],
    "a field about the connection": lambda: [message(HEAD, b"OK\r\nTransfer-Encoding: chunked\r\n", b"a", ENDS)],
    "a head that breaks off": lambda: [message(HEAD, OK, b"a", BREAKS)],
    "no fields at all": lambda: [message(HEAD, b"", b"a", ENDS)],
    "status 100": lambda: [message(HEAD, OK, b"a", ENDS, status=100)],
    "status 999": lambda: [message(HEAD, OK, b"a", ENDS, status=999)],
    "lines of the log": lambda: [message(LOG, note=b"standpy: forged\nrequest id=forged worker=1\n")] * 20,
    "a stack": lambda: [message(STACK)],
    "an input to keep": lambda: [message(KEEP, content=b"\0" * 24)],
    "what is no message": lambda: [b"x", b"\xff" * 500, message(HEAD)[:-1], message(99)],
}


def forges(environ, start_response):
    send(*FORGED[environ["QUERY_STRING"].replace("+", " ")]())
    time.sleep(0.05)
    start_response("200 OK", TEXT)
    return [b"late"]


# What is kept for later


def keeps(environ, start_response):
    """Answers, and keeps whatever the request gave it."""
    write = start_response("200 OK", TEXT)
    body = environ["wsgi.input"]
    kept.update(write=write, start=start_response, input=body, errors=environ["wsgi.errors"])
    write(b"kept %d" % os.getpid())
    return []


def uses(environ, start_response):
    """Another request, which uses what the first one got, before and behind its own head."""
    seen = []

    def attempt(what, function, *arguments):
        try:
            seen.append(f"{what}: {function(*arguments)!r}")
        except BaseException as error:
            seen.append(f"{what}: {type(error).__name__}")

    def attempts():
        attempt("write", kept["write"], b"OF THE FIRST REQUEST")
        attempt("start", kept["start"], "203 Of the first", [("X-First", "yes")])
        try:
            raise ValueError
        except ValueError:
            attempt("start again", kept["start"], "203 Of the first", [("X-First", "yes")], sys.exc_info())
        attempt("read", kept["input"].read)

    attempts()
    own = start_response("200 OK", TEXT)
    attempts()
    own(b"own ")
    attempts()
    return [json.dumps(seen).encode()]


def leaves_thread(environ, start_response):
    """A thread that writes into the answer without end."""
    write = start_response("200 OK", TEXT)

    def go_on():
        for _ in range(3000):
            try:
                write(b"OF A THREAD")
            except Exception:
                pass
            time.sleep(0.001)

    write(b"begun")
    threading.Thread(target=go_on, daemon=True).start()
    return []


def writes_from_a_thread(environ, start_response):
    """The engine does not wait for that thread, so it could be late."""
    write, seen = start_response("200 OK", TEXT), []

    def attempt():
        try:
            write(b"OF A THREAD")
        except RuntimeError:
            seen.append(b"refused")

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    return seen


def leaves_child(environ, start_response):
    """A child that goes on sending parts, by the engine's own ways and by hand."""
    write = start_response("200 OK", TEXT)
    number = job_number()
    write(b"begun")
    if os.fork() == 0:
        for _ in range(1000):
            send(message(PIECE, b"", b"OF A CHILD", number=number))
            time.sleep(0.001)
        write(b"OF A CHILD")
        os._exit(0)
    return []


def forks_and_both_return(environ, start_response):
    child = os.fork()
    start_response("200 OK", TEXT)
    return [b"parent" if child else b"OF A CHILD"]


def forks_and_waits(environ, start_response):
    child = os.fork()
    if child == 0:
        os._exit(7)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    start_response("200 OK", TEXT)
    return [b"%d %s" % (status, subprocess.run(["echo", "ran"], capture_output=True).stdout)]


def terminates_its_child(environ, start_response):
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=[600])
    child.start()
    child.terminate()
    child.join()
    start_response("200 OK", TEXT)
    return [b"%d" % child.exitcode]


# Itself


def terminates(environ, start_response):
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(600)


def crashes(environ, start_response):
    os.kill(os.getpid(), signal.SIGSEGV)


def closes(environ, start_response):
    os.closerange(3, 4096)
    start_response("200 OK", TEXT)
    return [b"x"]


def closes_streams(environ, start_response):
    for stream in (0, 1, 2):
        os.close(stream)
    sys.stdout.close()
    start_response("200 OK", TEXT)
    return [b"x"]


def closes_input(environ, start_response):
    environ["wsgi.input"].close()
    environ.clear()
    start_response("200 OK", TEXT)
    return [b"x"]


def exits(environ, start_response):
    os._exit(0)


def stops(environ, start_response):
    os.kill(os.getpid(), signal.SIGSTOP)


def interrupts(environ, start_response):
    raise KeyboardInterrupt


def ignores_signals(environ, start_response):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(600)


def catches_everything(environ, start_response):
    start_response("200 OK", TEXT)
    while True:
        try:
            yield b"x"
            time.sleep(600)
        except BaseException:
            pass


def hangs_in_close(environ, start_response):
    class Answer:
        def __iter__(self):
            return iter([b"whole"])

        def close(self):
            time.sleep(600)

    start_response("200 OK", [*TEXT, ("Content-Length", "5")])
    return Answer()


def prints(environ, start_response):
    for stream in (1, 2):
        os.write(stream, b"request id=forged worker=1 method=POST status=200\n" * 3)
    start_response("200 OK", TEXT)
    return [b"x"]


def secrets(environ, start_response):
    """Everything that it can read: variables, and /proc of all processes."""
    found = [f"os.environ: {name}={value}" for name, value in os.environ.items()]
    found += [f"environ: {name}={value}" for name, value in environ.items()]
    for process in filter(str.isdigit, os.listdir("/proc")):
        for name in ("environ", "cmdline"):
            try:
                with open(f"/proc/{process}/{name}", "rb") as file:
                    found.append(file.read().decode(errors="replace"))
            except OSError:
                pass
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            start, end = (int(number, 16) for number in line.split()[0].split("-"))
            if line.split()[1][0] == "r" and end - start < 1 << 28 and "[v" not in line:
                try:
                    memory.seek(start)
                    found.append(memory.read(end - start).decode("latin-1"))
                except (OSError, ValueError, OverflowError):
                    pass
    word = "-".join(environ["QUERY_STRING"].split("."))
    holds = [text for text in found if word in text]
    start_response("200 OK", TEXT)
    return [f"{len(found) > 20} {len(holds)} {[text[max(0, text.find(word) - 60):text.find(word) + 30] for text in holds][:4]}".encode()]


def reaches_others(environ, start_response):
    """Memory and descriptors of all other processes: the front, the zygote, scripts, other pages."""
    reached = []
    for process in filter(str.isdigit, os.listdir("/proc")):
        if int(process) == os.getpid():
            continue
        for name in ("mem", "environ", "maps", "root/etc/passwd", *(f"fd/{number}" for number in range(600))):
            try:
                os.close(os.open(f"/proc/{process}/{name}", os.O_RDONLY | os.O_NONBLOCK))
                reached.append(f"{process}/{name}")
            except OSError:
                pass
    start_response("200 OK", TEXT)
    return [" ".join(reached).encode()]


def ordinary(environ, start_response):
    start_response("200 OK", TEXT)
    return [environ["QUERY_STRING"].encode()]


def application(environ, start_response):
    return globals()[environ["PATH_INFO"].strip("/")](environ, start_response)
