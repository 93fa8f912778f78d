"""What a script tries to reach beyond its own request, and that it reaches nothing.

Each attack in both modes, at the engine itself and through the router; after each, a hundred
ordinary requests, all of which have to be answered rightly.
"""

import concurrent.futures
import re

import pytest
from client import execute, outputs, value
from engine_process import Engine
from router_process import Router

# Every open descriptor of its process that is a socket, as a socket.
SOCKETS = """
import os, socket, struct, time
def sockets():
    for name in os.listdir('/proc/self/fd'):
        try:
            found = socket.socket(fileno=os.dup(int(name)))
            found.getsockname()
            yield found
        except OSError:
            pass
"""

# A message of the channel by hand: its kind, as message.h has it, and the rest of its head zero.
FORGE = SOCKETS + """
HEAD = 88
def message(kind, number=0, status=200, content=b'{"outputs":[]}', type=b'application/json'):
    head = struct.pack('<IIQQIII', kind, 0, number, len(content), 0, status, len(type))
    return head.ljust(HEAD, b'\\0') + type + content
def send(data):
    for one in sockets():
        try: one.send(data)
        except OSError: pass
"""

ATTACKS = {
    "answers on what may be its own connection": SOCKETS + """
def rm_main():
    for one in sockets():
        if one.family in (socket.AF_INET, socket.AF_INET6):
            one.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 6\\r\\n\\r\\nforged')
            return 'REACHED'
""",
    "accepts what comes to the engine": SOCKETS + """
def rm_main():
    for one in sockets():
        try:
            one.settimeout(.1)
            one.accept()
            return 'REACHED'
        except OSError: pass
""",
    "closes every descriptor": "import os\ndef rm_main(): os.closerange(0, 4096)",
    "closes every descriptor but its streams": "import os\ndef rm_main(): os.closerange(3, 4096)",
    "closes the high descriptors": "import os\ndef rm_main(): os.closerange(400, 600)",
    "shuts every socket": SOCKETS + """
def rm_main():
    for one in sockets():
        try: one.shutdown(socket.SHUT_RDWR)
        except OSError: pass
""",
    "replaces every descriptor": """
import os
def rm_main():
    null = os.open('/dev/null', os.O_RDWR)
    for number in range(1100):
        try:
            os.fstat(number)
            if number != null: os.dup2(null, number)
        except OSError: pass
""",
    "writes to every descriptor": """
import os
def rm_main():
    for number in range(1100):
        try: os.write(number, b'request id=forged worker=1 status=200\\n' * 3)
        except OSError: pass
""",
    "prints after its end what looks like a line of the log": """
class Late:
    def __del__(self): print('request id=forged worker=1 method=POST path="/execute" status=200')
kept = Late()
def rm_main(): pass
""",
    "takes every permission off the folders above it": """
import os
def rm_main():
    folder = os.getcwd()
    while folder != '/':
        folder = os.path.dirname(folder)
        try:
            if folder.startswith(('/dev/shm/', '/tmp/')): os.chmod(folder, 0)
        except OSError: pass
    os.chmod(os.getcwd(), 0)
""",
    "removes its scratch folder": "import os\ndef rm_main():\n  try: os.rmdir(os.getcwd())\n  except OSError: pass",
    "looks for other requests in shared memory": """
import ctypes, io
def rm_main():
    found = []
    for line in io.open('/proc/self/maps'):
        if 'rw-s' not in line: continue
        start, end = (int(number, 16) for number in line.split()[0].split('-'))
        memory = ctypes.string_at(start, end - start)
        found += [word for word in (b'HTTP_', b'PATH_INFO', b'X-Secret') if word in memory]
    return 'REACHED' if found else None
""",
    "forges a result and goes on": FORGE + """
def rm_main():
    send(message(2))
    time.sleep(.5)
    return 'late'
""",
    "forges two results": FORGE + "\ndef rm_main():\n  send(message(2))\n  send(message(2))",
    "says that it is ready while it runs": FORGE + """
def rm_main():
    send(message(1, content=b'', type=b''))
    time.sleep(.5)
""",
    "sends what is no message": FORGE + """
def rm_main():
    for data in (b'x', b'', b'\\xff' * 500, message(2)[:-1], message(9), message(2, type=b'a\\r\\nX: y')):
        send(data)
""",
    "sends without end": FORGE + """
def rm_main():
    for one in sockets(): one.setblocking(False)
    end = time.time() + 1
    while time.time() < end: send(message(3, content=b'', type=b''))
""",
    "sends descriptors": FORGE + """
def rm_main():
    for one in sockets():
        try: socket.send_fds(one, [message(3, content=b'', type=b'')], [0, 0, 0])
        except OSError: pass
""",
    "has a mapping of its result file": """
import mmap, os, io
kept = []
def rm_main():
    for name in os.listdir('/proc/self/fd'):
        try:
            if 'result' not in os.readlink('/proc/self/fd/' + name): continue
            os.ftruncate(int(name), 200_000)
            kept.append(mmap.mmap(int(name), 200_000))
        except OSError: pass
    return 'x' * 200_000
""",
    "shortens and seals its result file": """
import fcntl, os
def rm_main():
    for name in os.listdir('/proc/self/fd'):
        try:
            if 'result' in os.readlink('/proc/self/fd/' + name): fcntl.fcntl(int(name), 1033, 15)
        except OSError: pass
    return 'x' * 200_000
""",
    "forks and returns twice": "import os\ndef rm_main():\n  os.fork()\n  return 'twice'",
    "becomes another program": "import os\ndef rm_main(): os.execv('/bin/true', ['true'])",
    "stops itself": "import os, signal\ndef rm_main(): os.kill(os.getpid(), signal.SIGSTOP)",
    "ends": "import os\ndef rm_main(): os._exit(0)",
}  # fmt: skip

MODES = ["namespace", "process"]


@pytest.fixture(scope="module", params=MODES)
def engine(request):
    engine = Engine(WORKERS="2", TIMEOUT="2", ISOLATION=request.param)
    yield engine
    assert not re.search(r"^request id=forged", engine.log, re.M)
    engine.stop()


@pytest.fixture(scope="module", params=["alone", "through the router"])
def endpoint(request, engine):
    if request.param == "alone":
        yield engine.endpoint
        return
    router = Router(ENGINE_E_HOST=f"127.0.0.1:{engine.port}")
    yield router.url + "/e"
    router.stop()


def ordinary(endpoint, number):
    script = f"def rm_main(x):\n  print('own {number}')\n  return x"
    report = execute(endpoint, script, value(number), headers={"X-Request-Id": f"ordinary-{number}"})
    assert outputs(report) == [value(number)]
    assert report.json()["stdout"] == f"own {number}\n"
    assert report.json()["request_id"] == f"ordinary-{number}"


@pytest.mark.parametrize("what", ATTACKS)
def test_an_attack_reaches_nothing(endpoint, what):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        attack = pool.submit(execute, endpoint, ATTACKS[what])
        beside = [pool.submit(ordinary, endpoint, number) for number in range(50)]
        response = attack.result()
        assert response.status_code in (200, 422, 502, 504), response.text
        assert "REACHED" not in response.text
        for answer in beside:
            answer.result()
        list(pool.map(lambda number: ordinary(endpoint, number), range(100)))
