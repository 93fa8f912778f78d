"""One execution from end to end: parse, inputs, init, run, outputs.

The engine object calls `execute`, which returns a tuple and never raises:
    (None, pieces, decode, run, encode, raws, reaches, init)   pieces, raws: outputs.encode; times in seconds
    (kind, detail, phase, type, message, line, traceback)
`kind` is a name that returned.c maps to an `enum problem_kind`. `init` is negative if there is no rm_init.
"""

from time import perf_counter

from _standpy import changes, failures, files, inputs, learning, leftovers, outputs, rm_init, script, state


RICH = ("table", "object")  # inputs that lead to a library

_reaches = False  # whether the script may have reached a module


class _Clock:
    """The phase that an execution is in, and the seconds that it has spent in each."""

    __slots__ = ("phase", "spent", "_since")

    def __init__(self, phase):
        self.spent = {}
        self.phase = phase
        self._since = perf_counter()

    def enter(self, phase):
        now = perf_counter()
        ended = self.phase
        self.spent[ended] = self.spent.get(ended, 0.0) + now - self._since
        self.phase, self._since = phase, now


def _decode(arguments, first, to_keep=False):
    return [inputs.decode(number, *argument, to_keep) for number, argument in enumerate(arguments, first)]


def _values_by_init(clock, init, module, arguments):
    """The arguments of rm_main but for the macros, if there is an rm_init."""
    clock.enter("inputs")
    known = init.is_known()
    if known:
        wanted = ()
        inputs.leave(arguments[: init.taken])
    else:
        wanted = _decode(arguments[: init.taken], 1, init.may_keep())
    values = _decode(arguments[init.taken :], init.taken + 1)
    arguments.clear()  # frees what the values do not use of the request's body
    clock.enter("init")
    values[:0] = init.recall(module) if known else init.call(module, wanted)
    return values


def _values(clock, init, module, arguments):
    if init is not None:
        clock.enter("init")
        if init.begin(module, arguments):
            return _values_by_init(clock, init, module, arguments)
    clock.enter("inputs")
    values = _decode(arguments, 1)
    arguments.clear()
    return values


def _counts(count, macros, init):
    plural = "" if count == 1 else "s"
    return f"{count} input{plural}{'' if macros is None else ' and macros'}{init.words() if init else ''}"


def execute(source, arguments, macros, table_format, answer_form):
    """source: UTF-8 bytes; arguments: list of (type, form, base64, content, metadata, digest) of the inputs.

    table_format: arrow, csv, json or default; answer_form: a name of arguments.c's answer_forms.
    """
    global _reaches
    _reaches = True  # stays so if the script does not compile
    state.save()
    input_count = len(arguments)
    init = None
    clock = _Clock("init" if rm_init.is_named(source) else "parse")
    try:
        if clock.phase == "init":
            init = rm_init.Call(source, arguments)
            clock.enter("parse")
        module = script.load(source, init and init.module)
        _reaches = script.reaches() or any(argument[0] in RICH for argument in arguments)
        if init is None and "rm_init" in module.__dict__:  # defined in a way that no one would guess
            init = rm_init.Call(source, arguments)
        values = _values(clock, init, module, arguments)
        clock.enter("run")
        returned = script.call(module, values, macros)
        del values
        clock.enter("outputs")
        pieces, raws = outputs.encode(returned, table_format, answer_form)
        clock.enter("end")
        spent = clock.spent
        preparing = spent["init"] if init is not None and init.is_defined() else -1.0
        running = spent["parse"] + spent["run"]
        return None, pieces, spent["inputs"], running, spent["outputs"], raws, _reaches, preparing
    except BaseException as error:  # SystemExit and KeyboardInterrupt are failures of the script, too
        return failures.describe(error, clock.phase, _counts(input_count, macros, init))
    finally:
        leftovers.run_at_exit()
        state.flush()


def imports():
    """The modules of packages that the script has imported: names with commas between."""
    return learning.report(script.mentions())


def finish():
    """Does what can wait until the answer is on its way.

    Returns (hits of the code cache, misses, threads that the script left behind, results of rm_init that are
    kept, whether it put back signal handlers, whether the script imported modules, whether it may have
    started threads below Python, why the runner cannot be used again or "").
    """
    files.close_inputs()
    state.restore(_reaches)
    script.end(forgot=rm_init.end())
    rm_init.settle()
    inputs.end_body()
    threads, signals, imported = leftovers.restore()
    unusable = leftovers.unusable()
    reaches = _reaches or imported
    if reaches and not unusable:
        unusable = changes.restore(script.source(), imported) or ("patched" if script.patches() else "")
    emptied = files.empty_scratch()
    cache = script.cache_info()
    unusable = unusable or ("" if emptied else "scratch")
    return cache.hits, cache.misses, threads, rm_init.count(), signals, imported, reaches, unusable
