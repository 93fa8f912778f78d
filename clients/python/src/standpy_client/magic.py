"""%%standpy for IPython and Jupyter: %load_ext standpy_client. Only this file imports IPython."""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import pathlib
import shlex
from typing import Any, NoReturn

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.display import display

from .cell import VALUE, cell_script, name_of
from .engine import Engine
from .errors import ScriptError
from .progress import Progress
from .results import Result

_SHOWN_AFTER = 0.5  # seconds; shorter calls need no progress
_EACH = 0.2


class Interrupted(KeyboardInterrupt):
    def _render_traceback_(self) -> list[str]:
        return ["Interrupted: the script was stopped on the engine."]


class _Arguments(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_help()}")


def _parser() -> argparse.ArgumentParser:
    parser = _Arguments(
        prog="%%standpy",
        add_help=False,
        description="Runs the cell on a StandPy engine: a script with rm_main, or plain statements.",
    )
    add = parser.add_argument
    add(
        "-i",
        "--input",
        action="append",
        default=[],
        metavar="NAME",
        help="a variable, or a file; may be repeated",
    )
    add(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="NAME",
        help="a variable to set; may be repeated",
    )
    add("-m", "--macro", action="append", default=[], metavar="NAME=VALUE", help="a macro for rm_main")
    add("-t", "--timeout", type=float, metavar="SECONDS", help="stop the script after that time")
    add("-e", "--engine", metavar="VARIABLE", help="the variable with the Engine; engine if left out")
    add("-c", "--connection", metavar="NAME", help="a connection of connections.json instead")
    add("--trust", action="store_true", help="load outputs that come as pickles, which can run code")
    return parser


class _Bar:
    """The progress, as a notebook or a terminal shows it."""

    def __init__(self, text: str, share: float | None):
        self._text, self._share = text, share

    def __repr__(self) -> str:
        return f"standpy: {self._text}"

    def _repr_html_(self) -> str:
        bar = (
            ""
            if self._share is None
            else f'<progress max="1" value="{self._share:.3f}" style="vertical-align: middle"></progress> '
        )
        return f'<div style="color: #777; font-size: smaller">{bar}standpy: {self._text}</div>'


@magics_class
class StandpyMagics(Magics):  # type: ignore[misc]
    @line_cell_magic  # type: ignore[untyped-decorator,unused-ignore]
    def standpy(self, line: str, cell: str = "") -> None:
        """Runs the cell on a StandPy engine; see %standpy -h."""
        arguments = shlex.split(line)
        parser = _parser()
        if "-h" in arguments or "--help" in arguments or not cell.strip():
            print(parser.format_help())
            return
        options = parser.parse_args(arguments)
        macros = self._macros(options.macro)
        names = [name_of(text) for text in options.input] + (["macros"] if macros is not None else [])
        script, shows = cell_script(cell, names, options.output)
        values = [self._input(text) for text in options.input]
        engine = self._engine(options)
        result = self._run(
            engine, script, values, macros=macros, timeout=options.timeout, trust=options.trust
        )
        result.print()
        self._keep(result, options.output, shows)

    def _engine(self, options: argparse.Namespace) -> Engine:
        if options.connection:
            return Engine.connect(options.connection)
        found = self.shell.user_ns.get(options.engine or "engine")
        if isinstance(found, Engine):
            return found
        if options.engine:
            raise UsageError(f"{options.engine} is no Engine")
        try:
            made = Engine.connect()
        except ValueError:
            raise UsageError(
                "there is no engine: engine = standpy_client.Engine(endpoint, token), or set STANDPY_ENDPOINT"
            ) from None
        self.shell.user_ns["engine"] = made
        return made

    def _input(self, text: str) -> Any:
        if text in self.shell.user_ns:
            return self.shell.user_ns[text]
        path = pathlib.Path(os.path.expanduser(text))
        if path.is_file():
            return path
        raise UsageError(f"-i {text}: there is neither a variable nor a file of that name")

    def _macros(self, texts: list[str]) -> dict[str, Any] | None:
        if not texts:
            return None
        macros = {}
        for text in texts:
            name, equals, value = text.partition("=")
            if not equals or not name:
                raise UsageError(f"-m {text}: a macro is NAME=VALUE")
            macros[name] = macro_value(value)
        return macros

    def _run(self, engine: Engine, script: str, values: list[Any], **options: Any) -> Result:
        progress = Progress()
        future = engine.submit(script, *values, progress=progress, **options)
        shown = None
        try:
            while not concurrent.futures.wait([future], _EACH).done:
                if progress.seconds > _SHOWN_AFTER:
                    bar = _Bar(str(progress), progress.share)
                    if shown is None:
                        shown = display(bar, display_id=True)
                    else:
                        shown.update(bar)
        except KeyboardInterrupt:
            future.cancel()
            raise Interrupted() from None
        finally:
            if shown is not None:
                shown.update(_Bar(f"{progress.seconds:.1f} s", None))
        error = future.exception()
        if isinstance(error, ScriptError):
            error.shown = error.shown.replace(f"    {VALUE} = ", "    ")  # the cell's own line
        if error is not None:
            raise error from None
        return future.result()

    def _keep(self, result: Result, names: list[str], shows: bool) -> None:
        values = result.values
        if len(values) != len(names) + shows and not (shows and not names):
            raise UsageError(f"the script returned {len(values)} outputs; -o names {len(names)}")
        self.shell.user_ns.update(zip(names, values))
        for value in values[len(names) :]:
            if value is not None:
                display(value)


def macro_value(text: str) -> Any:
    """JSON if it is some, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
