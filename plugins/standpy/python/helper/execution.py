"""One execution from end to end: parse, inputs, run, outputs.

The engine object calls `execute`, which returns a tuple and never raises:
    (None, pieces, decode, run, encode, raws, reaches)   pieces, raws: outputs.encode; times in seconds
    (kind, detail, phase, type, message, line, traceback)
`kind` is a name that returned.c maps to an `enum problem_kind`.
"""

from time import perf_counter

from _standpy import changes, failures, files, inputs, learning, leftovers, outputs, script, state


RICH = ("table", "object")  # inputs that lead to a library

_reaches = False  # whether the script may have reached a module


def execute(source, arguments, macros, table_format, answer_form):
    """source: UTF-8 bytes; arguments: list of (type, form, base64, content, metadata) of the inputs.

    table_format: arrow, csv, json or default; answer_form: a name of arguments.c's answer_forms.
    """
    global _reaches
    _reaches = True  # stays so if the script does not compile
    state.save()
    phase = "parse"
    input_count = len(arguments)
    try:
        started = perf_counter()
        module = script.load(source)
        parsed = perf_counter()
        _reaches = script.reaches() or any(argument[0] in RICH for argument in arguments)
        phase = "inputs"
        values = [inputs.decode(number, *argument) for number, argument in enumerate(arguments, 1)]
        arguments.clear()  # frees what the values do not use of the request's body
        decoded = perf_counter()
        phase = "run"
        returned = script.call(module, values, macros)
        del values
        ran = perf_counter()
        phase = "outputs"
        pieces, raws = outputs.encode(returned, table_format, answer_form)
        decoding, running = decoded - parsed, parsed - started + ran - decoded
        encoding = perf_counter() - ran
        return None, pieces, decoding, running, encoding, raws, _reaches
    except BaseException as error:  # SystemExit and KeyboardInterrupt are failures of the script, too
        return failures.describe(error, phase, input_count, macros is not None)
    finally:
        leftovers.run_at_exit()
        state.flush()


def imports():
    """Modules of packages that the script has imported, as names with commas between."""
    return learning.report(script.mentions())


def finish():
    """Does what can wait until the answer is on its way.

    Returns (hits of the code cache, misses, threads that the script left behind, whether it put back
    signal handlers, whether the script imported modules, whether it may have started threads below
    Python, why the runner cannot be used again or "").
    """
    files.close_inputs()
    state.restore(_reaches)
    script.end()
    inputs.end_body()
    threads, signals, imported = leftovers.restore()
    unusable = leftovers.unusable()
    reaches = _reaches or imported
    if reaches and not unusable:
        unusable = changes.restore(script.source(), imported) or ("patched" if script.patches() else "")
    emptied = files.empty_scratch()
    cache = script.cache_info()
    unusable = unusable or ("" if emptied else "scratch")
    return cache.hits, cache.misses, threads, signals, imported, reaches, unusable
