"""Modules of the environment's packages that scripts import, so that the zygote can import them in advance.

A runner reports the name that an import began with: `import sklearn.linear_model` is one name, although it
brings 600 modules. Once a module is learned, no script imports it any more; then each script that names its
package counts as a user. The front counts (front/learning.c). Before a zygote imports a module, a process of
its own tries it (trial.py).
"""

import importlib
import os
import sys
from importlib.machinery import PathFinder

MOST_NAMES, MOST_BYTES, LONGEST_NAME = 32, 2048, 95  # channel/module_names.h

# Modules that are not for use, or that do something when they are imported.
_NEVER = {"test", "tests", "testing", "conftest", "this", "antigravity", "idlelib", "__main__"}
_BOOTSTRAP = "<frozen importlib._bootstrap>"

preloaded = []  # names
learned = []
taken = 0  # bytes that the learned modules took
_packages = {}  # names of learned modules to the bytes by which a script names their packages
_folders = ()  # those of the environment's packages
_begun = []  # names that imports of the script have begun with


def _first():
    """The name that the current import began with; None if the import is part of another module's.

    The import of a.b.c finds a and a.b first. The frames of these three searches lie directly upon one another.
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
    """The first entry of sys.meta_path: finds nothing, and notes the names that imports begin with."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if len(_begun) < MOST_NAMES:
            first = _first()
            if first is not None and first not in _begun:
                _begun.append(first)
        return None


def _find_folders():
    """The folders of sys.path that packages are installed into, with and without symbolic links."""
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
    """Finds the file of a module among the packages, without importing anything; None if there is none."""
    path, whole, spec = [folder.rstrip(os.sep) for folder in _folders], "", None
    for part in name.split("."):
        whole = f"{whole}.{part}" if whole else part
        spec = PathFinder.find_spec(whole, path) if path else None
        if spec is None or not is_of_packages(spec.origin):
            return None
        path = spec.submodule_search_locations
    return spec.origin


def _is_learnable(name):
    """A quick check; the trial looks closely."""
    path = getattr(sys.modules.get(name), "__file__", None)
    return isinstance(path, str) and path.startswith(_folders) and may_be_learned(name)


def report(mentioned):
    """The modules that the script has imported, or would have if they were not learned, with commas between.

    mentioned: learned modules whose packages the script names.
    """
    if not _begun and not mentioned:
        return ""
    names = dict.fromkeys([*filter(_is_learnable, _begun), *mentioned])
    _begun.clear()
    text = ",".join([*names][:MOST_NAMES])
    return text if len(text) <= MOST_BYTES else text[:MOST_BYTES].rpartition(",")[0]


def mentions(source):
    """The learned modules that a script may use, judged by the packages that its text names."""
    return [name for name, package in _packages.items() if package in source]


def resident():
    """Resident bytes of this process."""
    with open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def _import(name):
    if not may_be_learned(name) or locate(name) is None:
        raise ImportError("it is not in the environment's packages")
    importlib.import_module(name)


def import_learned(names):
    """Call it in a zygote, after PRELOAD. Skips a module that fails now, although it passed its trial."""
    global taken
    environment, before = os.environ.copy(), resident()
    for name in names:
        try:
            _import(name)
        except BaseException as error:  # SystemExit, too
            what = f"{type(error).__name__}: {error}"
            print(f"standpy: {name} was learned, but cannot be imported now: {what}", file=sys.stderr)
        else:
            learned.append(name)
            _packages[name] = name.partition(".")[0].encode()
    # The engine also undoes after each script what a library sets there for itself.
    for name in os.environ.keys() - environment.keys():
        del os.environ[name]
    os.environ.update(environment)
    taken = max(0, resident() - before)


def find_folders():
    """Call it in the zygote, before it imports learned modules."""
    global _folders
    _folders = _find_folders()


def watch():
    """Call it in the zygote, once it has imported everything."""
    sys.meta_path.insert(0, Observer)


def enter_runner():
    """Call it in a new runner: forgets what the engine itself has imported."""
    _begun.clear()
