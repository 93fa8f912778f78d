"""The script itself: compiles it once, runs it in a fresh module each time."""

import builtins
import functools
import gc
import importlib.machinery
import sys
import types

from _standpy import failures, files, judgement, learning
from _standpy.failures import Problem

CACHED_SCRIPTS = 256
CACHED_SIZE = 65536  # bytes; larger scripts are compiled each time, so the cache stays below 16 MiB

EMPTY_MAIN = types.ModuleType("__main__")
_FRESH = dict(EMPTY_MAIN.__dict__)


class Compiled:
    """A script's code, and what the script may do."""

    __slots__ = ("source", "text", "code", "makes", "reaches", "mentions", "_patches")

    def __init__(self, source):
        self.source = source
        self.text = _decode(source)
        self.code = _compile(source, self.text)
        self.makes = judgement.makes(source)
        self.reaches = judgement.reaches(source)
        self.mentions = learning.mentions(source) if self.reaches else ()
        self._patches = None

    def patches(self):
        """Finds out once, and only after an answer, because it takes as long as compiling the script."""
        if self._patches is None:
            self._patches = self.reaches and judgement.patches(self.text)
        return self._patches


def _decode(source):
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        raise Problem(
            "malformed",
            f"the script is not UTF-8: {error.reason} at byte {error.start} (line {line})",
        ) from None
    return text[1:] if text.startswith("\ufeff") else text


def _compile(source, text):
    try:
        return compile(text, failures.script_file(), "exec", dont_inherit=True)
    except SyntaxError:
        pass
    files.write_script(source)  # Python reads the lines that it shows from there
    return compile(text, failures.script_file(), "exec", dont_inherit=True)


_compile_cached = functools.lru_cache(CACHED_SCRIPTS)(Compiled)
cache_info = _compile_cached.cache_info
forget = _compile_cached.cache_clear

_running = None  # the script since load(), if it compiled
_loader = None


def _name_file(module, path):
    """Sets what python3 sets for the file that it runs."""
    global _loader
    if _loader is None or _loader.path != path:
        _loader = importlib.machinery.SourceFileLoader("__main__", path)
    names = module.__dict__
    names["__file__"] = path
    names["__cached__"] = None
    names["__loader__"] = _loader
    names["__annotations__"] = {}


def _become_main(module):
    sys.modules["__main__"] = module
    if "multiprocessing" in sys.modules:  # its __init__.py does the same, but only once
        sys.modules["__mp_main__"] = module


def _fresh_module(module):
    if module is None:
        return types.ModuleType("__main__")
    module.__dict__.clear()
    module.__dict__.update(_FRESH)
    return module


def load(source, module=None):
    """Compiles the script and runs its module level. Returns the module.

    module: one of an earlier run, to be used again.
    """
    global _running
    _running = None  # stays so if it does not compile
    _running = (_compile_cached if len(source) <= CACHED_SIZE else Compiled)(source)
    module = _fresh_module(module)
    names = module.__dict__
    names["__builtins__"] = builtins
    names["open"] = files.open_in_scratch
    _name_file(module, failures.script_file())
    if _running.reaches:
        files.write_script(source)
    # pickle and dataclasses look classes up in sys.modules[cls.__module__].
    _become_main(module)
    exec(_running.code, names)
    return module


def reaches():
    return _running is not None and _running.reaches


def mentions():
    """The learned modules that the running script may use."""
    return () if _running is None else _running.mentions


def source():
    return b"" if _running is None else _running.source


def patches():
    return _running is not None and _running.patches()


def makes():
    """Whether its objects may run code when they end."""
    return _running is not None and _running.makes


def end(forgot):
    """Ends the module, so that its objects end now, and not within another script. forgot: others' as well.

    A module and its functions are a cycle, which only the collector takes apart, at any time. What was
    there before any script is frozen, so the collector looks only at the script's objects.
    """
    _become_main(EMPTY_MAIN)
    if forgot or makes() or files.opened_a_descriptor():
        gc.collect()


def call(module, values, macros):
    """Calls rm_main with the inputs, and with the macros after them if there are any."""
    main = module.__dict__.get("rm_main")
    if main is None:
        raise Problem("parse", "the script defines no function rm_main", phase="parse")
    if not callable(main):
        kind = type(main).__name__
        raise Problem("parse", f"rm_main is not a function but of type {kind}", phase="parse")
    if macros is None:
        return main(*values)
    return main(*values, macros)
