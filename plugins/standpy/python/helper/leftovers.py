"""What any script may leave in the interpreter. Once the answer is on its way, this puts it back, runs
it, or counts it.

What a script can leave only if it reaches a module is in changes.py.
"""

import _thread
import atexit
import builtins
import gc
import os
import random
import signal
import sys

_builtins = {}  # as they were when the runner started
_collector = True, (700, 10, 10)
_seeded = set()  # names of modules whose generators a script has seeded
_watched = set()  # names of modules whose generators are watched
_at_exit = []  # (function, args, kwargs) that the script has registered
_handlers = {}  # number of a signal to the handler that it had before the script
_audited = False  # the script has added an audit hook, which nothing can remove
_thread_count = 0
_module_count = 0

_GENERATORS = {"random": ("seed", "setstate"), "numpy.random": ("seed", "set_state")}


def _watch_function(module, function_name):
    function = getattr(module, function_name)

    def watched(*args, **kwargs):
        _seeded.add(module.__name__)
        return function(*args, **kwargs)

    watched.__name__ = watched.__qualname__ = function_name
    watched.__module__ = function.__module__
    watched.__doc__ = function.__doc__
    watched.__wrapped__ = function
    setattr(module, function_name, watched)


def _watch_generators():
    for name in _GENERATORS.keys() - _watched:
        module = sys.modules.get(name)
        if module is None or not all(hasattr(module, f) for f in _GENERATORS[name]):
            continue
        for function_name in _GENERATORS[name]:
            _watch_function(module, function_name)
        _watched.add(name)
        _seeded.add(name)  # whoever imported it may have seeded it


def _seed_numpy():
    # Without an argument, numpy gathers more entropy than it keeps, which takes ten times as long.
    numpy = sys.modules["numpy"]
    seed = sys.modules["numpy.random"].seed
    getattr(seed, "__wrapped__", seed)(numpy.frombuffer(os.urandom(64), "uint32"))


def reseed():
    """Seeds every generator that a script has seeded, so that nobody can predict its numbers."""
    if "random" in _seeded:
        getattr(random.seed, "__wrapped__", random.seed)()
    if "numpy.random" in _seeded:
        _seed_numpy()
    _seeded.clear()


def seeded_generators():
    """(name of the module, function that returns the state of its generator) of those that are seeded."""
    functions = {"random": "getstate", "numpy.random": "get_state"}
    return [(name, getattr(sys.modules[name], functions[name])) for name in sorted(_seeded)]


def mark():
    """What the script has registered, to compare."""
    return len(_at_exit), list(_handlers), _audited


def is_seeded():
    """Whether a script, or a library during its import, has seeded random numbers."""
    return bool(_seeded)


def reseed_all():
    """Call it after a fork, else two runners would draw the same numbers."""
    _seeded.update(_watched)
    reseed()


def _is_script():
    """True if the script itself called our caller."""
    return sys._getframe(2).f_globals.get("__name__") == "__main__"


def _watch_atexit():
    """Functions that the script registers run at its end; those of libraries, at the runner's."""
    register, unregister = atexit.register, atexit.unregister

    def register_watched(func, /, *args, **kwargs):
        if not _is_script():
            return register(func, *args, **kwargs)
        _at_exit.append((func, args, kwargs))
        return func

    def unregister_watched(func, /):
        _at_exit[:] = [entry for entry in _at_exit if entry[0] != func]
        unregister(func)

    for watched, function in ((register_watched, register), (unregister_watched, unregister)):
        watched.__name__ = watched.__qualname__ = function.__name__
        watched.__module__ = function.__module__
        watched.__doc__ = function.__doc__
        setattr(atexit, function.__name__, watched)


def _watch_signals():
    set_handler = signal.signal

    def signal_watched(signalnum, handler):
        before = set_handler(signalnum, handler)
        _handlers.setdefault(signalnum, before)
        return before

    signal_watched.__name__ = signal_watched.__qualname__ = "signal"
    signal_watched.__module__ = set_handler.__module__
    signal_watched.__doc__ = set_handler.__doc__
    signal_watched.__wrapped__ = set_handler
    signal.signal = signal_watched


def _restore_signals():
    """Puts back the handlers that Python knows; process_state.c puts back the kernel's."""
    while _handlers:
        number, handler = _handlers.popitem()
        _set_handler(number, signal.SIG_DFL if handler is None else handler)


_set_handler = signal.signal


def _watch_audit_hooks():
    add = sys.addaudithook

    def addaudithook(hook):
        global _audited
        _audited = True
        return add(hook)

    sys.addaudithook = addaudithook


def run_at_exit():
    """Calls what the script registered, last first, as at the end of an interpreter."""
    while _at_exit:
        func, args, kwargs = _at_exit.pop()
        try:
            func(*args, **kwargs)
        except SystemExit:
            pass
        except BaseException:
            _report_ignored(*sys.exc_info())


def _report_ignored(kind, error, traceback):
    try:
        print("Exception ignored in atexit callback:", file=sys.stderr)
        sys.excepthook(kind, error, traceback)
    except BaseException:  # the hook or the stream may be the script's
        pass


def watch():
    """Call it in the zygote, once everything is preloaded."""
    global _builtins, _collector
    random.seed()
    _watch_generators()
    _seeded.clear()
    _watch_atexit()
    _watch_signals()
    _watch_audit_hooks()
    _builtins = dict(builtins.__dict__)
    _collector = gc.isenabled(), gc.get_threshold()


def enter_runner():
    """In a new runner: counts what is there before any script."""
    global _thread_count
    _thread_count = _thread._count()
    _count_modules()


def _same_builtins():
    try:
        return builtins.__dict__ == _builtins
    except Exception:  # an object of the script may refuse to be compared
        return False


def restore():
    """Puts back what is cheap to put back.

    Returns how many more threads run than before, whether signal handlers were put back, and
    whether there are more modules than before.
    """
    global _thread_count
    if not _same_builtins():
        builtins.__dict__.clear()
        builtins.__dict__.update(_builtins)
    if (gc.isenabled(), gc.get_threshold()) != _collector:
        gc.set_threshold(*_collector[1])
        (gc.enable if _collector[0] else gc.disable)()
    signals = bool(_handlers)
    if signals:
        _restore_signals()
    sys.settrace(None)
    sys.setprofile(None)
    _watch_generators()
    if _seeded:
        reseed()
    before, _thread_count = _thread_count, _thread._count()
    return max(0, _thread_count - before), signals, _count_modules()


def _count_modules():
    """True if there are more than at the last call."""
    global _module_count
    before, _module_count = _module_count, len(sys.modules)
    return _module_count > before


def unusable():
    """What the script did that cannot be put back, in a word that execution.c knows, or ""."""
    if _audited:
        return "audit hook"
    if sys.modules.get("sys") is not sys or "_standpy.leftovers" not in sys.modules:
        return "modules"
    return ""
