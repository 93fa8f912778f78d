"""DataFrames as dataresource JSON (Table Schema), as docs/protocol.md has it, without a loss that pandas' own would have.

Only this file and arrow.py use pandas, and only when there is a frame.
"""

from __future__ import annotations

import datetime
import decimal
import json
import math
from typing import Any, Callable

from . import iso, metadata

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

_NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}

# Out


def dump(frame: Any) -> bytes:
    """Raises TypeError, which names the column, for what this form cannot carry. The index is dropped."""
    names = _names(frame)
    written = {str(name): pair for name, pair in metadata.of_frame(frame).items()}
    found = [_column(name, frame.iloc[:, place]) for place, name in enumerate(names)]
    for field, _ in found:
        if field["name"] in written:
            field["rm_metadata"] = written[field["name"]]
    rows = zip(*(values for _, values in found)) if found else ((),) * len(frame)
    resource = {
        "schema": {"fields": [field for field, _ in found], "pandas_version": "1.4.0"},
        "data": [dict(zip(names, row)) for row in rows],
    }
    return json.dumps(resource, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _names(frame: Any) -> list[str]:
    names = [label if type(label) is str else str(label) for label in frame.columns]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise TypeError(f"two columns of the frame have the name {twice!r}, so they cannot be sent")
    return names


def _refuse(name: str, what: str) -> TypeError:
    return TypeError(
        f"the column {name!r} has {what}, which cannot be sent as a table: convert it, or pass the frame "
        "within a tuple, which is pickled"
    )


def _same(value: Any) -> Any:
    return value


def _iso(value: Any) -> str:
    return str(value.isoformat())


def _float(value: float) -> float | str:
    if math.isfinite(value):
        return float(value)
    return "NaN" if value != value else "INF" if value > 0 else "-INF"


def _integer(value: int) -> int | str:
    value = int(value)
    return value if -(2**63) <= value < 2**63 else str(value)


def _values(column: Any, convert: Callable[[Any], Any]) -> list[Any]:
    missing = column.isna().tolist()
    return [None if gone else convert(value) for value, gone in zip(column.tolist(), missing)]


_OBJECTS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "string": ("string", _same),
    "empty": ("string", _same),
    "boolean": ("boolean", bool),
    "integer": ("integer", _integer),
    "floating": ("number", _float),
    "date": ("date", _iso),
    "time": ("time", _iso),
    "datetime": ("datetime", _iso),
    "datetime64": ("datetime", _iso),
    "timedelta": ("duration", iso.of_duration),
    "timedelta64": ("duration", iso.of_duration),
    "decimal": ("number", str),
}

_BY_KIND: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "i": ("integer", _integer),
    "u": ("integer", _integer),
    "f": ("number", _float),
    "b": ("boolean", bool),
    "M": ("datetime", _iso),
    "m": ("duration", iso.of_duration),
}


def _column(name: str, column: Any) -> tuple[dict[str, Any], list[Any]]:
    if str(column.dtype) == "category":
        return _category(name, column)
    type_, values, dtype = _typed(name, column)
    return _zoned(_field(name, type_, dtype), column.dtype), values


def _typed(name: str, column: Any) -> tuple[str, list[Any], str]:
    dtype = str(column.dtype)
    if dtype == "object":
        return _object(name, column)
    if dtype.startswith("Sparse"):
        return _typed(name, column.sparse.to_dense())
    if dtype.startswith(("str", "large_string")):
        return "string", _values(column, _same), dtype
    if dtype.endswith("[pyarrow]"):
        return _typed(name, column.astype(object))
    kind = getattr(column.dtype, "kind", "O")
    if dtype.startswith(("complex", "period", "interval")) or kind not in _BY_KIND:
        raise _refuse(name, f"the dtype {dtype}")
    if kind in "ib" and not column.hasnans:
        return _BY_KIND[kind][0], column.tolist(), dtype
    type_, convert = _BY_KIND[kind]
    return type_, _values(column, convert), dtype


def _object(name: str, column: Any) -> tuple[str, list[Any], str]:
    import pandas

    kind = pandas.api.types.infer_dtype(column, skipna=True)
    type_, convert = _OBJECTS.get(kind, ("any", _same))
    values = _values(column, convert)
    if type_ == "any":
        for place, value in enumerate(values):
            try:
                json.dumps(value, allow_nan=False)
            except (TypeError, ValueError, RecursionError):
                raise _refuse(name, f"a {type(value).__name__} in row {place + 1}") from None
    return type_, values, "decimal" if kind == "decimal" else "object"


def _field(name: str, type_: str, dtype: str) -> dict[str, Any]:
    field = {"name": name, "type": type_}
    if dtype != (_text_dtype() if type_ == "string" else _DEFAULTS[type_]):
        field["pandas_dtype"] = dtype
    return field


def _zoned(field: dict[str, Any], dtype: Any) -> dict[str, Any]:
    zone = getattr(dtype, "tz", None)
    if field["type"] == "datetime" and zone is not None:
        field["tz"] = str(getattr(zone, "zone", None) or getattr(zone, "key", None) or zone)
    return field


def _category(name: str, column: Any) -> tuple[dict[str, Any], list[Any]]:
    import pandas

    categories = column.cat.categories
    type_, values, dtype = _typed(name, pandas.Series(categories))
    field = {
        "name": name,
        "type": "any",
        "constraints": {"enum": values},
        "ordered": bool(column.cat.ordered),
        "categories": _zoned(_field(name, type_, dtype), categories.dtype),
    }
    return field, [None if code < 0 else values[code] for code in column.cat.codes.tolist()]


def _text_dtype() -> str:
    """What this pandas makes of texts: object before 3."""
    import pandas

    return str(pandas.Series(["a"]).dtype)


# In


def load(content: bytes | bytearray | memoryview | dict[str, Any]) -> Any:
    """A DataFrame. Raises ValueError if it is no such table."""
    import pandas

    resource = content if isinstance(content, dict) else json.loads(bytes(content))
    try:
        fields, rows = resource["schema"]["fields"], resource["data"]
        names = [field["name"] for field in fields]
        columns = [_series(pandas, field, [row.get(field["name"]) for row in rows]) for field in fields]
    except (KeyError, TypeError, AttributeError, OverflowError, decimal.InvalidOperation) as error:
        raise ValueError(f"it is no dataresource: {type(error).__name__}: {error}") from None
    frame = pandas.DataFrame(dict(enumerate(columns)), index=pandas.RangeIndex(len(rows)))
    frame.columns = pandas.Index(names)
    pairs = {field["name"]: metadata.valid_pair(field.get("rm_metadata")) for field in fields}
    return metadata.attach(frame, {name: pair for name, pair in pairs.items() if pair})


def _series(pandas: Any, field: dict[str, Any], values: list[Any]) -> Any:
    constraints = field.get("constraints") or {}
    if "categories" in field and "enum" in constraints:
        categories = _series(pandas, field["categories"], constraints["enum"])
        places = {value: place for place, value in enumerate(constraints["enum"])}
        codes = [-1 if value is None else places[value] for value in values]
        made = pandas.Categorical.from_codes(
            codes, categories=pandas.Index(categories), ordered=field.get("ordered")
        )
        return pandas.Series(made)
    type_ = field["type"]
    dtype = field.get("pandas_dtype") or _DEFAULTS.get(type_) or _text_dtype()
    return _READERS[type_](pandas, values, dtype, field)


def _each(values: list[Any], convert: Callable[[Any], Any], missing: Any = None) -> list[Any]:
    return [missing if value is None else convert(value) for value in values]


def _objects(pandas: Any, values: list[Any], *_: Any) -> Any:
    return pandas.Series(values, dtype=object)


def _integers(pandas: Any, values: list[Any], dtype: str, field: Any) -> Any:
    return pandas.Series(_each(values, int), dtype=dtype)


def _numbers(pandas: Any, values: list[Any], dtype: str, field: Any) -> Any:
    if dtype == "decimal":
        return pandas.Series(_each(values, decimal.Decimal), dtype=object)
    if dtype.startswith("Float"):
        return pandas.Series(pandas.array(_each(values, float), dtype=dtype))
    return pandas.Series(_each(values, float, math.nan), dtype=dtype)


def _texts(pandas: Any, values: list[Any], dtype: str, field: Any) -> Any:
    return pandas.Series(values, dtype=dtype)


def _moments(pandas: Any, values: list[Any], dtype: str, field: Any) -> Any:
    if dtype == "object":
        return pandas.Series(_each(values, datetime.datetime.fromisoformat), dtype=object)
    zone = field.get("tz")
    if zone is None:
        import numpy

        return pandas.Series(numpy.array(_each(values, _same, "NaT"), dtype=dtype))
    options = {} if pandas.__version__.startswith("1.") else {"format": "ISO8601"}
    moments = pandas.Series(pandas.to_datetime(values, utc=True, **options)).dt.tz_convert(zone)
    return moments.astype(dtype) if dtype.startswith("datetime64[") and "," in dtype else moments


def _durations(pandas: Any, values: list[Any], dtype: str, field: Any) -> Any:
    if dtype == "object":
        return pandas.Series(
            _each(values, lambda text: pandas.Timedelta(text).to_pytimedelta()), dtype=object
        )
    import numpy

    unit = numpy.datetime_data(numpy.dtype(dtype))[0]
    counts = _each(values, lambda text: iso.nanoseconds(text) // _NANOSECONDS[unit], iso.NAT)
    return pandas.Series(numpy.array(counts, dtype="int64").view(f"timedelta64[{unit}]"))


def _dates(pandas: Any, values: list[Any], dtype: str, field: Any) -> Any:
    return pandas.Series(_each(values, datetime.date.fromisoformat), dtype=object)


def _times(pandas: Any, values: list[Any], dtype: str, field: Any) -> Any:
    return pandas.Series(_each(values, datetime.time.fromisoformat), dtype=object)


_READERS: dict[str, Callable[..., Any]] = {
    "integer": _integers,
    "number": _numbers,
    "boolean": _texts,
    "string": _texts,
    "datetime": _moments,
    "duration": _durations,
    "date": _dates,
    "time": _times,
    "any": _objects,
}
