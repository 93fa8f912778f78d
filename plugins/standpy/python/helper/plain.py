"""Turns values of numpy, dates and times into plain Python's, which any language reads in JSON."""

import datetime
import sys

from _standpy import iso


def _numpy():
    """numpy, if it is loaded; otherwise no value can be numpy's."""
    return sys.modules.get("numpy")


def scalar(value):
    """numpy's numbers as Python's; other values as they are."""
    numpy = _numpy()
    if numpy is not None and isinstance(value, numpy.generic):
        item = value.item()
        if type(item) in (bool, int, float, str):
            return item
    return value


def without_arrays(value):
    """A cell of a table, with arrays as lists and numpy's numbers as Python's, also in lists and dicts."""
    if type(value) is list:
        return [without_arrays(item) for item in value]
    if type(value) is dict:
        return {scalar(key): without_arrays(item) for key, item in value.items()}
    numpy = _numpy()
    if numpy is not None and type(value) is numpy.ndarray:
        return without_arrays(value.tolist()) if value.dtype.kind in "biufOUS" else value
    return scalar(value)


def _moment(value):
    """ISO 8601 text of a date, time, moment or duration; any other value itself."""
    numpy = _numpy()
    if numpy is not None and isinstance(value, (numpy.datetime64, numpy.timedelta64)):
        pandas = sys.modules.get("pandas")
        if pandas is None:
            return value if isinstance(value, numpy.timedelta64) else str(value)
        value = pandas.Timestamp(value) if isinstance(value, numpy.datetime64) else pandas.Timedelta(value)
    if value != value:  # NaT, which is not a time
        return None
    return iso.of_timedelta(value) if isinstance(value, datetime.timedelta) else value.isoformat()


def is_moment(value):
    numpy = _numpy()
    kinds = (datetime.date, datetime.time, datetime.timedelta)
    if isinstance(value, kinds):
        return True
    if numpy is not None and isinstance(value, (numpy.datetime64, numpy.timedelta64)):
        return True
    pandas = sys.modules.get("pandas")
    return pandas is not None and value is pandas.NaT


def readable(value):
    """A value with its numpy numbers, dates and times as JSON's; everything else stays."""
    if type(value) is list:
        return [readable(item) for item in value]
    if type(value) is dict:
        return {readable_key(key): readable(item) for key, item in value.items()}
    return _moment(value) if is_moment(value) else scalar(value)


def readable_key(key):
    """A key, plain if it is numpy's. JSON's keys are texts, so with any other key a dict is not JSON."""
    return scalar(key)
