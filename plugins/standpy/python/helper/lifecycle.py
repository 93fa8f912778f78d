"""The interpreter's life: preload in the master, then fork workers."""

import gc
import importlib
import importlib.util
import shutil
import sys

from _standpy import files


def _is_installed(name):
    """True for a module that can be imported; an empty folder of that name is none."""
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None


def preload(names, required):
    """Imports modules in the master. Returns None, or why one that is required is not there.

    names: module names with commas between, or "none".
    """
    if names == "none":
        names, required = "", False
    for name in filter(None, names.split(",")):
        try:
            if not required and not _is_installed(name):
                continue
            importlib.import_module(name)
        except Exception as error:
            if required:
                return f"PRELOAD={names} is not allowed: {name}: {type(error).__name__}: {error}"
            print(f"standpy: preload of {name} failed: {error}", file=sys.stderr)
    # What is there now stays: the collector never looks at it again, nor unshares its pages.
    gc.collect()
    gc.freeze()
    return None


def after_fork(scratch):
    """In a new worker: its own random numbers, its own scratch folder."""
    random = sys.modules.get("numpy.random")
    if random is not None:
        random.seed()  # Python's own generator reseeds itself after a fork, numpy's does not
    files.set_scratch(scratch)


def stop(folder):
    """At the end of the master: nothing of a request stays behind."""
    shutil.rmtree(folder, ignore_errors=True)
