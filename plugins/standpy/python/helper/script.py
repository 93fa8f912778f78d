"""The script itself: compiled once, run in a fresh module each time."""

import builtins
import functools
import gc
import re
import sys
import types

from _standpy import files
from _standpy.failures import FILENAME, Problem

CACHED_SCRIPTS = 256
CACHED_SIZE = 65536  # bytes; larger ones are compiled each time, so the cache stays below 16 MiB

# A script without these makes no class and no generator, so nothing of it runs code at its end.
_MAKERS = re.compile(
    rb"class|type|import|eval|exec|attr|vars|globals|locals|yield|async|breakpoint|__|[^\x00-\x7f]"
)
_may_run_at_its_end = False

EMPTY_MAIN = types.ModuleType("__main__")


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


def _compile(source):
    """(code, whether its objects may run code at their end)."""
    code = compile(_decode(source), FILENAME, "exec", dont_inherit=True)
    return code, bool(_MAKERS.search(source))


_compile_cached = functools.lru_cache(CACHED_SCRIPTS)(_compile)
cache_info = _compile_cached.cache_info


def load(source):
    """Compiles the script and runs its module level. Returns the module."""
    global _may_run_at_its_end
    _may_run_at_its_end = False  # should it not compile
    compiled = _compile_cached if len(source) <= CACHED_SIZE else _compile
    code, _may_run_at_its_end = compiled(source)
    module = types.ModuleType("__main__")
    names = module.__dict__
    names["__builtins__"] = builtins
    names["open"] = files.open_in_scratch
    # pickle and dataclasses look classes up in sys.modules[cls.__module__].
    sys.modules["__main__"] = module
    exec(code, names)
    return module


def end():
    """Ends the module; its objects end now, not within another script.

    A module and its functions are a cycle that only the collector takes apart, whenever it comes.
    What was there before any script is frozen, so it looks at the script's objects alone.
    """
    sys.modules["__main__"] = EMPTY_MAIN
    if _may_run_at_its_end:
        gc.collect()


def call(module, values, macros):
    """Calls rm_main with the inputs, and with the macros behind them where there are any."""
    main = module.__dict__.get("rm_main")
    if main is None:
        raise Problem("parse", "the script defines no function rm_main", phase="parse")
    if not callable(main):
        kind = type(main).__name__
        raise Problem("parse", f"rm_main is no function but of type {kind}", phase="parse")
    if macros is None:
        return main(*values)
    return main(*values, macros)
