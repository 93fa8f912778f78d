"""State of the interpreter that a script may change and that is cheap to put back."""

import io
import os
import sys
import warnings

_environment = os.environ._data  # bytes to bytes: copying it decodes nothing
_streams = ()


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
    except Exception:
        pass


def save():
    """Takes note of the state before a script; sets up its output streams."""
    if not _streams or _streams[0].closed or _streams[1].closed:
        _make_streams()
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__ = _streams
    return (
        _environment.copy(),
        sys.path[:],
        sys.argv[:],
        warnings.filters[:],
        sys.getrecursionlimit(),
    )


def restore(before):
    environment, path, argv, filters, recursion_limit = before
    for stream in (sys.stdout, sys.stderr, *_streams):
        _flush(stream)
    if _environment != environment:
        for name in _environment.keys() - environment.keys():
            os.environ.pop(os.fsdecode(name), None)
        for name, value in environment.items():
            os.environ[os.fsdecode(name)] = os.fsdecode(value)
    if sys.path != path:
        sys.path[:] = path
    if sys.argv != argv:
        sys.argv[:] = argv
    if warnings.filters != filters:
        warnings.filters[:] = filters
        warnings.simplefilter("default", append=True)  # drops what warnings has cached
        warnings.filters[:] = filters
    if sys.getrecursionlimit() != recursion_limit:
        sys.setrecursionlimit(recursion_limit)
