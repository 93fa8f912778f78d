"""The documents for people who send scripts are true: each of their commands runs as it is written, and
answers what they say."""

import os
import re
import subprocess

import pytest
from engine_process import PYTHON_PATH, ROOT, Engine, unsanitized_only
from pages import comparable, steps_of
from router_process import Router

TOKEN = "secrettoken"


@pytest.fixture
def shell(started):
    """Runs a command in a folder as a reader of the documents would, after ./quickstart --keep."""
    engine = Engine(WORKERS="2")
    started.append(engine)
    router = Router(ENGINE_EXAMPLE_HOST=f"127.0.0.1:{engine.port}", ENGINE_EXAMPLE_TOKEN=TOKEN)
    started.append(router)
    environment = {
        "ENDPOINT": f"{router.url}/example",
        "TOKEN": TOKEN,
        "PATH": f"{PYTHON_PATH}:{os.environ['PATH']}",
        "no_proxy": "127.0.0.1",
    }

    def run(command, folder):
        command = re.sub(r"http://127\.0\.0\.1:\d+/example", environment["ENDPOINT"], command)
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return done.stdout

    return run


@unsanitized_only  # libraries that take long there
@pytest.mark.parametrize("page, least", [("data-scientists.md", 20), ("serving.md", 13)])
def test_the_pages_for_data_scientists_are_true(shell, tmp_path, page, least):
    steps = steps_of((ROOT / "docs" / page).read_text())
    assert len(steps) > least
    for step in steps:
        if step.shown_file:
            (tmp_path / step.shown_file).write_text(step.output + "\n")
        elif not step.is_setting:
            answer = shell(step.command, tmp_path)
            assert comparable(answer) == comparable(step.output), step.command


def test_the_readme_is_true(shell):
    steps = steps_of((ROOT / "README.md").read_text())
    assert len(steps) == 2
    for step in steps:
        # Without a terminal curl shows its progress.
        answer = shell(step.command.replace("curl ", "curl -s "), ROOT)
        assert comparable(answer) == comparable(step.output), step.command
