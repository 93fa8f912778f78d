"""What a script is: its text, a file, or a function whose source is sent with the globals that it needs."""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import os
import pathlib
import textwrap
import types
from typing import Any, Callable, Union

Script = Union[str, "os.PathLike[str]", Callable[..., Any]]


def script_text(script: Script) -> str:
    """The text to send. A string of one line that ends with .py names a file."""
    if isinstance(script, os.PathLike):
        return _read(pathlib.Path(script))
    if isinstance(script, str):
        is_name = script.endswith(".py") and "\n" not in script
        return _read(pathlib.Path(script)) if is_name else script
    if isinstance(script, types.FunctionType):
        return function_text(script)
    if callable(script):
        raise TypeError(f"{script!r} has no source to send; pass a function that is defined with def")
    raise TypeError(f"a script is its text, a path or a function, not {type(script).__name__}")


def _read(path: pathlib.Path) -> str:
    content = path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 (byte {error.start + 1}), so it cannot be a script") from None


def function_text(function: types.FunctionType, keywords: tuple[str, ...] = (), positional: int = 0) -> str:
    """A script whose rm_main is the function.

    keywords: names of arguments that come last and go to the function by name, after so many positional ones.
    """
    found: dict[str, str] = {}
    _add(function, found)
    lines = ["from __future__ import annotations", "", *found.values(), ""]
    if keywords:
        named = ", ".join(f"{name}=_inputs[{positional + place}]" for place, name in enumerate(keywords))
        lines += [
            "def rm_main(*_inputs):",
            f"    return {function.__name__}(*_inputs[:{positional}], {named})",
        ]
    elif function.__name__ != "rm_main":
        lines.append(f"rm_main = {function.__name__}")
    return "\n".join(lines) + "\n"


def _add(function: types.FunctionType, found: dict[str, str]) -> None:
    """Puts the source of what the function needs, and its own, into found: by name, in that order."""
    name = function.__name__
    tree, text = _parsed(function)
    found[name] = text  # for functions that call each other
    around = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
    for needed in sorted({*_globals_of(function.__code__), *_names_in_head(tree), *around}):
        if needed not in found:
            _add_global(function, around, needed, found)
    found[name] = found.pop(name)


def _parsed(function: types.FunctionType) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]:
    """The definition without its decorators, which are matters of the client."""
    name = function.__name__
    try:
        text = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(text).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        raise ValueError(
            f"the source of {name} cannot be found; define it with def in a file or a notebook's cell"
        ) from None
    if not isinstance(tree, ast.FunctionDef):
        raise ValueError(f"{name} must be defined with def: a lambda or a coroutine cannot be sent")
    lines = text.split("\n")[tree.lineno - 1 :]
    return tree, "\n".join(lines).rstrip("\n")


def _globals_of(code: types.CodeType) -> set[str]:
    import dis

    names = {
        one.argval
        for one in dis.get_instructions(code)
        if one.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS")
    }
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _globals_of(constant)
    return {name for name in names if isinstance(name, str) and not name.startswith("__")}


def _names_in_head(tree: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Of standard values, which the script computes anew."""
    defaults = [*tree.args.defaults, *(one for one in tree.args.kw_defaults if one)]
    return {node.id for one in defaults for node in ast.walk(one) if isinstance(node, ast.Name)}


def _add_global(
    function: types.FunctionType, around: dict[str, types.CellType], name: str, found: dict[str, str]
) -> None:
    """around: what belongs to a function around this one."""
    if name in around:
        try:
            value = around[name].cell_contents
        except ValueError:
            raise ValueError(
                f"the function {function.__name__} uses {name}, which has no value yet"
            ) from None
    elif name in function.__globals__:
        value = function.__globals__[name]
    else:
        return  # a builtin, or a NameError that the engine reports with its line
    if getattr(builtins, name, found) is value:
        return
    line = _import_of(name, value)
    if line:
        found[name] = line
    elif isinstance(value, types.FunctionType) and value.__name__ == name:
        _add(value, found)
    elif is_literal(value):
        found[name] = f"{name} = {value!r}"
    else:
        raise ValueError(
            f"the function {function.__name__} uses {name} ({type(value).__name__}), which is not sent; "
            "pass it as an argument, or import or define it within the function"
        )


def _import_of(name: str, value: Any) -> str | None:
    """How the script gets what was imported; None of what the program made itself."""
    if isinstance(value, types.ModuleType):
        if value.__name__ in ("__main__", "builtins"):
            return None
        if value.__name__ == name:
            return f"import {name}"
        return f"import {value.__name__} as {name}"
    module, own = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if not isinstance(module, str) or module == "__main__" or "." in own or not own:
        return None
    if isinstance(value, types.FunctionType) and not _is_installed(module):
        return None
    if isinstance(value, (type, types.FunctionType, types.BuiltinFunctionType)) and _is_installed(module):
        return f"from {module} import {own}" + ("" if own == name else f" as {name}")
    return None


def _is_installed(module: str) -> bool:
    """Whether an engine can have it as well: it belongs to Python or to an installed package."""
    import sys

    place = getattr(sys.modules.get(module), "__file__", None)
    if place is None:
        return module in sys.builtin_module_names
    parts = pathlib.Path(place).parts
    return any(
        part in ("site-packages", "dist-packages") or part.startswith(("python3.", "lib-dynload"))
        for part in parts
    )


def is_literal(value: Any) -> bool:
    """Whether repr() is its source."""
    if value is None or type(value) in (bool, int, str, bytes):
        return True
    if type(value) is float:
        return math.isfinite(value)
    if type(value) in (list, tuple) or (type(value) is set and value):
        return all(map(is_literal, value))
    if type(value) is dict:
        return all(is_literal(key) and is_literal(content) for key, content in value.items())
    return False


def with_lines(traceback: str, script: str) -> str:
    """The traceback with the text of the script's own lines below them, as Python shows a file's."""
    lines = script.splitlines()
    shown = []
    for line in traceback.splitlines():
        shown.append(line)
        if line.startswith("  Script, line "):
            number = line[len("  Script, line ") :].partition(",")[0]
            if number.isdigit() and 0 < int(number) <= len(lines) and lines[int(number) - 1].strip():
                shown.append("    " + lines[int(number) - 1].strip())
    return "\n".join(shown) + ("\n" if shown else "")
