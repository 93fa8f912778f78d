"""Checks values that have been read against constraints of Table Schema. Pure."""

import re

from _standpy import iso
from _standpy.misfit import Misfit, show


def enum_of(field):
    """The list of values that a field may have; None if it has no such list."""
    described = field.get("constraints")
    labels = described.get("enum") if isinstance(described, dict) else None
    if labels is not None and not isinstance(labels, list):
        raise ValueError("its enum is no list")
    return labels


def _comparable(field, value):
    """A value as constraints compare it: texts of times and durations become what they mean."""
    if field.get("type") == "datetime" and isinstance(value, str):
        return iso.moment(value)
    if field.get("type") == "duration" and isinstance(value, str):
        return iso.duration(value)
    if field.get("type") == "date" and isinstance(value, str):
        return iso.date(value)
    return iso.time(value) if field.get("type") == "time" and isinstance(value, str) else value


def _test(field, name, limit):
    """(function that says whether a value meets the constraint, words for what it expects)."""
    if name == "pattern":
        return re.compile(limit).fullmatch, f"a text that matches {limit}"
    if name in ("minLength", "maxLength"):
        if type(limit) is not int:
            raise ValueError
        if name == "maxLength":
            return lambda value: len(value) <= limit, f"of a length of at most {limit}"
        return lambda value: len(value) >= limit, f"of a length of at least {limit}"
    if name == "enum":
        allowed = [_comparable(field, value) for value in limit]
        return lambda value: _comparable(field, value) in allowed, "one of " + ", ".join(map(show, limit))
    bound = _comparable(field, limit)
    if name == "minimum":
        return lambda value: _comparable(field, value) >= bound, f"{show(limit)} or more"
    return lambda value: _comparable(field, value) <= bound, f"{show(limit)} or less"


def _check_one(field, values, name, limit):
    try:
        meets, expected = _test(field, name, limit)
        for place, value in enumerate(values):
            if value is not None and not meets(value):
                raise Misfit(place, value, expected)
    except (re.error, TypeError, ValueError) as error:
        if isinstance(error, Misfit):
            raise
        raise ValueError(f"its constraint {name} {show(limit)} does not go with its type") from None


def _check_unique(values):
    seen = set()
    for place, value in enumerate(values):
        key = show(value) if isinstance(value, (list, dict)) else value
        if value is not None and key in seen:
            raise Misfit(place, value, "unique in its column")
        seen.add(key)


def check(field, values):
    """Raises Misfit for the first value that does not meet its field's constraints."""
    described = field.get("constraints")
    if described is None:
        return
    if not isinstance(described, dict):
        raise ValueError("its constraints are no object")
    for name, limit in described.items():
        if name == "required":
            if limit is True and None in values:
                raise Misfit(values.index(None), None, "allowed in a required field")
        elif name == "unique":
            if limit is True:
                _check_unique(values)
        elif name == "enum":
            if field.get("type", "any") != "any":  # values of type any are categories in pandas
                _check_one(field, values, name, limit)
        elif name in ("minimum", "maximum", "minLength", "maxLength", "pattern"):
            _check_one(field, values, name, limit)
        else:
            raise ValueError(f"the constraint {show(name)} is not supported")
