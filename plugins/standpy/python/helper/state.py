"""State of the interpreter that a script may change, and that is cheap to put back."""

import io
import os
import sys
import time
import warnings
from decimal import Context, getcontext, setcontext

# Kept here, because a script may delete or replace the names that lead to them.
_environ = os.environ
_environment = _environ._data  # bytes to bytes, so a copy decodes nothing
_path, _argv, _filters = sys.path, sys.argv, warnings.filters
_zone = time.tzname
_hooks = sys.excepthook, sys.unraisablehook, sys.displayhook
_arithmetic = getcontext().copy()  # decimal's precision, rounding, traps
_copy_context = Context.copy
_streams = ()
_before = ()  # what save() took note of


def watch():
    """Call it in the zygote, once everything is preloaded."""
    global _path, _argv, _filters, _zone, _hooks, _arithmetic
    _path, _argv, _filters = sys.path, sys.argv, warnings.filters
    _zone = time.tzname
    _hooks = sys.excepthook, sys.unraisablehook, sys.displayhook
    _arithmetic = getcontext().copy()


def _make_stream(descriptor, name, errors):
    raw = io.FileIO(descriptor, "w", closefd=False)
    raw.name = name
    stream = io.TextIOWrapper(
        raw, encoding="utf-8", errors=errors, line_buffering=True, write_through=True
    )
    stream.mode = "w"
    return stream


def _make_streams():
    """Makes sys.stdout and sys.stderr on descriptors 1 and 2, in order with what native code writes."""
    global _streams
    out = _make_stream(1, "<stdout>", "strict")
    _streams = out, _make_stream(2, "<stderr>", "backslashreplace")


def _flush(stream):
    try:
        stream.flush()
    except BaseException:  # a stream of the script may raise anything
        pass


def save():
    """Takes note of the state before a script; sets up its output streams."""
    global _before
    if not _streams:
        _make_streams()
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__ = _streams
    _before = (
        _environment.copy(),
        _path[:],
        _argv[:],
        _filters[:],
        sys.getrecursionlimit(),
    )


def mark():
    """Some of what restore puts back, to compare."""
    return _environment.copy(), sys.path[:], _filters[:], sys.getrecursionlimit(), repr(getcontext()), time.tzname


def _restore_environment(environment):
    os.environ = _environ
    if _environment == environment:
        return
    for name in _environment.keys() - environment.keys():
        _environ.pop(os.fsdecode(name), None)
    for name, value in environment.items():
        _environ[os.fsdecode(name)] = os.fsdecode(value)


def flush():
    """Writes what was printed to the descriptors, because it belongs to the answer."""
    out, err = _streams
    for name in ("stdout", "stderr"):
        stream = sys.__dict__.get(name)
        if stream is not out and stream is not err:
            _flush(stream)
    _flush(out)
    _flush(err)


def _forget_streams():
    """Makes new streams: libraries detach, reconfigure, close and wrap them, often invisibly."""
    global _streams
    for stream in _streams:
        _flush(stream)
    _streams = ()
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None
    _make_streams()
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__ = _streams


def _forget_warnings():
    """Forgets which warnings were shown already."""
    mutated = getattr(warnings, "_filters_mutated", None)
    if mutated is not None:
        mutated()
        return
    filters = _filters[:]  # Python 3.14: only a public function does that
    warnings.simplefilter("default", append=True)
    _filters[:] = filters


def restore(reaches):
    """Puts back the state of save(). reaches: the script may have reached the streams."""
    if reaches:
        _forget_streams()
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
    if reaches or _filters != filters:
        _filters[:] = filters
        _forget_warnings()
    setcontext(_copy_context(_arithmetic))
    if sys.getrecursionlimit() != recursion_limit:
        sys.setrecursionlimit(recursion_limit)
