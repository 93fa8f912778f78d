"""docs/clients.md is true: each of its commands runs as it is written, and prints what it says."""

import os
import re
import subprocess
import sys

import pytest
from conftest import SOURCE, TOKEN
from engine_process import BUILD, ROOT, Engine
from pages import steps_of
from router_process import Router

pytest.importorskip("pandas")


@pytest.fixture
def router():
    engine = Engine(WORKERS="2")
    router = Router(ENGINE_EXAMPLE_HOST=engine.host, ENGINE_EXAMPLE_TOKEN=TOKEN)
    yield router
    router.stop()
    engine.stop()


def test_the_page_for_users_of_clients_is_true(router, tmp_path):
    steps = steps_of((ROOT / "docs/clients.md").read_text("utf-8"))
    assert len(steps) > 12
    folder = os.path.dirname(sys.executable)
    environment = {
        "PATH": f"{BUILD / 'cli'}:{folder}:{os.environ['PATH']}",
        "PYTHONPATH": str(SOURCE),
        "STANDPY_ENDPOINT": f"{router.url}/example",
        "STANDPY_TOKEN": TOKEN,
    }
    for step in steps:
        if step.shown_file:
            (tmp_path / step.shown_file).write_text(step.output + "\n")
        elif not step.is_setting:
            done = subprocess.run(
                ["bash", "-c", step.command], cwd=tmp_path, env=environment, text=True, timeout=120,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            said = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:43187", done.stdout)
            assert said.strip("\n") == step.output, step.command
