"""State of the interpreter that a script may change and that is cheap to put back."""

import io
import os
import sys
import time
import warnings
from decimal import Context, getcontext, setcontext

# The objects themselves: a script may delete or replace the names that lead to them.
_environ = os.environ
_environment = _environ._data  # bytes to bytes: copying it decodes nothing
_path, _argv, _filters = sys.path, sys.argv, warnings.filters
_zone = time.tzname
_hooks = sys.excepthook, sys.unraisablehook, sys.displayhook
_arithmetic = getcontext().copy()  # of decimal: precision, rounding, traps
_copy_context = Context.copy
_streams = ()
_before = ()  # what save() took note of


def watch():
    """In the zygote, once everything is preloaded."""
    global _path, _argv, _filters, _zone, _hooks, _arithmetic
    _path, _argv, _filters = sys.path, sys.argv, warnings.filters
    _zone = time.tzname
    _hooks = sys.excepthook, sys.unraisablehook, sys.displayhook
    _arithmetic = getcontext().copy()


def _make_streams():
    """sys.stdout and sys.stderr on descriptors 1 and 2, in order with what native code writes."""
    global _streams
    out = io.TextIOWrapper(
        io.FileIO(1, "w", closefd=False), encoding="utf-8", line_buffering=True, write_through=True
    )
    err = io.TextIOWrapper(
        io.FileIO(2, "w", closefd=False),
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=True,
        write_through=True,
    )
    _streams = (out, err)


def _flush(stream):
    try:
        stream.flush()
    except BaseException:  # a stream of the script's own may raise anything
        pass


def save():
    """Takes note of the state before a script; sets up its output streams."""
    global _before
    if not _streams or _streams[0].closed or _streams[1].closed:
        _make_streams()
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__ = _streams
    _before = (
        _environment.copy(),
        _path[:],
        _argv[:],
        _filters[:],
        sys.getrecursionlimit(),
    )


def _restore_environment(environment):
    os.environ = _environ
    if _environment == environment:
        return
    for name in _environment.keys() - environment.keys():
        _environ.pop(os.fsdecode(name), None)
    for name, value in environment.items():
        _environ[os.fsdecode(name)] = os.fsdecode(value)


def flush():
    """What was printed goes to the descriptors: it belongs to the answer."""
    out, err = _streams
    for name in ("stdout", "stderr"):
        stream = sys.__dict__.get(name)
        if stream is not out and stream is not err:
            _flush(stream)
    _flush(out)
    _flush(err)


def restore():
    """Puts back what was there at save()."""
    environment, path, argv, filters, recursion_limit = _before
    _restore_environment(environment)
    if time.tzname != _zone:
        time.tzset()
    sys.path, sys.argv, warnings.filters = _path, _argv, _filters
    sys.excepthook, sys.unraisablehook, sys.displayhook = _hooks
    if _path != path:
        _path[:] = path
    if _argv != argv:
        _argv[:] = argv
    if _filters != filters:
        _filters[:] = filters
        warnings.simplefilter("default", append=True)  # drops what warnings has cached
        _filters[:] = filters
    setcontext(_copy_context(_arithmetic))
    if sys.getrecursionlimit() != recursion_limit:
        sys.setrecursionlimit(recursion_limit)
