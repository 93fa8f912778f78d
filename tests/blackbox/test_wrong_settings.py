"""What an administrator reads after a mistake: wrong_settings.json has the settings of engine and
router, the files that they name (in {folder}), and the one line that the program says. goes_on: the
line is a warning, and the program starts all the same."""

import json
import pathlib

import pytest
from engine_process import ROOT, free_port, run_to_its_end
from router_process import Router
from router_process import run_to_its_end as run_router

CASES = json.loads((pathlib.Path(__file__).parent / "wrong_settings.json").read_text())


def title(case):
    settings = [f"{name}={text}" for name, text in case["environment"].items()]
    return ascii(" ".join([case["program"], *settings, *case.get("arguments", ())]))


def run_engine(case, environment):
    listen = f"127.0.0.1:{free_port()}"
    if "arguments" in case:
        return run_to_its_end("--plugin", "standpy", "--http-socket", listen, *case["arguments"])
    check = ["--standpy-check"] if case.get("goes_on") else []
    environment = {"LISTEN": listen} | environment
    return run_to_its_end("--ini", str(ROOT / "container/standpy.ini"), *check, **environment)


def start_router(environment):
    router = Router(**environment)
    log = router.log
    assert router.stop() == 0
    return 0, log


@pytest.mark.parametrize("case", CASES, ids=title)
def test_a_mistake_has_one_line_that_says_what_is_wrong(case, tmp_path):
    for name, text in case.get("files", {}).items():
        (tmp_path / name).write_text(text)
    folder = str(tmp_path)
    environment = {n: v.replace("{folder}", folder) for n, v in case["environment"].items()}
    if case["program"] == "engine":
        status, output = run_engine(case, environment)
    elif case.get("goes_on"):
        status, output = start_router(environment)
    else:
        status, output = run_router(**environment)
    assert (status == 0) == case.get("goes_on", False), output
    line = case["line"].replace("{folder}", folder)
    # A warning stands behind the time, as the engine knows its settings by then.
    found = [one for one in output.splitlines() if one == line or one.endswith(f" - {line}")]
    assert len(found) == 1, output
    if case["program"] == "router" and status != 0:
        assert output.splitlines() == [line]


@pytest.mark.parametrize("name", [n for c in CASES for n in c["environment"] if "TOKEN" in n])
def test_no_line_shows_a_token(name):
    for case in CASES:
        if name in case["environment"] and not name.endswith("FILE"):
            token = case["environment"][name]
            assert len(token) < 3 or token not in case["line"]


def test_there_are_a_hundred_mistakes():
    assert len(CASES) >= 100
