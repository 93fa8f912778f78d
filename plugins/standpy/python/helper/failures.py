"""Failures as a user reads them: detail, exception, traceback in the guide's form."""

import errno
import os
import re
import traceback

_MEMORY_LIMIT = os.environ.get("MEMORY_LIMIT")  # as the administrator wrote it

# The script's name in a traceback, before that gets the guide's form. linecache looks for no file whose
# name is in angle brackets, so the traceback shows no source lines of it.
_SHOWN = "<script>"
_OWN = "<standpy>/"
_FRAME = re.compile(r'^(?P<margin>[ |+-]*?)  File "<script>", line (?P<line>\d+)(?P<rest>.*)', re.S)

_file = _SHOWN  # the script's file in this runner

_KIND_OF_PHASE = {"parse": "parse", "inputs": "malformed", "init": "run", "run": "run", "outputs": "outputs"}


def name_script(path):
    """In a new runner: sets the file of its scripts."""
    global _file
    _file = path


def script_file():
    return _file


def _is_script(filename):
    return filename == _file or filename == _SHOWN


class Problem(Exception):
    """A failure whose detail says all, so that nobody needs a traceback of ours.

    kind: a name in returned.c's table of kinds. phase: the phase to blame, if it is not the one that raised.
    """

    def __init__(self, kind, detail, phase=None):
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.phase = phase


def _show_as_script(described, seen):
    """Takes our own frames out of an exception and all its causes; renames the script's."""
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
    """The traceback as Python prints it, except for the script's frames: '  Script, line 3, in f'."""
    described = traceback.TracebackException(
        type(error), error, error.__traceback__, compact=True, lookup_lines=False
    )
    _show_as_script(described, set())
    return "".join(_script_frame(text) for text in described.format())


# Names and numbers must be real ones for C: a metaclass or a __str__ of the script may return anything.
_name_of_type = type.__dict__["__name__"].__get__
_MOST_LINES = 2**31 - 1


def _line(error):
    """The script's line nearest to the place that raised the exception; 0 if there is none."""
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
            return str.__str__(str(error.msg))  # str(error) would name a file that nobody knows
        return str.__str__(str(error))
    except BaseException as failure:
        return f"<exception str() failed: {_name_of_type(type(failure))}>"


def _was_not_entered(error):
    """True if the call of rm_main or rm_init itself failed because the number of arguments is wrong."""
    entry = error.__traceback__
    while entry is not None:
        if _is_script(entry.tb_frame.f_code.co_filename):
            return False
        entry = entry.tb_next
    return isinstance(error, TypeError)


def _detail(error, message, phase, counts):
    name = _name_of_type(type(error))
    detail = f"{name}: {message}" if message else name
    if phase in ("init", "run") and _was_not_entered(error):
        detail += f" (the request has {counts})"
    return detail


def _causes(error):
    """An exception and all its causes."""
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        error = error.__cause__ or error.__context__
    return seen


def _shortage(error, phase):
    """Says in words what ran out, with limit and variable; "" if that is not the cause."""
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
    import resource  # imported late, so that a script finds a fresh interpreter

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
    """If inputs do not fit into memory, neither the client nor the script is to blame."""
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


def describe(error, phase, counts):
    """The second form of execute's result (execution.py). counts: in words, what rm_main could be called with."""
    if isinstance(error, Problem):
        phase = error.phase or phase
        kind, detail = _with_shortage(error, error.kind, error.detail, phase)
        return kind, detail, phase, None, None, 0, None
    message = _text(error)
    detail = _detail(error, message, phase, counts)
    name = _name_of_type(type(error))
    kind, detail = _with_shortage(error, _KIND_OF_PHASE[phase], detail, phase)
    return kind, detail, phase, name, message, _line(error), _traceback(error)
