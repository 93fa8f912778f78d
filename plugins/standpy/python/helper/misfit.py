"""A value that does not fit its column: which one it is, and what it should be."""

import json

_MOST = 60  # characters of a value in a message


def show(value):
    """A value as the client wrote it, if it is short."""
    try:
        text = json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError):
        text = repr(value)
    return text if len(text) <= _MOST else text[:_MOST] + "..."


class Misfit(ValueError):
    """place: number of the row, from 0."""

    def __init__(self, place, value, expected):
        what = "a missing value" if value is None else show(value)
        super().__init__(f"row {place + 1}: {what} is not {expected}")


def convert(values, function, expected):
    """Passes each value except None through a function; the first that it refuses is a Misfit."""
    converted = []
    for place, value in enumerate(values):
        try:
            converted.append(None if value is None else function(value))
        except (ValueError, TypeError, KeyError, ArithmeticError):
            raise Misfit(place, value, expected) from None
    return converted


def first(values, is_wrong):
    """The place of the first wrong value; there must be one."""
    return next(place for place, value in enumerate(values) if is_wrong(value))
