"""The client on a command line: python -m standpy_client run script.py"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

from . import connections, printing
from .engine import Engine
from .errors import Busy, Deadline, Error, Refused, ScriptError, Unreachable
from .inputs import CsvInput
from .results import Pickled
from .version import __version__

# Exit codes by kind, the same in every client (docs/clients.md).
SCRIPT, USAGE, DEADLINE, BUSY, UNREACHABLE, REFUSED, INTERRUPTED, CLOSED = 1, 2, 3, 4, 5, 6, 130, 141
_CODES = (
    (Deadline, DEADLINE),
    (ScriptError, SCRIPT),
    (Busy, BUSY),
    (Unreachable, UNREACHABLE),
    (Refused, REFUSED),
)


class _Input(argparse.Action):
    """Inputs of every kind, in the order in which they stand."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        namespace.inputs = [*namespace.inputs, (self.dest, values)]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m standpy_client", description="Runs scripts on a StandPy engine."
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    run = commands.add_parser(
        "run",
        help="run a script",
        description="Runs a script; inputs become its arguments, in order.",
        allow_abbrev=False,  # --token would be --token-file
    )
    _connection(run)
    add = run.add_argument
    add("script", help="a file with rm_main; - for the standard input")
    add("--input", action=_Input, metavar="CSV", help="a table, as CSV")
    add(
        "--metadata", action=_Input, metavar="JSON", help="a file with types and roles of the table before it"
    )
    add("--file", action=_Input, metavar="FILE", help="a file")
    add("--value", action=_Input, metavar="JSON", help="a value")
    add("--object", action=_Input, metavar="PICKLE", help="a file with a pickled object")
    add(
        "--macro",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a macro; the value is JSON, or a text",
    )
    add(
        "--keep",
        action="store_true",
        help="have the engine keep files, so that the next run need not send them",
    )
    add("--timeout", type=float, metavar="SECONDS", help="stop the script after that time")
    add(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="FILE",
        help="where the next output goes; - for here",
    )
    add("--json", action="store_true", help="print one JSON report instead")
    add(
        "--raw",
        action="store_true",
        help="show what is printed and raised as it is, without INFO: and SEVERE:",
    )
    run.set_defaults(inputs=[], act=_run)
    for name, act, text in (
        ("info", _info, "how the engine is set up"),
        ("check", _check, "test a connection, step by step"),
    ):
        command = commands.add_parser(name, help=text, allow_abbrev=False)
        _connection(command)
        command.set_defaults(act=act, raw=False, keep=False)
    return parser


def _connection(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--endpoint",
        default="",
        metavar="URL",
        help="such as http://standpy-router/engine; else STANDPY_ENDPOINT",
    )
    add(
        "--token-file",
        default="",
        metavar="FILE",
        help="a file with the token; else STANDPY_TOKEN, STANDPY_TOKEN_FILE",
    )
    add("-c", "--connection", metavar="NAME", help="a connection of ~/.config/standpy/connections.json")
    add("--cacert", metavar="FILE", help="the authority of the router's certificate, as PEM")
    add("--wait", type=float, default=60.0, metavar="SECONDS", help="how long to wait for a busy engine (60)")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        status = int(options.act(options))
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # as head does it; nothing more can be written, not even at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return CLOSED
    except (ValueError, TypeError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return USAGE
    except OSError as error:
        file = f"{error.filename}: " if error.filename else ""
        print(f"{parser.prog}: {file}{error.strerror or error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("Interrupted: the script was stopped on the engine.", file=sys.stderr)
        return INTERRUPTED
    except Error as error:
        printing.failure(error, options.raw)
        return next(code for kind, code in _CODES if isinstance(error, kind))


def _engine(options: argparse.Namespace) -> Engine:
    found = connections.find(options.connection, os.environ, options.endpoint, options.token_file)
    return Engine(
        found.endpoint,
        found.token,
        cacert=options.cacert or found.cacert,
        wait=options.wait,
        keep=options.keep,
    )


def _info(options: argparse.Namespace) -> int:
    with _engine(options) as engine:
        print(json.dumps(engine.info()._asdict(), indent=4))
    return 0


def _check(options: argparse.Namespace) -> int:
    with _engine(options) as engine:
        found = engine.check()
    print(found)
    return 0 if found.ok else UNREACHABLE


def _run(options: argparse.Namespace) -> int:
    script: Any = sys.stdin.read() if options.script == "-" else pathlib.Path(options.script)
    inputs = _inputs(options.inputs)
    macros = _macros(options.macro)
    with _engine(options) as engine, printing.progress_of(sys.stderr) as progress:
        result = engine.run(
            script, *inputs, macros=macros, timeout=options.timeout, tables="csv", progress=progress
        )
    if options.json:
        printing.report(result)
        return 0
    printing.printed(result, options.raw)
    if len(options.output) > len(result.outputs):
        raise ValueError(
            f"the script has {len(result.outputs)} outputs; -o stands {len(options.output)} times"
        )
    for place, output in enumerate(result.outputs):
        name = options.output[place] if place < len(options.output) else "-"
        if name == "-":
            printing.show(output)
        else:
            printing.write(output, name)
    return 0


def _inputs(described: list[tuple[str, str]]) -> list[Any]:
    values: list[Any] = []
    for kind, text in described:
        if kind == "input":
            values.append(CsvInput(_existing(text)))
        elif kind == "metadata":
            if not values or not isinstance(values[-1], CsvInput):
                raise ValueError("--metadata must stand behind the --input that it describes")
            values[-1] = values[-1]._replace(metadata=pathlib.Path(text).read_bytes())
        elif kind == "file":
            values.append(_existing(text))
        elif kind == "value":
            values.append(_json(text))
        else:
            values.append(Pickled(pathlib.Path(text).read_bytes()))
    return values


def _existing(text: str) -> pathlib.Path:
    with open(text, "rb"):
        return pathlib.Path(text)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise ValueError(f"--value {text}: it is no JSON ({error})") from None


def _macros(texts: list[str]) -> dict[str, Any] | None:
    macros = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ValueError(f"--macro {text}: a macro is NAME=VALUE")
        try:
            macros[name] = json.loads(value)
        except ValueError:
            macros[name] = value
    return macros or None


if __name__ == "__main__":
    sys.exit(main())
