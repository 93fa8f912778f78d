"""Inputs: bytes of a request become the arguments of rm_main."""

import base64
import binascii
import pickle

from _standpy import files, tables
from _standpy.failures import Problem


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
