"""Completion, in a real bash on a terminal."""

import json
import re
import subprocess

import pytest
from terminal import STANDPY, Terminal, variables_for

BASH = ["--norc", "--noprofile", "-i"]


@pytest.fixture
def bash(tmp_path, root):
    """What bash makes of a line when Tab is pressed."""
    (tmp_path / ".config/standpy").mkdir(parents=True)
    connections = {"production": {}, "testing": {}, "the north": {}}
    (tmp_path / ".config/standpy/connections.json").write_text(json.dumps(connections))
    for name in ("score.py", "sales.csv", "model.joblib", "two words.csv"):
        (tmp_path / name).write_text("")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/deep.py").write_text("")
    shell = Terminal(tmp_path, *BASH, command="/bin/bash", columns=200, PS1="> ", HISTFILE="")
    shell.type(b"bind 'set enable-bracketed-paste off'; bind 'set bell-style none'\n")
    shell.type(f"PATH={STANDPY.rpartition('/')[0]}:$PATH; . {root}/cli/standpy.bash; echo re''ady\n".encode())
    shell.wait_for(rb"ready")

    def complete(line):
        """The words that bash runs then."""
        shell.shown = b""
        shell.type(b"standpy() { printf '<%s>' \"$@\"; echo; }; echo de''fined\n")
        shell.wait_for(rb"\ndefined|\rdefined")
        shell.shown = b""
        shell.type(line.encode() + b"\t")
        shell.read(0.3)
        shell.type(b"\n")
        shell.wait_for(rb"(?m)^<.*>\r?$")
        return next(line for line in reversed(shell.shown.decode().splitlines()) if line.startswith("<"))

    yield complete
    shell.type(b"exit\n")
    shell.process.wait(10)


@pytest.mark.parametrize(
    "line, words",
    [
        ("standpy r", "<run>"),
        ("standpy --v", "<--version>"),
        ("standpy run --inp", "<run><--input>"),
        ("standpy check --token", "<check><--token-file>"),
        ("standpy run sc", "<run><sc>"),
        ("standpy run sco", "<run><score.py>"),
        ("standpy run scr", "<run><scripts/>"),
        ("standpy run scripts/", "<run><scripts/deep.py>"),
        ("standpy run --input sa", "<run><--input><sales.csv>"),
        ("standpy run --input=sa", "<run><--input=sales.csv>"),
        ("standpy run --input two", "<run><--input><two words.csv>"),
        ("standpy run --file mo", "<run><--file><model.joblib>"),
        ("standpy run sa", "<run><sa>"),
    ],
)
def test_a_line_is_completed(bash, line, words):
    assert bash(line) == words


def completed(folder, root, *words):
    """COMPREPLY for words of which the last one is completed."""
    script = (
        f'. {root}/cli/standpy.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
        'compopt() { :; }; _standpy standpy "${@: -1}" "${@: -2:1}"; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", script, "bash", STANDPY, *words], cwd=folder, env=variables_for(folder), capture_output=True, text=True
    )
    assert done.stderr == ""
    return done.stdout.split("\n")[:-1]


def test_connections_are_completed_by_name(tmp_path, root):
    folder = tmp_path / ".config/standpy"
    folder.mkdir(parents=True)
    (folder / "connections.json").write_text('{"production": {}, "testing": {}, "the north": {}}')
    assert completed(tmp_path, root, "check", "-c", "") == ["production", "testing", "the\\ north"]
    assert completed(tmp_path, root, "run", "--connection", "pr") == ["production"]
    (folder / "connections.json").unlink()
    assert completed(tmp_path, root, "check", "-c", "") == [""]


def test_every_option_is_completed(tmp_path, root):
    for command in ("run", "info", "check"):
        shown = subprocess.run([STANDPY, command, "--help"], capture_output=True, text=True, check=True).stdout
        offered = completed(tmp_path, root, command, "--")
        assert set(offered) == set(re.findall(r"--[a-z-]+", shown)) | {"--help"}
