"""Environments that cannot be used, and whose libraries are used. One line says what is wrong."""

import pathlib
import shutil

import pytest
from client import assert_problem, execute, value
from engine_process import ROOT, UWSGI, Engine, free_port, run_to_its_end, unsanitized_only
from environments import make_prefix, make_venv

INI = ("--ini", str(ROOT / "container/standpy.ini"))

def refusal(folder):
    """The line that an engine says when it cannot start on that environment."""
    variables = {"CONDA_ENV": folder.name, "ENVS_DIR": str(folder.parent)}
    status, output = run_to_its_end(*INI, LISTEN=f"127.0.0.1:{free_port()}", **variables)
    assert status == 1, output
    [line] = [line for line in output.splitlines() if line.startswith(f"standpy: CONDA_ENV={folder.name} is")]
    return line.partition(" is not allowed: ")[2]


def python_that_says(folder, *lines):
    """An environment whose interpreter gives these answers to the engine's question."""
    python = folder / "bin/python3"
    python.parent.mkdir(parents=True)
    lines = [line.format(folder=folder, python=python) for line in lines]
    python.write_text("#!/bin/sh\ncat <<'END'\n" + "\n".join(lines) + "\nEND\n")
    python.chmod(0o755)
    return folder


def test_a_file_is_no_environment(tmp_path):
    (tmp_path / "file").touch()
    assert refusal(tmp_path / "file") == f"{tmp_path}/file is no folder"


def test_a_venv_whose_base_is_not_in_the_container(tmp_path):
    make_venv(tmp_path / "venv")
    python = tmp_path / "venv/bin/python3"
    python.unlink()
    python.symlink_to("python")
    (tmp_path / "venv/bin/python").unlink(missing_ok=True)
    (tmp_path / "venv/bin/python").symlink_to("/opt/gone/bin/python3.11")
    assert refusal(tmp_path / "venv").startswith(
        "its bin/python3 is a link to /opt/gone/bin/python3.11, which is not here"
    )


def test_an_interpreter_that_may_not_be_run(tmp_path):
    make_prefix(tmp_path / "conda")
    python = tmp_path / "conda/bin/python3"
    python.chmod(0o644)
    assert f"may not run its bin/python3 ({python}): Permission denied" in refusal(tmp_path / "conda")


def test_an_interpreter_for_another_processor(tmp_path):
    make_prefix(tmp_path / "conda")
    python = tmp_path / "conda/bin/python3"
    program = bytearray(python.read_bytes())
    program[18:20] = (40).to_bytes(2, "little")  # e_machine (elf(5)): 32-bit ARM
    python.write_bytes(program)
    assert refusal(tmp_path / "conda") == f"its interpreter {python} does not run: Exec format error"


def test_an_interpreter_whose_loader_is_missing(tmp_path):
    python = python_that_says(tmp_path / "musl") / "bin/python3"
    python.write_text("#!/lib/ld-musl-none.so.1\n")
    assert refusal(tmp_path / "musl").startswith(f"its interpreter {python} does not run: its loader")


def test_an_interpreter_that_says_why_it_does_not_run(tmp_path):
    """As the loader does where an environment was built for a newer libc."""
    python = python_that_says(tmp_path / "newer") / "bin/python3"
    python.write_text("#!/bin/sh\necho python3: version GLIBC_9.9 not found >&2\nexit 1\n")
    expected = f"its interpreter {python} does not run: exit status 1: python3: version GLIBC_9.9 not found"
    assert refusal(tmp_path / "newer") == expected


def test_a_folder_whose_python_is_another_environments(tmp_path):
    """Scripts would run with other packages than those of the environment that was asked for."""
    make_prefix(tmp_path / "conda")
    [library] = (tmp_path / "conda/lib").glob("python3*")
    library.unlink()
    library.mkdir()
    assert refusal(tmp_path / "conda").startswith("its python3 is that of /usr; ")


def test_a_library_whose_copy_was_cut_off(tmp_path):
    library = make_prefix(tmp_path / "conda")
    library.write_bytes(library.read_bytes()[:100_000])
    assert refusal(tmp_path / "conda").startswith(f"{library} or a library beside it is damaged")


@pytest.mark.parametrize("kind", ["a free-threaded build", "PyPy"])
def test_a_python_that_is_not_the_usual_build(tmp_path, kind):
    folder = python_that_says(tmp_path / "other", "{python}", "{folder}", "3.13", "/x.so", kind)
    assert refusal(folder) == f"its Python 3.13 is {kind}, and the usual build of CPython is needed"


def test_a_python_that_is_too_old(tmp_path):
    folder = python_that_says(tmp_path / "old", "{python}", "{folder}", "3.8", "/x.so", "")
    assert refusal(folder) == "it is Python 3.8, and 3.9 or newer is needed"


@pytest.fixture
def prefix(tmp_path):
    """A conda-layout prefix, and the engine that is started on it with start()."""
    library = make_prefix(tmp_path / "conda")
    engines = []

    def start(**variables):
        engines.append(Engine(CONDA_ENV="conda", ENVS_DIR=str(tmp_path), **variables))
        return engines[-1]

    yield library.parent, start
    for engine in engines:
        engine.stop()


@unsanitized_only  # whose own library brings libstdc++ along
def test_libraries_beside_libpython_come_before_the_systems(prefix):
    """A conda environment's python3 finds them by an RPATH, which the zygote does not have."""
    folder, start = prefix
    for name in ("libstdc++.so.6", "libz.so.1"):
        [systems] = pathlib.Path("/usr/lib").glob(f"*/{name}")
        shutil.copy(systems, folder)
    script = (
        "import ctypes, pathlib, zlib\n"
        "def rm_main():\n"
        "  ctypes.CDLL('libstdc++.so.6')\n"
        "  maps = pathlib.Path('/proc/self/maps').read_text().split()\n"
        "  return sorted({word for word in maps if '/libstdc++' in word or '/libz.' in word})"
    )
    outputs = execute(start(PRELOAD="none").endpoint, script).json()["outputs"]
    assert outputs == [value([f"{folder}/libstdc++.so.6", f"{folder}/libz.so.1"])]


def test_a_module_that_cannot_be_preloaded_is_named_with_the_cause(prefix):
    """As with a numpy that was built for another Python: the engine starts, one line says why."""
    folder, start = prefix
    [library] = folder.glob("python3*")
    packages = library.parent / "python3" / "dist-packages" / "numpy"
    packages.mkdir(parents=True)
    (packages / "__init__.py").write_text(
        "try:\n  import numpy._core\nexcept ImportError as error:\n"
        "  raise ImportError('read\\nthis') from error\n"
    )
    (packages.parent / "pandas.py").write_text("import numpy\n")
    engine = start(PRELOAD="")  # the default
    line = "standpy: preload of numpy failed: ModuleNotFoundError: No module named 'numpy._core'\n"
    assert line in engine.log
    table = {"type": "table", "csv": "a\n1\n"}
    response = execute(engine.endpoint, "def rm_main(table): pass", table)
    reason = "input 1: tables need the module pandas, which cannot be imported: read this"
    assert_problem(response, 415, "unsupported-media-type", reason)


def test_programs_of_the_environment_are_found_as_if_it_were_activated(tmp_path):
    make_venv(tmp_path / "my-env")
    (tmp_path / "my-env/conda-meta").mkdir()
    tool = tmp_path / "my-env/bin/only-here"
    tool.write_text("#!/bin/sh\necho found")
    tool.chmod(0o755)
    engine = Engine(CONDA_ENV="my-env", ENVS_DIR=str(tmp_path))
    script = (
        "import os, subprocess\n"
        "names = 'VIRTUAL_ENV', 'CONDA_PREFIX', 'CONDA_DEFAULT_ENV'\n"
        "def rm_main():\n"
        "  return subprocess.check_output('only-here', text=True), [os.environ[n] for n in names]"
    )
    outputs = execute(engine.endpoint, script).json()["outputs"]
    engine.stop()
    folder = str(tmp_path / "my-env")
    assert outputs == [value("found\n"), value([folder, folder, "my-env"])]


def test_a_machine_without_any_python_says_that_an_environment_is_to_be_named(tmp_path):
    """As an image for which CONDA_ENV was forgotten."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/uwsgi").symlink_to(shutil.which(UWSGI))
    status, output = run_to_its_end(*INI, PATH=str(tmp_path / "bin"))
    assert status != 0
    assert "there is no python3 on PATH; set CONDA_ENV to the name of an environment" in output
