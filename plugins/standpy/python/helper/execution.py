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
        self.spent = {"parse": 0.0, "inputs": 0.0, "init": 0.0, "run": 0.0, "outputs": 0.0}
        self.phase = phase
        self._since = perf_counter()

    def enter(self, phase):
        now = perf_counter()
        self.spent[self.phase] += now - self._since
        self.phase, self._since = phase, now


def _values(clock, init, module, arguments):
    """The arguments of rm_main but for the macros, and whether there is an rm_init."""
    clock.enter("init")
    is_there = init.begin(module, arguments)
    clock.enter("inputs")
    first = range(init.taken if is_there else 0)
    rest = range(len(first), len(arguments))
    to_keep = init.may_keep()
    if init.is_known():
        wanted = [inputs.leave(arguments[n]) for n in first]
    else:
        wanted = [inputs.decode(n + 1, *arguments[n], to_keep=to_keep) for n in first]
    values = [inputs.decode(n + 1, *arguments[n]) for n in rest]
    arguments.clear()  # frees what the values do not use of the request's body
    if is_there:
        clock.enter("init")
        values[:0] = init.recall(module) if init.is_known() else init.call(module, wanted)
    return values, is_there


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
    clock = _Clock("init")
    try:
        init = rm_init.Call(source, arguments)
        clock.enter("parse")
        module = script.load(source, init.module)
        _reaches = script.reaches() or any(argument[0] in RICH for argument in arguments)
        values, has_init = _values(clock, init, module, arguments)
        clock.enter("run")
        returned = script.call(module, values, macros)
        del values
        clock.enter("outputs")
        pieces, raws = outputs.encode(returned, table_format, answer_form)
        clock.enter("outputs")
        spent = clock.spent
        running, preparing = spent["parse"] + spent["run"], spent["init"] if has_init else -1.0
        return None, pieces, spent["inputs"], running, spent["outputs"], raws, _reaches, preparing
    except BaseException as error:  # SystemExit and KeyboardInterrupt are failures of the script, too
        return failures.describe(error, clock.phase, _counts(input_count, macros, init))
    finally:
        leftovers.run_at_exit()
        state.flush()


def imports():
    """Modules of packages that the script has imported, as names with commas between."""
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
