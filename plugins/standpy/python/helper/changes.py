"""What a script can change in an interpreter: one table.

Each row says how to look at a thing and how to put it back; or None, and then the runner is replaced, which
costs nobody anything, because a spare is ready. A row is checked only if its module is loaded, and only
after a script that can reach a module at all (judgement.py); other scripts pay for none of it.

Other files put back after every script what any script can change:

    state.py          os.environ, sys.path, sys.argv, hooks of sys, warnings.filters, streams, time zone,
                      recursion limit, decimal's context
    leftovers.py      builtins, collector, tracing, signal handlers, random numbers; threads: replaced
    files.py          the scratch folder
    process_state.c   signal mask, timers, locale, umask, limits, priorities, processors, personality, name
    processes.c       child processes; helper_processes.py ends those of libraries in their own way
    native_threads.c  threads below Python: OpenMP's are ended, others: replaced
"""

import itertools
import os
import sys

from _standpy import files, helper_processes

REPLACE = None  # in place of a function that puts back


class _Differs(Exception):
    """Something is not as it was, and cannot be put back."""


class Change:
    """A row.

    what: in words. module: the module's name. look(module): the state, to compare.
    put_back(module, was), or REPLACE. fresh: the state in a module that was just imported, or a function
    of the module that returns it; UNKNOWN: the state that the first script left counts as fresh, if that
    script contains none of the words. same(module, was): compares, if that is quicker than look.
    """

    def __init__(self, what, module, look, put_back, fresh, words=(), same=None):
        self.what, self.module, self.look, self.put_back = what, module, look, put_back
        self.fresh, self.words = fresh, words
        self.same = same or (lambda module, was: look(module) == was)


UNKNOWN = object()


def _attributes(*names):
    """(look, put_back) of attributes."""

    def look(module):
        return [getattr(module, name, UNKNOWN) for name in names]

    def put_back(module, was):
        for name, value in zip(names, was):
            if value is not UNKNOWN:
                setattr(module, name, value)

    return look, put_back


def _dictionary(name):
    """(look, put_back) of a dictionary that libraries add to."""

    def look(module):
        return getattr(module, name, {}).copy()

    def put_back(module, was):
        getattr(module, name).clear()
        getattr(module, name).update(was)

    return look, put_back


def _setting(getter, setter):
    """(look, put_back) of what two functions of the module get and set."""

    def look(module):
        return getattr(module, getter)() if hasattr(module, getter) else None

    def put_back(module, was):
        getattr(module, setter)(was)

    return look, put_back


# sys and modules

_STREAMS = {"stdin", "stdout", "stderr", "__stdout__", "__stderr__"}  # state.py puts them back


def _look_at_sys(module):
    return {name: value for name, value in module.__dict__.items() if name not in _STREAMS}


def _put_back_sys(module, was):
    for name in module.__dict__.keys() - was.keys() - _STREAMS:
        delattr(module, name)
    module.__dict__.update(was)


def _look_at_importers(module):
    return module.meta_path[:], module.path_hooks[:]


def _put_back_importers(module, was):
    module.meta_path[:], module.path_hooks[:] = was


# Threads, processes, loops

def _count_from(start):
    return itertools.count(start).__next__


def _put_back_names(_, __):
    """Thread-1, Process-1, ...: the next script begins with them again."""
    modules = sys.modules
    if "threading" in modules:
        modules["threading"]._counter = _count_from(1)
    if "concurrent.futures.thread" in modules:
        modules["concurrent.futures.thread"].ThreadPoolExecutor._counter = _count_from(0)
    if "multiprocessing.process" in modules:
        process = modules["multiprocessing.process"]
        process._process_counter = itertools.count(1)
        process._children.clear()


def _look_at_multiprocessing(module):
    process = sys.modules["multiprocessing.process"]
    util = sys.modules.get("multiprocessing.util")
    return (
        module._default_context._actual_context,
        "tempdir" in process._current_process._config,
        bool(util and util._finalizer_registry),
    )


def _put_back_multiprocessing(module, _):
    module._default_context._actual_context = None
    # Its folder was in the scratch folder, and its processes are gone.
    sys.modules["multiprocessing.process"]._current_process._config.pop("tempdir", None)
    if "multiprocessing.util" in sys.modules:
        sys.modules["multiprocessing.util"]._finalizer_registry.clear()


def _look_at_loop(module):
    return module._event_loop_policy, module._get_running_loop()


def _put_back_loop(module, was):
    policy, module._event_loop_policy = module._event_loop_policy, was[0]
    module._set_running_loop(None)
    loop = getattr(getattr(policy, "_local", None), "_loop", None)
    if loop is not None and not loop.is_closed():
        loop.close()


def _look_at_faulthandler(module):
    module.cancel_dump_traceback_later()
    return module.is_enabled()


# Logging: every logger

def _is_plain(logger):
    """Whether it is as it was made. A library adds a NullHandler at most."""
    return not (logger.level or logger.filters or logger.disabled or not logger.propagate) and (
        not logger.handlers or all(type(h).__name__ == "NullHandler" for h in logger.handlers)
    )


def _state_of(logger):
    return logger.level, logger.propagate, logger.disabled, logger.handlers[:], logger.filters[:]


def _look_at_logging(module):
    """(logging as a whole, the root logger, other loggers that are not plain, the names of all)."""
    manager = module.root.manager
    plain = module.Logger
    odd = {name: _state_of(logger) for name, logger in manager.loggerDict.items()
           if logger.__class__ is plain and (logger.level or logger.handlers or logger.filters
                                             or logger.disabled or not logger.propagate)}  # fmt: skip
    general = (manager.disable, module.raiseExceptions, module.lastResort, module._levelToName.copy(),
               module._loggerClass, module._logRecordFactory, manager.loggerClass)  # fmt: skip
    return general, _state_of(module.root), odd, set(manager.loggerDict)


def _put_back_general(module, was):
    manager = module.root.manager
    disable, module.raiseExceptions, module.lastResort, names, *classes = was
    module._loggerClass, module._logRecordFactory, manager.loggerClass = classes
    module.disable(disable)
    if module._levelToName != names:
        module._levelToName.clear()
        module._levelToName.update(names)
        module._nameToLevel.clear()
        module._nameToLevel.update({word: level for level, word in names.items()})
        module._nameToLevel.update(WARN=module.WARNING, FATAL=module.FATAL)


def _put_back_logger(logger, was):
    level, logger.propagate, logger.disabled, handlers, filters = was
    logger.handlers[:], logger.filters[:] = handlers, filters
    if logger.level != level:
        logger.setLevel(level)


def _put_back_logging(module, was):
    """A new logger comes from the script, or from a library that it imported."""
    general, root, odd, names = was
    if _look_at_logging(module)[0] != general:
        _put_back_general(module, general)
    _put_back_logger(module.root, root)
    loggers = module.root.manager.loggerDict
    for name, logger in [*loggers.items()]:
        if name in odd:
            _put_back_logger(logger, odd[name])
        elif not isinstance(logger, module.Logger):
            continue
        elif name not in names and name.partition(".")[0] not in sys.modules:
            _put_back_logger(logger, (0, True, False, [], []))
            del loggers[name]
        elif not _is_plain(logger):
            if name not in names:
                raise _Differs  # the script or its library may have set it
            _put_back_logger(logger, (0, True, False, [], []))
    names |= loggers.keys()
    for name in loggers.keys() - odd.keys():
        if isinstance(loggers[name], module.Logger) and loggers[name].handlers:
            odd[name] = _state_of(loggers[name])


def _fresh_logging(module):
    general, _, _, names = _look_at_logging(module)
    root = (module.WARNING, True, False, [], [])
    return (0, True, *general[2:]), root, {}, set()


# Libraries of the standard library

def _look_at_warnings(module):
    return [module.showwarning, module.formatwarning, module.defaultaction, module.onceregistry.copy()]


def _put_back_warnings(module, was):
    module.showwarning, module.formatwarning, module.defaultaction, once = was
    module.onceregistry.clear()
    module.onceregistry.update(once)


def _look_at_csv(module):
    return module.field_size_limit(), sorted(module.list_dialects())


def _put_back_csv(module, was):
    module.field_size_limit(was[0])
    for name in module.list_dialects():
        if name not in was[1]:
            module.unregister_dialect(name)


# Libraries of data science

def _look_at_numpy(module):
    return module.geterr(), module.geterrcall(), module.getbufsize(), module.get_printoptions()


def _put_back_numpy(module, was):
    errors, call, size, printed = was
    module.seterr(**errors)
    module.seterrcall(call)
    module.setbufsize(size)
    known = {name: value for name, value in printed.items() if name != "override_repr"}
    module.set_printoptions(**known)


def _look_at_options(module):
    return _copied(module._global_config)


def _copied(options):
    return {name: _copied(value) if type(value) is dict else value for name, value in options.items()}


def _flat(options, prefix):
    found = {}
    for name, value in options.items():
        if type(value) is dict:
            found.update(_flat(value, f"{prefix}{name}."))
        else:
            found[prefix + name] = value
    return found


def _put_back_options(module, was):
    now = _flat(module._global_config, "")
    for name, value in _flat(was, "").items():
        if now.get(name, UNKNOWN) != value:
            sys.modules["pandas"].set_option(name, value)


def _fresh_options(module):
    fresh = _look_at_options(module)
    for name, option in module._registered_options.items():
        *folders, last = name.split(".")
        place = fresh
        for folder in folders:
            place = place[folder]
        place[last] = option.defval
    return fresh


def _look_at_parameters(module):
    return dict(dict.items(module.rcParams))  # rcParams is a dict with its own methods


def _put_back_parameters(module, was):
    for name in dict.keys(module.rcParams) - was.keys():
        dict.__delitem__(module.rcParams, name)
    dict.update(module.rcParams, was)


def _look_at_figures(module):
    backend = sys.modules["matplotlib.pyplot"]
    return bool(module.Gcf.figs), getattr(backend, "_backend_mod", None) is not None


def _put_back_figures(module, _):
    """Removes figures and backend; the next script's first figure chooses one, as in a fresh python3."""
    module.Gcf.destroy_all()
    sys.modules["matplotlib.pyplot"]._backend_mod = None


def _look_at_registered(module):
    manager = sys.modules.get("matplotlib.font_manager")
    fonts = getattr(manager, "fontManager", None)
    return len(module.units.registry), len(module.colormaps), fonts and len(fonts.ttflist)


def _look_at_torch(module):
    return (module.get_default_dtype(), module.is_grad_enabled(), module.get_num_threads(),
            module.are_deterministic_algorithms_enabled(), module.initial_seed())  # fmt: skip


def _put_back_parallel(module, _):
    module._backend.__dict__.clear()


TABLE = (
    Change("attributes of sys", "sys", _look_at_sys, _put_back_sys, UNKNOWN),
    Change("importers", "sys", _look_at_importers, _put_back_importers, UNKNOWN),
    Change("switch interval", "sys", *_setting("getswitchinterval", "setswitchinterval"), UNKNOWN),
    Change("digits of an int", "sys", *_setting("get_int_max_str_digits", "set_int_max_str_digits"),
           UNKNOWN),
    Change("flags of dlopen", "sys", *_setting("getdlopenflags", "setdlopenflags"), UNKNOWN),
    Change("hooks of generators", "sys", lambda module: tuple(module.get_asyncgen_hooks()),
           lambda module, was: module.set_asyncgen_hooks(*was), UNKNOWN),
    Change("collector's debugging", "gc", *_setting("get_debug", "set_debug"), UNKNOWN),
    Change("collector's callbacks", "gc", lambda module: module.callbacks[:],
           lambda module, was: module.callbacks.__setitem__(slice(None), was), UNKNOWN),
    Change("hooks of threads", "threading",
           *_attributes("excepthook", "_trace_hook", "_profile_hook"),
           lambda module: [module.__excepthook__ if hasattr(module, "__excepthook__") else UNKNOWN,
                           None, None]),
    Change("stack size of threads", "threading", lambda module: module.stack_size(),
           lambda module, was: module.stack_size(was), 0),
    Change("numbers of threads and processes", "threading", lambda module: None, _put_back_names, 0,
           same=lambda module, was: False),
    Change("multiprocessing", "multiprocessing.context", _look_at_multiprocessing,
           _put_back_multiprocessing, (None, False, False)),
    Change("event loop", "asyncio.events", _look_at_loop, _put_back_loop, (None, None)),
    Change("logging", "logging", _look_at_logging, _put_back_logging, _fresh_logging),
    Change("warnings", "warnings", _look_at_warnings, _put_back_warnings, UNKNOWN),
    Change("faulthandler", "faulthandler", _look_at_faulthandler,
           lambda module, was: module.disable() if not was else module.enable(), False),
    Change("tracemalloc", "tracemalloc", lambda module: module.is_tracing(),
           lambda module, was: module.stop(), False),
    Change("default folder of tempfile", "tempfile", *_attributes("tempdir", "template"),
           [None, "tmp"]),
    Change("default timeout of sockets", "socket", *_setting("getdefaulttimeout", "setdefaulttimeout"),
           None),
    Change("opener of URLs", "urllib.request", *_attributes("_opener"), [None]),
    Change("csv", "csv", _look_at_csv, _put_back_csv, (131072, ["excel", "excel-tab", "unix"])),
    Change("first day of the week", "calendar", *_setting("firstweekday", "setfirstweekday"), 0),
    Change("reducers of pickle", "copyreg", *_dictionary("dispatch_table"), UNKNOWN),
    Change("adapters of sqlite3", "sqlite3.dbapi2", *_dictionary("adapters"), UNKNOWN,
           (b"register_",)),
    Change("converters of sqlite3", "sqlite3.dbapi2", *_dictionary("converters"), UNKNOWN,
           (b"register_",)),
    Change("name spaces of XML", "xml.etree.ElementTree", *_dictionary("_namespace_map"), UNKNOWN,
           (b"register_",)),
    Change("numpy's errors and printing", "numpy", _look_at_numpy, _put_back_numpy, UNKNOWN,
           (b"seterr", b"printoptions", b"bufsize")),
    Change("pandas' options", "pandas._config.config", _look_at_options, _put_back_options,
           _fresh_options, same=lambda module, was: module._global_config == was),
    Change("scikit-learn's configuration", "sklearn", lambda module: module.get_config(),
           lambda module, was: module.set_config(**was), UNKNOWN, (b"set_config",)),
    Change("joblib's backend", "joblib.parallel", lambda module: bool(module._backend.__dict__),
           _put_back_parallel, False),
    Change("pyplot's figures and backend", "matplotlib._pylab_helpers", _look_at_figures,
           _put_back_figures, (False, False)),
    Change("matplotlib's parameters", "matplotlib", _look_at_parameters, _put_back_parameters,
           lambda module: dict(dict.items(module.rcParamsOrig)),
           same=lambda module, was: dict.__eq__(module.rcParams, was)),
    Change("what was registered with matplotlib", "matplotlib.pyplot",
           lambda module: _look_at_registered(sys.modules["matplotlib"]), REPLACE, UNKNOWN,
           (b"register", b"addfont")),
    Change("torch's settings", "torch", _look_at_torch, REPLACE, UNKNOWN,
           (b"set_", b"seed", b"use_deterministic")),
    Change("pyarrow's threads", "pyarrow.lib", *_setting("cpu_count", "set_cpu_count"), UNKNOWN,
           (b"set_cpu_count",)),
    Change("xgboost's configuration", "xgboost", *_setting("get_config", "set_config"), UNKNOWN,
           (b"set_config",)),
    Change("the default connection of duckdb", "duckdb", lambda module: True, REPLACE, False),
)  # fmt: skip

_before = {}  # row to how it was
_modules = {}  # modules that were preloaded, and each that was imported since
_importer_count = _cached_lines = 0


def watch():
    """Call it in the zygote, once everything is preloaded."""
    for change in TABLE:
        if change.module in sys.modules:
            _before[change] = change.look(sys.modules[change.module])
    enter_runner()


def enter_runner():
    """Call it in a new runner, once the helpers know its file and folder."""
    if len(sys.modules) != len(_modules) + 1:  # else none is new since the zygote noted them
        _modules.clear()
        _take_note_of_modules(sys.modules)
    for change in TABLE:
        if change.module == "sys":
            _before[change] = change.look(sys)


def _how_it_was(change, module, source):
    if change in _before:
        return _before[change]
    if change.fresh is UNKNOWN:
        if any(word in source for word in change.words):
            raise _Differs
        was = change.look(module)
    else:
        was = change.fresh(module) if callable(change.fresh) else change.fresh
    _before[change] = was
    return was


def _restore_one(change, source):
    module = sys.modules.get(change.module)
    if module is None:
        return
    was = _how_it_was(change, module, source)
    if change.same(module, was):
        return
    if change.put_back is REPLACE:
        raise _Differs
    change.put_back(module, was)


_NOT_MARKED = ("faulthandler",)  # to look at it changes it
_BY_IMPORTS = ("importers", "reducers of pickle", "logging")  # what libraries add to as they are imported


def mark():
    """How each row is."""
    modules = sys.modules
    return {change: change.look(modules[change.module]) for change in TABLE
            if change.module in modules and change.module not in _NOT_MARKED}  # fmt: skip


def _is_new(change, module, source):
    """Whether a row of a module that was just imported is as its import left it, as far as can be told."""
    if change.fresh is UNKNOWN:
        return not any(word in source for word in change.words)
    return callable(change.fresh) or change.look(module) == change.fresh


def is_marked(marked, source, imported):
    """Whether each row still is as it was; imported: but for what imports may have changed."""
    for change in TABLE:
        module = sys.modules.get(change.module)
        if module is None or change.module in _NOT_MARKED:
            continue
        if change not in marked:
            same = _is_new(change, module, source)
        else:
            same = change.look(module) == marked[change] or (imported and change.what in _BY_IMPORTS)
        if not same:
            return False
    return True


def _is_of_scratch(module):
    path = getattr(module, "__file__", None)
    if path is None:
        path = next(iter(getattr(module, "__path__", ())), None)
    return isinstance(path, str) and files.holds(os.path.abspath(path))


def forgets(name):
    """Whether a module that the script has made will be gone once it is over."""
    module = sys.modules.get(name) if isinstance(name, str) else None
    if module is None or name in _modules or name == "__main__":
        return False
    return _is_of_scratch(module) or getattr(module, "__spec__", None) is None


def _take_note_of_modules(modules):
    _modules.update(modules)
    _modules.pop("__main__", None)


def _sort_new_modules():
    """Forgets modules that the script wrote, keeps others. False if one cannot be forgotten."""
    stay = {}
    for name in sys.modules.keys() - _modules.keys() - {"__main__"}:
        module = sys.modules[name]
        if not _is_of_scratch(module) and getattr(module, "__spec__", None) is not None:
            stay[name] = module
        elif str(getattr(module, "__file__", None)).endswith(".so"):
            return False
        else:
            del sys.modules[name]
    _take_note_of_modules(stay)
    return True


def _forget_paths(cache, size):
    """Forgets paths in the scratch folder. Returns the size that is left."""
    if len(cache) == size:
        return size
    root = files.root()
    for path in [path for path in cache if path.startswith(root)]:
        del cache[path]
    return len(cache)


def _forget_files():
    global _importer_count, _cached_lines
    _importer_count = _forget_paths(sys.path_importer_cache, _importer_count)
    if "linecache" in sys.modules:
        _cached_lines = _forget_paths(sys.modules["linecache"].cache, _cached_lines)


def _same_modules(source):
    """Whether all earlier modules are still there. A script that replaces one names it."""
    if len(sys.modules) != len(_modules) + 1 and not _sort_new_modules():
        return False
    if b"modules" not in source:
        return len(sys.modules) == len(_modules) + 1
    return all(sys.modules.get(name) is module for name, module in _modules.items())


def restore(source, imported):
    """Puts back what the script has changed. Returns why it cannot, as execution.c knows it, or ""."""
    try:
        helper_processes.forget()
        if not _same_modules(source):
            return "modules"
        _forget_files()
        for change in TABLE:
            if imported and change.module == "sys" and change.put_back is _put_back_importers:
                _before[change] = change.look(sys)  # libraries add importers
            _restore_one(change, source)
    except _Differs:
        return "library"
    except Exception:  # something that the script left there raises
        return "library"
    return ""
