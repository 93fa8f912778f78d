"""What can go wrong, each a sentence that says what to do."""

from __future__ import annotations

from typing import Any

Problem = dict[str, Any]


class Error(Exception):
    """Base of all errors of this package.

    request_id: what the logs of router and engine call the request; None if there was no answer.
    """

    def __init__(self, message: str, *, problem: Problem | None = None, request_id: str | None = None):
        super().__init__(message)
        problem = problem or {}
        self.problem = problem
        self.request_id = request_id or _text(problem.get("request_id")) or None
        self.status: int | None = problem.get("status")
        self.stdout = _text(problem.get("stdout"))
        self.stderr = _text(problem.get("stderr"))

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the sentence, not the client's own frames."""
        lines = [f"{type(self).__name__}: {self}"]
        for title, text in (("stdout", self.stdout), ("stderr", self.stderr)):
            if text:
                lines += ["", f"{title}, before it failed:", *text.rstrip("\n").split("\n")]
        return lines


class ScriptError(Error):
    """The script failed, or its process died.

    phase: parse, inputs, run or outputs; traceback: the engine's, as it came; stdout and stderr: what was
    printed before; line: the script's line nearest to the cause; kind: the name of the exception.
    """

    def __init__(self, message: str, *, problem: Problem, shown: str = "", request_id: str | None = None):
        super().__init__(message, problem=problem, request_id=request_id)
        raised = problem.get("exception")
        raised = raised if isinstance(raised, dict) else {}
        self.title = _text(problem.get("title"))
        self.phase = _text(problem.get("phase"))
        self.traceback = _text(problem.get("traceback"))
        self.line: int | None = raised.get("line") if isinstance(raised.get("line"), int) else None
        self.kind = _text(raised.get("type"))
        self.shown = shown

    def __str__(self) -> str:
        return f"{self.args[0]}\n{self.shown}".rstrip("\n") if self.shown else str(self.args[0])


class Deadline(ScriptError):
    """The script did not end in time, and was stopped. traceback: where it was stuck."""


class Busy(Error):
    """Every worker was busy for as long as the client may wait; the script did not run.

    retry_after: seconds after which the engine expects to be free.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float,
        problem: Problem | None = None,
        request_id: str | None = None,
    ):
        super().__init__(message, problem=problem, request_id=request_id)
        self.retry_after = retry_after


class Unreachable(Error):
    """There is no usable answer: no connection, a broken one, or something that is no StandPy.

    may_have_run: whether the script may have run all the same. retry_after: seconds after which the router
    expects the engine to be back; 0 if it does not say.
    """

    def __init__(
        self,
        message: str,
        *,
        may_have_run: bool = False,
        retry_after: float = 0.0,
        problem: Problem | None = None,
        request_id: str | None = None,
    ):
        super().__init__(message, problem=problem, request_id=request_id)
        self.may_have_run = may_have_run
        self.retry_after = retry_after


class Refused(Error):
    """The request was not taken, or the client refuses the answer: token, engine's name, size, form, pickle."""


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
