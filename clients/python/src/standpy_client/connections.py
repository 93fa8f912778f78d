"""Connections by name, and those of environment variables. Tokens stand in files or variables, never on a command line."""

from __future__ import annotations

import json
import os
import pathlib
import stat
from collections.abc import Mapping
from typing import Any, NamedTuple

_MEMBERS = ("endpoint", "token", "token_file", "cacert")


class Named(NamedTuple):
    endpoint: str
    token: str | None
    cacert: str | None


def find(name: str | None, variables: Mapping[str, str], endpoint: str = "", token_file: str = "") -> Named:
    """endpoint, token_file: what a command line says, which wins. Raises ValueError with what is missing."""
    if name is not None:
        found = _named(name, variables)
    else:
        found = {
            member: variables[f"STANDPY_{member.upper()}"]
            for member in _MEMBERS
            if variables.get(f"STANDPY_{member.upper()}")
        }
    if endpoint:
        found["endpoint"] = endpoint
    if token_file:
        found.pop("token", None)
        found["token_file"] = token_file
    if "endpoint" not in found:
        raise ValueError("there is no endpoint: set STANDPY_ENDPOINT, or name a connection")
    if "token" in found and "token_file" in found:
        raise ValueError("there are a token and a file of one; leave one out")
    token = found.get("token")
    if "token_file" in found:
        token = read_token(found["token_file"])
    return Named(found["endpoint"], token, found.get("cacert"))


def read_token(path: str) -> str:
    """The file's only line."""
    try:
        text = pathlib.Path(path).expanduser().read_text("utf-8")
    except OSError as error:
        raise ValueError(f"the token's file {path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"the token's file {path} is no text") from None
    token = text.strip()
    if not token:
        raise ValueError(f"the token's file {path} is empty")
    return token


def file_of(variables: Mapping[str, str]) -> pathlib.Path:
    folder = variables.get("XDG_CONFIG_HOME") or str(
        pathlib.Path(variables.get("HOME", "~"), ".config").expanduser()
    )
    return pathlib.Path(folder, "standpy", "connections.json")


def _named(name: str, variables: Mapping[str, str]) -> dict[str, str]:
    path = file_of(variables)
    try:
        known: Any = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ValueError(
            f"there is no connection {name!r}: {path} cannot be read ({error.strerror})"
        ) from None
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is no JSON: {error}") from None
    if not isinstance(known, dict) or not isinstance(known.get(name), dict):
        names = ", ".join(sorted(known)) if isinstance(known, dict) and known else "none"
        raise ValueError(f"there is no connection {name!r} in {path}; there is {names}")
    found = known[name]
    for member, content in found.items():
        if member not in _MEMBERS or not isinstance(content, str):
            raise ValueError(
                f"{path}: the connection {name!r} has {member!r}, which is not a string named {', '.join(_MEMBERS)}"
            )
    if "token" in found and os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ValueError(f"{path} has a token, and others may read it: chmod 600 {path}")
    for member in ("token_file", "cacert"):
        if member in found:
            found[member] = str(pathlib.Path(found[member]).expanduser())
    return dict(found)
