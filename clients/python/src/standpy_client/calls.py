"""One call of a script: how its inputs travel, and when its request is sent again."""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from typing import Any, NamedTuple

from . import answers, inputs, keeping, multipart
from .cancellation import Cancellation
from .connection import Watcher
from .errors import Busy, Error, Refused, ScriptError, Unreachable
from .multipart import Part
from .results import Result
from .transport import Request, Transport

_PROBE = "def rm_main(content):\n    pass\n"
_MOST_MISSING = 4  # times that an engine may lose contents between two requests of one call


class Call(NamedTuple):
    """What the user said. timeout: whole seconds; tables: csv, or empty for frames if there is pandas."""

    script: str
    arguments: tuple[Any, ...]
    macros: dict[str, Any] | None = None
    timeout: int | None = None
    trust: bool = False
    tables: str = ""
    watch: Watcher | None = None


class Caller:
    """Calls to one engine, and what is known of that: whether it has pyarrow, and which contents it keeps.

    wait: seconds that a call may wait for a worker to become free, beyond the engine's own queue.
    """

    def __init__(self, transport: Transport, wait: float, keep: bool | None):
        self._transport = transport
        self._wait = wait
        self._reads_arrow: bool | None = None
        self._had_table = False
        self._kept = keeping.Kept(keep)
        self._installed: dict[str, bool] = {}

    def run(self, call: Call, cancellation: Cancellation) -> Result:
        began = time.monotonic()
        call = call._replace(arguments=tuple(map(inputs.settled, call.arguments)))
        with_arrow = self._with_arrow(call, cancellation)
        self._learn_about_keeping(call, cancellation)
        for _ in range(_MOST_MISSING):
            try:
                result = self._patiently(call, with_arrow, began, cancellation)
                break
            except answers.ContentsMissing as error:
                self._kept.forget(keeping.digests_in(json.dumps(error.problem.get("missing"))))
        else:
            self._kept.supported = False  # for this engine, keeping costs more than it saves
            result = self._patiently(call, with_arrow, began, cancellation)
        self._had_table = self._had_table or inputs.DATARESOURCE in result.media_types
        return result

    def _patiently(self, call: Call, with_arrow: bool, began: float, cancellation: Cancellation) -> Result:
        """Sends again what did not run, as long as Retry-After and the user's patience say."""
        while True:
            try:
                return self._once(call, with_arrow, began, cancellation)
            except (Busy, Unreachable) as error:
                pause = error.retry_after
                if not pause or time.monotonic() + pause - began > self._wait:
                    raise
            if call.watch:
                call.watch("busy", 0, 0)
            cancellation.sleep(pause)

    def _once(self, call: Call, with_arrow: bool, began: float, cancellation: Cancellation) -> Result:
        request = self._request(call, with_arrow)
        asked = answers.Asked(str(self._transport.endpoint), call.script, call.trust)
        with self._transport.exchange(request, cancellation, call.watch) as answer:
            self._kept.learn(answer.header("StandPy-Kept"))
            if answer.status != 200:
                answers.raise_problem(answer, asked)
            result = answers.result_of(answer, asked)
        return result.lasted(time.monotonic() - began)

    # The request

    def _request(self, call: Call, with_arrow: bool) -> Request:
        parts = [Part("script", "", call.script.encode())]
        keep: list[int] = []
        named: list[str] = []
        for place, value in enumerate(call.arguments):
            if (
                self._kept.supported
                and self._is_worth_keeping(value)
                and len(keep) + len(named) < keeping.MOST
            ):
                digest = self._kept.digest(value)
                if digest:
                    named.append(digest)
                    parts.append(Part("file", inputs.DIGEST, digest.encode()))
                    continue
                keep.append(place)
            parts += inputs.parts_of(value, with_arrow)
        options = self._options(call, with_arrow)
        if keep:
            options["keep"] = keep
        if options:
            parts.append(Part("options", "", _options_text(options)))
        content_type, pieces = multipart.encode(parts)
        headers = [("Content-Type", content_type), ("Accept", "multipart/mixed")]
        if call.timeout is not None:
            headers.append(("Prefer", f"wait={call.timeout}"))
        if named:
            headers.append(("StandPy-Contents", ", ".join(dict.fromkeys(named))))
        return Request("POST", "/execute", headers, pieces, call.timeout or 0)

    def _options(self, call: Call, with_arrow: bool) -> dict[str, Any]:
        options: dict[str, Any] = {}
        if call.macros is not None:
            options["macros"] = call.macros
        if call.tables == "csv" or not self._has("pandas"):
            options["table_format"] = "csv"
        elif not with_arrow:  # without pyarrow the engine would choose CSV, which loses dtypes
            options["table_format"] = "json"
        return options

    # What the engine can do

    def _has(self, module: str) -> bool:
        """Whether it is installed here; it is not imported."""
        if module not in self._installed:
            try:
                self._installed[module] = importlib.util.find_spec(module) is not None
            except ValueError:  # of a module that a program put into sys.modules by hand
                self._installed[module] = sys.modules.get(module) is not None
        return self._installed[module]

    def _with_arrow(self, call: Call, cancellation: Cancellation) -> bool:
        if call.tables == "csv" or not (self._has("pyarrow") and self._has("pandas")):
            return False
        if self._reads_arrow is None and (self._had_table or any(map(inputs.has_frame, call.arguments))):
            # Not by sending the frame itself: if the engine refuses it, the script's module level has run.
            self._reads_arrow = self._probe([Part("input", inputs.ARROW, _empty_stream())], {}, cancellation)
        return bool(self._reads_arrow)

    def _is_worth_keeping(self, value: Any) -> bool:
        return inputs.is_path(value) and multipart.size_of(inputs.path_piece(value)) >= keeping.LEAST

    def _learn_about_keeping(self, call: Call, cancellation: Cancellation) -> None:
        """An engine that keeps nothing refuses the option, so it is asked with a file of one byte."""
        if self._kept.supported is None and any(map(self._is_worth_keeping, call.arguments)):
            self._kept.supported = bool(self._probe([Part("file", "", b"0")], {"keep": [0]}, cancellation))

    def _probe(self, content: list[Part], options: dict[str, Any], cancellation: Cancellation) -> bool | None:
        """Whether the engine takes such a request; None if it could not say."""
        parts = [Part("script", "", _PROBE.encode()), *content]
        if options:
            parts.append(Part("options", "", _options_text(options)))
        content_type, pieces = multipart.encode(parts)
        request = Request(
            "POST", "/execute", [("Content-Type", content_type), ("Accept", "multipart/mixed")], pieces
        )
        asked = answers.Asked(str(self._transport.endpoint), _PROBE, False)
        try:
            with self._transport.exchange(request, cancellation) as answer:
                if answer.status != 200:
                    answers.raise_problem(answer, asked)
                answers.result_of(answer, asked)
                return not options or bool(answer.header("StandPy-Kept"))
        except (Refused, ScriptError) as error:
            return False if error.status in (400, 415) else None
        except Error:
            return None


def _options_text(options: dict[str, Any]) -> bytes:
    try:
        return json.dumps(options, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise ValueError(f"macros must be a dict of JSON values: {error}") from None


def _empty_stream() -> memoryview:
    import pandas

    from . import arrow

    return arrow.dump(pandas.DataFrame({"a": [0]}))
