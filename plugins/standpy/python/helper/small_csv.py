"""Small and unambiguous CSV tables: numbers, booleans and texts that pandas can read and write in one way only.

csv_tables.py leaves all other tables to pandas.
"""

import csv
import io
import re

from _standpy import columns, csv_types

MOST = 32768  # bytes; pandas' parser is faster beyond this
# Beyond this, pandas' writer needs less memory. From 100,000 cells on it writes in pieces, and each piece
# writes moments only as finely as its own need.
_CELLS = 50_000

# These match the cells of a column, with commas between. A number within these lengths is exact and finite,
# and float() reads it as pandas does.
_INTEGER = r"-?[0-9]{1,18}"
_NUMBER = r"(?:-?[0-9]{1,15}(?:\.[0-9]+)?(?:[eE](?:[-+]?[0-9]{1,2}|-[0-9]{3}))?)?"
_are_integers = re.compile(rf"{_INTEGER}(?:,{_INTEGER})*").fullmatch
_are_numbers = re.compile(rf"{_NUMBER}(?:,{_NUMBER})*").fullmatch
# One cell that cannot be a number or a boolean, such as a word, a date or a time, makes the column texts.
_has_text = re.compile(
    r"(?:\A|,)(?:(?!nan|inf|true|false)[^\W\d_]|[0-9]+[-:/][0-9])", re.IGNORECASE
).search
_BOOLEANS = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}

_EXACT = 2**53  # below it every integer is a float


# In


def _texts(pandas, cells):
    if columns.generation(pandas) >= 3:
        return columns.texts(pandas, [cell or None for cell in cells])
    import numpy

    return numpy.array([cell or numpy.nan for cell in cells], "object")


def _floats(cells):
    import numpy

    if "" in cells:
        return numpy.array([float(cell) if cell else numpy.nan for cell in cells], "float64")
    return numpy.array(list(map(float, cells)), "float64")


def _inferred(pandas, cells):
    """The column that pandas would infer, or None if that is not certain."""
    import numpy

    joined = ",".join(cells)
    if _are_integers(joined):
        return numpy.array(list(map(int, cells)), "int64")
    if _are_numbers(joined):
        return _floats(cells)
    if _BOOLEANS.keys() >= set(cells):
        return numpy.array([_BOOLEANS[cell] for cell in cells], "bool")
    return _texts(pandas, cells) if _has_text(joined) else None


def _typed(pandas, cells, type_):
    """The column for a type of AI Studio's metadata; None if each value has to be checked."""
    if type_ in csv_types.TEXTS:
        return _texts(pandas, cells)
    column = _inferred(pandas, cells)
    if column is None or type_ is None:
        return column
    kind = column.dtype.kind
    if kind == "i" and type_ in ("integer", "numeric"):
        return column
    if kind in "if" and type_ in ("numeric", "real") and not (abs(column) >= _EXACT).any():
        return column.astype("float64", copy=False)
    return None


def _is_doubtful(text):
    """Whether the text has quotes, null bytes, lone carriage returns or a byte order mark, or lines that are
    empty or begin with white space.
    """
    return text[:1] in ("", " ", "\t", "\n", "\ufeff") or any(
        mark in text for mark in ('"', "\0", "\r", "\n\n", "\n ", "\n\t")
    )


def _cells(content):
    """(names, cells of each column), or None."""
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None
    if _is_doubtful(text):
        return None
    rows = [line.split(",") for line in text.removesuffix("\n").split("\n")]
    names = rows.pop(0)
    is_whole = rows and "" not in names and len(set(names)) == len(names) and set(map(len, rows)) == {len(names)}
    return (names, list(zip(*rows))) if is_whole else None


def read(pandas, content, described):
    """(names, columns) of CSV text (bytes), or None. described: see csv_tables.load."""
    found = _cells(content) if len(content) <= MOST else None
    if found is None or not described.keys() <= set(found[0]):
        return None
    read_columns = []
    for name, cells in zip(*found):
        column = _typed(pandas, cells, described[name][0] if name in described else None)
        if column is None:
            return None
        read_columns.append(column)
    return found[0], read_columns


# Out


def _written_moments(array):
    """Writes all as finely as the finest one needs; None if pandas' releases write them differently."""
    import numpy

    missing = numpy.isnat(array)
    years = array[~missing].astype("datetime64[Y]").view("int64") + 1970
    if not len(years) or years.min() < 1000 or years.max() > 9999:
        return None
    for unit in ("D", "s", "ms", "us", "ns"):
        if (array.astype(f"datetime64[{unit}]") == array)[~missing].all():
            break
    texts = numpy.datetime_as_string(array, unit=unit).tolist()
    return ["" if gone else text.replace("T", " ") for text, gone in zip(texts, missing.tolist())]


def _written(array):
    """The cells of a numpy array, or None."""
    import numpy

    kind = array.dtype.kind
    if kind in "iub":
        return array.tolist()
    if kind == "M":
        return _written_moments(array)
    if kind == "O":
        return columns.only_texts(array.tolist())  # csv writes None as nothing
    if array.dtype != numpy.float64 or numpy.isinf(array).any():
        return None
    return [repr(value) if value == value else "" for value in array.tolist()]


def write(names, arrays):
    """The text of a table, or None."""
    import numpy

    if not names or len(arrays[0]) * len(names) > _CELLS:
        return None
    written = []
    for array in arrays:
        cells = columns.arrow_texts(array) if not isinstance(array, numpy.ndarray) else _written(array)
        if cells is None:
            return None
        written.append(cells)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(zip(*written))
    return text.getvalue()
