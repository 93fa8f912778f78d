"""Scripts with packages: what plain Python makes of them, and the engine, two at a time.

test_packages.py here uses it, and in short tests/blackbox/test_libraries.py.
"""

import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = pathlib.Path(__file__).parent / "scripts"
sys.path.insert(0, str(ROOT / "tests/blackbox"))
from client import execute, value  # noqa: E402
from engine_process import base_environment  # noqa: E402

METHODS = [["fork"], ["spawn"], ["forkserver"]]
BACKENDS = [["loky"], ["threading"], ["multiprocessing"], ["sequential"]]
STRATEGIES = [
    [*method, strategy] for method in METHODS for strategy in ("file_descriptor", "file_system")
]
# Scripts that run once for each of these lists of inputs; all others run once, without inputs.
INPUTS = {
    "data_loader": STRATEGIES,
    "executors": METHODS,
    "joblib_backends": BACKENDS,
    "joblib_large_arrays": BACKENDS,
    "managers": METHODS,
    "own_functions": METHODS,
    "polars_in_children": METHODS[1:],  # its documentation warns of fork
    "pool": METHODS,
    "queues": METHODS,
    "shared_memory": METHODS,
    "shared_model": STRATEGIES,
    "shared_state": METHODS,
}
AS_A_PROGRAM = """

if __name__ == "__main__":
    import json as _json
    import sys as _sys

    _result = rm_main(*_json.loads(_sys.argv[2]))
    with open(_sys.argv[1], "w") as _file:
        _json.dump(_result, _file)
"""


class Case:
    """A script and its inputs."""

    def __init__(self, path, inputs):
        self.source, self.inputs = path.read_text(), inputs
        self.name = "-".join((path.stem, *inputs))

    def by_plain_python(self, python):
        """What the script returns and prints as a program of its own, in an empty folder."""
        with tempfile.TemporaryDirectory() as folder:
            program, result = pathlib.Path(folder, "script.py"), pathlib.Path(folder, "result")
            program.write_text(self.source + AS_A_PROGRAM)
            scratch = pathlib.Path(folder, "scratch")
            scratch.mkdir()
            done = subprocess.run(
                [str(python), str(program), str(result), json.dumps(self.inputs)],
                cwd=scratch,
                env=base_environment(),
                capture_output=True,
                text=True,
                timeout=120,
            )
            assert done.returncode == 0, done.stderr
            return json.loads(result.read_text()), done.stdout

    def by_engine(self, engine):
        answer = execute(engine.endpoint, self.source, *map(value, self.inputs))
        assert answer.status_code == 200, answer.text
        report = answer.json()
        (output,) = report["outputs"]
        assert output["type"] == "value", "the script must return what JSON has"
        return output["value"], report["stdout"]

    def by_engine_at_once(self, engine, rounds):
        """Each round is two requests at the same time."""
        with concurrent.futures.ThreadPoolExecutor(2) as clients:
            for _ in range(rounds):
                runs = [clients.submit(self.by_engine, engine) for _ in range(2)]
                yield from [run.result() for run in runs]


def cases(*folders):
    """All scripts of these folders, with each of their inputs."""
    paths = [path for folder in folders for path in sorted((SCRIPTS / folder).glob("*.py"))]
    return [Case(path, inputs) for path in paths for inputs in INPUTS.get(path.stem, [[]])]


def parameter(case, *values):
    """A parameter of pytest's, with the case's name."""
    return pytest.param(*values, case, id=case.name)
