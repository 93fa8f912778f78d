"""Commands, options, and what is wrong with them."""

import json
import re

import pytest
from terminal import run

ONE = "def rm_main(*inputs):\n    return 1\n"


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["run", "none.py"], "none.py"),
        (["run", "--file", "none", "script.py"], "none"),
        (["run", "--input", "none", "script.py"], "none"),
        (["run", "--object", "none", "script.py"], "none"),
        (["run", "--value", "{", "script.py"], "no JSON"),
        (["run", "--metadata", "script.py", "script.py"], "behind the --input"),
        (["run", "--macro", "x", "script.py"], "NAME=VALUE"),
        (["run", "--timeout", "-1", "script.py"], "timeout"),
        (["run", "--timeout", "soon", "script.py"], "timeout"),
        (["run", "--timeout", "nan", "script.py"], "timeout"),
        (["run", "--wait", "x", "script.py"], "--wait"),
        (["run", "-c", "none", "script.py"], "no connection 'none'"),
        (["run", "--token-file", "none", "script.py"], "token's file none cannot be read"),
        (["run", "--token", "secret", "script.py"], "--token"),
        (["run", "--inptu", "x", "script.py"], "--input"),
        (["run", "--valeu=1", "script.py"], "--value"),
        (["run", "script.py", "other.py"], "other.py"),
        (["run", "--file"], "--file"),
        (["run", "--keep=yes", "script.py"], "--keep"),
        (["run"], "script"),
        (["info", "--keep"], "--keep"),
        (["check", "x"], "x"),
        (["rum", "script.py"], "run"),
        (["fly"], "fly"),
        (["--versoin"], "--version"),
        ([], "usage"),
    ],
)
def test_wrong_commands_say_what_is_wrong(standpy, script, arguments, says):
    script(ONE)
    status, out, err = standpy(*arguments)
    assert (status, out) == (2, b"")
    assert says in err and "SEVERE" not in err


def test_there_must_be_an_endpoint(standpy, script):
    script(ONE)
    status, _, err = standpy("run", "script.py", STANDPY_ENDPOINT="")
    assert (status, "set STANDPY_ENDPOINT" in err) == (2, True)


@pytest.mark.parametrize("options", [[], ["run"], ["info"], ["check"]])
def test_help_fits_a_terminal(tmp_path, options):
    for option in ("--help", "-h"):
        status, out, err = run(tmp_path, *options, option)
        assert (status, err) == (0, "")
        assert max(map(len, out.decode().splitlines())) <= 100
        assert b"standpy" in out


def test_help_and_the_manual_have_the_same_options(tmp_path, root):
    manual = (root / "man/standpy.1.in").read_text()
    shown = run(tmp_path, "run", "--help")[1].decode()
    described = set(re.findall(r"^\.It.*Fl -([a-z-]+)", manual, re.MULTILINE))
    assert described == set(re.findall(r"--([a-z-]+)", shown)) - {"help"}


def test_info_and_versions(standpy):
    assert json.loads(standpy("info")[1])["workers"] == 2
    assert standpy("--version") == (0, b"standpy 1.0.0\n", "")


def test_options_stand_anywhere_and_may_have_an_equals_sign(standpy, script):
    script("def rm_main(*values):\n    return list(values)\n")
    assert standpy("run", "script.py", "--value=1", "--value", "[2]") == (0, b"[1, [2]]\n", "")
    assert standpy("run", "--value", "-1", "--", "script.py") == (0, b"[-1]\n", "")


def test_a_script_from_the_standard_input(standpy):
    assert standpy("run", "-", stdin=ONE.encode()) == (0, b"1\n", "")


def test_values_keep_their_digits(standpy, script):
    script("def rm_main(*values):\n    return [9007199254740993, 0.1, 1e-5, 5e-324, 1e22, '\\x7f', 'ü', *values]\n")
    status, out, _ = standpy("run", "--value", "9223372036854775807", "--value", "0.30000000000000004", "script.py")
    assert status == 0
    text = '[9007199254740993, 0.1, 1e-05, 5e-324, 1e+22, "\x7f", "ü", 9223372036854775807, 0.30000000000000004]\n'
    assert out.decode() == text


def test_a_script_with_bytes_that_are_no_text(standpy, script, tmp_path):
    (tmp_path / "latin.py").write_bytes(b"# \xe4\ndef rm_main():\n    return 1\n")
    status, out, err = standpy("run", "latin.py")
    assert status in (1, 2, 6) and out == b"" and err
