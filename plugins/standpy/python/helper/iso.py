"""Turns ISO 8601 texts of dates, times of day, moments and durations into Python's values and back. Pure.

Stricter than Python and pandas, which take "now", swap day and month, or read P1M as a minute.
"""

import datetime
import re

_DATE = r"(?!0000)(\d{4})-(\d\d)-(\d\d)"
_CLOCK = r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?"
_OFFSET = r"(Z|[+-]\d\d(?::?\d\d(?::\d\d)?)?)"

MOMENT = "an ISO 8601 date and time, 2020-12-31T23:59:59 or 2020-12-31 23:59:59"
DATE = "an ISO 8601 date, 2020-12-31"
TIME = "an ISO 8601 time, 23:59:59"
DURATION = "an ISO 8601 duration of days, hours, minutes and seconds, P1DT2H3M4.5S"

is_date = re.compile(_DATE, re.ASCII).fullmatch
# Moments without an offset from UTC, exactly those that numpy reads.
is_naive = re.compile(rf"{_DATE}(?:[T ]{_CLOCK})?", re.ASCII).fullmatch
is_moment = re.compile(rf"{_DATE}(?:[T ]{_CLOCK}{_OFFSET}?)?", re.ASCII).fullmatch
_is_time = re.compile(rf"{_CLOCK}{_OFFSET}?", re.ASCII).fullmatch

_DURATION = re.compile(
    r"([+-])?P(?=[-+\dT])(?:([+-]?\d+)W)?(?:([+-]?\d+)D)?"
    r"(?:T(?=[-+\d])(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?)(\d+)(?:\.(\d{1,9}))?S)?)?",
    re.ASCII,
)
_UNITS = (604_800_000_000_000, 86_400_000_000_000, 3_600_000_000_000, 60_000_000_000)
_SECOND = 1_000_000_000


def offset_seconds(text):
    """Seconds east of UTC for "Z", "+01", "+0130", "+01:30" or "+00:53:28"; None for None."""
    if text is None or text == "Z":
        return None if text is None else 0
    digits = text[1:].replace(":", "").ljust(6, "0")
    hours, minutes, seconds = int(digits[:2]), int(digits[2:4]), int(digits[4:])
    if hours > 23 or minutes > 59 or seconds > 59:
        raise ValueError(f"{text} is no offset from UTC")
    total = hours * 3600 + minutes * 60 + seconds
    return -total if text[0] == "-" else total


def _zone(text):
    seconds = offset_seconds(text)
    return None if seconds is None else datetime.timezone(datetime.timedelta(seconds=seconds))


def _microsecond(fraction):
    return int((fraction or "").ljust(6, "0")[:6])


def date(text):
    """datetime.date; ValueError if it is none."""
    found = is_date(text)
    if not found:
        raise ValueError
    return datetime.date(*map(int, found.groups()))


def time(text):
    """datetime.time; ValueError if it is none, or finer than microseconds."""
    found = _is_time(text)
    if not found or nanoseconds(found[4]):
        raise ValueError
    hour, minute, second, fraction, offset = found.groups()
    clock = int(hour), int(minute), int(second or 0), _microsecond(fraction)
    return datetime.time(*clock, tzinfo=_zone(offset))


def nanoseconds(fraction):
    """The nanoseconds of a fraction of a second, below the microsecond."""
    return int((fraction or "").ljust(9, "0")[6:])


def moment(text):
    """(datetime.datetime, nanoseconds below its microsecond); ValueError if it is none."""
    found = is_moment(text)
    if not found:
        raise ValueError
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    return (
        datetime.datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0),
            _microsecond(fraction), tzinfo=_zone(offset),
        ),
        nanoseconds(fraction),
    )  # fmt: skip


def duration(text):
    """Nanoseconds; ValueError if it is none. A sign comes before the P, or before numbers as in pandas."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise ValueError
    sign, *numbers, second_sign, seconds, fraction = found.groups()
    total = sum(int(number) * unit for number, unit in zip(numbers, _UNITS) if number)
    if seconds:
        part = int(seconds) * _SECOND + int((fraction or "").ljust(9, "0"))
        total += -part if second_sign == "-" else part
    return -total if sign == "-" else total


def of_duration(count):
    """The text of a number of nanoseconds, as pandas writes it: P-1DT23H59M59S is minus one second."""
    minutes, rest = divmod(count, _UNITS[3])
    seconds, fraction = divmod(rest, _SECOND)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    text = f"P{days}DT{hours}H{minutes}M{seconds}"
    return f"{text}.{fraction:09}".rstrip("0") + "S" if fraction else text + "S"


def of_timedelta(value):
    """The text of a datetime.timedelta; pandas' Timedelta has nanoseconds, too."""
    whole = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
    return of_duration(whole * 1000 + getattr(value, "nanoseconds", 0))
