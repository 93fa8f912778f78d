"""DataFrames to data resources, see dataresource.py."""

import datetime
import json
import re

import _standpy
from _standpy import columns, frames, iso, metadata, plain
from _standpy.failures import Problem
from _standpy.misfit import show

_write = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
).encode

# The dtype that a type brings back by itself; of string it is this pandas' own.
_DEFAULTS = {
    "integer": "int64",
    "number": "float64",
    "boolean": "bool",
    "datetime": "datetime64[ns]",
    "duration": "timedelta64[ns]",
    "date": "object",
    "time": "object",
    "any": "object",
}
# Those whose dtype pandas' own reader wants to have as extDtype.
_EXTENDED = frozenset(("integer", "number", "boolean", "string"))


def _refuse(name, what):
    raise Problem(
        "outputs",
        f"the column {name!r} holds {what}, which dataresource JSON cannot carry; ask for Arrow "
        "tables, or return it in another form",
    )


def _float(value):
    """A float that JSON does not know as Table Schema writes it."""
    if value - value == 0:
        return value
    return "NaN" if value != value else "INF" if value > 0 else "-INF"


def _integer(value):
    """As a text beyond 64 bits, which few readers of JSON have."""
    value = int(value)
    return value if -(2**63) <= value < 2**63 else str(value)


def _same(value):
    return value


def _isoformat(value):
    return value.isoformat()


def _values(column, convert):
    """The column as a list: missing values None, others converted."""
    import pandas

    missing = pandas.isna(column).tolist()
    return [None if gone else convert(value) for value, gone in zip(column.tolist(), missing)]


# What pandas.api.types.infer_dtype says of an object column: type and conversion.
_OBJECTS = {
    "string": ("string", _same),
    "empty": ("string", _same),
    "boolean": ("boolean", bool),
    "integer": ("integer", _integer),
    "floating": ("number", _float),
    "date": ("date", _isoformat),
    "time": ("time", _isoformat),
    "datetime": ("datetime", _isoformat),
    "datetime64": ("datetime", _isoformat),
    "timedelta": ("duration", iso.of_timedelta),
    "timedelta64": ("duration", iso.of_timedelta),
    "decimal": ("number", str),
}


def _any_column(name, column):
    values = _values(column, plain.without_arrays)
    for place, value in enumerate(values):
        if not _standpy.is_json(value):
            _refuse(name, f"values of type {type(value).__name__} (row {place + 1}: {show(value)})")
    return "any", values, "object"


def _object_column(name, column):
    import pandas

    texts = columns.only_texts(column.tolist())
    if texts is not None:
        return "string", texts, "object"
    kind = pandas.api.types.infer_dtype(column, skipna=True)
    if kind not in _OBJECTS:
        return _any_column(name, column)
    type_, convert = _OBJECTS[kind]
    try:
        return type_, _values(column, convert), "decimal" if kind == "decimal" else "object"
    except AttributeError:  # numpy's own moments among Python's
        return _any_column(name, column)


def _plain_moments(array):
    """Moments without a zone, by numpy: many times faster than one by one."""
    import numpy

    missing = numpy.isnat(array)
    for unit in ("s", "us", "ns"):
        if (array.astype(f"datetime64[{unit}]") == array)[~missing].all():
            break
    texts = numpy.datetime_as_string(array, unit=unit).tolist()
    return [None if gone else text for text, gone in zip(texts, missing.tolist())] if missing.any() else texts


def _plain_durations(array):
    import numpy

    step = columns.NANOSECONDS[numpy.datetime_data(array.dtype)[0]]
    pairs = zip(array.view("int64").tolist(), numpy.isnat(array).tolist())
    return [None if gone else iso.of_duration(count * step) for count, gone in pairs]


def _plain_column(array):
    """(type, values, dtype) of a column of numpy's dtypes; None of others."""
    import numpy

    dtype = array.dtype
    if dtype.kind in "iu":
        values = array.tolist()
        if dtype.kind == "u" and dtype.itemsize == 8:
            values = [_integer(value) for value in values]
        return "integer", values, columns.name_of(dtype)
    if dtype.kind == "b":
        return "boolean", array.tolist(), columns.name_of(dtype)
    if dtype.kind == "f" and dtype.itemsize <= 8:
        finite = numpy.isfinite(array).all()
        return "number", array.tolist() if finite else _values(array, _float), columns.name_of(dtype)
    if dtype.kind == "M":
        return "datetime", _plain_moments(array), columns.name_of(dtype)
    if dtype.kind == "m":
        return "duration", _plain_durations(array), columns.name_of(dtype)
    return None


def _extension_column(name, column):
    """(type, values, dtype) of a column of pandas' own dtypes."""
    dtype = column.dtype
    kind = dtype.kind
    if str(dtype).startswith("Sparse"):
        return _typed_column(name, column.sparse.to_dense())
    if kind in "iu":
        return "integer", _values(column, _integer), str(dtype)
    if kind == "f":
        return "number", _values(column, _float), str(dtype)
    if kind == "b":
        return "boolean", _values(column, bool), str(dtype)
    if kind == "M":
        return "datetime", _values(column, _isoformat), str(dtype)
    if kind == "m":
        return "duration", _values(column, iso.of_timedelta), str(dtype)
    if str(dtype).startswith(("str", "large_string")):
        return "string", _values(column, _same), str(dtype)
    if str(dtype).endswith("[pyarrow]"):
        return _object_column(name, column.astype("object"))
    return _refuse(name, f"the dtype {dtype}")


def _typed_column(name, column):
    """(type, values, dtype) of a column, a numpy array or a Series with a dtype of pandas, that is no category."""
    import numpy

    if not isinstance(column, numpy.ndarray):
        if isinstance(column.dtype, numpy.dtype):
            return _typed_column(name, column.to_numpy())
        return _extension_column(name, column)
    if column.dtype == object:
        return _object_column(name, column)
    return _plain_column(column) or _refuse(name, f"the dtype {column.dtype}")


def _field(name, type_, dtype):
    import pandas

    field = {"name": name, "type": type_}
    if dtype != _DEFAULTS.get(type_) and not (type_ == "string" and dtype == columns.text_dtype(pandas)):
        field["pandas_dtype"] = dtype
        if type_ in _EXTENDED and dtype not in ("object", "decimal"):
            field["extDtype"] = dtype
    return field


def _category_column(name, column):
    import pandas

    categories = column.cat.categories
    type_, values, dtype = _typed_column(name, pandas.Series(categories))
    field = {
        "name": name,
        "type": "any",
        "constraints": {"enum": values},
        "ordered": bool(column.cat.ordered),
        "categories": _zoned(_field(name, type_, dtype), type_, categories.dtype),
    }
    return field, [None if code < 0 else values[code] for code in column.cat.codes.tolist()]


def _zone_name(zone):
    """A name that pandas knows it by."""
    name = getattr(zone, "zone", None) or getattr(zone, "key", None)  # pytz, zoneinfo
    if isinstance(name, str):
        return name
    offset = zone.utcoffset(None)
    if offset is not None and offset % datetime.timedelta(minutes=1) == datetime.timedelta(0):
        minutes = offset // datetime.timedelta(minutes=1)
        sign = "-" if minutes < 0 else "+"
        return f"UTC{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}" if minutes else "UTC"
    found = re.match(r"tzfile\('(.*)'\)", str(zone))
    return f"dateutil/{found[1]}" if found else str(zone)


def _zoned(field, type_, dtype):
    zone = getattr(dtype, "tz", None)
    if type_ == "datetime" and zone is not None:
        field["tz"] = _zone_name(zone)
    return field


def _column(name, array, table, place):
    """(field, values) of a column. array: its values; place: of the column in the table."""
    import numpy
    import pandas

    column = array
    if not isinstance(array, numpy.ndarray):
        texts = columns.arrow_texts(array) if array.dtype == "str" else None
        if texts is not None:
            return _field(name, "string", str(array.dtype)), texts
        column = table.iloc[:, place]
    if isinstance(column.dtype, pandas.CategoricalDtype):
        return _category_column(name, column)
    type_, values, dtype = _typed_column(name, column)
    return _zoned(_field(name, type_, dtype), type_, column.dtype), values


def dump(table):
    """JSON text (bytes) of a DataFrame; its index is dropped, as CSV and Arrow drop it."""
    import pandas

    names, arrays = metadata.unique_names(table), frames.arrays(pandas, table)
    found = [_column(name, array, table, place) for place, (name, array) in enumerate(zip(names, arrays))]
    moments = [place for place, (field, _) in enumerate(found) if field["type"] == "datetime"]
    for (field, _), pair in zip(found, metadata.describe(table, [array.dtype for array in arrays], moments)):
        field["rm_metadata"] = pair
    rows = zip(*(values for _, values in found)) if found else ((),) * len(table)
    resource = {
        "schema": {"fields": [field for field, _ in found], "pandas_version": "1.4.0"},
        "data": [dict(zip(names, row)) for row in rows],
    }
    try:
        return _write(resource).encode("utf-8")
    except UnicodeEncodeError as error:
        reason = f"a text holds a lone surrogate: {error.reason}"
        raise Problem("outputs", f"dataresource JSON cannot carry the table: {reason}") from None
