"""Modules of the environment's packages that scripts import, so that the zygote can have them ahead.

A runner reports what an import began with: `import sklearn.linear_model` is one name, not the 600 that
it brings. Once a module is learned, nobody imports it any more, and it counts as used by each script
that names its package. Who counts is the front (front/learning.c); what it takes for worth learning is
tried in a process of its own (trial.py) before a zygote imports it.
"""

import importlib
import os
import sys
from importlib.machinery import PathFinder

MOST_NAMES, MOST_BYTES, LONGEST_NAME = 32, 2048, 95  # channel/module_names.h

# They are not for use, or do something as they are imported.
_NEVER = {"test", "tests", "testing", "conftest", "this", "antigravity", "idlelib", "__main__"}
_BOOTSTRAP = "<frozen importlib._bootstrap>"

preloaded = []  # names
learned = []
taken = 0  # bytes that those took
_packages = {}  # name of what is learned to the bytes by which a script names its package
_folders = ()  # of the environment's packages
_begun = []  # names that imports of the script have begun with


def _first():
    """The name that the import which asks has begun with; None if it is within another one.

    A module is found for the import of a.b.c, or before that for its a or a.b; these frames lie directly
    upon one another.
    """
    frame, name, is_upon = sys._getframe(2), None, True
    while frame is not None:
        code = frame.f_code
        is_upon = is_upon and code.co_filename.startswith("<frozen importlib.")
        if code.co_name == "_find_and_load" and code.co_filename == _BOOTSTRAP:
            if not is_upon:
                return None
            name = frame.f_locals.get("name")
        frame = frame.f_back
    return name


class Observer:
    """The first of sys.meta_path: finds nothing, and takes note of what an import begins with."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if len(_begun) < MOST_NAMES:
            first = _first()
            if first is not None and first not in _begun:
                _begun.append(first)
        return None


def _find_folders():
    """Those of sys.path that packages are installed into, also without symbolic links."""
    prefixes = {os.path.realpath(path) + os.sep for path in (sys.prefix, sys.base_prefix)}
    found = {}
    for path in sys.path:
        real = os.path.realpath(path)
        if os.path.basename(path) in ("site-packages", "dist-packages") and real.startswith(tuple(prefixes)):
            found[path + os.sep] = found[real + os.sep] = True
    return tuple(found)


def may_be_learned(name):
    parts = name.split(".")
    named = name.isascii() and len(name) <= LONGEST_NAME and all(part.isidentifier() for part in parts)
    return named and not any(part in _NEVER or part.startswith("test_") for part in parts)


def is_of_packages(path):
    """Whether a file lies where packages are installed, whatever links lead there."""
    return isinstance(path, str) and os.path.realpath(path).startswith(_folders)


def locate(name):
    """The file of a module of the packages, found without importing anything; None if there is none."""
    path, whole, spec = [folder.rstrip(os.sep) for folder in _folders], "", None
    for part in name.split("."):
        whole = f"{whole}.{part}" if whole else part
        spec = PathFinder.find_spec(whole, path) if path else None
        if spec is None or not is_of_packages(spec.origin):
            return None
        path = spec.submodule_search_locations
    return spec.origin


def _is_learnable(name):
    """Quickly: the trial looks closely."""
    path = getattr(sys.modules.get(name), "__file__", None)
    return isinstance(path, str) and path.startswith(_folders) and may_be_learned(name)


def report(mentioned):
    """What the script has imported, and what it would have if that were not learned: names with commas.

    mentioned: names of what is learned whose packages the script names.
    """
    if not _begun and not mentioned:
        return ""
    names = dict.fromkeys([*filter(_is_learnable, _begun), *mentioned])
    _begun.clear()
    text = ",".join([*names][:MOST_NAMES])
    return text if len(text) <= MOST_BYTES else text[:MOST_BYTES].rpartition(",")[0]


def mentions(source):
    """Which of what is learned a script may use, by the names of packages in its text."""
    return [name for name, package in _packages.items() if package in source]


def resident():
    """Bytes of this process."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def _import(name):
    if not may_be_learned(name) or locate(name) is None:
        raise ImportError("it is not in the environment's packages")
    importlib.import_module(name)


def import_learned(names):
    """In a zygote, after PRELOAD. A module that fails now is left out; it worked in the trial."""
    global taken
    environment, before = os.environ.copy(), resident()
    for name in names:
        try:
            _import(name)
        except BaseException as error:  # SystemExit, too
            print(f"standpy: {name} was learned, but fails now: {type(error).__name__}: {error}", file=sys.stderr)
        else:
            learned.append(name)
            _packages[name] = name.partition(".")[0].encode()
    # What a library sets there for itself is put back behind each script, too.
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
    taken = max(0, resident() - before)


def find_folders():
    """In the zygote, before anything is learned."""
    global _folders
    _folders = _find_folders()


def watch():
    """In the zygote, once everything is imported."""
    sys.meta_path.insert(0, Observer)


def enter_runner():
    """In a new runner: what the engine itself has imported is no script's."""
    _begun.clear()
