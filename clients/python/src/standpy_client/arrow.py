"""DataFrames as Arrow IPC streams. Only here is pyarrow imported, and only when there is a frame."""

from __future__ import annotations

import contextlib
import datetime
import json
from typing import Any

from . import metadata

_KEY = b"rm_metadata"


class Unfit(Exception):
    """Arrow would lose something of the frame, or cannot carry it."""


def dump(frame: Any) -> memoryview:
    import pyarrow

    try:
        table = pyarrow.Table.from_pandas(frame, preserve_index=False)
    except (pyarrow.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise Unfit(str(error)) from None
    _check_objects(pyarrow, frame, table)
    written = metadata.of_frame(frame)
    if written:
        fields = [
            field.with_metadata({_KEY: json.dumps(written[name])}) if name in written else field
            for name, field in zip(frame.columns, table.schema)
        ]
        table = table.cast(pyarrow.schema(fields, table.schema.metadata))
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return memoryview(sink.getvalue())


def _check_objects(pyarrow: Any, frame: Any, table: Any) -> None:
    """pyarrow makes one type of objects of several kinds, without a word."""
    kinds = pyarrow.types
    for place, field in enumerate(table.schema):
        if not (
            kinds.is_temporal(field.type) or kinds.is_binary(field.type) or kinds.is_large_binary(field.type)
        ):
            continue
        column = frame.iloc[:, place]
        if column.dtype != object:
            continue
        values = [value for value in column.tolist() if value is not None and value == value]
        if len({(type(value), getattr(value, "tzinfo", None) is None) for value in values}) > 1:
            raise Unfit(f"the column {field.name!r} has values of several kinds")
        if any(isinstance(value, datetime.time) and value.tzinfo for value in values):
            raise Unfit(f"the column {field.name!r} has times of day with an offset from UTC")
        if any(getattr(value, "nanosecond", 0) or getattr(value, "nanoseconds", 0) for value in values):
            raise Unfit(f"the column {field.name!r} has nanoseconds among its objects")


def load(content: bytes | bytearray | memoryview) -> Any:
    """A DataFrame. Raises ValueError if it is no stream."""
    import pyarrow

    try:
        with pyarrow.ipc.open_stream(pyarrow.py_buffer(content)) as reader:
            table = reader.read_all()
        table.validate(full=True)  # pyarrow trusts offsets otherwise, and a wrong one kills the process
        known = {field.name: _pair(field) for field in table.schema}
        frame = _to_pandas(pyarrow, table)
    except pyarrow.ArrowException as error:
        raise ValueError(f"it is no Arrow stream: {error}") from None
    return metadata.attach(frame, {name: pair for name, pair in known.items() if pair})


def _to_pandas(pyarrow: Any, table: Any) -> Any:
    try:
        return table.to_pandas()
    except pyarrow.ArrowInvalid:  # years that nanoseconds cannot hold, which are all that pandas before 2 has
        frame = table.to_pandas(timestamp_as_object=True)
    for name, column in zip(table.column_names, table.columns):
        if pyarrow.types.is_timestamp(column.type):
            with contextlib.suppress(pyarrow.ArrowInvalid):
                frame[name] = column.to_pandas()
    return frame


def _pair(field: Any) -> metadata.Pair | None:
    text = (field.metadata or {}).get(_KEY)
    try:
        return metadata.valid_pair(json.loads(text)) if text else None
    except ValueError:
        return None
