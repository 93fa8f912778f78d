"""Outputs: what rm_main returned becomes the JSON array `outputs` of the report."""

import base64
import json
import pickle
import sys

import _standpy
from _standpy import files, tables
from _standpy.failures import Problem

_encode_any = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
).encode


def _dump(value):
    # What json would write, without the encoder that it makes for each call.
    return repr(value) if type(value) in (int, float) else _encode_any(value)


def _to_base64(content):
    return base64.b64encode(content)


def _plain(value):
    """numpy's scalars are numbers to whoever returns a mean or a count."""
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.generic):
        item = value.item()
        if type(item) in (bool, int, float, str):
            return item
    return value


def _encode_table(table, form):
    if form == "csv":
        return [b'{"type":"table","csv":', _dump(tables.to_csv(table)).encode("utf-8"), b"}"]
    if form == "arrow":
        return [b'{"type":"table","arrow":"', _to_base64(tables.to_arrow(table)), b'"}']
    return [b'{"type":"table","dataresource":', tables.to_dataresource(table), b"}"]


def _encode_file(file):
    content = files.read_output(file)
    if isinstance(content, str):
        content = content.encode("utf-8", "surrogateescape")
    try:
        text = bytes(content).decode("utf-8")
    except UnicodeDecodeError:
        return [b'{"type":"file","base64":"', _to_base64(content), b'"}']
    return [b'{"type":"file","text":', _dump(text).encode("utf-8"), b"}"]


def _encode_value(value):
    """None where the value is not exactly representable in JSON."""
    if not _standpy.is_json(value):
        return None
    try:
        text = _dump(value).encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate
        return None
    return [b'{"type":"value","value":', text, b"}"]


def _encode_object(value):
    try:
        content = pickle.dumps(value)
    except Exception as error:
        kind = type(value).__name__
        reason = f"{type(error).__name__}: {error}"
        raise Problem(
            "outputs", f"an output of type {kind} is no JSON value and cannot be pickled: {reason}"
        ) from error
    return [b'{"type":"object","pickle":"', _to_base64(content), b'"}']


_JSON_TYPES = frozenset((int, float, str, bool, list, dict, type(None)))


def _encode_one(value, table_format):
    if type(value) in _JSON_TYPES:  # by far the most: none of the questions below
        return _encode_value(value) or _encode_object(value)
    if tables.is_table(value):
        return _encode_table(value, table_format)
    if files.is_file(value):
        return _encode_file(value)
    return _encode_value(_plain(value)) or _encode_object(value)


def encode(returned, table_format):
    """Pieces of JSON text: None no output, a tuple several, anything else one."""
    if returned is None:
        return [b"[]"]
    values = returned if type(returned) is tuple else (returned,)
    pieces = [b"["]
    for number, value in enumerate(values):
        if number:
            pieces.append(b",")
        pieces += _encode_one(value, table_format)
    pieces.append(b"]")
    return pieces
