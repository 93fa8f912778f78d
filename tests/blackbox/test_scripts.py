"""The corpus tests/scripts: the engine and an ordinary interpreter agree, and with what is expected.

SCRIPT.json holds the inputs and the expected outputs and standard output of SCRIPT.py.
"""

import json
import subprocess

import pytest
from client import execute
from engine_process import PYTHON_PATH, ROOT, base_environment

FOLDER = ROOT / "tests/scripts"
SCRIPTS = sorted(path.stem for path in FOLDER.glob("*.json"))


def by_engine(endpoint, name, inputs):
    report = execute(endpoint, (FOLDER / f"{name}.py").read_text(), *inputs)
    assert report.status_code == 200, report.text
    outputs = []
    for output in report.json()["outputs"]:
        if output["type"] == "table":
            resource = output["dataresource"]
            columns = [field["name"] for field in resource["schema"]["fields"]]
            rows = [[row[column] for column in columns] for row in resource["data"]]
            outputs.append({"columns": columns, "rows": rows})
        elif output["type"] == "file":
            outputs.append({"text": output["text"]})
        else:
            outputs.append({"value": output["value"]})
    return {"outputs": outputs, "stdout": report.json()["stdout"]}


def by_plain_python(name):
    command = [f"{PYTHON_PATH}/python3", FOLDER / "plain.py"]
    command += [FOLDER / f"{name}.py", FOLDER / f"{name}.json"]
    done = subprocess.run(command, capture_output=True, text=True, env=base_environment())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def case_of(name):
    return json.loads((FOLDER / f"{name}.json").read_text())


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_engine_gives_what_is_expected(endpoint, name):
    case = case_of(name)
    assert by_engine(endpoint, name, case["inputs"]) == case["expected"]


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_ordinary_interpreter_agrees(name):
    assert by_plain_python(name) == case_of(name)["expected"]


def test_there_are_scripts():
    assert len(SCRIPTS) >= 40
