"""Failures as a user reads them: detail, exception, traceback in the guide's form."""

import errno
import os
import re
import traceback

_MEMORY_LIMIT = os.environ.get("MEMORY_LIMIT")  # as the administrator wrote it

# What the script is called in a traceback, on its way to the guide's form: linecache looks for no file
# whose name stands in angle brackets, so it shows no line of it.
_SHOWN = "<script>"
_OWN = "<standpy>/"
_FRAME = re.compile(r'^(?P<margin>[ |+-]*?)  File "<script>", line (?P<line>\d+)(?P<rest>.*)', re.S)

_file = _SHOWN  # of the script, in this runner

_KIND_OF_PHASE = {"parse": "parse", "inputs": "malformed", "run": "run", "outputs": "outputs"}


def name_script(path):
    """In a new runner: the file of its scripts."""
    global _file
    _file = path


def script_file():
    return _file


def _is_script(filename):
    return filename == _file or filename == _SHOWN


class Problem(Exception):
    """A failure that has its own words: no traceback of ours would help anyone.

    kind: a name of returned.c's table of kinds. phase: where it happened, if not where it was raised.
    """

    def __init__(self, kind, detail, phase=None):
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.phase = phase


def _show_as_script(described, seen):
    """Takes our own frames out of an exception and of all that it came from; names the script's."""
    if described is None or id(described) in seen:
        return
    seen.add(id(described))
    described.stack[:] = [f for f in described.stack if not f.filename.startswith(_OWN)]
    for place in (described, *described.stack):
        if getattr(place, "filename", None) == _file:
            place.filename = _SHOWN
    _show_as_script(described.__cause__, seen)
    _show_as_script(described.__context__, seen)
    for member in getattr(described, "exceptions", None) or ():
        _show_as_script(member, seen)


def _script_frame(text):
    found = _FRAME.match(text)
    if not found:
        return text
    return f"{found['margin']}  Script, line {found['line']}{found['rest']}"


def format_traceback(error):
    """The traceback as Python prints it, but for the script's frames: '  Script, line 3, in f'."""
    described = traceback.TracebackException(
        type(error), error, error.__traceback__, compact=True, lookup_lines=False
    )
    _show_as_script(described, set())
    return "".join(_script_frame(text) for text in described.format())


# Names and numbers as C takes them: a metaclass or a __str__ of the script's own may give anything.
_name_of_type = type.__dict__["__name__"].__get__
_MOST_LINES = 2**31 - 1


def _line(error):
    """Line of the script nearest to where the exception was raised; 0 where there is none."""
    if isinstance(error, SyntaxError) and _is_script(error.filename):
        line = error.lineno
        return line if type(line) is int and 0 < line <= _MOST_LINES else 0
    line = 0
    entry = error.__traceback__
    while entry is not None:
        if _is_script(entry.tb_frame.f_code.co_filename):
            line = entry.tb_lineno
        entry = entry.tb_next
    return line


def _text(error):
    try:
        if isinstance(error, SyntaxError) and _is_script(error.filename):
            return str.__str__(str(error.msg))  # str(error) would name the file, and there is none
        return str.__str__(str(error))
    except BaseException as failure:
        return f"<exception str() failed: {_name_of_type(type(failure))}>"


def _was_not_entered(error):
    """True where the call of rm_main itself failed: wrong number of arguments."""
    entry = error.__traceback__
    while entry is not None:
        if _is_script(entry.tb_frame.f_code.co_filename):
            return False
        entry = entry.tb_next
    return isinstance(error, TypeError)


def _detail(error, message, phase, input_count, has_macros):
    name = _name_of_type(type(error))
    detail = f"{name}: {message}" if message else name
    if phase == "run" and _was_not_entered(error):
        macros = " and macros" if has_macros else ""
        plural = "" if input_count == 1 else "s"
        detail += f" (the request has {input_count} input{plural}{macros})"
    return detail


def _causes(error):
    """An exception and all that it came from."""
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or error.__context__
    return seen


def _shortage(error, phase):
    """In words, with limit and variable, what there is no more of; "" where that is not the cause."""
    for cause in _causes(error):
        # pandas' parsers have no MemoryError of their own.
        if isinstance(cause, MemoryError) or (
            phase == "inputs" and str.__str__(_text(cause)).endswith("out of memory")
        ):
            return _memory_words()
        if isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT):
            return _storage_words()
    return ""


def _memory_words():
    if _MEMORY_LIMIT:
        return f"the memory of a worker is used up: MEMORY_LIMIT={_MEMORY_LIMIT}"
    import resource  # not before it is needed: a script finds a fresh interpreter

    soft, _ = resource.getrlimit(resource.RLIMIT_DATA)
    if soft == resource.RLIM_INFINITY:
        return "the memory of the machine or container is used up; there is no MEMORY_LIMIT"
    return f"the memory of a worker is used up: its limit (MEMORY_LIMIT) is some {soft} bytes"


def _storage_words():
    from _standpy import files  # which imports this module

    scratch = files.root()
    status = os.statvfs(scratch)
    size = status.f_blocks * status.f_frsize
    folder = os.path.dirname(scratch)
    return f"{folder} (SCRATCH_DIR), where the files of scripts are, is full: it has {size} bytes"


def _with_shortage(error, kind, detail, phase):
    """Neither a client nor a script is to blame for inputs that do not fit."""
    try:
        shortage = _shortage(error, phase)
    except BaseException:
        return kind, detail
    if not shortage:
        return kind, detail
    return "exhausted" if phase == "inputs" else kind, f"{detail} ({shortage})"


def _traceback(error):
    try:
        return format_traceback(error)
    except BaseException as failure:
        name = _name_of_type(type(error))
        return f"{name}: the traceback cannot be shown: {_text(failure)}\n"


def describe(error, phase, input_count, has_macros):
    """The second form of execute's result, see execution.py."""
    if isinstance(error, Problem):
        phase = error.phase or phase
        kind, detail = _with_shortage(error, error.kind, error.detail, phase)
        return kind, detail, phase, None, None, 0, None
    message = _text(error)
    detail = _detail(error, message, phase, input_count, has_macros)
    name = _name_of_type(type(error))
    kind, detail = _with_shortage(error, _KIND_OF_PHASE[phase], detail, phase)
    return kind, detail, phase, name, message, _line(error), _traceback(error)
