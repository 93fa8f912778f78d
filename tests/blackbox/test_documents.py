"""The documents for people who send scripts are true: each of their commands runs as it is written, and
answers what they say."""

import os
import re
import subprocess

import pytest
from engine_process import BUILD, PYTHON_PATH, ROOT, UWSGI, Engine, base_environment, free_port, unsanitized_only
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
        "STANDPY_ENDPOINT": f"{router.url}/example",
        "STANDPY_TOKEN": TOKEN,
        "PATH": f"{PYTHON_PATH}:{BUILD / 'cli'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "clients/python/src"),
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
@pytest.mark.parametrize("page, least", [("data-scientists.md", 20), ("serving.md", 17)])
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
    assert len(steps) == 4
    for step in steps:
        if step.is_setting:
            continue
        # Without a terminal curl shows its progress.
        answer = shell(step.command.replace("curl ", "curl -s "), ROOT)
        assert comparable(answer) == comparable(step.output), step.command


class Terminal:
    """A shell in the top folder that goes on from command to command, as that of a reader."""

    END = "the command has ended"

    def __init__(self, environment):
        self.process = subprocess.Popen(
            ["timeout", "--foreground", "120", "bash"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command):
        self.process.stdin.write(f"{command}\necho; echo '{self.END}'\n")
        self.process.stdin.flush()
        lines = []
        while not lines or lines[-1] not in (f"{self.END}\n", ""):
            lines.append(self.process.stdout.readline())
        return "".join(lines[:-1])

    def close(self):
        """Ends what runs in the background, which ignores SIGINT unless it has a handler."""
        self.process.communicate("kill %2; kill -INT %1; wait\n", timeout=60)


@unsanitized_only  # the commands start the engine, which the libraries would have to be loaded into
def test_the_page_about_applications_is_true(tmp_path):
    pytest.importorskip("flask", reason="Debian's python3-flask is not installed")
    tmp_path.chmod(0o755)
    section = (ROOT / "docs/wsgi.md").read_text().split("\n## ")[1]
    shown = re.search(r"```python\n(.*?)```", section, re.DOTALL).group(1)
    assert shown == (ROOT / "examples/pages/dashboard.py").read_text()
    (tmp_path / "dashboard.py").write_text(shown)
    changes = {
        "/srv/pages": str(tmp_path),
        "127.0.0.1:8080": f"127.0.0.1:{free_port()}",
        "127.0.0.1:8000": f"127.0.0.1:{free_port()}",
        "build/": f"{BUILD}/",
        "uwsgi ": f"{UWSGI} ",
        **{name: str(tmp_path / name) for name in ("engine.log", "router.log", "answer.json")},
    }
    terminal = Terminal(base_environment() | {"no_proxy": "127.0.0.1"})
    try:
        steps = steps_of(section)
        assert len(steps) > 7
        for step in steps:
            command = step.command
            for there, here in changes.items():
                command = command.replace(there, here)
            assert comparable(terminal.run(command)) == comparable(step.output), step.command
    finally:
        terminal.close()
