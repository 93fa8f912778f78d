"""What a call gives back."""

from __future__ import annotations

import pickle
import sys
from typing import Any, NamedTuple

from .errors import Refused


class Pickled:
    """A Python object that was not loaded, because loading a pickle can run code. content: its bytes."""

    def __init__(self, content: bytes):
        self.content = content

    def load(self) -> Any:
        """Only if you trust the script that made it, and the engine."""
        try:
            return pickle.loads(self.content)
        except Exception as error:  # whatever the object's own methods raise
            raise Refused(
                f"The script returned an object that this Python cannot load: {type(error).__name__}: {error}. "
                "Does it lack a package that the engine has, or have another version of it?"
            ) from error

    def __repr__(self) -> str:
        return f"<pickle of {len(self.content):,} bytes, not loaded; load() it if you trust the script>"


class CsvTable(NamedTuple):
    """A table where there is no pandas, or where CSV was asked for. metadata: [type, role] by column."""

    csv: str
    metadata: dict[str, Any]

    def rows(self) -> list[dict[str, str]]:
        """Each row with its texts by column."""
        import csv
        import io

        return list(csv.DictReader(io.StringIO(self.csv, newline="")))


class Timings(NamedTuple):
    """Milliseconds in the engine: the wait for a worker, inputs, the script, outputs; total: of the whole call.

    init: of rm_init, if the script has it; only a moment if its result was kept.
    """

    queue: float
    decode: float
    run: float
    encode: float
    total: float
    init: float | None = None


class Result:
    """outputs: what rm_main returned, one by one, with Pickled in place of objects that are not trusted."""

    def __init__(
        self,
        outputs: list[Any],
        stdout: str,
        stderr: str,
        timings: Timings,
        request_id: str,
        media_types: list[str],
    ):
        self.outputs = outputs
        self.stdout = stdout
        self.stderr = stderr
        self.timings = timings
        self.request_id = request_id
        self.media_types = media_types

    def lasted(self, seconds: float) -> Result:
        self.timings = self.timings._replace(total=seconds * 1000)
        return self

    @property
    def values(self) -> list[Any]:
        """The outputs. Refused if one is a pickle and the call did not say trust=True."""
        if any(isinstance(output, Pickled) for output in self.outputs):
            raise Refused(
                "The script returned a Python object as a pickle, and loading a pickle can run code. "
                "If you trust the script and the engine, pass trust=True.",
                request_id=self.request_id,
            )
        return list(self.outputs)

    @property
    def value(self) -> Any:
        """What rm_main returned: None, the only output, or a tuple of several."""
        values = self.values
        return values[0] if len(values) == 1 else tuple(values) if values else None

    def print(self) -> None:
        """What the script printed, here."""
        for text, stream in ((self.stdout, sys.stdout), (self.stderr, sys.stderr)):
            if text:
                print(text, end="", file=stream)

    def __repr__(self) -> str:
        kinds = ", ".join(type(output).__name__ for output in self.outputs) or "no output"
        return f"<Result: {kinds}; {self.timings.total:.1f} ms>"
