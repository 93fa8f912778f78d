"""pandas columns of checked values, the same with every generation of pandas and numpy.

A column is a numpy array if that can express it, else a pandas array or Series: a Series costs more to make
than its values. A value that the dtype cannot hold stays what it is, as Python's object, or it is a Misfit;
never another value. The functions take pandas as their first argument, so that nothing imports it early.
"""

import datetime
import functools
import re

from _standpy import iso
from _standpy.misfit import Misfit, first

# What a unit of datetime64 and timedelta64 has.
NANOSECONDS = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}


def generation(pandas):
    """1, 2 or 3."""
    return int(pandas.__version__.partition(".")[0])


def text_dtype(pandas):
    """What this pandas makes of texts by itself."""
    return "str" if generation(pandas) >= 3 else "object"


@functools.lru_cache(64)
def name_of(dtype):
    """The name of a dtype. numpy computes it anew each time, in Python."""
    return str(dtype)


def series(pandas, column):
    """A column as a Series of the same dtype; without it pandas would guess one."""
    return column if isinstance(column, pandas.Series) else pandas.Series(column, dtype=column.dtype)


def objects(pandas, values):
    import numpy

    array = numpy.empty(len(values), "object")
    array[:] = values
    return array


def _asked(pandas, name, is_such, kind):
    """The dtype of that name, if it is one of such values."""
    try:
        dtype = pandas.api.types.pandas_dtype(name)
    except (TypeError, ImportError):
        raise ValueError(f"this environment has no dtype {name!r}") from None
    if not is_such(dtype):
        raise ValueError(f"the dtype {name!r} is none of {kind}")
    return dtype


def _built(pandas, values, dtype):
    """A column of that dtype, which holds missing values, or there are none."""
    if None in values and getattr(dtype, "kind", "O") in "iub" and not hasattr(dtype, "na_value"):
        raise Misfit(values.index(None), None, f"one of the dtype {dtype}")
    return pandas.Series(values, dtype=dtype)


# Numbers and texts


def _default_integers(pandas, values):
    import numpy

    if None not in values:
        try:
            return numpy.array(values, "int64")
        except OverflowError:
            pass
    present = [value for value in values if value is not None] if None in values else values
    names = ("int64", "uint64") if present is values else ("Int64", "UInt64")
    low, high = (min(present), max(present)) if present else (0, 0)
    for name in names:
        limits = numpy.iinfo(name.lower())
        if limits.min <= low and high <= limits.max:
            return pandas.Series(values, dtype=name)
    return objects(pandas, values)


def integers(pandas, values, dtype=None):
    """dtype: a name, or None for the one that holds all values."""
    if dtype is None:
        return _default_integers(pandas, values)
    if dtype == "object":
        return objects(pandas, values)
    import numpy

    dtype = _asked(pandas, dtype, pandas.api.types.is_integer_dtype, "integers")
    limits = numpy.iinfo(getattr(dtype, "numpy_dtype", getattr(dtype, "subtype", dtype)))
    low, high = int(limits.min), int(limits.max)
    for place, value in enumerate(values):
        if value is not None and not low <= value <= high:
            raise Misfit(place, value, f"one of the dtype {dtype}")
    return _built(pandas, values, dtype)


def numbers(pandas, values, dtype=None):
    if dtype in ("object", "decimal"):
        return objects(pandas, values)
    import numpy

    array = numpy.array(values, "float64")
    if dtype is None or dtype == "float64":
        return array
    dtype = _asked(pandas, dtype, pandas.api.types.is_float_dtype, "floats")
    with numpy.errstate(over="ignore"):
        lost = numpy.isinf(array.astype(getattr(dtype, "numpy_dtype", dtype))) & ~numpy.isinf(array)
    if lost.any():
        place = int(lost.argmax())
        raise Misfit(place, values[place], f"one of the dtype {dtype}")
    return pandas.Series(values if hasattr(dtype, "na_value") else array, dtype=dtype)


def booleans(pandas, values, dtype=None):
    if dtype == "object":
        return objects(pandas, values)
    if dtype is None and None not in values:
        import numpy

        return numpy.array(values, "bool")
    dtype = dtype or ("boolean" if None in values else "bool")
    return _built(pandas, values, _asked(pandas, dtype, pandas.api.types.is_bool_dtype, "booleans"))


@functools.lru_cache(1)
def own_text(pandas):
    """The dtype "str" of pandas 3."""
    return pandas.api.types.pandas_dtype("str")


def only_texts(values):
    """The texts in a column of objects, with None for missing values. Returns None if it has anything else."""
    kinds = set(map(type, values)) - {type(None)}
    if not kinds <= {str, float}:
        return None
    if float in kinds:  # NaN is the one float that is missing
        values = [None if value != value else value for value in values]
        return None if float in map(type, values) else values
    return values


def arrow_texts(array):
    """The texts of a column stored by pyarrow, with None for missing values. Returns None for other columns."""
    if getattr(array.dtype, "storage", None) != "pyarrow":
        return None
    return array.__arrow_array__().to_pylist()


def texts(pandas, values, dtype=None):
    if dtype is None or (dtype == "str" and generation(pandas) < 3):
        dtype = text_dtype(pandas)
    if dtype == "object":
        return objects(pandas, values)
    if dtype == "str":
        kind = own_text(pandas)
        return kind.construct_array_type()._from_sequence(values, dtype=kind)
    if dtype == "string":  # whatever it is stored in
        return pandas.Series(values, dtype=dtype)
    return pandas.Series(values, dtype=_asked(pandas, dtype, pandas.api.types.is_string_dtype, "texts"))


# Moments and durations


def unit_of(dtype):
    """ns of datetime64[ns], of datetime64[ns, UTC], of timedelta64[ns]; None of others."""
    unit = (dtype or "").partition("[")[2].partition("]")[0].partition(",")[0]
    return unit if unit in NANOSECONDS else None


def _fits_nanoseconds(pandas, array):
    """Whether microseconds are within what 64 bits of nanoseconds hold."""
    counts = array[~_is_nat(array)].view("int64")
    limit = pandas.Timestamp.max.value // 1000
    return not len(counts) or (-limit <= counts.min() and counts.max() <= limit)


def _is_nat(array):
    import numpy

    return numpy.isnat(array)


def _to_unit(pandas, array, unit, values, expected):
    """Microseconds in another unit, or None where pandas has none for them.

    Before 2.0 pandas has nanoseconds alone.
    """
    fits = _fits_nanoseconds(pandas, array)
    if generation(pandas) < 2 or unit is None:
        unit = "ns" if fits else "us"
    if unit == "ns" and not fits:
        unit = "us"
    if unit == "us" and generation(pandas) < 2:
        return None
    converted = array.astype(array.dtype.str.replace("[us]", f"[{unit}]"))
    lost = (converted.astype(array.dtype) != array) & ~_is_nat(array)
    if lost.any():
        place = int(lost.argmax())
        raise Misfit(place, values[place], f"{expected} in whole {unit}")
    return converted


def _misread(values, error):
    """The Misfit that an array of moments failed for."""
    for place, value in enumerate(values):
        try:
            if value is not None:
                iso.moment(value)
        except ValueError:
            return Misfit(place, value, iso.MOMENT)
    return error


def _microseconds(values, walls):
    """numpy's array of texts without offset; values: what they were cut of, for the message."""
    import numpy

    try:
        return numpy.array(walls, "datetime64[us]")
    except ValueError as error:
        raise _misread(values, error) from None


def _python_moment(pandas, text):
    moment, rest = iso.moment(text)
    return moment if rest == 0 else pandas.Timestamp(text)


def moment_objects(pandas, values):
    """Python's datetimes, each with its own offset; pandas' own where there are nanoseconds."""
    found = []
    for place, value in enumerate(values):
        try:
            found.append(None if value is None else _python_moment(pandas, value))
        except ValueError:  # no moment, or nanoseconds that are out of pandas' bounds
            raise Misfit(place, value, iso.MOMENT) from None
    return objects(pandas, found)


_LONGEST = len("2020-12-31T23:59:59.999999")  # what microseconds hold


def _first_finer(walls):
    """Place of the first text with nanoseconds, or None."""
    if None not in walls and max(map(len, walls), default=0) <= _LONGEST:
        return None
    for place, wall in enumerate(walls):
        if wall is not None and wall[_LONGEST:].strip("0"):
            return place
    return None


def _array(pandas, values, walls, unit):
    """The datetime64 array of texts without offset; None if only Python's datetimes hold them.

    values: the texts with their offsets, for messages.
    """
    import numpy

    array = _microseconds(values, walls)
    finer = _first_finer(walls)
    if finer is None:
        return _to_unit(pandas, array, unit, values, "a moment")
    if unit in (None, "ns") and _fits_nanoseconds(pandas, array):
        return numpy.array(walls, "datetime64[ns]")
    expected = "a moment in whole microseconds, as its column has no dtype that holds nanoseconds"
    raise Misfit(finer, values[finer], expected)


def _split(values):
    """(texts without their offsets, seconds of the offsets or None) of moments."""
    walls, offsets = [], []
    for place, value in enumerate(values):
        found = None if value is None else iso.is_moment(value)
        if value is not None and not found:
            raise Misfit(place, value, iso.MOMENT)
        offset = found and found[8]
        walls.append(found and (value[: found.start(8)] if offset else value))
        try:
            offsets.append(iso.offset_seconds(offset))
        except ValueError:
            raise Misfit(place, value, iso.MOMENT) from None
    return walls, offsets


def _fixed_zone(pandas, seconds):
    """What pandas makes of an offset in a text: pytz's before 2.0."""
    if seconds == 0:
        return "UTC"
    if generation(pandas) < 2 and seconds % 60 == 0:
        import pytz

        return pytz.FixedOffset(seconds // 60)
    return datetime.timezone(datetime.timedelta(seconds=seconds))


def _named_zone(pandas, zone, dtype):
    """A zone by its name; fixed offsets as the dtype has them, pytz's or datetime's."""
    fixed = re.fullmatch(r"UTC([+-]\d\d:\d\d)", zone) if isinstance(zone, str) else None
    if not fixed:
        return zone
    seconds = iso.offset_seconds(fixed[1])
    if dtype and "pytz" not in dtype:
        return datetime.timezone(datetime.timedelta(seconds=seconds))
    return _fixed_zone(pandas, seconds)


def _in_zone(pandas, array, zone):
    try:
        return pandas.Series(pandas.DatetimeIndex(array).tz_localize("UTC").tz_convert(zone))
    except Exception as error:
        if isinstance(error, pandas.errors.OutOfBoundsDatetime):
            raise
        raise ValueError(f"tz: {zone!r} is no time zone that pandas knows") from None


def _zoned(pandas, values, walls, offsets, unit, zone):
    import numpy

    array = _array(pandas, values, walls, unit)
    if array is None:
        return moment_objects(pandas, values)
    shifts = numpy.array([0 if offset is None else offset for offset in offsets], "timedelta64[s]")
    moved = array.astype("datetime64[us]") - shifts
    if array.dtype.str.endswith("[ns]") and not _fits_nanoseconds(pandas, moved):
        return moment_objects(pandas, values)
    return _in_zone(pandas, array - shifts.astype(array.dtype.str.replace("M8", "m8")), zone)


def _are_naive(values):
    if None in values:
        return all(value is None or iso.is_naive(value) for value in values)
    return all(map(iso.is_naive, values))


def moments(pandas, values, dtype=None, zone=None):
    """A column of ISO 8601 texts. zone: name of the time zone that all of them are in."""
    if dtype == "object":
        return moment_objects(pandas, values)
    unit = unit_of(dtype)
    if zone is None and _are_naive(values):
        array = _array(pandas, values, values, unit)
        return moment_objects(pandas, values) if array is None else array
    walls, offsets = _split(values)
    given = {offset for wall, offset in zip(walls, offsets) if wall is not None}
    if zone is not None:
        if None in given:
            place = first(range(len(walls)), lambda row: walls[row] is not None and offsets[row] is None)
            raise Misfit(place, values[place], "a moment with its offset from UTC, as its field has a tz")
        return _zoned(pandas, values, walls, offsets, unit, _named_zone(pandas, zone, dtype))
    if len(given) == 1:
        return _zoned(pandas, values, walls, offsets, unit, _fixed_zone(pandas, *given))
    return moment_objects(pandas, values)  # in several zones, or some of them in none


def _timedelta(place, value, text):
    if value is None:
        return None
    try:
        whole = datetime.timedelta(microseconds=value // 1000)
    except OverflowError:
        whole = None
    if whole is None or value % 1000:
        raise Misfit(place, text, "a duration that pandas can hold")
    return whole


def _timedelta_objects(pandas, counts):
    texts_ = [None if count is None else iso.of_duration(count) for count in counts]
    return objects(pandas, [_timedelta(place, *pair) for place, pair in enumerate(zip(counts, texts_))])


def durations(pandas, counts, dtype=None):
    """A column of nanoseconds."""
    present = [count for count in counts if count is not None]
    if dtype == "object" or (present and max(map(abs, present)) >= 2**63 and generation(pandas) < 2):
        return _timedelta_objects(pandas, counts)
    import numpy

    unit = unit_of(dtype) if generation(pandas) >= 2 else "ns"
    if present and max(map(abs, present)) >= 2**63 and unit in (None, "ns"):
        unit = "us"
    step = NANOSECONDS[unit or "ns"]
    for place, count in enumerate(counts):
        if count is not None and (count % step or abs(count) // step >= 2**63):
            raise Misfit(place, iso.of_duration(count), f"a duration in whole {unit} that 64 bits hold")
    nat = -(2**63)
    array = numpy.array([nat if count is None else count // step for count in counts], "int64")
    return array.view(f"timedelta64[{unit or 'ns'}]")
