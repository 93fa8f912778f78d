"""A cell of a notebook as a script. Pure."""

from __future__ import annotations

import ast
import io
import keyword
import tokenize
from typing import NamedTuple

VALUE = "_value"  # what the cell's last expression is called in the script


class Cell(NamedTuple):
    """shows: whether the last output is the cell's last expression, to be shown."""

    script: str
    shows: bool


def cell_script(cell: str, inputs: list[str], outputs: list[str]) -> Cell:
    """A script that has the inputs as arguments and returns the outputs.

    A cell with rm_main is a script already. Of any other the statements become the body of rm_main, which
    begins in the script's second line, as they do in the cell: line numbers of tracebacks are the cell's.
    """
    tree = ast.parse(cell)
    if any(isinstance(node, ast.FunctionDef) and node.name == "rm_main" for node in tree.body):
        # The magic is the cell's first line.
        return Cell("\n" + cell, not outputs)
    text, shows = _with_value(cell, tree)
    lines = _indented(text)
    names = [*outputs, VALUE] if shows else outputs
    lines.append(f"    return ({', '.join(names)},)" if names else "    return None")
    return Cell("\n".join([f"def rm_main({', '.join(inputs)}):", *lines]) + "\n", shows)


def _with_value(cell: str, tree: ast.Module) -> tuple[str, bool]:
    """The cell with its last expression named, unless a semicolon follows it, as in IPython."""
    last = tree.body[-1] if tree.body else None
    if not isinstance(last, ast.Expr) or _is_silenced(cell):
        return cell, False
    lines = cell.split("\n")
    line = lines[last.lineno - 1].encode()
    lines[last.lineno - 1] = (
        line[: last.col_offset] + f"{VALUE} = ".encode() + line[last.col_offset :]
    ).decode()
    return "\n".join(lines), True


def _is_silenced(cell: str) -> bool:
    ignored = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENDMARKER, tokenize.DEDENT)
    tokens = [one for one in tokenize.generate_tokens(io.StringIO(cell).readline) if one.type not in ignored]
    return bool(tokens) and tokens[-1].string == ";"


def _indented(text: str) -> list[str]:
    """Its lines, indented but for those that begin within a string, whose content that would change."""
    lines = text.rstrip("\n").split("\n")
    within: set[int] = set()
    begun: list[int] = []  # the lines of f-strings around the token
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        name = tokenize.tok_name[token.type]
        if name in ("FSTRING_START", "TSTRING_START"):
            begun.append(token.start[0])
        elif name in ("FSTRING_END", "TSTRING_END"):
            within.update(range(begun.pop() + 1, token.end[0] + 1))
        elif token.type == tokenize.STRING:
            within.update(range(token.start[0] + 1, token.end[0] + 1))
    return [
        line if number in within or not line.strip() else "    " + line
        for number, line in enumerate(lines, 1)
    ]


def name_of(text: str) -> str:
    """The argument for what -i names: a variable's name, or a file's, such as model for models/model.joblib."""
    name = text.replace("\\", "/").rpartition("/")[2].partition(".")[0]
    name = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in name)
    if not name or name[0].isdigit():
        name = f"_{name}"
    return f"{name}_" if keyword.iskeyword(name) else name
