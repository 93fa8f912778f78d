"""Tables: pandas DataFrames from and to CSV, dataresource JSON and Arrow IPC streams.

pandas and pyarrow are the environment's; without them everything but tables works.
"""

import importlib.util
import sys
import warnings

from _standpy import arrow_tables, csv_tables, dataresource, dataresource_out, metadata, small_arrow
from _standpy.failures import Problem
from _standpy.misfit import Misfit


def _need(module, kind, what):
    try:
        return __import__(module)
    except ImportError as error:
        absent = isinstance(error, ModuleNotFoundError) and error.name == module
        why = "is not in the environment" if absent else f"cannot be imported: {' '.join(str(error).split())}"
        raise Problem(kind, f"{what} need the module {module}, which {why}") from None


_NAMES = {"csv": "CSV", "json": "dataresource JSON", "arrow": "an Arrow IPC stream"}


def _read(form, content, described):
    if form == "csv":
        return csv_tables.load(content, metadata.parse(described))
    return dataresource.load(content) if form == "json" else arrow_tables.load(content)


def decode(number, form, content, described=None):
    """A DataFrame from bytes. number: place of the input, for error messages; described: JSON text
    of a CSV table's metadata, or None."""
    _need("pandas", "unsupported", f"input {number}: tables")
    if form == "arrow":
        _need("pyarrow", "unsupported", f"input {number}: Arrow tables")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they would name lines of ours
            return _read(form, content, described)
    except Exception as error:
        own = type(error) in (ValueError, Misfit)
        reason = str(error) if own else f"{type(error).__name__}: {error}"
        raise Problem("malformed", f"input {number}: not {_NAMES[form]}: {reason}") from error


def warm():
    """Call it in the zygote, after PRELOAD: makes pandas' first tables, so that no request pays for them."""
    if "pandas" not in sys.modules:
        return
    try:
        for form, content in (("csv", b"a,b\n1,x\n"), ("csv", b'a\n"x"\n')):
            table = decode(1, form, content)
            decode(1, "json", to_json(table))
            to_csv(table)
        if "pyarrow" in sys.modules:
            small_arrow.warm(sys.modules["pandas"], sys.modules["pyarrow"])
    except Exception:  # the first request with a table will report it
        pass


def _is_pandas(value, name):
    """Does not import pandas for values of scripts that do without."""
    names = ((kind.__name__, kind.__module__.partition(".")[0]) for kind in type(value).__mro__)
    return (name, "pandas") in names  # of pandas.core.frame, from 3.0 on of pandas


def is_table(value):
    """True for a DataFrame."""
    return _is_pandas(value, "DataFrame")


def from_series(value):
    """A Series as a table of one column; other values as they are."""
    if type(value).__module__.partition(".")[0] == "pandas" and _is_pandas(value, "Series"):
        return value.to_frame()
    return value


def holds_table(value):
    """Whether a DataFrame or a Series is within a list or dict, or lists and dicts in it."""
    if type(value) is list:
        return any(map(holds_table, value))
    if type(value) is dict:
        return any(map(holds_table, value.values()))
    return is_table(value) or _is_pandas(value, "Series")


def has_pyarrow():
    """True where the environment has pyarrow."""
    return importlib.util.find_spec("pyarrow") is not None


def to_csv(table):
    """(CSV text, (type, role) of each column by name)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return csv_tables.dump(table)


def to_json(table):
    """Dataresource JSON, bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dataresource_out.dump(table)


def to_arrow(table):
    """An Arrow IPC stream, a pyarrow.Buffer."""
    pyarrow = _need("pyarrow", "not_acceptable", "Arrow tables")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return arrow_tables.dump(pyarrow, table)
