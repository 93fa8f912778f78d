"""File inputs and the scratch folder: the working directory of a script, on a tmpfs."""

import builtins
import errno
import io
import os
import secrets
import shutil

from _standpy.failures import Problem

_scratch = None  # absolute, without symbolic links
_untouched = None  # what _mark says of the scratch folder while it is empty
_inputs = []


def enter_scratch(path):
    """The scratch folder of this runner, an empty one."""
    global _scratch
    _scratch = path
    _remember_empty()


def scratch():
    return _scratch


def _mark():
    """Tells the working directory from another, from a changed one, and from one that is gone."""
    status = os.stat(".")
    return status.st_ino, status.st_mtime_ns, status.st_mode, status.st_nlink


def _remember_empty():
    global _untouched
    os.chdir(_scratch)
    _untouched = _mark()


def _remove_up(folder, root):
    """Removes a folder; those in it move up to root instead."""
    os.chmod(folder, 0o700)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                os.chmod(entry.path, 0o700)  # or it cannot be moved
                os.rename(entry.path, os.path.join(root, secrets.token_hex(16)))
            else:
                os.unlink(entry.path)
    os.rmdir(folder)


def clear(root):
    """Removes what is in a folder, whatever its mode, and however deep and long its paths are."""
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
    except OSError:  # Landlock's first ABI moves nothing to another folder
        shutil.rmtree(root, ignore_errors=True)


def empty_scratch():
    """Removes what a request left and goes back there; one stat where it left nothing.

    False where that cannot be done.
    """
    try:
        if _mark() == _untouched:
            return True
        clear(_scratch)
        _remember_empty()
    except OSError:  # the script removed its own folder, or see remove
        try:
            remove(_scratch)
            os.makedirs(_scratch, mode=0o700, exist_ok=True)
            _remember_empty()
        except OSError:
            return False
        return not os.listdir(_scratch)
    return True


def create_input(content):
    """A text file object (UTF-8) of the scratch folder, named by a random string."""
    name = secrets.token_hex(16)
    with builtins.open(os.path.join(_scratch, name), "wb", buffering=0) as file:
        left = memoryview(content)
        while left:
            left = left[file.write(left) :]
    os.chdir(_scratch)  # the script's module level may have gone elsewhere
    file = builtins.open(name, encoding="utf-8")
    _inputs.append(file)
    return file


def close_inputs():
    while _inputs:
        try:
            _inputs.pop().close()
        except BaseException:
            pass


def open_in_scratch(file, *args, **kwargs):
    """open() of a script's namespace: as the builtin, but within the scratch folder."""
    if isinstance(file, int):
        return builtins.open(file, *args, **kwargs)
    path = os.fsdecode(os.fspath(file))
    real = os.path.realpath(path)
    if os.path.commonpath((real, _scratch)) != _scratch:
        message = "open() in a script reaches its inputs and the files it wrote itself only"
        raise PermissionError(errno.EACCES, message, path)
    return builtins.open(file, *args, **kwargs)


def is_file(value):
    """True for what has read() as files have it; a class with such a method is no file."""
    if isinstance(value, io.IOBase):
        return True
    return not isinstance(value, type) and callable(getattr(value, "read", None))


def _named(file):
    """The path of a file of the scratch folder, else None."""
    name = getattr(file, "name", None)
    if not isinstance(name, (str, bytes)):
        return None
    path = os.path.realpath(os.path.join(_scratch, os.fsdecode(name)))
    inside = os.path.commonpath((path, _scratch)) == _scratch
    return path if inside and os.path.isfile(path) else None


def read_output(file):
    """The whole content of a returned file, str or bytes, wherever its position is."""
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
