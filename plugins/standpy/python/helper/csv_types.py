"""Types of AI Studio's metadata, on the texts of a CSV column: each value is what its type says, or a
Misfit. Pure; missing values are None.
"""

import re

from _standpy import iso
from _standpy.misfit import convert
from _standpy.schema import float_of_integer

TEXTS = frozenset("nominal polynominal text file_path".split())
MOMENTS = frozenset("date_time date time".split())

_is_integer = re.compile(r"[+-]?\d+(\.0*)?", re.ASCII).fullmatch
_is_number = re.compile(r"[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|inf|Infinity)|NaN", re.ASCII).fullmatch
_is_clock = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?", re.ASCII).fullmatch
_TRUE = frozenset(("true", "True", "TRUE"))
_BOOLEAN = _TRUE | {"false", "False", "FALSE"}


def _integer(text):
    if not _is_integer(text):
        raise ValueError
    return int(text.partition(".")[0])


def _number(text):
    if not _is_number(text):
        raise ValueError
    number = float_of_integer(int(text)) if text.lstrip("+-").isdigit() else float(text)
    if abs(number) == float("inf") and text[-1].isdigit():
        raise ValueError  # too large for a float
    return number


def read(type_, values):
    """(kind, values): kind names what columns.py has to make of them."""
    present = [text for text in values if text is not None]
    if type_ in TEXTS:
        return "texts", values
    if type_ == "binominal":
        if present and set(present) <= _BOOLEAN:
            return "booleans", [None if text is None else text in _TRUE for text in values]
        return "texts", values
    if type_ == "integer" or (type_ == "numeric" and present and all(map(_is_integer, present))):
        return "integers", convert(values, _integer, "an integer")
    if type_ in ("real", "numeric"):
        return "numbers", convert(values, _number, "a number that a float can hold")
    if type_ == "time" and all(map(_is_clock, present)):
        return "objects", convert(values, iso.time, iso.TIME)
    return "moments", values  # columns.py looks at them
