#!/usr/bin/env python3
"""Writes the helper modules as C arrays: embed.py OUTPUT MODULE.py..."""

import pathlib
import sys


def c_array(name, content):
    numbers = ",".join(str(byte) for byte in content + b"\0")
    return f"static const char source_{name}[] = {{{numbers}}};\n"


def main(output, *paths):
    modules = [(pathlib.Path(path).stem, pathlib.Path(path).read_bytes()) for path in paths]
    text = "".join(c_array(name, content) for name, content in modules)
    rows = "".join(f'    {{"{name}", source_{name}}},\n' for name, _ in modules)
    text += "static const struct helper_module helper_modules[] = {\n" + rows + "};\n"
    pathlib.Path(output).write_text(text)


main(*sys.argv[1:])
