"""A trial: can a module be imported in advance without any script noticing?

It runs in a process of its own, which is confined like a runner and then ends. attempt.c compares what only
the kernel knows: descriptors, threads, signal handlers, output.
"""

import builtins
import decimal
import gc
import importlib
import os
import random
import signal
import sys
import time
import warnings

from _standpy import changes, learning, leftovers, state

# Rows of changes.py that an import of a library may change.
_BY_RIGHT = {"logging", "warnings", "importers"}


class _Changed(Exception):
    """Says what has changed."""


def _handlers():
    return [signal.getsignal(number) for number in sorted(signal.valid_signals())]


def _builtins():
    """Leaves out what pybind11 keeps there: __pybind11_internals_v4_gcc_libstdcpp_cxxabi1017__."""
    return {name: value for name, value in builtins.__dict__.items() if not name.startswith("__pybind11_")}


# What must not change: its name, and the function that looks at it.
_LOOKS = (
    ("sys.path", lambda: sys.path[:]),
    ("sys.argv", lambda: sys.argv[:]),
    ("importers", lambda: sys.path_hooks[:]),
    ("hooks of sys", lambda: (sys.excepthook, sys.displayhook, sys.unraisablehook, sys.breakpointhook)),
    ("tracing", lambda: (sys.gettrace(), sys.getprofile())),
    ("the standard streams", lambda: (sys.stdin, sys.stdout, sys.stderr)),
    ("the recursion limit", sys.getrecursionlimit),
    ("the working directory", os.getcwd),
    ("decimal's context", lambda: repr(decimal.getcontext())),
    ("the time zone", lambda: time.tzname),
    ("the collector", lambda: (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count() > 0)),
    ("signal handlers", _handlers),
    ("builtins", _builtins),
)


def _has_all(was, now):
    """Whether everything is still there; a dictionary may have more."""
    if isinstance(was, dict) and isinstance(now, dict):
        return all(name in now and (now[name] is value or _has_all(value, now[name])) for name, value in was.items())
    return was == now


def _rows():
    return [row for row in changes.TABLE if row.module in sys.modules and row.what not in _BY_RIGHT]


def _logging():
    """The state of logging, except for loggers that a library adds for itself."""
    module = sys.modules.get("logging")
    if module is None:
        return None
    root, manager = module.root, module.root.manager
    return (root.level, root.handlers[:], root.filters[:], root.disabled, manager.disable,
            module.raiseExceptions, module.lastResort, module._loggerClass)  # fmt: skip


def _are_importers_of(modules, finders):
    """Whether these importers belong to the modules and find only names of their own, as six's does."""
    return all(
        getattr(finder, "__module__", None) in modules and finder.find_spec("standpy_no_module", None) is None
        for finder in finders
    )


def _is_particular(entry):
    """Whether a filter of warnings names a text, a module, or a category that a library defines."""
    _, message, category, module, _ = entry
    return message is not None or module is not None or category.__module__ not in ("builtins", "warnings")


def _can_be_called(value):
    return callable(value) or isinstance(value, (property, classmethod, staticmethod))


def _namespaces():
    """(name, dictionary, callables in it) of all modules and of the classes in them."""
    found, seen = [], set()
    for name, module in [*sys.modules.items()]:
        names = getattr(module, "__dict__", None)
        if type(names) is not dict or name.startswith("_standpy") or id(names) in seen:
            continue
        seen.add(id(names))
        public = {k: v for k, v in names.items() if _can_be_called(v) and (k[:1] != "_" or k[:2] == "__")}
        found.append((name, names, public))
        for key, value in public.items():
            if isinstance(value, type) and id(value) not in seen:
                seen.add(id(value))
                methods = {k: v for k, v in value.__dict__.items() if _can_be_called(v)}
                found.append((f"{name}.{key}", value.__dict__, methods))
    return found


def _is_random_state(value):
    """Whether it is a generator. Each runner would get a copy, and all would draw the same numbers."""
    numpy = sys.modules.get("numpy.random")
    kinds = (random.Random, getattr(numpy, "RandomState", random.Random), getattr(numpy, "Generator", random.Random))
    shared = (random._inst, getattr(getattr(numpy, "mtrand", None), "_rand", None))
    is_one = isinstance(value, kinds) and not isinstance(value, random.SystemRandom)
    return is_one and not any(value is known for known in shared)


class _Before:
    """Everything to compare, as it was before the import."""

    def __init__(self):
        self.looks = [(what, look, look()) for what, look in _LOOKS]
        self.rows = [(row, row.look(sys.modules[row.module])) for row in _rows()]
        self.environment = os.environ.copy()
        self.filters = warnings.filters[:]
        self.importers = sys.meta_path[:]
        self.logging = _logging()
        self.modules = dict(sys.modules)
        self.namespaces = _namespaces()
        gc.collect()
        self.resident = learning.resident()

    def compare(self, most_memory):
        grown, left = learning.resident() - self.resident, max(0, most_memory - learning.taken)
        if grown > left:
            raise _Changed(f"it takes {grown >> 20} MB of memory, but only {left >> 20} MB are left for learned modules")
        for what, look, was in self.looks:
            if look() != was:
                raise _Changed(f"it changes {what}")
        for row, was in self.rows:
            if not _has_all(was, row.look(sys.modules[row.module])):
                raise _Changed(f"it changes {row.what}")
        self._look_at_new_modules()
        self._compare_environment()
        self._compare_modules()

    def _look_at_new_modules(self):
        """New modules of the standard library must be as if freshly imported."""
        known = {row for row, _ in self.rows}
        for row in _rows():
            module = sys.modules[row.module]
            own = learning.is_of_packages(getattr(module, "__file__", None))
            if row in known or own or row.fresh is changes.UNKNOWN:
                continue
            fresh, now = row.fresh(module) if callable(row.fresh) else row.fresh, row.look(module)
            if now is not None and not _has_all(fresh, now):
                raise _Changed(f"it changes {row.what}")

    def _compare_environment(self):
        if not _has_all(self.environment, os.environ.copy()):
            raise _Changed("it changes environment variables")
        count, added = len(self.importers), sys.modules.keys() - self.modules.keys()
        if sys.meta_path[:count] != self.importers or not _are_importers_of(added, sys.meta_path[count:]):
            raise _Changed("it changes importers")
        known = {id(entry) for entry in self.filters}
        now = {id(entry) for entry in warnings.filters}
        if not known <= now or not all(id(e) in known or _is_particular(e) for e in warnings.filters):
            raise _Changed("it changes which warnings are shown")
        if self.logging is not None and _logging() != self.logging:
            raise _Changed("it changes logging")
        if unusable := leftovers.unusable():
            raise _Changed(f"it leaves an {unusable}" if unusable == "audit hook" else f"it changes {unusable}")
        if leftovers.is_seeded():
            raise _Changed("it seeds random numbers")

    def _compare_modules(self):
        for name, module in self.modules.items():
            if sys.modules.get(name) is not module:
                raise _Changed(f"it replaces the module {name}")
        for name, names, methods in self.namespaces:
            for key, value in methods.items():
                if names.get(key) is not value:
                    raise _Changed(f"it changes {name}.{key}")
        for name in sys.modules.keys() - self.modules.keys():
            names = getattr(sys.modules[name], "__dict__", {})
            for key, value in [*names.items()]:
                if _is_random_state(value):
                    raise _Changed(f"it keeps a random number generator in {name}.{key}")


def _in_one_line(error):
    return " ".join(f"{type(error).__name__}: {error}".split())[:300]


def attempt(name, most_memory):
    """Imports a module. Returns "", or one line that says why it must not be imported in advance."""
    if not learning.may_be_learned(name) or learning.locate(name) is None:
        return "it is not in the environment's packages"
    state.save()
    before = _Before()
    try:
        importlib.import_module(name)
    except BaseException as error:  # SystemExit, too
        return f"importing it fails: {_in_one_line(error)}"
    finally:
        state.flush()
    if not learning.is_of_packages(getattr(sys.modules.get(name), "__file__", None)):
        return "another module of that name is imported in its place"
    try:
        before.compare(most_memory)
    except _Changed as change:
        return str(change)
    except BaseException as error:
        return f"it leaves something that cannot be compared: {_in_one_line(error)}"
    return ""
