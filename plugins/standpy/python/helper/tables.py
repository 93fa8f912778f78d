"""Tables: pandas DataFrames from and to CSV, dataresource JSON and Arrow IPC streams.

pandas and pyarrow are the environment's; without them everything but tables works.
"""

import importlib.util
import io
import warnings

from _standpy import dataresource
from _standpy.failures import Problem


def _need(module, kind, what):
    try:
        return __import__(module)
    except ImportError:
        raise Problem(kind, f"{what} need the module {module}, which the environment has not") from None


# An empty field is missing and nothing else is: "NA" and "null" are texts. Every float comes back
# as it was, which pandas' faster parser does not promise.
_CSV_OPTIONS = {
    "index_col": False,
    "float_precision": "round_trip",
    "keep_default_na": False,
    "na_values": [""],
}


def _read_csv(content):
    import pandas

    # A header shorter than its rows is an error, not an index or a loss of data.
    with warnings.catch_warnings():
        warnings.simplefilter("error", pandas.errors.ParserWarning)
        try:
            return pandas.read_csv(io.BytesIO(content), **_CSV_OPTIONS)
        except pandas.errors.ParserWarning:
            raise ValueError("the rows have more fields than the header") from None


def _read_arrow(content):
    import pyarrow

    with pyarrow.ipc.open_stream(pyarrow.py_buffer(content)) as reader:
        return reader.read_pandas()


_READERS = {"csv": _read_csv, "json": dataresource.load, "arrow": _read_arrow}
_NAMES = {"csv": "CSV", "json": "dataresource JSON", "arrow": "an Arrow IPC stream"}


def decode(number, form, content):
    """A DataFrame from bytes. number: place of the input, for error messages."""
    _need("pandas", "unsupported", f"input {number}: tables")
    if form == "arrow":
        _need("pyarrow", "unsupported", f"input {number}: Arrow tables")
    try:
        return _READERS[form](content)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise Problem("malformed", f"input {number}: not {_NAMES[form]}: {reason}") from error


def is_table(value):
    """True for a DataFrame; does not import pandas for values of scripts that do without."""
    kind = type(value)
    return any(c.__name__ == "DataFrame" and c.__module__.startswith("pandas.") for c in kind.__mro__)


def to_csv(table):
    """CSV text (str) with header, without index."""
    return table.to_csv(index=False)


def has_pyarrow():
    """True where the environment has pyarrow."""
    return importlib.util.find_spec("pyarrow") is not None


def to_arrow(table):
    """An Arrow IPC stream, a pyarrow.Buffer."""
    pyarrow = _need("pyarrow", "not_acceptable", "Arrow tables")
    arrow = pyarrow.Table.from_pandas(table, preserve_index=False)
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, arrow.schema) as writer:
        writer.write_table(arrow)
    return sink.getvalue()
