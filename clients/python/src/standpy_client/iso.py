"""Durations in ISO 8601, exact to the nanosecond. Pure."""

from __future__ import annotations

import re
from typing import Any

NAT = -(2**63)
_SECOND = 10**9
_FORM = re.compile(
    r"([+-])?P(?:([+-]?\d+)W)?(?:([+-]?\d+)D)?"
    r"(?:T(?:([+-]?\d+)H)?(?:([+-]?\d+)M)?(?:([+-]?)(\d+)(?:\.(\d{1,9}))?S)?)?"
)


def of_duration(value: Any) -> str:
    """Of a datetime.timedelta or pandas.Timedelta."""
    total = ((value.days * 86_400 + value.seconds) * 10**6 + value.microseconds) * 1000
    total += getattr(value, "nanoseconds", 0)
    seconds, rest = divmod(abs(total), _SECOND)
    days, seconds = divmod(seconds, 86_400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    fraction = f".{rest:09}".rstrip("0") if rest else ""
    return f"{'-' if total < 0 else ''}P{days}DT{hours}H{minutes}M{seconds}{fraction}S"


def nanoseconds(text: str) -> int:
    found = _FORM.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no duration")
    sign, weeks, days, hours, minutes, own_sign, seconds, fraction = found.groups()
    total = (
        int(weeks or 0) * 604_800 + int(days or 0) * 86_400 + int(hours or 0) * 3600 + int(minutes or 0) * 60
    )
    last = int(seconds or 0) * _SECOND + int((fraction or "").ljust(9, "0"))
    total = total * _SECOND + (-last if own_sign == "-" else last)
    return -total if sign == "-" else total
