"""Arguments of a call to inputs of a request: which type each becomes, and its bytes."""

from __future__ import annotations

import base64
import io
import json
import math
import numbers
import os
import pathlib
import pickle
import stat
import sys
from typing import Any, BinaryIO, NamedTuple, Union

from . import arrow, dataresource, files
from .multipart import FilePiece, Part, Piece
from .results import CsvTable, Pickled

ARROW = "application/vnd.apache.arrow.stream"
DATARESOURCE = "application/vnd.dataresource+json"
CSV = "text/csv"
JSON = "application/json"
PICKLE = "application/x-python-pickle"
COLLECTION = "application/vnd.standpy.collection+json"
DIGEST = "application/vnd.standpy.sha256"
_BYTES = "application/octet-stream"
_PROTOCOL = 4  # of pickles: every engine's Python reads it


class CsvInput(NamedTuple):
    """CSV that becomes a DataFrame in the script. metadata: AI Studio's, {"column": ["type", "role"]}."""

    content: Union[bytes, os.PathLike[str]]  # noqa: UP007
    metadata: bytes = b""


class Content(NamedTuple):
    """The bytes of a file that can be read once only."""

    content: bytes


def settled(value: Any) -> Any:
    """What makes the same part each time that the request is sent: of a file, its content from the beginning."""
    if is_path(value) or isinstance(value, files.ResultFile) or is_seekable_binary(value):
        return value
    if not hasattr(value, "read") or isinstance(value, type):
        return value
    if hasattr(value, "seekable") and value.seekable():
        value.seek(0)
    content = value.read()
    return Content(content.encode() if isinstance(content, str) else bytes(content))


def is_seekable_binary(value: object) -> bool:
    """A file on disk, which is streamed."""
    return isinstance(value, io.BufferedReader) and value.seekable()


def is_frame(value: object) -> bool:
    """Without an import: what is a DataFrame has imported pandas."""
    kind = getattr(sys.modules.get("pandas"), "DataFrame", None)
    return isinstance(kind, type) and isinstance(value, kind)


def has_frame(value: object) -> bool:
    """Whether it is a frame, or a list or dict that holds one."""
    if type(value) is list:
        return any(map(has_frame, value))
    if type(value) is dict:
        return any(map(has_frame, value.values()))
    return is_frame(value)


def is_path(value: object) -> bool:
    return isinstance(value, os.PathLike)


def parts_of(value: Any, with_arrow: bool) -> list[Part]:
    """The parts of a request that make one argument. Raises TypeError or ValueError for what cannot be sent."""
    if is_path(value):
        return [Part("file", _BYTES, path_piece(value))]
    if isinstance(value, CsvInput):
        content = value.content if isinstance(value.content, bytes) else path_piece(value.content)
        described = [Part("metadata", JSON, value.metadata)] if value.metadata else []
        return [Part("input", CSV, content), *described]
    if isinstance(value, Pickled):
        return [Part("input", PICKLE, value.content)]
    if isinstance(value, CsvTable):
        described = [Part("metadata", JSON, json.dumps(value.metadata).encode())] if value.metadata else []
        return [Part("input", CSV, value.csv.encode()), *described]
    if is_frame(value):
        return [Part("input", *_table(value, with_arrow))]
    if isinstance(value, Content):
        return [Part("file", _BYTES, value.content)]
    if isinstance(value, files.ResultFile):
        return [Part("file", _BYTES, value.piece())]
    if is_seekable_binary(value):
        size = value.seek(0, io.SEEK_END)
        return [Part("file", _BYTES, FilePiece(lambda: files.borrowed(value), size, str(value.name)))]
    text = json_text(value)
    if text is not None:
        return [Part("input", JSON, text)]
    if type(value) in (list, dict) and (has_frame(value) or _has_path(value)):
        items = _item(value, with_arrow)["items"]
        return [Part("input", COLLECTION, json.dumps(items, ensure_ascii=False).encode())]
    return [Part("input", PICKLE, _pickled(value))]


def _has_path(value: Any) -> bool:
    if type(value) in (list, dict):
        return any(_has_path(item) for item in (value.values() if isinstance(value, dict) else value))
    return is_path(value)


def path_piece(path: os.PathLike[str]) -> FilePiece:
    path = pathlib.Path(path)

    def opened() -> BinaryIO:
        return open(path, "rb")

    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; an input is a file")
    found = os.stat(path)
    if not stat.S_ISREG(found.st_mode):
        raise ValueError(f"{path} is no regular file, so nobody knows its size; pass an open file instead")
    return FilePiece(opened, found.st_size, str(path))


def json_text(value: Any) -> bytes | None:
    """None if JSON would make something else of it. numpy's numbers are numbers, as in what scripts return."""
    if not _is_json(value, 0):
        return None
    try:
        return json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain_number
        ).encode()
    except (UnicodeEncodeError, RecursionError):
        return None


def _plain_number(value: Any) -> Any:
    """Of a scalar of numpy."""
    return value.item()


def _is_json(value: Any, depth: int) -> bool:
    if type(value).__module__ == "numpy" and isinstance(value, (numbers.Real, _numpy_bool())):
        value = _plain_number(value)
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return True
    if kind is int:
        return bool(-(2**63) <= value < 2**63)
    if kind is float:
        return math.isfinite(value)
    if depth > 500:
        return False
    if kind is list:
        return all(_is_json(item, depth + 1) for item in value)
    if kind is dict:
        return all(type(key) is str and _is_json(item, depth + 1) for key, item in value.items())
    return False


def _numpy_bool() -> type:
    found = getattr(sys.modules.get("numpy"), "bool_", bool)
    return found if isinstance(found, type) else bool


def _pickled(value: Any) -> bytes:
    try:
        return pickle.dumps(value, protocol=_PROTOCOL)
    except Exception as error:  # whatever the object's own methods raise
        raise TypeError(
            f"a {type(value).__name__} cannot be pickled, so it cannot be sent: {error}"
        ) from error


def _table(frame: Any, with_arrow: bool) -> tuple[str, Piece]:
    if with_arrow:
        try:
            return ARROW, arrow.dump(frame)
        except arrow.Unfit as error:
            reason = str(error)
        try:
            return DATARESOURCE, dataresource.dump(frame)
        except TypeError as error:
            raise TypeError(f"{error} (Arrow: {reason})") from None
    return DATARESOURCE, dataresource.dump(frame)


def _item(value: Any, with_arrow: bool) -> dict[str, Any]:
    """An input in the JSON form, for members of collections."""
    if is_frame(value):
        media_type, content = _table(value, with_arrow)
        if media_type == ARROW:
            return {"type": "table", "arrow": base64.b64encode(content).decode()}  # type: ignore[arg-type]
        return {"type": "table", "dataresource": json.loads(content)}  # type: ignore[arg-type]
    if is_path(value):
        return {"type": "file", "base64": base64.b64encode(pathlib.Path(value).read_bytes()).decode()}
    if type(value) is list and (has_frame(value) or _has_path(value)):
        return {"type": "collection", "items": [_item(item, with_arrow) for item in value]}
    if type(value) is dict and (has_frame(value) or _has_path(value)):
        if not all(type(key) is str for key in value):
            raise TypeError("a dict with tables in it must have strings as keys")
        return {"type": "collection", "items": {key: _item(item, with_arrow) for key, item in value.items()}}
    text = json_text(value)
    if text is not None:
        return {"type": "value", "value": json.loads(text)}
    return {"type": "object", "pickle": base64.b64encode(_pickled(value)).decode()}
