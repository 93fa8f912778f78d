"""Scripts with libraries from PyPI (tests/scripts/libraries): as plain python3, whoever ran before.

Three times each, in random order, two at a time.
"""

import concurrent.futures
import json
import os
import random
import subprocess

import pytest
from client import execute
from engine_process import ROOT, Engine, base_environment

FOLDER = ROOT / "tests/scripts/libraries"
ENVIRONMENTS = ROOT / "build/envs"
SCRIPTS = {path.stem: path.read_text() for path in sorted(FOLDER.glob("*.py"))}
TAIL = "\nif __name__ == '__main__':\n    import json\n    print('\\n' + json.dumps(rm_main()))\n"

pytestmark = pytest.mark.skipif(
    not os.path.isdir(ENVIRONMENTS / "libraries"), reason="there is no environment build/envs/libraries"
)


def by_python(name, folder):
    (folder / "script.py").write_text(SCRIPTS[name] + TAIL)
    (folder / "work").mkdir()
    done = subprocess.run([ENVIRONMENTS / "libraries/bin/python3", folder / "script.py"], cwd=folder / "work",
                          env=base_environment() | {"HOME": str(folder)}, capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    printed, _, result = done.stdout.rstrip("\n").rpartition("\n")
    return [json.loads(result), printed.strip("\n")]


def by_engine(endpoint, name):
    answer = execute(endpoint, SCRIPTS[name])
    assert answer.status_code == 200, f"{name}: {answer.text}"
    report = answer.json()
    return [report["outputs"][0]["value"], report["stdout"].strip("\n")]


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    return {name: by_python(name, tmp_path_factory.mktemp(name)) for name in SCRIPTS}


@pytest.mark.parametrize("isolation", ["namespace", "process"])
def test_each_gives_what_python3_gives(expected, isolation):
    names = [name for name in SCRIPTS for _ in range(3)]
    random.shuffle(names)
    engine = Engine(ISOLATION=isolation, WORKERS="2", TIMEOUT="100",
                    CONDA_ENV="libraries", ENVS_DIR=str(ENVIRONMENTS))  # fmt: skip
    try:
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            found = list(pool.map(lambda name: by_engine(engine.endpoint, name), names))
    finally:
        engine.stop()
    assert [*zip(names, found)] == [(name, expected[name]) for name in names]
