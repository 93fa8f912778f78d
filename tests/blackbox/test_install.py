"""What `meson install` puts down runs from there, and nothing else is put down."""

import json
import pathlib
import re
import subprocess

import pytest
import router_process
from client import execute, outputs, value
from engine_process import BUILD, UWSGI, Engine
from router_process import Router


class Installation:
    def __init__(self, destination):
        introspection = subprocess.run(
            ["meson", "introspect", BUILD, "--installed"], check=True, capture_output=True, text=True
        )
        subprocess.run(
            ["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", destination], check=True
        )
        self.destination = destination
        self.planned = {self.inside(path) for path in json.loads(introspection.stdout).values()}
        self.files = [path for path in destination.rglob("*") if path.is_file()]

    def inside(self, path):
        return self.destination / pathlib.Path(path).relative_to("/")

    def path(self, name):
        """Of the one file of that name."""
        (found,) = [path for path in self.files if path.name == name and path.parent.name != "completions"]
        return found


class InstalledEngine(Engine):
    def __init__(self, installation, **variables):
        self.installation = installation
        super().__init__(**variables)

    def start(self, engine_command):
        plugins = self.installation.path("standpy_plugin.so").parent
        return [UWSGI, "--plugin-dir", str(plugins), "--ini", str(self.installation.path("standpy.ini"))]


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    return Installation(tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="module")
def engine(installation):
    engine = InstalledEngine(installation)
    yield engine
    engine.stop()


def programs_below(process):
    """The programs that a process and its descendants run; a runner may end meanwhile."""
    try:
        children = pathlib.Path(f"/proc/{process}/task/{process}/children").read_text().split()
        own = pathlib.Path(f"/proc/{process}/exe").readlink()
    except OSError:
        return set()
    return {own}.union(*(programs_below(child) for child in children))


def test_an_installed_engine_runs_a_script(engine):
    assert outputs(execute(engine.endpoint, "def rm_main(): return 6 * 7")) == [value(42)]


def test_an_installed_engine_takes_its_zygote_from_beside_the_plugin(engine, installation):
    zygotes = {path for path in programs_below(engine.process.pid) if path.name == "standpy-zygote"}
    assert zygotes == {installation.path("standpy_plugin.so").parent / "standpy-zygote"}


def test_an_installed_router_sends_to_an_installed_engine(engine, installation, started, monkeypatch):
    monkeypatch.setattr(router_process, "ROUTER", installation.path("standpy-router"))
    router = Router(ENGINE_E_HOST=f"127.0.0.1:{engine.port}")
    started.append(router)
    assert outputs(execute(router.url + "/e", "def rm_main(): return 6 * 7")) == [value(42)]


def test_everything_is_where_it_was_planned(installation):
    """And below its prefix, so that a package can be made of it."""
    for path in installation.files:
        assert installation.planned & {path, *path.parents}, path


def test_programs_of_tests_stay_where_they_were_built(installation):
    programs = {path.name for path in installation.files if path.stat().st_mode & 0o111}
    assert programs == {"standpy", "standpy-router", "standpy-zygote"}


def test_the_documents_that_the_pages_of_the_manual_name_are_there(installation):
    pages = [path for path in installation.files if re.fullmatch(r"man\d", path.parent.name)]
    assert {path.name for path in pages} == {"standpy.1", "standpy.7", "standpy-router.1", "standpy-zygote.8"}
    for page in pages:
        for named in re.findall(r"\S+/doc/standpy/docs\S*", page.read_text()):
            assert installation.inside(named).exists(), (page, named)


def test_an_installed_client_runs_a_script_on_an_installed_engine(engine, installation, tmp_path):
    (tmp_path / "script.py").write_text("def rm_main(): return 6 * 7")
    done = subprocess.run(
        [installation.path("standpy"), "run", "--endpoint", engine.endpoint, tmp_path / "script.py"],
        env={}, capture_output=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, b"42\n", b"")


def test_a_client_can_be_installed_alone(tmp_path):
    command = ["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", tmp_path, "--tags", "client"]
    subprocess.run(command, check=True)
    files = {f"{path.parent.name}/{path.name}" for path in tmp_path.rglob("*") if path.is_file()}
    assert files == {"bin/standpy", "man1/standpy.1", "completions/standpy"}


def test_units_name_what_is_installed(installation):
    for name, program in (("standpy-engine@.service", "standpy.ini"), ("standpy-router.service", "standpy-router")):
        command = re.search(r"^ExecStart=(.*)", installation.path(name).read_text(), re.MULTILINE)[1]
        assert installation.inside(command.split()[-1]) == installation.path(program)
        assert "@" not in command
