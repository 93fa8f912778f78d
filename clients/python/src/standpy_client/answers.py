"""Answers of router and engine to results and errors."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn, Protocol

from . import arrow, dataresource, inputs, multipart
from .errors import Busy, Deadline, Error, Problem, Refused, ScriptError, Unreachable
from .files import ResultFile
from .results import CsvTable, Pickled, Result, Timings
from .source import with_lines

_MOST_JSON = 64 << 20  # of a report or problem, which hold 2 MiB of printed text at most
_URN = "urn:standpy:problem:"
_OLD = "Does this client know that engine's version? pip install --upgrade standpy-client"


class Body(Protocol):
    """An answer as the transport has it."""

    status: int
    reason: str

    def header(self, name: str) -> str: ...
    @property
    def media_type(self) -> str: ...
    def read(self, count: int) -> bytes | bytearray: ...
    def line(self, most: int) -> bytes: ...
    def chunks(self, count: int) -> Iterator[memoryview]: ...
    def all(self, most: int) -> bytes: ...


class Asked(NamedTuple):
    """What the client knows of the request. endpoint: for sentences; script: for the lines of tracebacks."""

    endpoint: str
    script: str
    trust: bool


class ContentsMissing(Refused):
    """The engine does not keep (any more) what the request named; nothing ran."""


def not_standpy(answer: Body, endpoint: str, may_have_run: bool) -> Error:
    """For answers that neither engine nor router wrote."""
    status = f"{answer.status} {answer.reason}".strip()
    location = answer.header("Location")
    if 300 <= answer.status < 400 and location:
        return Unreachable(
            f"{endpoint} answers {status} and points to {location!r}. If that is the engine, make it the endpoint."
        )
    what = f"something of type {answer.media_type}" if answer.media_type else "something without a type"
    if answer.media_type == "text/html":
        title = _title(answer)
        what = f"a page in HTML, titled {title!r}" if title else "a page in HTML"
    text = f"{endpoint} answers {status} with {what}, which is not from StandPy."
    if 400 <= answer.status < 500:
        return Refused(f"{text} Is the endpoint right, or does a proxy before it refuse the request?")
    run = " The script may have run, so the request was not repeated." if may_have_run else ""
    return Unreachable(
        f"{text} Is the endpoint right, and is what stands before the router able to reach it?{run}",
        may_have_run=may_have_run,
    )


def _title(answer: Body) -> str:
    try:
        text = answer.all(_MOST_JSON)[:65_536].decode("utf-8", "replace")
    except Error:
        return ""
    found = re.search(r"<title[^>]*>(.*?)</title>", text, re.IGNORECASE | re.DOTALL)
    title = " ".join(html.unescape(found[1]).split())[:100] if found else ""
    return "".join(filter(str.isprintable, title))


def json_of(answer: Body, endpoint: str) -> dict[str, Any]:
    content = answer.all(_MOST_JSON)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Unreachable(
            f"{endpoint} answers {answer.status} with JSON that cannot be read. {_OLD}", may_have_run=True
        )
    return found


def raise_problem(answer: Body, asked: Asked) -> NoReturn:
    """For every status but 200."""
    if answer.media_type != "application/problem+json":
        raise not_standpy(answer, asked.endpoint, answer.status >= 500 and bool(asked.script))
    problem = json_of(answer, asked.endpoint)
    raise error_of(answer.status, answer.header("Retry-After"), problem, asked)


def error_of(status: int, retry_after: str, problem: Problem, asked: Asked) -> Error:
    kind = str(problem.get("type", "")).replace(_URN, "", 1)
    problem = {**problem, "status": status}
    detail = str(problem.get("detail") or problem.get("title") or "it does not say why")
    if status == 422 or kind == "script-died":
        return _script_error(problem, detail, asked)
    if kind == "deadline-exceeded":
        shown = with_lines(str(problem.get("traceback") or ""), asked.script)
        return Deadline(_sentence(detail), problem=problem, shown=shown)
    if kind == "unavailable":
        seconds = seconds_of(retry_after)
        return Busy(f"{asked.endpoint} is busy: {_sentence(detail)}", retry_after=seconds, problem=problem)
    if kind == "engine-unreachable":
        sentence = f"The router cannot reach the engine: {_sentence(detail)} The script did not run."
        return Unreachable(sentence, retry_after=seconds_of(retry_after), problem=problem)
    if kind == "contents-missing":
        return ContentsMissing(f"{asked.endpoint} has no such contents: {_sentence(detail)}", problem=problem)
    if 400 <= status < 500:
        return Refused(_refusal(kind, status, detail, asked), problem=problem)
    return _engine_failed(kind, status, detail, problem)


def _script_error(problem: Problem, detail: str, asked: Asked) -> ScriptError:
    shown = with_lines(str(problem.get("traceback") or ""), asked.script)
    if problem.get("exception") and shown:
        return ScriptError(str(problem.get("title") or "The script failed"), problem=problem, shown=shown)
    return ScriptError(_sentence(detail), problem=problem, shown=shown)


def _refusal(kind: str, status: int, detail: str, asked: Asked) -> str:
    sentence = _sentence(detail)
    if kind == "unauthorized":
        return f"{asked.endpoint} wants a token, and refused this one or found none: {sentence} Ask your administrator for the token."
    if kind == "not-found":
        return f"There is no engine at {asked.endpoint}: {sentence} Is its name spelled right?"
    if kind == "too-large":
        return f"The request is too large for {asked.endpoint}: {sentence}"
    return f"{asked.endpoint} refused the request ({status}): {sentence}"


def _engine_failed(kind: str, status: int, detail: str, problem: Problem) -> Unreachable:
    known = {
        "engine-broke": "The connection from router to engine broke",
        "engine-timeout": "The engine vanished while it had the request",
        "internal": "The engine itself failed",
    }
    what = known.get(
        kind,
        f"The engine answered {status} with a problem that this client does not know ({kind or 'no type'})",
    )
    return Unreachable(
        f"{what}: {_sentence(detail)} The script may have run, so the request was not repeated.",
        may_have_run=True,
        problem=problem,
    )


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")


def seconds_of(retry_after: str) -> float:
    """0 if the field is not there or nothing that an engine says."""
    return float(retry_after) if re.fullmatch(r"[0-9]{1,6}", retry_after.strip()) else 0.0


# Results


def result_of(answer: Body, asked: Asked) -> Result:
    """Of a 200."""
    if answer.header("Content-Encoding") not in ("", "identity"):
        raise Unreachable(
            f"{asked.endpoint} answers in the encoding {answer.header('Content-Encoding')!r}, which was not asked for.",
            may_have_run=True,
        )
    if answer.media_type != "multipart/mixed":
        raise not_standpy(answer, asked.endpoint, True)
    parts = multipart.parts_of(multipart.Reader(answer.read, answer.line), answer.header("Content-Type"))
    try:
        return _result(answer, asked, parts)
    except multipart.Malformed as error:
        raise Unreachable(
            f"The answer of {asked.endpoint} cannot be read: {error}. {_OLD}", may_have_run=True
        ) from None


def _result(answer: Body, asked: Asked, parts: Iterator[tuple[str, int]]) -> Result:
    media_type, length = next(parts, ("", 0))
    if media_type != "application/json" or length > _MOST_JSON:
        raise multipart.Malformed("it does not begin with a report")
    report = _report(answer.read(length))
    outputs: list[Any] = []
    media_types = []
    for described in report["outputs"]:
        media_type, length = next(parts, ("", -1))
        if length < 0:
            raise multipart.Malformed(f"it has {len(outputs)} of {len(report['outputs'])} outputs")
        outputs.append(_output(answer, asked, described, media_type, length))
        media_types.append(media_type)
    if next(parts, None):
        raise multipart.Malformed("it has more parts than its report says")
    timings = report.get("timings")
    queue, decode, run, encode = (
        _milliseconds(timings, name) for name in ("queue", "decode", "run", "encode")
    )
    return Result(
        outputs,
        str(report.get("stdout") or ""),
        str(report.get("stderr") or ""),
        Timings(queue, decode, run, encode, total=0.0, init=_init(timings)),
        str(report.get("request_id") or ""),
        media_types,
    )


def _report(content: bytes | bytearray) -> dict[str, Any]:
    try:
        report = json.loads(content)
    except (ValueError, RecursionError):
        raise multipart.Malformed("its report is no JSON") from None
    outputs = report.get("outputs") if isinstance(report, dict) else None
    if not isinstance(outputs, list) or not all(isinstance(one, dict) for one in outputs):
        raise multipart.Malformed("its report names no outputs")
    return dict(report)


def _init(timings: Any) -> float | None:
    return _milliseconds(timings, "init") if isinstance(timings, dict) and "init" in timings else None


def _milliseconds(timings: Any, name: str) -> float:
    value = timings.get(name) if isinstance(timings, dict) else None
    return float(value) if isinstance(value, (int, float)) else 0.0


def _output(answer: Body, asked: Asked, described: dict[str, Any], media_type: str, length: int) -> Any:
    kind = described.get("type")
    if kind == "file":
        file = ResultFile(answer.chunks(length))
        if file.size < length:
            raise multipart.Malformed("it ends within a file")
        return file
    content = answer.read(length)
    with _readable(kind):
        if kind == "value":
            return json.loads(content)
        if kind == "table":
            return _table(media_type, content, described.get("metadata"))
        if kind == "object":
            return _object(bytes(content), asked.trust)
        if kind == "collection":
            return _collection(json.loads(content), asked.trust)
    raise multipart.Malformed(f"it has an output of type {kind!r}, which this client does not know")


@contextlib.contextmanager
def _readable(kind: Any) -> Iterator[None]:
    try:
        yield
    except multipart.Malformed:
        raise
    except (ValueError, RecursionError) as error:
        raise multipart.Malformed(f"an output of type {kind} cannot be read: {error}") from None


def _object(content: bytes, trust: bool) -> Any:
    pickled = Pickled(content)
    return pickled.load() if trust else pickled


def _table(media_type: str, content: bytes | bytearray, described: Any) -> Any:
    if media_type == inputs.ARROW:
        return arrow.load(content)
    if media_type == inputs.DATARESOURCE:
        return dataresource.load(content)
    if media_type == inputs.CSV:
        return CsvTable(content.decode(), described if isinstance(described, dict) else {})
    raise multipart.Malformed(f"it has a table of type {media_type!r}, which this client does not know")


def _collection(items: Any, trust: bool) -> Any:
    if isinstance(items, list):
        return [_member(item, trust) for item in items]
    if isinstance(items, dict):
        return {key: _member(item, trust) for key, item in items.items()}
    raise multipart.Malformed("a collection is neither a list nor a dict")


def _member(item: Any, trust: bool) -> Any:
    """One in the JSON form."""
    kind = item.get("type") if isinstance(item, dict) else None
    if kind == "value" and "value" in item:
        return item["value"]
    if kind == "collection":
        return _collection(item.get("items"), trust)
    if kind == "object":
        return _object(base64.b64decode(item.get("pickle", ""), validate=True), trust)
    if kind == "file":
        return ResultFile(
            [item["text"].encode() if "text" in item else base64.b64decode(item.get("base64", ""))]
        )
    if kind == "table":
        if "arrow" in item:
            return arrow.load(base64.b64decode(item["arrow"], validate=True))
        if "dataresource" in item:
            return dataresource.load(item["dataresource"])
        if "csv" in item:
            return CsvTable(str(item["csv"]), item.get("metadata") or {})
    raise multipart.Malformed(f"a collection has a member of type {kind!r}, which this client does not know")
