"""Small Arrow tables of numbers, booleans, texts and moments.

Converts their columns as pyarrow does, without the checks that pyarrow makes for each table. arrow_tables.py
leaves all other tables to pyarrow.
"""

import functools
import json

from _standpy import columns

ROWS = 1000

# dtypes that have the same name in the description that pandas adds to a table.
_NUMBERS = {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float32", "float64", "bool"}


# In


def _is_described(one, dtype):
    """Whether pandas' description of a column adds nothing to the column's type."""
    kind = one["pandas_type"]
    if one["metadata"] is not None or one["name"] != one["field_name"] or one["numpy_type"] != dtype:
        return False
    if dtype in ("object", "str"):
        return kind == "unicode" or (dtype == "str" and kind in ("string", "object"))
    return kind == (dtype if dtype in _NUMBERS else "datetime")


def _is_plain(text, names, dtypes):
    """Whether pandas' description of a table adds nothing to it, such as an index or labels other than texts."""
    try:
        known = json.loads(text)
        described = {one["field_name"]: one for one in known["columns"]}
        return (
            known["index_columns"] == []
            and known["column_indexes"] == []
            and not known.get("attributes")
            and len(described) == len(known["columns"])
            and all(name in described and _is_described(described[name], dtype) for name, dtype in zip(names, dtypes))
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        return False


@functools.lru_cache(1)
def _plain_types(pandas, pyarrow):
    """Types that conversion keeps: (ids for columns without missing values, ids for any columns)."""
    names = "INT8 INT16 INT32 INT64 UINT8 UINT16 UINT32 UINT64 BOOL".split()
    others = ["FLOAT", "DOUBLE", "TIMESTAMP"]
    if columns.generation(pandas) < 3 or pyarrow.array(["x"]).to_pandas().dtype == "str":
        others += ["STRING", "LARGE_STRING"]
    return tuple({getattr(pyarrow.lib, f"Type_{name}") for name in kinds} for kinds in (names, others))


def _is_readable(pandas, pyarrow, column):
    type_ = column.type
    whole, others = _plain_types(pandas, pyarrow)
    if type_.id == pyarrow.lib.Type_TIMESTAMP:
        return type_.tz is None and (type_.unit == "ns" or columns.generation(pandas) >= 2)
    return type_.id in others or (type_.id in whole and column.null_count == 0)


def _array(pandas, pyarrow, column):
    """Copies a column into memory of its own."""
    import numpy

    is_text = column.type.id in (pyarrow.lib.Type_STRING, pyarrow.lib.Type_LARGE_STRING)
    if is_text and columns.generation(pandas) >= 3:
        return columns.own_text(pandas).__from_arrow__(column)
    return numpy.array(column.to_numpy())


def read(pandas, pyarrow, table):
    """(names, columns) of an Arrow table, or None."""
    names = table.column_names
    if not names or not 0 < table.num_rows <= ROWS or len(set(names)) < len(names):
        return None
    if not all(_is_readable(pandas, pyarrow, column) for column in table.itercolumns()):
        return None
    found = [_array(pandas, pyarrow, column) for column in table.itercolumns()]
    described = (table.schema.metadata or {}).get(b"pandas")
    if described is not None and not _is_plain(described, names, [columns.name_of(array.dtype) for array in found]):
        return None
    return names, found


# Out


@functools.lru_cache(1)
def _descriptions(pandas, pyarrow):
    """(description that pyarrow adds to a table of this pandas, by dtype the part for a column), taken from a
    sample table; None if the description is not what this file expects.
    """
    units = ("ns", "us", "ms", "s") if columns.generation(pandas) >= 2 else ("ns",)
    samples = {"int64": [1], "float64": [1.5], "bool": [True], "object": ["x"]}
    samples.update((f"datetime64[{unit}]", ["2020-01-01"]) for unit in units)
    if columns.generation(pandas) >= 3:
        samples["str"] = ["x"]
    table = pandas.DataFrame({name: pandas.Series(values, dtype=name) for name, values in samples.items()})
    beside = pyarrow.Table.from_pandas(table, preserve_index=False).schema.metadata
    known = json.loads(beside[b"pandas"])
    if list(beside) != [b"pandas"] or json.dumps(known).encode() != beside[b"pandas"]:
        return None
    return known, dict(zip(table.dtypes, known["columns"]))


def warm(pandas, pyarrow):
    """Call it in the zygote: asks pyarrow for its descriptions."""
    _plain_types(pandas, pyarrow)
    _descriptions(pandas, pyarrow)


def _has_only_texts(array):
    """Whether an array of objects has texts, perhaps also missing values, but nothing else."""
    texts = columns.only_texts(array.tolist())
    return texts is not None and str in map(type, texts)


def write(pandas, pyarrow, names, arrays):
    """The Arrow table of a frame's columns, or None. names: texts."""
    if not names or not 0 < len(arrays[0]) <= ROWS or len(set(names)) < len(names):
        return None
    descriptions = _descriptions(pandas, pyarrow)
    if descriptions is None or not all(array.dtype in descriptions[1] for array in arrays):
        return None
    if not all(_has_only_texts(array) for array in arrays if array.dtype == object):
        return None
    known, by_dtype = descriptions
    described = [{**by_dtype[array.dtype], "name": name, "field_name": name} for name, array in zip(names, arrays)]
    try:
        made = [pyarrow.array(array, from_pandas=True) for array in arrays]
    except Exception:  # pyarrow, asked the usual way, explains the error
        return None
    beside = {b"pandas": json.dumps({**known, "columns": described})}
    return pyarrow.Table.from_arrays(made, names=names, metadata=beside)
