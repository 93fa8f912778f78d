"""The wheel and the sdist, in bare environments of each Python that this machine has."""

import glob
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import zipfile

import pytest
from case_runner import cases_of, run_case
from engine_process import ROOT

PROJECT = ROOT / "clients/python"
VERSIONS = ["3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]


def python_of(version):
    """Its path, of Debian or pyenv; None if there is none."""
    found = [f"/usr/bin/python{version}", *glob.glob(f"{os.path.expanduser('~')}/.pyenv/versions/{version}.*/bin/python3")]
    return next((path for path in found if os.path.exists(path)), None)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Folder with both."""
    pytest.importorskip("build")
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("dist")
    copy = folder / "source"
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(copy)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture(scope="module")
def wheel(built):
    return str(next(built.glob("*.whl")))


def test_the_wheel_has_the_package_and_nothing_else(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [metadata] = [archive.read(name).decode() for name in names if name.endswith("METADATA")]
    modules = {f"standpy_client/{path.name}" for path in (PROJECT / "src/standpy_client").glob("*.py")}
    assert {name for name in names if ".dist-info/" not in name} == modules | {"standpy_client/py.typed"}
    assert wheel.endswith("-py3-none-any.whl")
    assert "Requires-Python: >=3.9" in metadata
    assert not [line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra ==" not in line]


def test_the_sdist_builds_the_same_wheel(built, wheel, tmp_path):
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path)
    [source] = tmp_path.iterdir()
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as second:
        assert first.namelist() == second.namelist()


@pytest.fixture(scope="module", params=VERSIONS)
def bare(request, wheel, tmp_path_factory):
    """The command of the client in an environment that has the wheel and nothing else."""
    python = python_of(request.param)
    if python is None:
        pytest.skip(f"there is no Python {request.param}")
    folder = tmp_path_factory.mktemp(f"bare-{request.param}")
    subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], check=True)
    packages = next(pathlib.Path(folder, "lib").glob("python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    return [str(folder / "bin/python"), "-I", "-W", "error", "-m", "standpy_client"]


@pytest.mark.parametrize("case", cases_of("walk_through"), ids=lambda case: case["name"])
def test_the_guide_from_the_wheel(bare, case, router, tmp_path):
    known = {"prefix": "/usr", "version": "1.0.0"}
    run_case(bare, case, tmp_path, f"{router.url}/{case['engine']}", known, {"PYTHONPATH": ""})


LIBRARY = """
import asyncio, io, pathlib, sys
from standpy_client import AsyncEngine, CsvTable, Engine, Refused, ScriptError

endpoint = sys.argv[1]
engine = Engine(endpoint)
assert engine.run("def rm_main(*a):\\n    return a\\n", 1, "x", [None], trust=True).values == [1, "x", [None]]
assert engine.run("def rm_main(a):\\n    return a == {(1, 2)}\\n", {(1, 2)}).value is True
path = pathlib.Path(__file__)
assert engine.run("def rm_main(f):\\n    return f\\n", path).value.content() == path.read_bytes()
table = engine.run("import pandas\\ndef rm_main():\\n    return pandas.DataFrame({'a': [1]})\\n").value
assert isinstance(table, CsvTable) and table.rows() == [{"a": "1"}]
assert engine.submit("def rm_main():\\n    return 2\\n").result(30).value == 2
try:
    engine.run("def rm_main():\\n    return 1 / 0\\n")
except ScriptError as error:
    assert "return 1 / 0" in str(error)

LIMIT = 3

@engine.remote
def clip(values: list[int], *, limit: int = LIMIT) -> list[int]:
    return [min(value, limit) for value in values]

assert clip([1, 5]) == [1, 3] and clip([1, 5], limit=4) == [1, 4]

async def main():
    async with AsyncEngine(endpoint) as remote:
        return (await remote.run("def rm_main():\\n    return 3\\n")).value

assert asyncio.run(main()) == 3
assert engine.check().ok
engine.close()
assert not {"pandas", "numpy", "pyarrow", "IPython"} & set(sys.modules)
print("all right")
"""


def test_the_library_from_the_wheel(bare, engine, tmp_path):
    (tmp_path / "library.py").write_text(LIBRARY)
    done = subprocess.run(
        [*bare[:4], str(tmp_path / "library.py"), engine.endpoint], capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "all right\n", done.stderr


def test_types_are_complete(tmp_path):
    """By mypy, as a user's program sees them, and within."""
    pytest.importorskip("mypy")
    (tmp_path / "own.py").write_text(
        "from standpy_client import Engine, Result\n"
        "def use(engine: Engine) -> Result:\n"
        "    return engine.submit('x', 1, timeout=2.5).result()\n"
        "reveal_type(Engine('http://x').info().workers)\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--cache-dir", str(tmp_path / "cache")]
    done = subprocess.run(
        [*command, str(tmp_path / "own.py")], env=os.environ | {"MYPYPATH": str(PROJECT / "src")}, capture_output=True, text=True
    )
    assert 'Revealed type is "' in done.stdout and "int" in done.stdout and done.returncode == 0, done.stdout


