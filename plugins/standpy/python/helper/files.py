"""The scratch folder of a runner, on a tmpfs: file inputs, and the file of the script.

    <scratch>              HOME and TMPDIR of a confined runner: what libraries keep
    <scratch>/script.py    the script, if it may look for its file
    <scratch>/work         its working directory: inputs, and what it writes
"""

import builtins
import contextlib
import errno
import io
import mmap
import os
import secrets
import shutil
import sys

from _standpy.failures import Problem

_root = None  # the scratch folder: absolute, without symbolic links
_work = None  # the working directory
_script = None  # the script's file
_untouched = None  # _mark() of both folders while they hold only the script's file
_written = None  # the source in the script's file, and the file's state then
_may_exist = False  # whether the script's file, or something that a script put in its place, may be there
_opened_a_descriptor = False
_inputs = []
_kept = []  # contents of inputs


def enter_scratch(path):
    """Sets the scratch folder of this runner, a new one. Returns (working directory, script's file).

    TMPDIR must not lie deeper: multiprocessing makes sockets there, and their paths have at most 107 bytes.
    """
    global _root, _work, _script
    _root, _work, _script = path, os.path.join(path, "work"), os.path.join(path, "script.py")
    _remember_empty()
    return _work, _script


def _mark_of(path):
    status = os.stat(path)
    return status.st_ino, status.st_mtime_ns, status.st_mode, status.st_nlink


def _mark():
    """A mark that differs if the folders were replaced, changed or removed."""
    return _mark_of("."), _mark_of(_root)


def _remember_empty():
    global _untouched, _may_exist
    os.chdir(_work)
    _untouched = _mark()
    _may_exist = False


def _state_of_script():
    status = os.lstat(_script)
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_mode


def write_script(source):
    """Writes the script's file. It stays for the next script, which is often the same."""
    global _untouched, _written, _may_exist
    if _may_exist:
        try:
            if _written == (source, _state_of_script()):
                return
        except OSError:
            pass
        try:
            os.unlink(_script)
        except OSError:
            pass
    _may_exist = True
    # Python compares times of source files in whole seconds, so it could take this file for the last one.
    linecache = sys.modules.get("linecache")
    if linecache is not None:
        linecache.cache.pop(_script, None)
    try:
        with builtins.open(_script, "wb", buffering=0) as file:
            file.write(source)
        _written = source, _state_of_script()
    except OSError:  # the tmpfs is full; most scripts do not need their file
        _written = None
    _untouched = _untouched[0], _mark_of(_root)


def _remove_up(folder, root):
    """Removes a folder; the folders in it move up to root."""
    os.chmod(folder, 0o700)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.path, 0o700)  # else it cannot be moved
                os.rename(entry.path, os.path.join(root, secrets.token_hex(16)))
            else:
                os.unlink(entry.path)
    os.rmdir(folder)


def clear(root):
    """Empties a folder, whatever its mode, and however deep and long its paths are."""
    os.chmod(root, 0o700)
    while names := os.listdir(root):
        for path in (os.path.join(root, name) for name in names):
            if os.path.isdir(path) and not os.path.islink(path):
                _remove_up(path, root)
            else:
                os.unlink(path)


def remove(root):
    """Removes a folder with all that is in it, if it can."""
    try:
        clear(root)
        os.rmdir(root)
    except OSError:  # Landlock's first ABI allows no move to another folder
        shutil.rmtree(root, ignore_errors=True)


def empty_scratch():
    """Removes what a request left, and goes back there. If it left nothing, this costs two stats.

    False if that fails.
    """
    global _written
    try:
        if _mark() == _untouched:
            return True
        _written = None
        clear(_root)
        os.mkdir(_work, 0o700)
        _remember_empty()
    except OSError:  # the script removed its own folder, or as in remove
        try:
            remove(_root)
            os.makedirs(_work, mode=0o700, exist_ok=True)
            _remember_empty()
        except OSError:
            return False
        return os.listdir(_root) == ["work"] and not os.listdir(_work)
    return True


def root():
    return _root


def holds(path):
    """Whether a file is the script or belongs to it."""
    return path == _root or path.startswith(_root + os.sep)


def _write_new(path, content):
    with builtins.open(path, "wb", buffering=0) as file:
        left = memoryview(content)
        while left:
            left = left[file.write(left) :]


def create_input(content):
    """A text file object (UTF-8) in the scratch folder, with a random name."""
    name = secrets.token_hex(16)
    _write_new(os.path.join(_work, name), content)
    os.chdir(_work)  # the script's module level may have changed it
    file = builtins.open(name, encoding="utf-8")
    _inputs.append(file)
    return file


def _map(descriptor):
    length = os.fstat(descriptor).st_size
    return mmap.mmap(descriptor, length, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ) if length else b""


class Kept(io.FileIO):
    """The bytes of an input that the engine keeps: in memory that nobody can change, open for reading.

    A file input is made of it without a copy. Whoever asks for its name wants to open it once more, perhaps
    to write, so then a copy gets that name, and takes this one's place.
    """

    def __init__(self, path):
        self._path = None  # of the copy, once this is an input
        self._memory = None
        super().__init__(path)

    def map(self):
        """The bytes; they outlive this object."""
        return _map(self.fileno())

    def again(self):
        """The same bytes, for one more input."""
        return open_kept(self.fileno())

    def become_input(self):
        self._memory = self.map()  # a script may close it, and open it by its name
        self._path = os.path.join(_work, secrets.token_hex(16))

    def end(self):
        self._memory = None

    def _copy(self):
        try:
            _write_new(self._path, self._memory)
        except OSError:  # the tmpfs is full
            with contextlib.suppress(OSError):
                os.unlink(self._path)
            raise
        self._memory = None
        if not self.closed:
            with builtins.open(self._path, "rb", buffering=0) as copy:
                os.lseek(copy.fileno(), self.tell(), os.SEEK_SET)
                os.dup2(copy.fileno(), self.fileno(), inheritable=False)

    @property
    def name(self):
        if self._memory is not None:
            self._copy()
        return os.path.basename(self._path) if self._path else None

    @name.setter
    def name(self, _):  # FileIO sets it
        pass


def open_kept(descriptor):
    """A kept content for itself: the descriptor's own position belongs to all who have it.

    Only its bytes, if another script that uses it has just changed the mode of that memory.
    """
    try:
        return Kept(f"/proc/self/fd/{descriptor}")
    except OSError:
        return memoryview(_map(descriptor))


def create_kept_input(content):
    """As create_input, of a Kept."""
    content.become_input()
    os.chdir(_work)
    file = io.TextIOWrapper(io.BufferedReader(content), encoding="utf-8")
    file.mode = "r"  # as open() sets it
    _inputs.append(file)
    _kept.append(content)
    return file


def close_inputs():
    while _kept:
        _kept.pop().end()
    while _inputs:
        try:
            _inputs.pop().close()
        except BaseException:
            pass


# Every program may read and write these; they tell nothing.
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_readable = ()  # folders of the environment


def let_read(folders):
    """In the zygote: lets scripts read these folders, for package data."""
    global _readable
    _readable = tuple(folder.rstrip(os.sep) + os.sep for folder in folders)


def _is_of_the_system(real):
    """/proc/cpuinfo and its like, and of processes only the script's own, without its variables."""
    if not real.startswith("/proc/") or os.path.basename(real) == "environ":
        return False
    first = real.split(os.sep)[2]
    return not first.isdigit() or int(first) == os.getpid()


def _may_open(path, mode):
    real = os.path.realpath(path)
    if real == _work or real.startswith(_work + os.sep) or real in _DEVICES:
        return True
    if holds(real) and os.pardir not in path.split(os.sep):
        return True
    reads = isinstance(mode, str) and not set(mode) & set("wax+")
    return reads and (real.startswith(_readable) or _is_of_the_system(real))


def opened_a_descriptor():
    """Whether the script made a file object of a descriptor; its end closes the descriptor."""
    global _opened_a_descriptor
    opened, _opened_a_descriptor = _opened_a_descriptor, False
    return opened


def open_in_scratch(file, mode="r", *args, **kwargs):
    """open() in a script's namespace: like the builtin, but only within the scratch folder."""
    global _opened_a_descriptor
    if isinstance(file, int):
        _opened_a_descriptor = True
        return builtins.open(file, mode, *args, **kwargs)
    path = os.fsdecode(os.fspath(file))
    if not _may_open(path, mode):
        message = "open() in a script reaches only its inputs and the files that it wrote itself"
        raise PermissionError(errno.EACCES, message, path)
    return builtins.open(file, mode, *args, **kwargs)


def is_file(value):
    """True for an object that has read() as files do, but not for a class."""
    if isinstance(value, io.IOBase):
        return True
    return not isinstance(value, type) and callable(getattr(value, "read", None))


def _named(file):
    """The path of a file in the scratch folder; None for any other."""
    name = getattr(file, "name", None)
    if not isinstance(name, (str, bytes)):
        return None
    path = os.path.realpath(os.path.join(_work, os.fsdecode(name)))
    return path if holds(path) and os.path.isfile(path) else None


def read_output(file):
    """The whole content (str or bytes) of a returned file, whatever its position."""
    try:
        path = _named(file)
        if path is not None:
            if not file.closed and file.writable():
                file.flush()
            with builtins.open(path, "rb") as whole:
                return whole.read()
        if hasattr(file, "getvalue"):
            return file.getvalue()
        if hasattr(file, "seekable") and file.seekable():
            file.seek(0)
        return file.read()
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise Problem("outputs", f"a returned file cannot be read: {reason}") from error
