"""DataFrames as data resources: JSON by Table Schema, as pandas' orient="table", but lossless.

pandas itself writes 15 digits of a float and turns infinities into missing values. Here floats
have all their digits; infinities are "INF" and "-INF", as Table Schema's type number allows; and
a field says its dtype (`pandas_dtype`) where the type alone would not bring it back.
"""

import datetime
import decimal
import json
import re

import _standpy
from _standpy import metadata
from _standpy.failures import Problem

_write = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
).encode

_SPECIAL = {"INF": float("inf"), "-INF": float("-inf"), "NaN": float("nan")}

# The dtype that a type brings back by itself.
_DEFAULTS = {
    "integer": "int64",
    "number": "float64",
    "boolean": "bool",
    "string": "object",
    "datetime": "datetime64[ns]",
    "duration": "timedelta64[ns]",
    "date": "object",
    "time": "object",
    "any": "object",
}


def _special(value):
    """A float that JSON does not know, as Table Schema writes it."""
    return "NaN" if value != value else "INF" if value > 0 else "-INF"


def _float(value):
    return value if value - value == 0 else _special(value)


def _values(column, convert):
    """The column as a list: missing values None, others converted."""
    missing = column.isna().tolist()
    return [None if gone else convert(value) for value, gone in zip(column.tolist(), missing)]


def _same(value):
    return value


def _isoformat(value):
    return value.isoformat()


# What pandas.api.types.infer_dtype says of an object column: type and conversion.
_OBJECTS = {
    "string": ("string", _same),
    "empty": ("string", _same),
    "boolean": ("boolean", _same),
    "integer": ("integer", int),
    "date": ("date", _isoformat),
    "time": ("time", _isoformat),
    "decimal": ("number", str),
}


def _refuse(name, what):
    raise Problem(
        "outputs",
        f"the column {name!r} holds {what}, which dataresource JSON cannot carry; ask for Arrow "
        "tables, or return it in another form",
    )


def _object_column(name, column):
    import pandas

    kind = pandas.api.types.infer_dtype(column, skipna=True)
    if kind in _OBJECTS:
        type_, convert = _OBJECTS[kind]
        return type_, _values(column, convert), "decimal" if kind == "decimal" else "object"
    values = _values(column, _same)
    for value in values:
        if not _standpy.is_json(value):
            _refuse(name, f"values of type {type(value).__name__}")
    return "any", values, "object"


def _plain_column(name, column):
    """(type, values, dtype) of a column that is no category."""
    dtype = column.dtype
    kind = dtype.kind
    if kind in "iu":
        return "integer", _values(column, int), str(dtype)
    if kind == "f":
        return "number", _values(column, _float), str(dtype)
    if kind == "b":
        return "boolean", _values(column, bool), str(dtype)
    if kind == "M":
        return "datetime", _values(column, _isoformat), str(dtype)
    if kind == "m":
        return "duration", _values(column, _isoformat), str(dtype)
    if str(dtype) == "string" or str(dtype).startswith("str"):
        return "string", _values(column, _same), str(dtype)
    if dtype == object:
        return _object_column(name, column)
    return _refuse(name, f"the dtype {dtype}")


def _field(name, type_, dtype):
    field = {"name": name, "type": type_}
    if dtype != _DEFAULTS[type_]:
        field["pandas_dtype"] = dtype
    return field


def _category_column(name, column):
    import pandas

    categories = column.cat.categories
    type_, values, dtype = _plain_column(name, pandas.Series(categories))
    field = {
        "name": name,
        "type": "any",
        "constraints": {"enum": values},
        "ordered": bool(column.cat.ordered),
        "categories": _field(name, type_, dtype),
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


def _column(name, column):
    import pandas

    if isinstance(column.dtype, pandas.CategoricalDtype):
        return _category_column(name, column)
    type_, values, dtype = _plain_column(name, column)
    field = _field(name, type_, dtype)
    if type_ == "datetime" and getattr(column.dtype, "tz", None) is not None:
        field["tz"] = _zone_name(column.dtype.tz)
    return field, values


def dump(table):
    """JSON text (bytes) of a DataFrame; its index is dropped, as CSV and Arrow drop it."""
    names = metadata.names(table)
    twice = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else ()
    for name in twice:
        raise Problem("outputs", f"two columns have the name {name!r}")
    columns = [_column(name, table.iloc[:, place]) for place, name in enumerate(names)]
    for (field, _), pair in zip(columns, metadata.describe(table)):
        field["rm_metadata"] = pair
    rows = zip(*(values for _, values in columns)) if columns else ((),) * len(table)
    resource = {
        "schema": {"fields": [field for field, _ in columns], "pandas_version": "1.4.0"},
        "data": [dict(zip(names, row)) for row in rows],
    }
    try:
        return _write(resource).encode("utf-8")
    except UnicodeEncodeError as error:
        reason = f"a text holds a lone surrogate: {error.reason}"
        raise Problem("outputs", f"dataresource JSON cannot carry the table: {reason}") from None


# The way back


def _read_integers(pandas, values, dtype):
    if dtype:
        return pandas.Series(values, dtype=dtype)
    if None in values:
        return pandas.Series(values, dtype="Int64")
    try:
        return pandas.Series(values, dtype="int64")
    except OverflowError:
        return pandas.Series(values, dtype="uint64" if min(values) >= 0 else "object")


def _read_numbers(pandas, values, dtype):
    if dtype == "decimal":
        numbers = [None if value is None else decimal.Decimal(value) for value in values]
        return pandas.Series(numbers, dtype="object")
    numbers = [_SPECIAL[value] if type(value) is str else value for value in values]
    return pandas.Series(numbers, dtype=dtype or "float64")


def _read_booleans(pandas, values, dtype):
    return pandas.Series(values, dtype=dtype or ("boolean" if None in values else "bool"))


def _pytz_offset(minutes):
    """What pandas before 3.0 makes of an offset in a text."""
    try:
        import pytz
    except ImportError:
        return datetime.timezone(datetime.timedelta(minutes=minutes))
    return pytz.FixedOffset(minutes)


def _read_datetimes(pandas, values, dtype, zone):
    try:
        moments = pandas.to_datetime(values, utc=bool(zone), format="ISO8601")
    except ValueError:  # pandas before 2.0 has no such format, and needs none
        moments = pandas.to_datetime(values, utc=bool(zone))
    series = pandas.Series(moments)
    if zone:
        fixed = re.search(r"pytz\.FixedOffset\((-?\d+)\)", dtype or "")
        return series.dt.tz_convert(_pytz_offset(int(fixed[1])) if fixed else zone)
    return series.astype(dtype) if dtype else series


def _read_objects(pandas, values, convert):
    converted = [None if value is None else convert(value) for value in values]
    return pandas.Series(converted, dtype="object")


def _read_category(pandas, field, values):
    inner = field.get("categories")
    enum = field["constraints"]["enum"]
    categories = _read_column(pandas, inner, enum) if isinstance(inner, dict) else enum
    places = {value: place for place, value in enumerate(enum)}
    codes = [-1 if value is None else places[value] for value in values]
    ordered = bool(field.get("ordered"))
    return pandas.Series(pandas.Categorical.from_codes(codes, categories, ordered=ordered))


def _read_column(pandas, field, values):
    type_ = field.get("type", "any")
    dtype = field.get("pandas_dtype")
    if type_ == "integer":
        return _read_integers(pandas, values, dtype)
    if type_ == "number":
        return _read_numbers(pandas, values, dtype)
    if type_ == "boolean":
        return _read_booleans(pandas, values, dtype)
    if type_ == "string":
        return pandas.Series(values, dtype=dtype or "object")
    if type_ == "datetime":
        return _read_datetimes(pandas, values, dtype, field.get("tz"))
    if type_ == "duration":
        return pandas.Series(pandas.to_timedelta(values))
    if type_ == "date":
        return _read_objects(pandas, values, datetime.date.fromisoformat)
    if type_ == "time":
        return _read_objects(pandas, values, datetime.time.fromisoformat)
    if isinstance(field.get("constraints"), dict) and "enum" in field["constraints"]:
        return _read_category(pandas, field, values)
    if type_ == "any":
        return pandas.Series(values, dtype="object")
    raise ValueError(f"there is no type {type_!r}")


def _reject_constant(text):
    raise ValueError(f"{text} is not JSON")


def _fields_of(document):
    schema = document.get("schema") if isinstance(document, dict) else None
    fields = schema.get("fields") if isinstance(schema, dict) else None
    if not isinstance(fields, list) or not isinstance(document.get("data"), list):
        raise ValueError("it must be an object with schema.fields and data, both lists")
    names = set()
    for place, field in enumerate(fields, 1):
        if not isinstance(field, dict) or not isinstance(field.get("name"), str):
            raise ValueError(f"field {place} of its schema has no name")
        if field["name"] in names:
            raise ValueError(f"two fields of its schema have the name {field['name']!r}")
        names.add(field["name"])
    return fields


def _check_rows(rows):
    for place, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise ValueError(f"row {place} of its data is no object")


def load(content):
    """A DataFrame from JSON text (bytes-like). ValueError where it is none."""
    import pandas

    document = json.loads(bytes(content), parse_constant=_reject_constant)
    fields = _fields_of(document)
    rows = document["data"]
    _check_rows(rows)
    columns = {}
    known = {}
    for field in fields:
        name = field["name"]
        known[name] = metadata.valid_pair(field.get("rm_metadata"))
        try:
            columns[name] = _read_column(pandas, field, [row.get(name) for row in rows])
        except Exception as error:
            raise ValueError(f"field {name!r}: {type(error).__name__}: {error}") from None
    table = pandas.DataFrame(columns, index=pandas.RangeIndex(len(rows)))
    key = document["schema"].get("primaryKey")
    if key:  # as pandas writes an index
        table = table.set_index(key)
        if table.index.name == "index":
            table.index.name = None
    return metadata.attach(table, known)
