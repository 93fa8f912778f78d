#!/usr/bin/env python3
"""Writes the plugin API of one uWSGI binary as a C header: uwsgi_api.py UWSGI OUTPUT

The layout of uWSGI's structs depends on the features that it was built with. The binary carries its
header (--dot-h) and the flags that it was compiled with (--cflags); together they are the API.
"""

import json
import pathlib
import shlex
import subprocess
import sys


def ask(uwsgi, option):
    return subprocess.run([uwsgi, option], check=True, capture_output=True, text=True).stdout


def define(flag):
    name, _, value = flag.removeprefix("-D").partition("=")
    return f"#define {name} {value or 1}\n"


def api(flags, header):
    """The text of uwsgi_api.h."""
    text = "#pragma once\n#pragma GCC system_header\n"
    text += f"#define STANDPY_UWSGI_CFLAGS {json.dumps(flags)}\n"
    text += "".join(define(flag) for flag in shlex.split(flags) if flag.startswith("-DUWSGI_"))
    return text + header


def main(uwsgi, output):
    text = api(ask(uwsgi, "--cflags").strip(), ask(uwsgi, "--dot-h"))
    pathlib.Path(output).write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
