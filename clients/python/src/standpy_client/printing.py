"""What the command line shows, in the form of the guide's process log, and how outputs are written."""

from __future__ import annotations

import base64
import contextlib
import csv
import io
import json
import pathlib
import shutil
import sys
import threading
from collections.abc import Iterator
from typing import Any, TextIO

from .errors import Deadline, Error, ScriptError
from .files import ResultFile
from .progress import Progress
from .results import CsvTable, Pickled, Result


def printed(result: Result, raw: bool) -> None:
    """What the script printed, once it succeeded."""
    if raw:
        result.print()
        return
    for text in (result.stdout, result.stderr):
        for line in text.splitlines():
            print(f"INFO: {line}", file=sys.stderr)


def failure(error: Error, raw: bool) -> None:
    if raw:
        print(error.stdout, end="")
        print(error.stderr, end="", file=sys.stderr)
    title, traceback = str(error), ""
    if isinstance(error, ScriptError):
        traceback = error.traceback
        raised = bool(error.kind and traceback) and not isinstance(error, Deadline)
        title = error.title if raised else str(error.args[0])
    if not (raw and traceback):
        print(title if raw else f"SEVERE: {title}", file=sys.stderr)
    print(traceback, end="", file=sys.stderr)


def report(result: Result) -> None:
    """One JSON object, as docs/protocol.md has it."""
    document = {
        "outputs": [_item(output) for output in result.outputs],
        "stdout": result.stdout,
        "stderr": result.stderr,
        "request_id": result.request_id,
        "timings": _timings(result),
    }
    print(json.dumps(document, ensure_ascii=False))


def _timings(result: Result) -> dict[str, float]:
    names = ("queue", "decode", "init", "run", "encode", "total")
    times = result.timings._replace(total=round(result.timings.total, 3))._asdict()
    return {name: times[name] for name in names if times[name] is not None}


def _item(output: Any) -> dict[str, Any]:
    if isinstance(output, CsvTable):
        return {"type": "table", "csv": output.csv, "metadata": output.metadata}
    if isinstance(output, Pickled):
        return {"type": "object", "pickle": base64.b64encode(output.content).decode()}
    if isinstance(output, ResultFile):
        content = output.content()
        try:
            return {"type": "file", "text": content.decode()}
        except UnicodeDecodeError:
            return {"type": "file", "base64": base64.b64encode(content).decode()}
    if _has_more_than_json(output):
        items = output.items() if isinstance(output, dict) else enumerate(output)
        made = {key: _item(item) for key, item in items}
        return {"type": "collection", "items": made if isinstance(output, dict) else list(made.values())}
    return {"type": "value", "value": output}


def _has_more_than_json(output: Any) -> bool:
    if isinstance(output, (CsvTable, Pickled, ResultFile)):
        return True
    if isinstance(output, dict):
        return any(map(_has_more_than_json, output.values()))
    return isinstance(output, list) and any(map(_has_more_than_json, output))


def show(output: Any) -> None:
    """On the standard output."""
    out = sys.stdout
    if isinstance(output, CsvTable):
        out.write(_readable(output.csv) if out.isatty() else output.csv)
    elif isinstance(output, Pickled):
        print(f"{output!r}: -o FILE writes it", file=sys.stderr)
    elif isinstance(output, ResultFile):
        out.flush()
        output.seek(0)
        shutil.copyfileobj(output, getattr(out, "buffer", out))
    else:
        print(_text(output))


def write(output: Any, name: str) -> None:
    """A file by the output's type: CSV, the file's or pickle's bytes, or JSON."""
    if isinstance(output, ResultFile):
        output.save(name)
    elif isinstance(output, CsvTable):
        pathlib.Path(name).write_bytes(output.csv.encode())
    elif isinstance(output, Pickled):
        pathlib.Path(name).write_bytes(output.content)
    else:
        pathlib.Path(name).write_text(_text(output) + "\n", "utf-8")


def _text(output: Any) -> str:
    return json.dumps(_item(output) if _has_more_than_json(output) else output, ensure_ascii=False)


def _readable(text: str) -> str:
    """Columns of one width; numbers to the right."""
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows:
        return ""
    widths = [
        max(len(row[place]) if place < len(row) else 0 for row in rows) for place in range(len(rows[0]))
    ]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if _is_number(cell) else cell.ljust(width) for cell, width in zip(row, widths)
        ]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def _is_number(cell: str) -> bool:
    with contextlib.suppress(ValueError):
        float(cell)
        return True
    return False


@contextlib.contextmanager
def progress_of(stream: TextIO) -> Iterator[Progress | None]:
    """A line on a terminal that says what goes on; nothing elsewhere, and nothing for short calls."""
    if not stream.isatty():
        yield None
        return
    progress, done = Progress(), threading.Event()
    thread = threading.Thread(target=_draw, args=(stream, progress, done), daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        done.set()
        thread.join()


def _draw(stream: TextIO, progress: Progress, done: threading.Event) -> None:
    width = 0
    if done.wait(0.5):
        return
    while True:
        text = str(progress)
        stream.write("\r" + text.ljust(width))
        stream.flush()
        width = max(width, len(text))
        if done.wait(0.2):
            break
    stream.write("\r" + " " * width + "\r")
    stream.flush()
