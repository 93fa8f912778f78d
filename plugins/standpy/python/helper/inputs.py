"""Inputs: turns bytes of a request into the arguments of rm_main."""

import base64
import binascii
import gc
import json
import mmap
import pickle
import weakref

from _standpy import files, tables
from _standpy.failures import Problem

_mapped = []  # weak references to the body of the request and the contents that it names


def map_body(descriptor, length):
    """A view of the body in sealed memory; slices of it keep that memory.

    The mapping is private, because Linux before 6.7 maps memory sealed against writing in no other way.
    """
    mapping = mmap.mmap(descriptor, length, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
    _mapped.append(weakref.ref(mapping))
    return memoryview(mapping)


def _map_kept(content):
    with content:
        mapping = content.map()
    if mapping:
        _mapped.append(weakref.ref(mapping))
    return memoryview(mapping)


def end_body():
    """After a script: frees what was mapped and waits for the collector, with memory and descriptors."""
    if any(mapping() is not None for mapping in _mapped):
        gc.collect()
    _mapped.clear()


def _from_base64(number, content):
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Problem("malformed", f"input {number}: not base64: {error}") from None


def _unpickle(number, content):
    try:
        return pickle.loads(content)
    except BaseException as error:  # a pickle may call anything
        reason = f"{type(error).__name__}: {error}"
        raise Problem("malformed", f"input {number}: cannot be unpickled: {reason}") from error


# The members that carry an item of a collection: type, form, whether it is base64. As in decode_json.c.
_CARRIERS = {
    "value": ("value", "default", False),
    "dataresource": ("table", "json", False),
    "csv": ("table", "csv", False),
    "arrow": ("table", "arrow", True),
    "text": ("file", "default", False),
    "base64": ("file", "default", True),
    "pickle": ("object", "default", True),
    "items": ("collection", "default", False),
}


def _to_bytes(value):
    return (value if isinstance(value, str) else json.dumps(value)).encode("utf-8")


def _reference(number, item, contents):
    form, content = contents.get(item["sha256"], (None, None))
    if content is None:
        raise Problem("malformed", f"input {number}: an item of the collection names a content that the head does not")
    if form == "default" and item["type"] == "table":
        raise Problem("malformed", f"input {number}: the content of an item was not kept as a table")
    metadata = _to_bytes(item["metadata"]) if "metadata" in item else None
    if metadata is not None and (item["type"], form) != ("table", "csv"):
        raise Problem("malformed", f'input {number}: metadata goes with "csv" alone')
    if isinstance(content, files.Kept):
        content = content.again()
    return decode(number, item["type"], form, False, content, metadata)


def _item(number, item, contents):
    if not isinstance(item, dict):
        raise Problem("malformed", f"input {number}: an item of a collection is no JSON object")
    members = item.keys() - {"type", "name", "metadata"}
    if members == {"sha256"} and item.get("type") in ("table", "file", "object"):
        return _reference(number, item, contents)
    carrier = _CARRIERS.get(next(iter(members))) if len(members) == 1 else None
    if carrier is None or carrier[0] != item.get("type"):
        raise Problem("malformed", f"input {number}: an item of a collection has no type, or lacks the member for it")
    type_, form, is_base64 = carrier
    content = item[next(iter(members))]
    if type_ == "value":
        return content
    if type_ == "collection":
        return _items(number, content, contents)
    metadata = _to_bytes(item["metadata"]) if "metadata" in item else None
    return decode(number, type_, form, is_base64, _to_bytes(content), metadata)


def _items(number, items, contents):
    if isinstance(items, list):
        return [_item(number, item, contents) for item in items]
    if isinstance(items, dict):
        return {name: _item(number, item, contents) for name, item in items.items()}
    raise Problem("malformed", f"input {number}: a collection must be a JSON array or object")


def _collection(number, content, contents):
    try:
        items = json.loads(bytes(content))
    except ValueError as error:
        raise Problem("malformed", f"input {number}: not JSON: {error}") from None
    try:
        return _items(number, items, contents)
    finally:
        for _, kept in contents.values():
            if isinstance(kept, files.Kept):
                kept.close()


def leave(arguments):
    """Of inputs that nobody needs decoded: closes the kept contents."""
    for _, _, _, content, beside, _ in arguments:
        others = [kept for _, kept in beside.values()] if isinstance(beside, dict) else []
        for kept in (content, *others):
            if isinstance(kept, files.Kept):
                kept.close()


def decode(number, type_, form, is_base64, content, metadata, _digest=None, to_keep=False):
    """number: place among the inputs, from 1. content: bytes-like; for type value, the value itself.

    metadata: bytes-like JSON text for a CSV table; for a collection, the contents that its items may name,
    as digest to (form, Kept); or None. to_keep: what becomes of it may be kept, so it must not hold the
    body of the request.
    """
    if isinstance(content, files.Kept):
        if type_ == "file":
            return files.create_kept_input(content)
        content = _map_kept(content)
    if type_ == "value":
        return content
    if is_base64:
        content = _from_base64(number, content)
    if to_keep and form == "arrow":
        content = bytes(content)
    if type_ == "table":
        return tables.decode(number, form, content, metadata)
    if type_ == "file":
        return files.create_input(content)
    if type_ == "collection":
        return _collection(number, content, metadata or {})
    return _unpickle(number, content)
