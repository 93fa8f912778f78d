"""DataFrames from data resources: JSON by Table Schema, as pandas' orient="table", but lossless.

pandas itself writes 15 digits of a float and turns infinities into missing values. Here floats
have all their digits; infinities are "INF" and "-INF", as Table Schema's type number allows; integers
beyond 64 bits are texts; and a field says its dtype (`pandas_dtype`) where the type alone would not
bring it back. dataresource_out.py writes them.
"""

import json

from _standpy import columns, constraints, frames, metadata, schema
from _standpy.misfit import Misfit


def _read_integers(pandas, field, values, dtype):
    return columns.integers(pandas, values, dtype)


def _read_numbers(pandas, field, values, dtype):
    return columns.numbers(pandas, values, dtype)


def _read_booleans(pandas, field, values, dtype):
    return columns.booleans(pandas, values, dtype)


def _read_texts(pandas, field, values, dtype):
    return columns.texts(pandas, values, dtype)


def _read_moments(pandas, field, values, dtype):
    if field.get("format", "default") != "default":
        values = [None if value is None else value.isoformat() for value in values]
    read = columns.moments(pandas, values, dtype, field.get("tz"))
    if "freq" in field:
        return columns.series(pandas, read).dt.tz_localize(None).dt.to_period(field["freq"])
    return read


def _read_durations(pandas, field, values, dtype):
    return columns.durations(pandas, values, dtype)


def _read_objects(pandas, field, values, dtype):
    return columns.objects(pandas, values)


def _categorical(pandas, values, labels, categories, ordered):
    places = {value: place for place, value in enumerate(labels)}
    codes = []
    for place, value in enumerate(values):
        if value is not None and value not in places:
            raise Misfit(place, value, "one of its categories")
        codes.append(-1 if value is None else places[value])
    return pandas.Series(pandas.Categorical.from_codes(codes, categories, ordered=bool(ordered)))


def _read_categories(pandas, field, values):
    """Those of Table Schema's second version."""
    labels = field["categories"]
    if field.get("type") not in ("string", "integer") or not set(map(type, labels)) <= {str, int}:
        raise ValueError("its categories must be texts or integers, without labels")
    return _categorical(pandas, values, labels, labels, field.get("categoriesOrdered"))


def _read_any(pandas, field, values, dtype):
    """A category, as pandas writes it, or whatever JSON has."""
    labels = constraints.enum_of(field)
    if labels is None:
        return columns.objects(pandas, values)
    inner = field.get("categories")
    categories = labels
    if isinstance(inner, dict):
        categories = columns.series(pandas, _read_column(pandas, inner, labels, ()))
    return _categorical(pandas, values, labels, categories, field.get("ordered"))


_READERS = {
    "integer": _read_integers,
    "year": _read_integers,
    "number": _read_numbers,
    "boolean": _read_booleans,
    "string": _read_texts,
    "datetime": _read_moments,
    "duration": _read_durations,
    "any": _read_any,
}


def _read_column(pandas, field, values, missing):
    type_ = field.get("type", "any")
    dtype = field.get("pandas_dtype", field.get("extDtype"))
    if dtype is not None and not isinstance(dtype, str):
        raise ValueError("its pandas_dtype is no text")
    read = schema.read(field, values, missing, is_decimal=dtype == "decimal")
    constraints.check(field, read)
    if isinstance(field.get("categories"), list):
        return _read_categories(pandas, field, read)
    return _READERS.get(type_, _read_objects)(pandas, field, read, dtype)


def _reject_constant(text):
    raise ValueError(f"{text} is not JSON")


def _fields_of(document):
    described = document.get("schema") if isinstance(document, dict) else None
    fields = described.get("fields") if isinstance(described, dict) else None
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


def _check_row(place, row, names):
    if not isinstance(row, dict):
        raise ValueError(f"row {place + 1} of its data is no object")
    for name in row:
        if name not in names:
            raise ValueError(f"row {place + 1} of its data has {name!r}, which is no field of its schema")


def _values_by_field(fields, rows):
    """A list of values for each field; what a row does not have is missing."""
    names = [field["name"] for field in fields]
    if set(map(type, rows)) <= {dict} and set(map(len, rows)) <= {len(names)}:
        try:
            return [[row[name] for row in rows] for name in names]
        except KeyError:
            pass
    for place, row in enumerate(rows):
        _check_row(place, row, names)
    return [[row.get(name) for row in rows] for name in names]


def _missing_of(described):
    missing = described.get("missingValues", ())
    if not isinstance(missing, (list, tuple)) or any(type(text) is not str for text in missing):
        raise ValueError("missingValues of its schema are no list of texts")
    return missing


def _set_index(table, key):
    """As pandas writes an index."""
    try:
        table = table.set_index(key)
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"primaryKey {key!r} of its schema names no fields") from None
    if table.index.name == "index":
        table.index.name = None
    return table


def load(content):
    """A DataFrame from JSON text (bytes-like). ValueError where it is none."""
    import pandas

    document = json.loads(bytes(content), parse_constant=_reject_constant)
    fields = _fields_of(document)
    rows, missing = document["data"], _missing_of(document["schema"])
    read, known = {}, {}
    for field, values in zip(fields, _values_by_field(fields, rows)):
        name = field["name"]
        known[name] = metadata.valid_pair(field.get("rm_metadata"))
        try:
            read[name] = _read_column(pandas, field, values, missing)
        except ValueError as error:
            raise ValueError(f"field {name!r}, {error}") from None
        except Exception as error:
            raise ValueError(f"field {name!r}: {type(error).__name__}: {error}") from None
    names, found = list(read), list(read.values())
    table = frames.build(pandas, names, found, len(rows))
    if document["schema"].get("primaryKey"):
        table = _set_index(table, document["schema"]["primaryKey"])
        return metadata.attach(table, known)
    return metadata.attach(table, known, names, [column.dtype for column in found])
