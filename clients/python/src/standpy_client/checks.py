"""The connection test of the administrator's guide, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .errors import Busy, Deadline, Error
from .version import PROTOCOL

if TYPE_CHECKING:
    from .engine import Engine, Info

# The guide's own script.
_SCRIPT = """import sys

def rm_main():
  print('StandPy testing:')
  print(sys.prefix)
"""


class Step(NamedTuple):
    """ok: None if the step was not tried. text: what was found, or what to do."""

    name: str
    ok: bool | None
    text: str


class Check(NamedTuple):
    steps: list[Step]

    @property
    def ok(self) -> bool:
        return all(step.ok for step in self.steps)

    def __str__(self) -> str:
        marks = {True: "ok", False: "FAILED", None: "-"}
        return "\n".join(f"{step.name:<12} {marks[step.ok]:<7} {step.text}".rstrip() for step in self.steps)

    def __repr__(self) -> str:
        return str(self)


_NAMES = ("endpoint", "reachable", "token", "engine", "environment")


def check(engine: Engine, has_token: bool) -> Check:
    steps = [Step("endpoint", True, engine.endpoint)]
    try:
        info = engine.info()
    except Error as error:
        steps += _failed(error)
    else:
        token = "accepted" if has_token else "none given, none needed"
        steps += [Step("reachable", True, "StandPy answers"), Step("token", True, token), _engine(info)]
        steps.append(_environment(engine, info))
    steps += [Step(name, None, "not tried") for name in _NAMES[len(steps) :]]
    return Check(steps)


def _failed(error: Error) -> list[Step]:
    kind = str(error.problem.get("type", "")).rpartition(":")[2]
    reached = Step("reachable", True, "StandPy answers")
    if kind == "unauthorized":
        return [reached, Step("token", False, str(error))]
    if kind == "not-found":
        return [reached, Step("token", None, "not tried"), Step("engine", False, str(error))]
    if kind == "engine-unreachable":
        advice = f"{error} Ask your administrator whether the engine runs."
        return [reached, Step("token", True, "accepted"), Step("engine", False, advice)]
    return [Step("reachable", False, str(error))]


def _engine(info: Info) -> Step:
    workers = f"{info.workers} worker{'' if info.workers == 1 else 's'}"
    text = f"version {info.version}, {workers}, scripts may run for {info.timeout:g} s"
    if str(info.version).partition(".")[0] != str(PROTOCOL):
        return Step(
            "engine",
            False,
            f"{text}; this client knows version {PROTOCOL}: pip install --upgrade standpy-client",
        )
    return Step("engine", True, text)


def _environment(engine: Engine, info: Info) -> Step:
    try:
        result = engine.run(_SCRIPT)
    except (Busy, Deadline) as error:
        return Step("environment", False, f"{info.environment}, but no script ran: {error}")
    except Error as error:
        return Step("environment", False, str(error))
    lines = result.stdout.splitlines()
    prefix = lines[1] if len(lines) > 1 and lines[0] == "StandPy testing:" else ""
    if not prefix:
        return Step(
            "environment", False, f"the script of the test printed {result.stdout!r} instead of sys.prefix"
        )
    if not prefix.endswith(str(info.environment)):
        return Step("environment", False, f"it should be {info.environment}, but sys.prefix is {prefix}")
    return Step("environment", True, prefix)
