"""rm_metadata: type and role of each column, an attribute of DataFrames that users set and read.

The warnings are those of the Python Scripting extension, word for word. Only the one about an unknown
type is ours, because the extension does not warn.
"""

import json

from _standpy.failures import Problem
from _standpy.misfit import show

TYPES = frozenset(
    "integer real numeric nominal binominal polynominal text file_path date_time date time".split()
)
_BY_KIND = {
    "i": "integer",
    "u": "integer",
    "f": "real",
    "M": "date_time",
    "b": "binominal",
}


def infer(dtype):
    """The type for a column of that dtype."""
    return _BY_KIND.get(getattr(dtype, "kind", "O"), "polynominal")


def _is_type(value):
    return isinstance(value, str) and value in TYPES


def attach(table, known, labels=None, dtypes=None):
    """Sets rm_metadata of an input table. known: dict of name to (type, role).

    labels, dtypes: those of the table, if the caller has them already.
    """
    described = {}
    for name, dtype in zip(labels or table.columns, dtypes or table.dtypes):
        described[name] = known.get(name) or (infer(dtype), None)
    # On a plain assignment pandas would warn that it makes no column.
    object.__setattr__(table, "rm_metadata", described)
    return table


def parse(text):
    """(type, role) by column, from AI Studio's metadata: JSON text, {"column": ["type", "role"]}."""
    if text is None:
        return {}
    try:
        described = json.loads(bytes(text))
    except ValueError as error:
        raise ValueError(f"its metadata is not JSON: {error}") from None
    if not isinstance(described, dict):
        raise ValueError('its metadata must be an object, {"column": ["type", "role"]}')
    return {name: _valid_or_refused(name, value) for name, value in described.items()}


def _valid_or_refused(name, value):
    pair = valid_pair(value)
    if pair is None:
        raise ValueError(
            f"its metadata of the column {name!r} is {show(value)}; it must be [type, role] with a type of "
            + ", ".join(sorted(TYPES))
        )
    return pair


def valid_pair(value):
    """(type, role) from what a request says about a column; None if it says nothing usable."""
    if not isinstance(value, list) or len(value) != 2 or not _is_type(value[0]):
        return None
    role = value[1]
    return value[0], role if isinstance(role, str) and role != "attribute" else None


def _pair_of(name, value):
    """(type, role) from what a user wrote for a column; either is None if it is unusable."""
    if isinstance(value, tuple) and len(value) == 2:
        return value
    print(
        f"Warning: rm_metadata[{name}] must be a tuple of length 2, "
        "e.g. data.rm_metadata['column1']=('binominal','label')"
    )
    if isinstance(value, str):
        return value, None
    if isinstance(value, (tuple, list)) and value:
        return value[0], value[1] if len(value) > 1 else None
    return None, None


def _describe(name, inferred, written):
    value = written.get(name)
    type_, role = (None, None) if value is None else _pair_of(name, value)
    if type_ is not None and not _is_type(type_):
        print(
            f"Warning: rm_metadata[{name}] has the unknown type {type_!r}; it must be one of "
            + ", ".join(sorted(TYPES))
        )
        type_ = None
    role = role if isinstance(role, str) and role != "attribute" else None
    return type_ or inferred, role


def describe(table, dtypes, moments=()):
    """(type, role) of each column of an output table, in order.

    dtypes: the table's, as a list, because pandas takes a while to make one; moments: places of the
    columns that hold moments, whatever their dtype.
    """
    written = getattr(table, "rm_metadata", None)
    if written is not None and not isinstance(written, dict):
        print("Warning: rm_metadata must be a dictionary")
    if not isinstance(written, dict):
        written = {}
    inferred = [infer(dtype) for dtype in dtypes]
    for place in moments:
        inferred[place] = "date_time"
    return [_describe(name, type_, written) for name, type_ in zip(table.columns, inferred)]


def unique_names(table):
    """The columns' names as text; a Problem if two are the same, because nothing could tell them apart."""
    found = names(table)
    if len(set(found)) < len(found):
        twice = next(name for name in found if found.count(name) > 1)
        raise Problem("outputs", f"two columns have the name {twice!r}")
    if any("\0" in name for name in found):
        raise Problem("outputs", "the name of a column holds a null byte, which JSON cannot carry back")
    return found


def names(table):
    """The columns' names as text; empty and numeric ones become att<name>."""
    texts = [label if type(label) is str else str(label) for label in table.columns]
    return [f"att{text}" if text == "" or text.isdigit() else text for text in texts]
