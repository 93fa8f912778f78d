"""Tables: pandas DataFrames from and to CSV, dataresource JSON and Arrow IPC streams.

pandas and pyarrow are the environment's; without them everything but tables works.
"""

import datetime
import importlib.util
import io
import json
import warnings

from _standpy import dataresource, metadata
from _standpy.failures import Problem
from _standpy.misfit import Misfit


def _need(module, kind, what):
    try:
        return __import__(module)
    except ImportError as error:
        absent = isinstance(error, ModuleNotFoundError) and error.name == module
        why = "the environment has not" if absent else f"cannot be imported: {' '.join(str(error).split())}"
        raise Problem(kind, f"{what} need the module {module}, which {why}") from None


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
            table = pandas.read_csv(io.BytesIO(content), **_CSV_OPTIONS)
        except pandas.errors.ParserWarning:
            raise ValueError("the rows have more fields than the header") from None
    return metadata.attach(table, {})


def _arrow_pair(field):
    """(type, role) from the metadata of an Arrow field, or None."""
    text = (field.metadata or {}).get(ARROW_KEY)
    try:
        return metadata.valid_pair(json.loads(text)) if text else None
    except ValueError:
        return None


def _own_offsets(table):
    """Fixed offsets from UTC as pandas makes them: from 2.0 on datetime's, not pytz's as pyarrow does."""
    import pandas

    if int(pandas.__version__.partition(".")[0]) < 2:
        return table
    for place, dtype in enumerate(table.dtypes):
        zone = getattr(dtype, "tz", None)
        if type(zone).__module__ == "pytz" and type(zone).__name__ == "_FixedOffset":
            own = datetime.timezone(zone.utcoffset(None))
            table.isetitem(place, table.iloc[:, place].dt.tz_convert(own))
    return table


def _read_arrow(content):
    import pyarrow

    with pyarrow.ipc.open_stream(pyarrow.py_buffer(content)) as reader:
        table = reader.read_all()
        known = {field.name: _arrow_pair(field) for field in reader.schema}
    table.validate(full=True)  # pyarrow trusts offsets otherwise, and a wrong one kills the process
    return metadata.attach(_own_offsets(table.to_pandas(use_threads=False)), known)


# Key of an Arrow field's metadata; its value is JSON: ["integer", "label"].
ARROW_KEY = b"rm_metadata"

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
        own = type(error) in (ValueError, Misfit)
        reason = str(error) if own else f"{type(error).__name__}: {error}"
        raise Problem("malformed", f"input {number}: not {_NAMES[form]}: {reason}") from error


def is_table(value):
    """True for a DataFrame; does not import pandas for values of scripts that do without."""
    names = ((kind.__name__, kind.__module__.partition(".")[0]) for kind in type(value).__mro__)
    return ("DataFrame", "pandas") in names  # of pandas.core.frame, from 3.0 on of pandas


def to_csv(table):
    """CSV text (str) with header, without index."""
    metadata.describe(table)  # CSV does not carry it, but wrong values are warned of all the same
    return table.to_csv(index=False, header=metadata.names(table))


def has_pyarrow():
    """True where the environment has pyarrow."""
    return importlib.util.find_spec("pyarrow") is not None


def _refuse_arrow(pyarrow, table, error):
    """Says which column it is; pyarrow says so for most reasons, not for all."""
    for place, name in enumerate(table.columns):
        try:
            pyarrow.array(table.iloc[:, place], from_pandas=True)
        except Exception as failure:
            reason = f"{type(failure).__name__}: {failure}"
            raise Problem(
                "outputs", f"the column {name!r} is nothing that Arrow can carry: {reason}"
            ) from None
    raise Problem("outputs", f"Arrow cannot carry the table: {type(error).__name__}: {error}") from None


def to_arrow(table):
    """An Arrow IPC stream, a pyarrow.Buffer."""
    pyarrow = _need("pyarrow", "not_acceptable", "Arrow tables")
    pairs = metadata.describe(table)
    names = metadata.names(table)
    if any(type(label) is not str for label in table.columns) or names != list(table.columns):
        table = table.set_axis(names, axis=1)
    try:
        arrow = pyarrow.Table.from_pandas(table, preserve_index=False)
    except Exception as error:
        _refuse_arrow(pyarrow, table, error)
    fields = [
        field.with_metadata({ARROW_KEY: json.dumps(pair)})
        for field, pair in zip(arrow.schema, pairs)
    ]
    schema = pyarrow.schema(fields, arrow.schema.metadata)
    arrow = pyarrow.Table.from_arrays(arrow.columns, schema=schema)
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, schema) as writer:
        writer.write_table(arrow)
    return sink.getvalue()
