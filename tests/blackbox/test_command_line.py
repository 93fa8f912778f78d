"""What the programs say of themselves: --help, --version, and the tables of their settings."""

import re
import subprocess

import pytest
from engine_process import BUILD, ROOT, Engine, base_environment, command, run_to_its_end
from router_process import ROUTER, Router, Upstream, echo
from table_of_settings import DOCUMENT, PROGRAMS, documented, settings, table

ZYGOTE = BUILD / "plugins/standpy/standpy-zygote"
VERSION = re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text())[1]
ENGINE = command("--plugin", "standpy")


def run(*arguments):
    """(exit status, output, errors), in an environment without any setting."""
    done = subprocess.run(
        arguments, env=base_environment(), capture_output=True, text=True, timeout=120, cwd=ROOT
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("program", [ROUTER, ZYGOTE], ids=lambda path: path.name)
def test_a_program_prints_its_version(program):
    assert run(program, "--version") == (0, f"{program.name} {VERSION}\n", "")


def test_the_plugin_prints_its_version():
    assert run(*ENGINE, "--standpy-version")[:2] == (0, f"standpy {VERSION}\n")


@pytest.mark.parametrize("program", [ROUTER, ZYGOTE, "./quickstart", "./check", "compose/upgrade"])
def test_help_goes_to_standard_output(program):
    status, output, errors = run(program, "--help")
    assert (status, errors) == (0, "")
    assert output.startswith("usage: ")


@pytest.mark.parametrize("program", [ROUTER, ZYGOTE, "./quickstart", "./check", "compose/upgrade"])
@pytest.mark.parametrize("arguments", [["--port"], ["--helpless"]], ids=str)
def test_an_argument_that_is_not_known_is_refused(program, arguments):
    status, output, errors = run(program, *arguments)
    assert (status, output) == (2, "")
    assert "usage: " in errors


@pytest.mark.parametrize("arguments", [["--help", "x"], ["--version", "--help"], [""]], ids=str)
def test_the_router_takes_one_argument_at_most(arguments):
    status, output, errors = run(ROUTER, *arguments)
    assert (status, output) == (2, "")
    assert errors.startswith("usage: standpy-router [--healthcheck | ")


def test_a_router_whose_help_cannot_be_written_says_so_by_its_status():
    with open("/dev/full", "w") as full:
        done = subprocess.run([ROUTER, "--help"], env=base_environment(), stdout=full)
    assert done.returncode == 1


def test_the_routers_help_names_every_setting_with_its_default():
    output = run(ROUTER, "--help")[1]
    for name, setting in settings("router").items():
        assert f"\n  {name} (default: {setting['default'].replace('`', '')})\n" in output


def test_uwsgis_help_has_the_plugins_options_with_what_is_allowed_and_the_default():
    output = run(*ENGINE, "--help")[1]
    for setting in settings("engine").values():
        if setting["option"].startswith("standpy-"):
            default = setting["default"].replace("`", "")
            (line,) = [one for one in output.splitlines() if f"--{setting['option']} " in one]
            assert line.endswith(f"({setting['allowed']}; default: {default})")


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_documents_have_the_table_that_the_program_prints(program):
    assert documented(DOCUMENT.read_text(), program)[1] == table(program)


def test_the_engine_takes_all_variables_or_those_that_are_named(started):
    everything = run_to_its_end("--plugin", "standpy", "--standpy-from-env", "all", WORKERS="x")
    assert everything[0] == 1 and "standpy: WORKERS=x is not allowed" in everything[1]
    named = ("--plugin", "standpy", "--standpy-from-env", "TIMEOUT")
    one = run_to_its_end(*named, WORKERS="x", TIMEOUT="y")
    assert one[0] == 1 and "standpy: TIMEOUT=y is not allowed" in one[1]


@pytest.mark.parametrize("option, what", [("workers", "a whole number"), ("harakiri", "whole seconds")])
@pytest.mark.parametrize("value", ["0", "99999999"])
def test_options_of_uwsgis_have_the_range_of_their_variable(option, what, value):
    status, output = run_to_its_end("--plugin", "standpy", f"--{option}", value)
    assert status == 1
    assert f"standpy: --{option} must be {what} from 1 to " in output


def test_the_logs_name_the_version_at_the_start(started):
    engine, upstream = Engine(), Upstream(echo)
    router = Router(ENGINE_E_HOST=upstream.host)
    started.extend([router, upstream, engine])
    assert f"standpy: version {VERSION}, Python 3" in engine.log
    assert f"standpy-router: version {VERSION}, 1 engine, listening on 127.0.0.1:" in router.log
