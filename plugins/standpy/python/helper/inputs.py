"""Inputs: bytes of a request become the arguments of rm_main."""

import base64
import binascii
import gc
import mmap
import pickle
import weakref

from _standpy import files, tables
from _standpy.failures import Problem

_body = None  # a weak reference to the mapped body of the request


def map_body(descriptor, length):
    """A view of the body that lies in sealed memory; whatever is a slice of it keeps that memory.

    Private: Linux before 6.7 maps what is sealed against writing in no other way.
    """
    global _body
    mapping = mmap.mmap(descriptor, length, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ)
    _body = weakref.ref(mapping)
    return memoryview(mapping)


def end_body():
    """After a script: a body that only waits for the collector keeps memory and a descriptor."""
    global _body
    if _body is not None and _body() is not None:
        gc.collect()
    _body = None


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


def decode(number, type_, form, is_base64, content):
    """number: place among the inputs, from 1. content: bytes-like, or the value of a value."""
    if type_ == "value":
        return content
    if is_base64:
        content = _from_base64(number, content)
    if type_ == "table":
        return tables.decode(number, form, content)
    if type_ == "file":
        return files.create_input(content)
    return _unpickle(number, content)
