"""DataFrames from and to Arrow IPC streams, where pyarrow's own conversion would lose a value."""

import datetime
import functools
import json

from _standpy import columns, frames, metadata, small_arrow
from _standpy.failures import Problem

# Key of an Arrow field's metadata; its value is JSON: ["integer", "label"].
KEY = b"rm_metadata"

_EXACT = 2**53  # below it every integer is a float


def _pair(field):
    """(type, role) from the metadata of an Arrow field, or None."""
    text = (field.metadata or {}).get(KEY)
    try:
        return metadata.valid_pair(json.loads(text)) if text else None
    except ValueError:
        return None


# In: what to_pandas() takes and what it does not


def _has_broken_leaves(pyarrow, column):
    """Whether integers or booleans within lists and structs have missing ones among them."""
    kinds = pyarrow.types
    type_ = column.type
    if kinds.is_integer(type_) or kinds.is_boolean(type_):
        return column.null_count > 0
    if kinds.is_struct(type_):
        return any(_has_broken_leaves(pyarrow, child) for child in column.flatten())
    if kinds.is_list(type_) or kinds.is_large_list(type_) or kinds.is_fixed_size_list(type_):
        chunks = column.chunks if hasattr(column, "chunks") else [column]
        return any(_has_broken_leaves(pyarrow, chunk.flatten()) for chunk in chunks)
    return False


def _loses_digits(column):
    """Whether integers with missing values are beyond what floats hold."""
    if column.null_count == 0:
        return False
    import pyarrow.compute as compute

    found = compute.min_max(column).as_py()
    return found["min"] is not None and (found["min"] < -_EXACT or found["max"] > _EXACT)


def _overflows(pyarrow, column):
    """Whether nanoseconds, which are all that pandas before 2.0 has, cannot hold a time."""
    type_ = column.type
    if getattr(type_, "unit", "ns") == "ns":
        return False
    try:
        if pyarrow.types.is_timestamp(type_):
            column.cast(pyarrow.timestamp("ns", type_.tz))
        elif pyarrow.types.is_duration(type_):
            column.cast(pyarrow.duration("ns"))
    except pyarrow.ArrowInvalid:
        return True
    return False


def _own_column(pandas, pyarrow, column):
    """The pandas column of an Arrow one of which pyarrow's has not each value; None to leave it to pyarrow."""
    kinds = pyarrow.types
    if kinds.is_integer(column.type):
        return columns.integers(pandas, column.to_pylist()) if _loses_digits(column) else None
    if kinds.is_nested(column.type):
        return columns.objects(pandas, column.to_pylist()) if _has_broken_leaves(pyarrow, column) else None
    if columns.generation(pandas) < 2 and _overflows(pyarrow, column):
        return columns.objects(pandas, column.to_pylist())
    return None


def _with_sound_dictionaries(pandas, pyarrow, table):
    """The table with dictionaries as pandas wants its categories, or as their values."""
    for place, (field, column) in enumerate(zip(table.schema, table.columns)):
        if not pyarrow.types.is_dictionary(field.type):
            continue
        plain = column.cast(field.type.value_type)
        if columns.generation(pandas) >= 2 or not _overflows(pyarrow, plain):
            plain = plain.dictionary_encode()
        table = table.set_column(place, field.with_type(plain.type), plain)
    return table


def _extended(table):
    """Names of the columns for which the writer, a pandas, says that integers may be missing."""
    known = table.schema.pandas_metadata or {}
    described = known.get("columns", ())
    return {one.get("name") for one in described if str(one.get("numpy_type")).startswith(("Int", "UInt"))}


def _refuse(pyarrow, table, error):
    """Says which column it is, if one alone is it."""
    for name, column in zip(table.column_names, table.columns):
        try:
            column.to_pandas(use_threads=False)
        except Exception as failure:
            raise ValueError(f"column {name!r}: {failure}") from None
    raise error


def _own_offsets(pandas, frame):
    """Fixed offsets from UTC as pandas makes them: from 2.0 on datetime's, not pytz's as pyarrow does."""
    if columns.generation(pandas) < 2:
        return
    for place, dtype in enumerate(frame.dtypes):
        zone = getattr(dtype, "tz", None)
        if type(zone).__module__ == "pytz" and type(zone).__name__ == "_FixedOffset":
            own = datetime.timezone(zone.utcoffset(None))
            frame.isetitem(place, frame.iloc[:, place].dt.tz_convert(own))


@functools.lru_cache(1)
def _sound_types(pyarrow, generation):
    """Ids of the types that pyarrow loses nothing of, or fails for."""
    names = ["DICTIONARY", "BOOL", "HALF_FLOAT", "FLOAT", "DOUBLE", "STRING", "LARGE_STRING", "BINARY", "DATE32", "TIME64"]
    if generation >= 2:
        names += ["TIMESTAMP", "DURATION"]
    return frozenset(getattr(pyarrow.lib, f"Type_{name}") for name in names)


def _own_columns(pandas, pyarrow, table):
    """The pandas columns by name that pyarrow is not left to make."""
    sound = _sound_types(pyarrow, columns.generation(pandas))
    own = {}
    for place, field in enumerate(table.schema):
        if field.type.id not in sound:
            column = _own_column(pandas, pyarrow, table.column(place))
            if column is not None:
                own[field.name] = column
    if own:
        for name in _extended(table) & own.keys():
            del own[name]
    return own


def _convert_all(pandas, pyarrow, table):
    try:
        return table.to_pandas(use_threads=False)
    except Exception:
        pass
    repaired = _with_sound_dictionaries(pandas, pyarrow, table)
    own = {}
    if columns.generation(pandas) < 2:
        own = _own_columns(pandas, pyarrow, repaired)
    try:
        frame = _without(pyarrow, repaired, own).to_pandas(use_threads=False)
    except Exception as error:
        _refuse(pyarrow, repaired, error)
    return _with(pandas, frame, own)


def _without(pyarrow, table, own):
    """The table with nothing in the columns that are made without pyarrow."""
    for place, field in enumerate(table.schema):
        if field.name in own:
            nothing = pyarrow.nulls(len(table))
            table = table.set_column(place, field.with_type(nothing.type), nothing)
    return table


def _with(pandas, frame, own):
    for name, column in own.items():
        column = columns.series(pandas, column)
        column.index = frame.index
        frame[name] = column
    return frame


def _to_pandas(pandas, pyarrow, table):
    own = _own_columns(pandas, pyarrow, table)
    frame = _with(pandas, _convert_all(pandas, pyarrow, _without(pyarrow, table, own) if own else table), own)
    _own_offsets(pandas, frame)
    return frame


def load(content):
    """A DataFrame from an Arrow IPC stream (bytes-like)."""
    import pandas
    import pyarrow

    with pyarrow.ipc.open_stream(pyarrow.py_buffer(content)) as reader:
        table = reader.read_all()
        known = {field.name: _pair(field) for field in reader.schema}
    table.validate(full=True)  # pyarrow trusts offsets otherwise, and a wrong one kills the process
    found = small_arrow.read(pandas, pyarrow, table)
    if found is None:
        return metadata.attach(_to_pandas(pandas, pyarrow, table), known)
    names, read = found
    frame = frames.build(pandas, names, read, table.num_rows)
    return metadata.attach(frame, known, names, [column.dtype for column in read])


# Out


def _refuse_column(name, reason):
    raise Problem("outputs", f"the column {name!r} is nothing that Arrow can carry: {reason}") from None


def _refuse_table(pyarrow, table, error):
    """Says which column it is; pyarrow says so for most reasons, not for all."""
    for place, name in enumerate(table.columns):
        try:
            pyarrow.array(table.iloc[:, place], from_pandas=True)
        except Exception as failure:
            _refuse_column(name, f"{type(failure).__name__}: {failure}")
    raise Problem("outputs", f"Arrow cannot carry the table: {type(error).__name__}: {error}") from None


def _mixture(kinds, values):
    """What pyarrow would make one of without a word; None where there is nothing of the kind."""
    if str in kinds and (bytes in kinds or bytearray in kinds):
        return "it has texts and bytes"
    moments = [value for value in values if isinstance(value, datetime.datetime) and value == value]
    if datetime.date in kinds and moments:
        return "it has dates without and with a time"
    if len({value.tzinfo is None for value in moments}) > 1:
        return "it has times with and without an offset from UTC"
    if any(isinstance(value, datetime.time) and value.tzinfo is not None for value in values):
        return "it has times of day with an offset from UTC"
    return None


# What pandas.api.types.infer_dtype says of columns that are one thing alone.
_PLAIN = frozenset(("string", "empty", "integer", "boolean", "decimal", "bytes"))


def _exact_objects(pandas, name, column):
    """The column as pyarrow takes it without loss, or None if that is the column itself."""
    kind = pandas.api.types.infer_dtype(column, skipna=True)
    if kind in _PLAIN:
        return None
    values = column.tolist()
    kinds = set(map(type, values))
    mixed = _mixture(kinds, values)
    if mixed:
        _refuse_column(name, mixed)
    if any(getattr(value, "nanosecond", 0) or getattr(value, "nanoseconds", 0) for value in values):
        as_moments = kind.startswith("datetime")
        try:
            return (pandas.to_datetime if as_moments else pandas.to_timedelta)(column)
        except Exception as error:
            _refuse_column(name, f"{type(error).__name__}: {error}")
    return None


def _is_doubtful(pyarrow, type_):
    """What pyarrow may have made of objects of several kinds."""
    return pyarrow.types.is_temporal(type_) or pyarrow.types.is_binary(type_)


def _exact(pyarrow, table, dtypes, arrow):
    """The table with what pyarrow has lost of its objects as what it does not lose; None if it lost nothing."""
    places = [place for place, field in enumerate(arrow.schema) if _is_doubtful(pyarrow, field.type)]
    if not places:
        return None
    import pandas

    exact = {}
    for place in places:
        if dtypes[place] == object:
            name = table.columns[place]
            column = _exact_objects(pandas, name, table.iloc[:, place])
            if column is not None:
                exact[name] = column
    return table.assign(**exact) if exact else None


def _convert(pyarrow, table, dtypes):
    try:
        arrow = pyarrow.Table.from_pandas(table, preserve_index=False)
    except Exception as error:
        _refuse_table(pyarrow, table, error)
    exact = _exact(pyarrow, table, dtypes, arrow)
    return arrow if exact is None else pyarrow.Table.from_pandas(exact, preserve_index=False)


def _to_arrow(pandas, pyarrow, table, names, arrays, dtypes):
    """Returns the Arrow table, and the places of the columns that are moments."""
    is_renamed = any(type(label) is not str for label in table.columns) or names != list(table.columns)
    arrow = None
    if type(table) is pandas.DataFrame and not is_renamed and not table.attrs:
        arrow = small_arrow.write(pandas, pyarrow, names, arrays)
    if arrow is not None:
        return arrow, [place for place, dtype in enumerate(dtypes) if getattr(dtype, "kind", "O") == "M"]
    if is_renamed:
        table = table.set_axis(names, axis=1)
    arrow = _convert(pyarrow, table, dtypes)
    return arrow, [place for place, field in enumerate(arrow.schema) if pyarrow.types.is_timestamp(field.type)]


def dump(pyarrow, table):
    """A pyarrow.Buffer."""
    import pandas

    names, arrays = metadata.names(table), frames.arrays(pandas, table)
    dtypes = [array.dtype for array in arrays]
    arrow, moments = _to_arrow(pandas, pyarrow, table, names, arrays, dtypes)
    pairs = metadata.describe(table, dtypes, moments)
    fields = [field.with_metadata({KEY: json.dumps(pair)}) for field, pair in zip(arrow.schema, pairs)]
    schema = pyarrow.schema(fields, arrow.schema.metadata)
    arrow = pyarrow.Table.from_arrays(arrow.columns, schema=schema)
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, schema) as writer:
        writer.write_table(arrow)
    return sink.getvalue()
