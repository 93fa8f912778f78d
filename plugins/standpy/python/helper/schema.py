"""Fields of Table Schema: turns JSON values into what their field's type says, or raises Misfit. Pure.

Nothing is left for pandas to guess. Options that change what a value means are honoured, or else
refused by name.
"""

import datetime
import decimal
import re

from _standpy import iso
from _standpy.misfit import convert, show

_SPECIAL = {"INF": float("inf"), "-INF": float("-inf"), "NaN": float("nan")}
_TRUE = ("true", "True", "TRUE", "1")
_FALSE = ("false", "False", "FALSE", "0")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_AROUND = re.compile(r"^[^\d+\-.]*|[^\d.]*$", re.ASCII)
_EXACT = 2**53  # below it a float holds every integer exactly

# For each field type, JSON's own types that need no check of each value.
_NATIVE = {
    "integer": {int},
    "number": {float},
    "boolean": {bool},
    "string": {str},
    "object": {dict},
    "array": {list},
}
_MISSING = {type(None)}
_KNOWN = {"date", "time", "datetime", "duration", "year", "any"} | _NATIVE.keys()

# Types whose format may be a pattern of strptime.
_WITH_PATTERN = {
    "date": (datetime.datetime.date, "a date"),
    "time": (datetime.datetime.time, "a time"),
    "datetime": (lambda moment: moment, "a date and time"),
}


def _text_of_number(field, text):
    """Turns a number's text, written by the options of its field, into Python's."""
    if field.get("bareNumber") is False:
        text = _AROUND.sub("", text)
    group, point = field.get("groupChar"), field.get("decimalChar", ".")
    if group:
        text = text.replace(group, "")
    if point != ".":
        if "." in text:
            raise ValueError
        text = text.replace(point, ".")
    return text


def _integer(field):
    def read(value):
        if type(value) is int:
            return value
        if type(value) is float and value.is_integer() and abs(value) < _EXACT:
            return int(value)
        if type(value) is not str:
            raise ValueError
        text = _text_of_number(field, value)
        if not _INTEGER.fullmatch(text):
            raise ValueError
        return int(text)

    return read


def float_of_integer(value):
    """The float that an integer means: an equal one, or one with its first 17 digits, as JavaScript writes."""
    number = float(value)
    if abs(value) > _EXACT and int(number) != value and int(decimal.Decimal(repr(number))) != value:
        raise ValueError
    return number


def _number(field):
    def read(value):
        if type(value) is float:
            return _finite(value)  # Python reads JSON's 1e400 as infinity
        if type(value) is int:
            return float_of_integer(value)
        if type(value) is not str:
            raise ValueError
        if value in _SPECIAL:
            return _SPECIAL[value]
        text = _text_of_number(field, value)
        if not _NUMBER.fullmatch(text):
            raise ValueError
        return _finite(float(text))

    return read


def _finite(number):
    if number - number != 0:
        raise ValueError
    return number


def _decimal(field):
    def read(value):
        if type(value) is float:
            return decimal.Decimal(repr(value))
        if type(value) is int or (type(value) is str and value == "NaN"):
            return decimal.Decimal(value)
        if type(value) is str and value in _SPECIAL:
            return decimal.Decimal(_SPECIAL[value])
        text = _text_of_number(field, value)
        if not _NUMBER.fullmatch(text):
            raise ValueError
        return decimal.Decimal(text)

    return read


def _boolean(field):
    true, false = field.get("trueValues", _TRUE), field.get("falseValues", _FALSE)

    def read(value):
        if type(value) is bool:
            return value
        if type(value) is not str or (value not in true and value not in false):
            raise ValueError
        return value in true

    return read


def _year(value):
    if type(value) is str and re.fullmatch(r"-?\d{4,}", value, re.ASCII):
        return int(value)
    if type(value) is not int:
        raise ValueError
    return value


def _same(kind):
    def read(value):
        if type(value) is not kind:
            raise ValueError
        return value

    return read


def _pattern(field):
    finish, _ = _WITH_PATTERN[field["type"]]
    return lambda value: finish(datetime.datetime.strptime(value, field["format"]))


def _expected_boolean(field):
    texts = [*field.get("trueValues", _TRUE), *field.get("falseValues", _FALSE)]
    return "true or false, nor one of " + ", ".join(show(text) for text in texts)


def _expected_number(field):
    if field.get("decimalChar", ".") != "." or field.get("groupChar"):
        point, group = field.get("decimalChar", "."), field.get("groupChar")
        return f"a number with decimalChar {show(point)}" + (f" and groupChar {show(group)}" if group else "")
    return 'a number that a float can hold, nor "INF", "-INF" or "NaN"'


def _reader(field, is_decimal):
    """(function for one value, words for what the value should be)."""
    type_ = field.get("type", "any")
    if type_ in _WITH_PATTERN and field.get("format", "default") != "default":
        return _pattern(field), f"{_WITH_PATTERN[type_][1]} of the format {show(field['format'])}"
    if type_ == "integer":
        return _integer(field), "an integer"
    if type_ == "number":
        read = _decimal(field) if is_decimal else _number(field)
        return read, _expected_number(field)
    if type_ == "boolean":
        return _boolean(field), _expected_boolean(field)
    return {
        "string": (_same(str), "a text"),
        "object": (_same(dict), "a JSON object"),
        "array": (_same(list), "a JSON array"),
        "year": (_year, "a year, 2020"),
        "date": (iso.date, iso.DATE),
        "time": (iso.time, iso.TIME),
        "datetime": (_same(str), iso.MOMENT),  # only used if some value is not a text
        "duration": (iso.duration, iso.DURATION),
    }[type_]


def _strings(field, option):
    texts = field.get(option)
    if texts is not None and not (isinstance(texts, list) and all(type(text) is str for text in texts)):
        raise ValueError(f"its {option} are no list of texts")


# Properties of a field that do not say how its values are written.
_WITHOUT_OPTIONS = frozenset(("name", "type", "title", "description", "constraints", "rm_metadata", "pandas_dtype", "extDtype"))


def _check_options(field, type_):
    """Refuses by name the options that are not supported."""
    if type_ not in _KNOWN:
        raise ValueError(f"there is no type {type_!r}; there are {', '.join(sorted(_KNOWN))}")
    format_ = field.get("format", "default")
    if type_ in _WITH_PATTERN:
        if format_ == "any" or (format_ != "default" and "%" not in str(format_)):
            raise ValueError(f'the format {show(format_)} is not supported: "default" or a pattern such as "%d.%m.%Y"')
    elif format_ != "default":
        raise ValueError(f"the format {show(format_)} of type {type_} is not supported")
    for option in ("trueValues", "falseValues", "missingValues"):
        _strings(field, option)
    for option in ("decimalChar", "groupChar"):
        if not isinstance(field.get(option, ""), str):
            raise ValueError(f"its {option} is no text")
    if not field.get("decimalChar", "."):
        raise ValueError("its decimalChar is empty")
    if not isinstance(field.get("bareNumber", True), bool):
        raise ValueError("its bareNumber is neither true nor false")


def _without_missing(values, missing):
    texts = frozenset(missing)
    return [None if type(value) is str and value in texts else value for value in values]


def read(field, values, missing, is_decimal=False):
    """The values of a field as Python's; missing ones are None.

    datetime without a pattern stays text, which columns.py reads; duration becomes nanoseconds.
    missing: the schema's missingValues, if any.
    """
    type_ = field.get("type", "any")
    if type_ not in _KNOWN or not field.keys() <= _WITHOUT_OPTIONS:
        _check_options(field, type_)
    missing = field.get("missingValues", missing)
    if missing:
        values = _without_missing(values, missing)
    if type_ == "any" or (not is_decimal and _is_native(field, type_, values)):
        return values
    function, expected = _reader(field, is_decimal)
    return convert(values, function, expected)


def _is_native(field, type_, values):
    kinds = set(map(type, values)) - _MISSING
    if type_ == "datetime" and field.get("format", "default") == "default":
        return kinds <= {str}
    # Python's json reads a number that overflows as infinity.
    return kinds <= _NATIVE.get(type_, _MISSING) and not (
        type_ == "number" and (float("inf") in values or float("-inf") in values)
    )
