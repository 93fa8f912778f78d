"""DataFrames from and to CSV: RFC 4180 with a header, UTF-8, and AI Studio's metadata beside it."""

import csv
import io
import re
import warnings

from _standpy import columns, csv_types, frames, metadata, small_csv
from _standpy.misfit import Misfit

# An empty field is missing and nothing else is: "NA" and "null" are texts. Every float comes back
# as it was, which pandas' faster parser does not promise.
_OPTIONS = {
    "index_col": False,
    "float_precision": "round_trip",
    "keep_default_na": False,
    "na_values": [""],
}

_EXACT = 2**53  # below it every integer is a float
# A line that pandas skips, unless it is told otherwise.
_blank_line = re.compile(rb"(?:\A|\n|\r(?!\n))[ \t]*[\r\n]|[\r\n][ \t]+\Z").search
_only_lines = re.compile(rb"[\r\n]+").fullmatch
_is_integer = re.compile(r"[+-]?\d+", re.ASCII).fullmatch
# What a float cannot hold is longer than this, or has such an exponent.
_has_long_number = re.compile(rb"(?<![.\d])\d{16}|[eE]\+?\d{3}").search
_SMALL = 65536  # bytes that are searched sooner than each column is looked at


# In


def _parse(content, **options):
    import pandas

    with warnings.catch_warnings():
        # A header shorter than its rows is an error, not an index or a loss of data.
        warnings.simplefilter("error", pandas.errors.ParserWarning)
        # pandas guesses anew every so many rows: then the same digits are numbers here and texts there.
        warnings.simplefilter("error", pandas.errors.DtypeWarning)
        try:
            return pandas.read_csv(io.BytesIO(content), **_OPTIONS, **options)
        except pandas.errors.ParserWarning:
            raise ValueError(_longer_row(content)) from None
        except pandas.errors.DtypeWarning:
            return pandas.read_csv(io.BytesIO(content), **_OPTIONS, **options, low_memory=False)


def _longer_row(content):
    """Which row has more fields than the header."""
    rows = csv.reader(io.StringIO(content.decode("utf-8", "replace"), newline=""))
    width = len(next(rows))
    for place, row in enumerate(rows, 1):
        if len(row) > width:
            return f"row {place} has {len(row)} fields, more fields than the header, which has {width}"
    return "the rows have more fields than the header"


class _Source:
    """The text of a table, and how it has to be parsed; columns can be asked for again, as texts."""

    def __init__(self, content):
        self.stand_in = None
        self.options = {}
        if b"\0" in content:
            content = self._without_null(content)
        self.content = content

    def _without_null(self, content):
        """pandas before 3.0 ends a field at a null byte: a character that is not there stands for it."""
        text = content.decode("utf-8")
        self.stand_in = next(chr(code) for code in range(0xE000, 0xF900) if chr(code) not in text)
        return text.replace("\0", self.stand_in).encode("utf-8")

    def _with_null(self, table):
        if self.stand_in is None:
            return table

        def restore(value):
            return value.replace(self.stand_in, "\0") if isinstance(value, str) else value

        for place, dtype in enumerate(table.dtypes):
            if dtype.kind == "O":
                name = table.columns[place]
                table[name] = table[name].map(restore).astype(dtype)
        return table.rename(columns=restore)

    def parse(self, texts):
        """The table; texts: names of the columns that are texts whatever they look like."""
        import pandas

        if _only_lines(self.content):  # as a table without columns is written
            return pandas.DataFrame(index=range(len(self.content.splitlines()) - 1))
        # Even an empty one costs pandas a tenth of the time for one row.
        dtype = {"dtype": dict.fromkeys(texts, str)} if texts else {}
        table = _parse(self.content, **dtype)
        if table.shape[1] == 1 and _blank_line(self.content):
            self.content = self.content.lstrip(b"\r\n")
            self.options = {"skip_blank_lines": False}
            table = _parse(self.content, **dtype, **self.options)
        return self._with_null(table)

    def texts(self, place):
        """A column as its texts, missing ones None."""
        column = _parse(self.content, dtype=str, usecols=[place], **self.options).iloc[:, 0]
        return _texts(column)


def _texts(column):
    missing = column.isna().tolist()
    return [None if gone else text for text, gone in zip(column.tolist(), missing)]


def _not_floats(pandas, source, place, column):
    """What a column of floats is, if some of its texts are none: integers that only missing values made
    floats, or numbers that overflow. None if they are."""
    import numpy

    if not (numpy.abs(column.to_numpy()) >= _EXACT).any():
        return None
    texts = source.texts(place)
    if all(text is None or _is_integer(text) for text in texts):
        return columns.integers(pandas, [None if text is None else int(text) for text in texts])
    infinite = numpy.isinf(column.to_numpy()).tolist()
    overflow = any(is_infinite and text[-1].isdigit() for is_infinite, text in zip(infinite, texts))
    return columns.texts(pandas, texts) if overflow else None


# What pandas itself found out of a column is what its type says.
_SURE = {"integer": "iu", "numeric": "iuf", "real": "f"}


def _is_sure(column, type_):
    """Whether pandas' number of each text is the only one."""
    kind = column.dtype.kind
    if kind == "f" and type_ in ("real", "numeric"):
        return bool((column.abs().fillna(0) < _EXACT).all())
    return kind in _SURE.get(type_, "")


def _typed(pandas, source, place, column, type_):
    """The column as its type says."""
    if _is_sure(column, type_):
        return column
    if type_ == "real" and column.dtype.kind in "iu" and column.between(-_EXACT, _EXACT).all():
        return column.astype("float64")
    is_text = type_ in csv_types.MOMENTS or type_ == "binominal"
    make, values = csv_types.read(type_, _texts(column) if is_text else source.texts(place))
    return getattr(columns, make)(pandas, values)


def _set(pandas, table, place, column):
    column = columns.series(pandas, column)
    column.index = table.index
    table[table.columns[place]] = column


def _read_columns(pandas, source, table, described):
    for place, (name, dtype) in enumerate(zip(table.columns, table.dtypes)):
        type_ = described[name][0] if name in described else None
        if type_ in csv_types.TEXTS or (type_ is None and dtype.kind != "f"):
            continue
        column = table.iloc[:, place]
        try:
            if type_ is not None:
                _set(pandas, table, place, _typed(pandas, source, place, column, type_))
            else:
                other = _not_floats(pandas, source, place, column)
                if other is not None:
                    _set(pandas, table, place, other)
        except Misfit as misfit:
            raise ValueError(f"column {name!r}, {misfit} (its type is {type_})") from None


def _apart(pandas, names, described):
    """Places of the columns that _load leaves in blocks of their own, because of _set or, in pandas 3, read_csv."""
    if columns.generation(pandas) >= 3:
        return range(len(names))
    return [place for place, name in enumerate(names) if name in described and described[name][0] in _SURE]


def load(content, described):
    """A DataFrame from CSV text (bytes-like). described: (type, role) by column, see metadata.parse."""
    import pandas

    content = bytes(content)
    found = small_csv.read(pandas, content, described)
    if found is None:
        return _load(pandas, content, described)
    names, read = found
    table = frames.build(pandas, names, read, len(read[0]), _apart(pandas, names, described))
    return metadata.attach(table, described, names, [column.dtype for column in read])


def _load(pandas, content, described):
    """Reads any table with pandas' own parser."""
    source = _Source(content)
    texts = [name for name, (type_, _) in described.items() if type_ not in _SURE]
    table = source.parse(texts)
    for name in described:
        if name not in table.columns:
            raise ValueError(f"its metadata names a column that it lacks: {name!r}")
    if described or len(source.content) > _SMALL or _has_long_number(source.content):
        _read_columns(pandas, source, table, described)
    return metadata.attach(table, described)


# Out


def _old_moments(column):
    """Moments before the year 1000 as texts: pandas 2 writes the year 1 as "1"."""
    import pandas

    texts = [value.isoformat(" ") for value in column.dropna().tolist()]
    return pandas.Series(texts, index=column.dropna().index, dtype="object").reindex(column.index)


def _with_old_moments(table, dtypes):
    """The table, with such moments as texts."""
    import pandas

    if columns.generation(pandas) != 2:
        return table
    for place, dtype in enumerate(dtypes):
        if dtype.kind == "M" and columns.unit_of(str(dtype)) in ("s", "ms", "us"):
            column = table.iloc[:, place]
            if column.min().year < 1000:
                table = table.copy(deep=False)
                table.isetitem(place, _old_moments(column))
    return table


_has_moment = re.compile(r"\d-\d\d-\d\d \d\d:", re.ASCII).search


def _moments(table, dtypes, text):
    """Places of the columns of Python's own moments."""
    if len(text) <= _SMALL and not _has_moment(text):
        return []
    import pandas

    places = [place for place, dtype in enumerate(dtypes) if dtype == object]
    infer = pandas.api.types.infer_dtype
    return [place for place in places if infer(table.iloc[:, place], skipna=True).startswith("datetime")]


# What pandas.api.types.infer_dtype may say of the objects of a column of such a type.
_OBJECTS = {
    "integer": ("integer", "empty"),
    "real": ("floating", "decimal", "empty"),
    "numeric": ("integer", "floating", "decimal", "empty"),
    "date_time": ("datetime", "date", "empty"),
    "date": ("datetime", "date", "empty"),
    "time": ("datetime", "time", "empty"),
}


def _is_such(pandas, column, type_):
    """Whether the values of a column are what a type of AI Studio's says, as whoever reads them will ask."""
    kind = column.dtype.kind
    if type_ not in _OBJECTS or kind == "O":
        return type_ not in _OBJECTS or pandas.api.types.infer_dtype(column, skipna=True) in _OBJECTS[type_]
    if type_ in csv_types.MOMENTS:
        return kind == "M"
    if type_ == "integer" and kind == "f":
        return bool((column.dropna() % 1 == 0).all())
    if type_ == "real" and kind in "iu":
        return bool(column.between(-_EXACT, _EXACT).all())
    return kind in ("iu" if type_ == "integer" else "iuf")


def _true_pairs(table, dtypes, pairs):
    """(type, role) of each column, with the inferred type if the values are not what the type says."""
    import pandas

    for place, (type_, role) in enumerate(pairs):
        inferred = metadata.infer(dtypes[place])
        if type_ == inferred or _is_such(pandas, table.iloc[:, place], type_):
            continue
        name = table.columns[place]
        print(f"Warning: rm_metadata[{name}] has the type {type_!r}, which its values are not; it is {inferred!r} in CSV")
        pairs[place] = inferred, role
    return pairs


def _write(table, names, dtypes):
    """Writes any table with pandas' own writer."""
    written = _with_old_moments(table, dtypes)
    text = written.to_csv(index=False, header=names)
    if "\r" in text:  # Python's csv module quotes it from 3.13 on only
        text = written.to_csv(index=False, header=names, quoting=csv.QUOTE_NONNUMERIC)
    return text


def dump(table):
    """(CSV text with header, without index; (type, role) by column)."""
    import pandas

    names, arrays = metadata.names(table), frames.arrays(pandas, table)
    dtypes = [array.dtype for array in arrays]
    text, moments = small_csv.write(names, arrays) if type(table) is pandas.DataFrame else None, []
    if text is None or "\r" in text:
        text = _write(table, names, dtypes)
        moments = _moments(table, dtypes, text)
    pairs = metadata.describe(table, dtypes, moments)
    return text, dict(zip(names, _true_pairs(table, dtypes, pairs)))
