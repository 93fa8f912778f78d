"""Scripts that try to reach beyond their own request, and what such scripts are made of."""

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
HEAD = 112
def message(kind, number=0, status=200, content=b'{"outputs":[]}', type=b'application/json'):
    head = struct.pack('<IIQQIII', kind, 0, number, len(content), 0, status, len(type))
    return head.ljust(HEAD, b'\\0') + type + content
def send(data):
    for one in sockets():
        try: one.send(data)
        except OSError: pass
"""

LIBC = """
import ctypes, io, os, signal, struct, time
libc = ctypes.CDLL(None, use_errno=True)
"""

# A filter of system calls of its own, in classic BPF: (code, jump if true, jump if false, value).
FILTER = LIBC + """
def install(program, flags=0):
    code = b''.join(struct.pack('<HBBI', *instruction) for instruction in program)
    buffer = ctypes.create_string_buffer(code)
    head = struct.pack('<HxxxxxxQ', len(program), ctypes.addressof(buffer))
    libc.prctl(38, 1, 0, 0, 0)
    return libc.syscall(317, 1, flags, head)
"""

# All processes but this one and its threads.
OTHERS = LIBC + """
import resource
def others():
    return [int(name) for name in os.listdir('/proc') if name.isdigit() and int(name) != os.getpid()]
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
    "answers as the application does": FORGE + """
def number():
    for name in os.listdir('/proc/self/fd'):
        try:
            if 'memfd:' in os.readlink('/proc/self/fd/' + name):
                data = os.pread(int(name), 72, 0)
                if len(data) == 72: return int.from_bytes(data[:8], 'little')
        except OSError: pass
    return 0
def rm_main():
    for kind in (5, 6, 7):
        send(message(kind, number(), content=b'REACHED', type=b''))
        time.sleep(.05)
""",
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
    "installs a filter that lets no message out": FILTER + """
def rm_main():
    install([(0x20, 0, 0, 0), (0x15, 0, 1, 46), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)])
    return 'without sendmsg'
""",
    "installs a filter that nobody answers": FILTER + """
def rm_main():
    install([(0x20, 0, 0, 0), (0x15, 0, 1, 46), (0x06, 0, 0, 0x7fc00000), (0x06, 0, 0, 0x7fff0000)], 8)
    return 'sendmsg waits for ever'
""",
    "installs a filter that kills": FILTER + """
def rm_main():
    install([(0x20, 0, 0, 0), (0x15, 0, 1, 46), (0x06, 0, 0, 0x80000000), (0x06, 0, 0, 0x7fff0000)])
    return 'dies at sendmsg'
""",
    "wants a domain of Landlock's own": LIBC + """
def rm_main():
    rules = libc.syscall(444, struct.pack('<QQQ', 0x1fff, 0, 0), 24, 0)
    libc.prctl(38, 1, 0, 0, 0)
    return 'REACHED' if libc.syscall(446, rules, 0) == 0 else rules >= 0
""",
    "leaves a process with another parent": LIBC + """
def rm_main():
    if libc.syscall(56, 0x8000 | 17, 0, 0, 0, 0) == 0:
        time.sleep(60)
        os._exit(0)
    return 'REACHED' if ctypes.get_errno() != 1 else None
""",
    "leaves daemons": """
import os, time
def rm_main():
    for _ in range(8):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0: time.sleep(60)
            os._exit(0)
""",
    "leaves a daemon that forks without end": """
import os, time
def rm_main():
    if os.fork() == 0:
        os.setsid()
        end = time.time() + 5
        while time.time() < end:
            if os.fork(): os._exit(0)
        os._exit(0)
""",
    "looks into other processes": OTHERS + """
def rm_main():
    for pid in others():
        for name in ('environ', 'mem', 'maps', 'smaps', 'auxv', 'syscall', 'pagemap', 'io', 'stack'):
            try:
                with io.open(f'/proc/{pid}/{name}', 'rb') as file:
                    if file.read(1): return f'REACHED {name} of ' + io.open(f'/proc/{pid}/stat').read()[:60]
            except OSError: pass
        for path in ('cwd', 'root', 'exe', *(f'fd/{number}' for number in range(600)), 'map_files'):
            for look in (os.readlink, os.listdir):
                try: look(f'/proc/{pid}/{path}')
                except OSError: continue
                return 'REACHED ' + path
""",
    "changes other processes": OTHERS + """
def rm_main():
    for pid in others():
        for name, text in (('oom_score_adj', '1000'), ('comm', 'x'), ('timerslack_ns', '1'), ('clear_refs', '1'),
                           ('coredump_filter', '0'), ('autogroup', '19')):
            try:
                with io.open(f'/proc/{pid}/{name}', 'w') as file: file.write(text)
            except OSError: continue
            return 'REACHED ' + name
        for change in (lambda: resource.prlimit(pid, resource.RLIMIT_NOFILE, (0, 0)),
                       lambda: os.setpriority(os.PRIO_PROCESS, pid, 19),
                       lambda: os.sched_setaffinity(pid, {0}),
                       lambda: os.sched_setscheduler(pid, os.SCHED_IDLE, os.sched_param(0))):
            try: change()
            except OSError: continue
            return 'REACHED by a call'
""",
    "takes other processes' descriptors": OTHERS + """
def rm_main():
    for pid in others():
        try: handle = os.pidfd_open(pid)
        except OSError: continue
        for number in range(64):
            if libc.syscall(438, handle, number, 0) >= 0: return 'REACHED'
""",
    "signals other processes": OTHERS + """
def rm_main():
    for pid in others():
        try: os.kill(pid, 0)
        except OSError: pass
        else: return 'REACHED'
        if libc.sigqueue(pid, 0, None) == 0: return 'REACHED'
        try: signal.pidfd_send_signal(os.pidfd_open(pid), 0)
        except OSError: continue
        return 'REACHED'
""",
    "watches the folder above its own": LIBC + """
def rm_main():
    parent = os.path.dirname(os.environ['TMPDIR'])
    try: os.listdir(parent)
    except OSError: pass
    else: return 'REACHED by a list'
    handle = libc.inotify_init1(0)
    if handle >= 0 and libc.inotify_add_watch(handle, parent.encode(), 0xfff) >= 0: return 'REACHED by inotify'
    folder = os.open(parent, os.O_PATH)
    if libc.fcntl(folder, 1026, 0xf) == 0: return 'REACHED by F_NOTIFY'
""",
    "goes up by a descriptor": """
import io, os
def rm_main():
    here = os.open(os.environ['TMPDIR'], os.O_RDONLY)
    up = os.open('..', os.O_PATH, dir_fd=here)
    for change in (lambda: os.listdir(f'/proc/self/fd/{up}'), lambda: os.open('.', os.O_RDONLY, dir_fd=up),
                   lambda: os.mkdir('standpy-forged', dir_fd=up), lambda: os.rename('.', 'mine', src_dir_fd=here, dst_dir_fd=up)):
        try: change()
        except OSError: continue
        return 'REACHED'
""",
    "moves its scratch folder away": """
import os
def rm_main():
    for target in (os.environ['TMPDIR'] + '-mine', '/tmp/standpy-mine', '/dev/shm/standpy-mine', '/dev/null'):
        try: os.rename(os.environ['TMPDIR'], target)
        except OSError: continue
        return 'REACHED'
""",
    "links to files of others": """
import os
def rm_main():
    for path in ('/etc/passwd', '/etc/shadow', '/proc/1/environ'):
        try: os.link(path, 'mine')
        except OSError: pass
        else: return 'REACHED'
        os.symlink(path, os.path.basename(path))
    return os.open('.', os.O_RDONLY) < 0
""",
    "keeps others from its scratch folder's removal": """
import os
def rm_main():
    deep = '.'
    for _ in range(200):
        deep += '/' + 'd' * 20
        try: os.mkdir(deep)
        except OSError: break
    here = os.getcwd()
    for _ in range(300):
        try:
            os.mkdir('d' * 200)
            os.chdir('d' * 200)
        except OSError: break
    os.chmod('.', 0)
    os.chmod(here, 0)
""",
    "leaves an access control list for who comes next": """
import os, struct
def rm_main():
    entries = struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *e) for e in
        ((1, 0, 0xffffffff), (4, 0, 0xffffffff), (32, 0, 0xffffffff)))
    try: os.setxattr('.', 'system.posix_acl_default', entries)
    except OSError: pass
    try: os.setxattr('.', 'user.note', b'for you')
    except OSError: pass
""",
    "looks for what others named": """
import os
def rm_main():
    found = []
    for folder in ('/dev/shm', '/tmp', '/run', '/dev/mqueue', '/var/tmp'):
        try: found += os.listdir(folder)
        except OSError: pass
    return 'REACHED' if found else None
""",
    "reaches abstract sockets": """
import io, socket
def rm_main():
    for line in io.open('/proc/net/unix'):
        name = line.split()[-1]
        if not name.startswith('@'): continue
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
            try: socket.socket(socket.AF_UNIX, kind).connect('\\0' + name[1:])
            except OSError: continue
            return 'REACHED'
""",
    "has sockets listed": LIBC + """
def rm_main():
    if libc.syscall(41, 16, 3, 4) >= 0: return 'REACHED'
""",
    "leaves System V objects": LIBC + """
def rm_main():
    for number, arguments in ((29, (77, 4096, 0o1666)), (64, (77, 1, 0o1666)), (68, (77, 0o1666))):
        if libc.syscall(number, *arguments) >= 0: return 'REACHED'
""",
    "asks the kernel to work for it": LIBC + """
def rm_main():
    if libc.syscall(425, 8, ctypes.create_string_buffer(200)) >= 0: return 'REACHED'
    if libc.syscall(321, 0, ctypes.create_string_buffer(200), 72) >= 0: return 'REACHED'
    if libc.syscall(298, ctypes.create_string_buffer(200), 0, -1, -1, 0) >= 0: return 'REACHED'
""",
    "wants privileges back": LIBC + """
def rm_main():
    for change in (lambda: os.setuid(0) if os.getuid() else os.chown('/etc/passwd', 0, 0), lambda: os.chroot('.'),
                   lambda: os.setgroups([0]), lambda: os.mknod('device', 0o60600, os.makedev(8, 0))):
        try: change()
        except OSError: continue
        return 'REACHED'
    if libc.unshare(0x10000000) == 0 or libc.unshare(0x00020000) == 0: return 'REACHED'
    if libc.mount(b'none', b'.', b'tmpfs', 0, None) == 0: return 'REACHED'
""",
    "takes the signal that asks for its stack": LIBC + """
def rm_main():
    action = struct.pack('<QQQQ', 1, 0, 0, 0)
    libc.syscall(13, 33, action, 0, 8)
    while True: pass
""",
    "forks and returns twice": "import os\ndef rm_main():\n  os.fork()\n  return 'twice'",
    "becomes another program": "import os\ndef rm_main(): os.execv('/bin/true', ['true'])",
    "stops itself": "import os, signal\ndef rm_main(): os.kill(os.getpid(), signal.SIGSTOP)",
    "ends": "import os\ndef rm_main(): os._exit(0)",
}  # fmt: skip
