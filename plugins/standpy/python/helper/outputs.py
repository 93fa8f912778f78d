"""Outputs: what rm_main returned becomes the JSON array `outputs` of the report, or raw bytes.

A raw output is (media type, content, address, size), see take_raw in returned.c.
"""

import base64
import json
import pickle

import _standpy
from _standpy import files, plain, tables
from _standpy.failures import Problem

_encode_any = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":")
).encode


def _dump(value):
    # What json would write, without the encoder that it makes for each call.
    return repr(value) if type(value) in (int, float) else _encode_any(value)


def _to_base64(content):
    return base64.b64encode(content)


def _encode_table(table, form):
    if form == "csv":
        text, described = tables.to_csv(table)
        metadata = _dump(described).encode("utf-8")
        return [b'{"type":"table","csv":', _dump(text).encode("utf-8"), b',"metadata":', metadata, b"}"]
    if form == "arrow":
        return [b'{"type":"table","arrow":"', _to_base64(tables.to_arrow(table)), b'"}']
    return [b'{"type":"table","dataresource":', tables.to_json(table), b"}"]


def _file_bytes(file):
    content = files.read_output(file)
    if isinstance(content, str):
        return content.encode("utf-8", "surrogateescape")
    if isinstance(content, (bytes, bytearray, memoryview)):
        return bytes(content)
    kind = type(content).__name__
    raise Problem("outputs", f"a returned file cannot be read: its read() gave {kind}, not str or bytes")


def _encode_file(file):
    content = _file_bytes(file)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return [b'{"type":"file","base64":"', _to_base64(content), b'"}']
    return [b'{"type":"file","text":', _dump(text).encode("utf-8"), b"}"]


def _to_json(value):
    """JSON text (bytes), or None where the value is not exactly representable."""
    if not _standpy.is_json(value):
        return None
    try:
        return _dump(value).encode("utf-8")
    except UnicodeEncodeError:  # a lone surrogate
        return None


def _encode_value(value):
    text = _to_json(value)
    return None if text is None else [b'{"type":"value","value":', text, b"}"]


def _to_pickle(value):
    try:
        return pickle.dumps(value)
    except Exception as error:
        kind = type(value).__name__
        reason = f"{type(error).__name__}: {error}"
        raise Problem(
            "outputs", f"an output of type {kind} is no JSON value and cannot be pickled: {reason}"
        ) from error


def _encode_object(value):
    return [b'{"type":"object","pickle":"', _to_base64(_to_pickle(value)), b'"}']


_JSON_TYPES = frozenset((int, float, str, bool, list, dict, type(None)))


def _encode_plain(value):
    """As a value, with what JSON does not know as texts and numbers; None where it is none."""
    try:
        return _encode_value(plain.readable(value))
    except RecursionError:  # it holds itself, or is deeper than JSON may be
        return None


def _items(value):
    """(key, item) pairs of a list or dict that holds tables, with keys as JSON has them; else None."""
    try:
        if not tables.holds_table(value):
            return None
    except RecursionError:
        return None
    if type(value) is list:
        return [(None, item) for item in value]
    keys = [str(key) for key in value if type(key) in (str, int, float, bool)]
    return list(zip(keys, value.values())) if len(set(keys)) == len(value) else None


def _encode_items(value, table_format):
    """The text of a collection's items, or None where it is none."""
    items = _items(value)
    if items is None:
        return None
    pieces = [b"[" if type(value) is list else b"{"]
    for place, (key, item) in enumerate(items):
        if place:
            pieces.append(b",")
        if key is not None:
            pieces += [_dump(key).encode("utf-8"), b":"]
        pieces += _encode_one(tables.from_series(item), table_format)
    pieces.append(b"]" if type(value) is list else b"}")
    return pieces


def _encode_other(value, table_format):
    """What is no JSON as it stands."""
    items = _encode_items(value, table_format) if type(value) in (list, dict) else None
    if items is not None:
        return [b'{"type":"collection","items":', *items, b"}"]
    return _encode_plain(value) or _encode_object(value)


def _encode_one(value, table_format):
    if type(value) in _JSON_TYPES:  # by far the most: none of the questions below
        return _encode_value(value) or _encode_other(value, table_format)
    if tables.is_table(value):
        return _encode_table(value, table_format)
    if files.is_file(value):
        return _encode_file(value)
    return _encode_other(value, table_format)


def _raw_table(table, form):
    """(what the report says beside type and media type, raw output)."""
    if form == "default":
        form = "arrow" if tables.has_pyarrow() else "csv"
    if form == "csv":
        text, described = tables.to_csv(table)
        return {"metadata": described}, (b"text/csv", text.encode("utf-8"), None, 0)
    if form == "json":
        return {}, (b"application/vnd.dataresource+json", tables.to_json(table), None, 0)
    buffer = tables.to_arrow(table)
    return {}, (b"application/vnd.apache.arrow.stream", buffer, buffer.address, buffer.size)


_COLLECTION = b"application/vnd.standpy.collection+json"


def _raw_other(value, table_format):
    """(type, raw output) of what is neither table nor file."""
    text = _to_json(value)
    if text is None and type(value) in (list, dict):
        items = _encode_items(value, table_format)
        if items is not None:
            return "collection", (_COLLECTION, b"".join(items), None, 0)
    if text is None:
        try:
            text = _to_json(plain.readable(value))
        except RecursionError:
            pass
    if text is not None:
        return "value", (b"application/json", text, None, 0)
    return "object", (b"application/x-python-pickle", _to_pickle(value), None, 0)


def _raw_one(value, table_format):
    """(entry of the report, raw output)."""
    more = {}
    if tables.is_table(value):
        kind = "table"
        more, raw = _raw_table(value, table_format)
    elif files.is_file(value):
        kind, raw = "file", (b"application/octet-stream", _file_bytes(value), None, 0)
    else:
        kind, raw = _raw_other(value, table_format)
    return {"type": kind, "media_type": raw[0].decode(), **more}, raw


def _encode_multipart(values, table_format):
    """A report that names type and media type of each output, and the outputs as parts."""
    made = [_raw_one(value, table_format) for value in values]
    return [_encode_any([entry for entry, _ in made]).encode("utf-8")], [raw for _, raw in made]


_SINGLE_FORMS = {
    "csv": ("text/csv", "table"),
    "arrow": ("application/vnd.apache.arrow.stream", "table"),
    "binary": ("application/octet-stream", "file"),
}


def _kind_of(value):
    if tables.is_table(value):
        return "table"
    return "file" if files.is_file(value) else "value or object"


def _encode_single(values, form):
    """The one output that fits the form, as it is."""
    media_type, wanted = _SINGLE_FORMS[form]
    kinds = [_kind_of(value) for value in values]
    if kinds != [wanted]:
        returned = ", ".join(kinds) or "none"
        raise Problem(
            "not_acceptable",
            f"Accept is {media_type}, which is for exactly one {wanted}; the outputs: {returned}",
        )
    [value] = values
    return [], [_raw_one(value, form)[1]]


def _encode_json(values, table_format):
    pieces = [b"["]
    for number, value in enumerate(values):
        if number:
            pieces.append(b",")
        pieces += _encode_one(value, table_format)
    pieces.append(b"]")
    return pieces


def encode(returned, table_format, answer_form):
    """(pieces of JSON text, raw outputs). None is no output, a tuple several, else it is one.

    For json the pieces are the whole outputs; for multipart they name the raw outputs; for the
    other forms there is one raw output and nothing else.
    """
    if returned is None:
        values = ()
    else:
        values = returned if type(returned) is tuple else (returned,)
        values = tuple(map(tables.from_series, values))
    if answer_form == "json":
        return _encode_json(values, table_format), []
    if answer_form == "multipart":
        return _encode_multipart(values, table_format)
    return _encode_single(values, answer_form)
