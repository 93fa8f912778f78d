"""Every kind of column of the table in docs/protocol.md goes to a script and back as that table says."""

import pytest
from standpy_client import Engine, ScriptError

pandas = pytest.importorskip("pandas")
pytest.importorskip("hypothesis")  # test_dtypes.py, whose scripts these are, has random tables as well

import importlib.util  # noqa: E402
import json  # noqa: E402
import pathlib  # noqa: E402
import subprocess  # noqa: E402

from conftest import SOURCE  # noqa: E402
from engine_process import ROOT, engine_on  # noqa: E402
from table_of_dtypes import KINDS, Same  # noqa: E402
from table_of_dtypes import Refused as RefusedForm  # noqa: E402

specification = importlib.util.spec_from_file_location("engine_dtypes", ROOT / "tests/blackbox/test_dtypes.py")
engine_dtypes = importlib.util.module_from_spec(specification)
specification.loader.exec_module(engine_dtypes)

GENERATION = int(pandas.__version__.partition(".")[0])
EXAMPLES = [pytest.param(kind, id=kind.name) for kind in KINDS if kind.since <= GENERATION]


@pytest.fixture(scope="module", params=["json", "arrow"])
def remote(request):
    """Engines with this Python's pandas, and what frames travel as."""
    name = "engine"
    if request.param == "arrow":
        pytest.importorskip("pyarrow")
        name = "arrow_engine"
    with Engine(request.getfixturevalue(name).endpoint) as remote:
        text = "import pandas\ndef rm_main():\n    return pandas.__version__\n"
        if remote.run(text).value != pandas.__version__:
            pytest.skip("the engine has another pandas")
        yield remote, request.param


def local(columns):
    """The same table here, and the functions that compare."""
    space = {}
    exec(engine_dtypes.make(columns), space)
    return space


def forms_of(kind, form):
    """The forms that a frame with such a column may have, the first that carries it counts."""
    forms = ["arrow", "json"] if form == "arrow" else ["json"]
    return [one for one in forms if not isinstance(kind.outcome(one), RefusedForm)]


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_column_arrives(remote, kind):
    engine, form = remote
    columns = [("x", kind, kind.examples)]
    frame = local(columns)["make"]()
    forms = forms_of(kind, form)
    if not forms:
        with pytest.raises(TypeError, match="'x'"):
            engine.run("def rm_main(t):\n    pass\n", frame)
        return
    for name, came, expected in engine.run(engine_dtypes.compare(columns, forms[0]), frame).value:
        assert came == expected, name


@pytest.mark.parametrize("kind", EXAMPLES)
def test_a_column_comes_back(remote, kind):
    engine, form = remote
    columns = [("x", kind, kind.examples)]
    text = engine_dtypes.make(columns) + "def rm_main(*inputs):\n    return make()\n"
    outcome = kind.outcome(form)
    # A frame as input, so that the answer is Arrow from the first call on.
    given = pandas.DataFrame({"a": [1]})
    if isinstance(outcome, RefusedForm):
        with pytest.raises(ScriptError, match="'x'"):
            engine.run(text, given)
        return
    [returned] = engine.run(text, given).values
    space = local(columns)
    becomes, dtype = ("c", True) if isinstance(outcome, Same) else (outcome.becomes, outcome.dtype)
    space["c"] = space["make"]()["x"]
    assert space["shown"](returned["x"], dtype) == space["shown"](eval(becomes, space), dtype)


@pytest.fixture(scope="module", params=["pandas-2.0", "pandas-2", "pandas-3"])
def environment(request):
    """(Python, endpoint) of an environment that both sides have."""
    engine = engine_on(request.param)
    yield str(ROOT / "build/envs" / request.param / "bin/python"), engine.endpoint
    engine.stop()


@pytest.mark.parametrize("form", ["json", "arrow"])
def test_each_generation_of_pandas(environment, form):
    python, endpoint = environment
    described = []
    for kind in KINDS:
        columns, outcome = [("x", kind, kind.examples)], kind.outcome(form)
        if isinstance(outcome, RefusedForm):
            continue
        becomes, dtype = ("c", True) if isinstance(outcome, Same) else (outcome.becomes, outcome.dtype)
        texts = {"make": engine_dtypes.make(columns), "compare": engine_dtypes.compare(columns, form)}
        described.append({"name": kind.name, "since": kind.since, "becomes": becomes, "dtype": dtype, **texts})
    done = subprocess.run(
        [python, str(pathlib.Path(__file__).parent / "each_pandas.py"), endpoint, form],
        input=json.dumps(described), env={"PYTHONPATH": str(SOURCE)}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *wrong, last = done.stdout.splitlines()
    assert not wrong
    assert int(last.split()[0]) > 20
