"""A value that is not what its column says: which one, and what it should be."""

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
    """place: of the row, from 0."""

    def __init__(self, place, value, expected):
        what = "a missing value" if value is None else show(value)
        super().__init__(f"row {place + 1}: {what} is not {expected}")


def convert(values, function, expected):
    """Each value but None through a function; the first that it refuses is a Misfit."""
    converted = []
    for place, value in enumerate(values):
        try:
            converted.append(None if value is None else function(value))
        except (ValueError, TypeError, KeyError, ArithmeticError):
            raise Misfit(place, value, expected) from None
    return converted


def first(values, is_wrong):
    """Place of the first value that is wrong; there is one."""
    return next(place for place, value in enumerate(values) if is_wrong(value))
