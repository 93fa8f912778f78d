"""rm_init: what it returns takes the place of the first inputs, kept or not."""

import itertools
import json
import re

import pytest
from client import assert_problem, csv, execute, execute_parts, metric, outputs, post, text_file, value
from engine_process import Engine, namespace_only, unsanitized_only
from init_scripts import SEQUENCES

ONCE = "import os\ndef rm_init(*names): return os.urandom(8).hex()\ndef rm_main(m, *rest): return m\n"
PLAIN = "def rm_init(n): return n\ndef rm_main(n): return n\n"
READ = ONCE.replace("*names", "f")


def first(response):
    """What the only output says."""
    [output] = outputs(response)
    return output["value"]


@pytest.fixture(scope="module")
def keeping():
    engine = Engine(WORKERS="1", TIMEOUT="20", ISOLATION="namespace")
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def forgetting():
    engine = Engine(WORKERS="1", TIMEOUT="20", ISOLATION="process")
    yield engine
    engine.stop()


def what_a_client_sees(response):
    report = json.loads(re.sub(r'/[^ "]*/script.py', "script.py", response.text))
    told = {name: report.get(name) for name in ("outputs", "stderr", "phase", "detail", "exception", "traceback")}
    return response.status_code, told


# The same results


@pytest.mark.parametrize("what", SEQUENCES)
def test_the_result_is_the_same_whether_it_is_kept_or_not(keeping, forgetting, what):
    script, requests = SEQUENCES[what]
    for inputs in requests:
        kept, new = (execute(engine.endpoint, script, *inputs) for engine in (keeping, forgetting))
        assert what_a_client_sees(kept) == what_a_client_sees(new)


PARTS = {
    "sets": ["", "model = None\n", "model = [1]\n"],
    "makes": ["f.read()", "Model(f.read())", "[times, Model]", "lambda n: times(n)", "LIST", "None"],
    "changes": ["", "    global times\n    times = Model\n", "    global model\n    model = n\n"],
    "asks": ["repr(type(m))", "m is LIST", "isinstance(m, Model)", "model is None", "times(n)", "len(LIST)"],
}


def test_every_combination_is_the_same(keeping, forgetting):
    """Of what a script may define, return and ask."""
    for sets, makes, changes, asks in itertools.product(*PARTS.values()):
        script = (
            "LIST = [1, 2]\nmodel = 7\n"
            "class Model:\n    def __init__(self, text): self.text = text\n"
            "def times(n): return n * len(LIST)\n"
            f"def rm_init(f):\n    global model\n    {sets or 'pass'}\n    return {makes}\n"
            f"def rm_main(*all):\n    m, n = all[0], all[-1]\n{changes}    return str({asks})[:25]\n"
        )
        for number in (2, 3):
            inputs = text_file("text"), value(number)
            kept = execute(keeping.endpoint, script, *inputs)
            new = execute(forgetting.endpoint, script, *inputs)
            assert what_a_client_sees(kept) == what_a_client_sees(new), script


@pytest.mark.parametrize("depth", [100, 1500])
def test_a_value_may_be_deep(keeping, forgetting, depth):
    script = (
        "def rm_init(a):\n    depth = 0\n    while a: a, depth = a[0], depth + 1\n    return depth\n"
        "def rm_main(depth): return depth\n"
    )
    deep = "[" * (depth + 1) + "]" * (depth + 1)
    body = f'{{"script": {json.dumps(script)}, "inputs": [{{"type": "value", "value": {deep}}}]}}'
    for engine in (keeping, keeping, forgetting):
        assert first(post(engine.endpoint, body, "application/json")) == depth


# What is kept


@namespace_only
def test_it_runs_once_for_a_script_and_its_inputs(start):
    engine = start(WORKERS="1")
    kept = {first(execute(engine.endpoint, READ, text_file("a"), value(n))) for n in range(20)}
    assert len(kept) == 1
    other_input = first(execute(engine.endpoint, READ, text_file("b"), value(1)))
    other_script = first(execute(engine.endpoint, READ + "\n", text_file("a"), value(1)))
    other_type = first(execute(engine.endpoint, READ, value("a"), value(1)))
    assert len({*kept, other_input, other_script, other_type}) == 4
    assert first(execute(engine.endpoint, READ, text_file("a"), value(1))) in kept


@namespace_only
def test_it_is_kept_if_there_are_fewer_inputs_than_parameters(start):
    engine = start(WORKERS="1")
    script = "import os\ndef rm_init(a=1, b=2): return a, b, os.urandom(8).hex()\ndef rm_main(*all): return all[2]\n"
    requests = [[value(n) for n in range(count)] for count in (0, 1, 2, 3)]
    got = [first(execute(engine.endpoint, script, *inputs)) for inputs in requests]
    assert got[2] == got[3] and len(set(got)) == 3
    assert [first(execute(engine.endpoint, script, *inputs)) for inputs in requests] == got


@namespace_only
def test_metadata_and_the_form_of_a_table_count(start):
    engine = start(WORKERS="1")
    table = csv("a\n1\n")
    real, integer = ({"metadata": {"a": [name, None]}} for name in ("real", "integer"))
    tables = [table, table | real, table | integer, csv("a\n2\n"), text_file("a\n1\n")]
    got = [first(execute(engine.endpoint, READ, table)) for table in tables]
    assert len(set(got)) == len(tables)
    assert [first(execute(engine.endpoint, READ, table)) for table in tables] == got


@namespace_only
@pytest.mark.parametrize(
    "returns",
    ["Model(1)", "numpy.array([Model(1)])", "[Model, helper]", "lambda: helper()", "functools.partial(helper)",
     "LIST", "Color.RED", "None"],  # fmt: skip
)
def test_what_is_of_the_script_is_kept_too(keeping, returns):
    script = (
        "import enum, functools, numpy, os\nLIST = []\n"
        "class Model:\n    def __init__(self, n): self.n = n\n"
        "class Color(enum.Enum):\n    RED = 1\n"
        "def helper(): return LIST\n"
        f"def rm_init(f):\n    global number\n    number = os.urandom(8).hex()\n    return {returns}\n"
        "def rm_main(*all): return number\n"
    )
    assert len({first(execute(keeping.endpoint, script, text_file(""))) for _ in range(3)}) == 1


@namespace_only
def test_an_import_in_it_does_not_hinder(start):
    engine = start(WORKERS="1")
    script = (
        "def rm_init(f):\n    import os, sklearn.linear_model, matplotlib.pyplot\n    return os.urandom(8).hex()\n"
        "def rm_main(m): return m\n"
    )
    answers = [first(execute(engine.endpoint, script, text_file(""))) for _ in range(4)]
    # Unless numpy is preloaded, the first run brings its generator, which rm_init might have seeded.
    assert len(set(answers[1:])) == 1


@namespace_only
def test_inputs_that_it_takes_are_not_read_again(keeping):
    """The pickle says when it is loaded."""
    pickled = b"cbuiltins\nprint\n(Vloaded\ntR."
    script = "def rm_init(m): return 1\ndef rm_main(m, n): return n\n"
    part = "input", pickled, "application/x-python-pickle"
    said = []
    for number in (b"1", b"2", b"3"):
        parts = ("script", script, None), part, ("input", number, "application/json")
        response = execute_parts(keeping.endpoint, *parts)
        assert first(response) == int(number)
        said.append(response.json()["stdout"])
    assert said == ["loaded\n", "", ""]


@namespace_only
def test_a_script_that_changes_what_was_returned_changes_it_for_the_next(keeping):
    script = "def rm_init(f): return []\ndef rm_main(m, n):\n    m.append(n)\n    return m\n"
    seen = [first(execute(keeping.endpoint, script, text_file(""), value(n))) for n in range(3)]
    assert seen == [[0], [0, 1], [0, 1, 2]]


@namespace_only
def test_what_failed_is_not_kept(keeping):
    script = (
        "import os\ndef rm_init(f):\n"
        "    print('runs')\n    if os.urandom(1)[0] % 2: raise ValueError('odd')\n    return 1\n"
        "def rm_main(m): return m\n"
    )
    answers = []
    while not answers or answers[-1].status_code != 200:
        answers.append(execute(keeping.endpoint, script, text_file("")))
        assert answers[-1].json()["stdout"] == "runs\n"
    assert execute(keeping.endpoint, script, text_file("")).json()["stdout"] == ""


@namespace_only
def test_classes_of_libraries_stay_the_same(keeping):
    script = (
        "import fractions\ndef rm_init(f): return fractions.Fraction(1, 3)\n"
        "def rm_main(m): return isinstance(m, fractions.Fraction), type(m) is fractions.Fraction\n"
    )
    for _ in range(3):
        assert outputs(execute(keeping.endpoint, script, text_file(""))) == [value(True), value(True)]


def test_other_requests_see_nothing_of_it(keeping):
    """Neither its globals, nor its module."""
    script = "def rm_init(f):\n    global kept\n    kept = 1\n    return f.read()\ndef rm_main(m): return m\n"
    look = "import sys\ndef rm_main(): return 'kept' in globals(), hasattr(sys.modules['__main__'], 'kept')\n"
    for _ in range(3):
        assert first(execute(keeping.endpoint, script, text_file("a"))) == "a"
        assert outputs(execute(keeping.endpoint, look)) == [value(False), value(False)]


@namespace_only
def test_what_rm_main_left_in_globals_ends_with_its_request(start):
    engine = start(WORKERS="1")
    script = (
        "class Noisy:\n    def __del__(self): print('the end')\n"
        "def rm_init(n): return n\n"
        "def rm_main(n):\n    global left\n    left = Noisy()\n    return n\n"
    )
    for number in range(3):
        assert execute(engine.endpoint, script, value(1)).json()["stdout"] == ""
        assert execute(engine.endpoint, PLAIN, value(1)).json()["stdout"] == ""
    assert engine.log.splitlines().count("    the end") == 3


# The bound


@namespace_only
def test_what_was_not_used_for_longest_goes_first(start):
    engine = start(WORKERS="1")

    def ask(number):
        return first(execute(engine.endpoint, READ, value(number)))

    before = [ask(number) for number in range(16)]
    assert ask(0) == before[0]
    ask(16)
    assert [ask(number) for number in (0, *range(2, 16))] == [before[0], *before[2:]]
    assert ask(1) != before[1]


@namespace_only
def test_what_is_forgotten_ends_within_no_other_script(start):
    engine = start(WORKERS="1")
    noisy = (
        "class Noisy:\n    def __del__(self): print('the end of', self.n)\n"
        "def rm_init(n):\n    m = Noisy()\n    m.n = n\n    m.me = m\n    return m\ndef rm_main(m): return m.n\n"
    )
    for number in range(20):
        report = execute(engine.endpoint, noisy, value(number)).json()
        assert (report["outputs"], report["stdout"]) == ([value(number)], "")
    for number in range(40):
        report = execute(engine.endpoint, PLAIN, value(number)).json()
        assert report["stdout"] == report["stderr"] == ""
    ended = [line for line in engine.log.splitlines() if line.startswith("    the end of")]
    assert len(ended) == 20


@namespace_only
@unsanitized_only
def test_many_scripts_take_bounded_memory(start):
    engine = start(WORKERS="1")
    script = "def rm_init(f): return [f.read()] * 10, bytes(2_000_000)\ndef rm_main(m, b, n): return n\n"

    def run(numbers):
        for number in numbers:
            assert first(execute(engine.endpoint, f"# {number}\n{script}", text_file("a"), value(1))) == 1
        return metric(engine, "standpy_worker_resident_bytes", worker="1")

    before = run(range(50))
    assert run(range(50, 400)) < before + 50e6


@namespace_only
@unsanitized_only
def test_results_go_before_the_worker_does(start):
    """Each result has a sixth of MEMORY_LIMIT, so two of them are kept, and no worker is replaced."""
    engine = start(WORKERS="1", MEMORY_LIMIT="600m")
    script = (
        "import os\ndef rm_init(n): return os.urandom(100_000_000), n\n"
        "def rm_main(b, n): return len(b), n, b[:8].hex()\n"
    )
    for _ in range(3):
        for number in range(4):
            size, same, _ = outputs(execute(engine.endpoint, script, value(number)))
            assert (size, same) == (value(100_000_000), value(number))
    last = [outputs(execute(engine.endpoint, script, value(3)))[2] for _ in range(3)]
    assert last[0] == last[1] == last[2]
    assert metric(engine, "standpy_worker_restarts_total", reason="memory") == 0


@namespace_only
@unsanitized_only
def test_a_result_that_is_too_large_is_not_kept_and_drives_out_no_other(start):
    engine = start(WORKERS="1", MEMORY_LIMIT="600m")
    small = first(execute(engine.endpoint, READ, value(0)))
    script = "import os\ndef rm_init(n): return b'x' * 400_000_000\ndef rm_main(b): return len(b)\n"
    for _ in range(3):
        assert first(execute(engine.endpoint, script, value(1))) == 400_000_000
    assert first(execute(engine.endpoint, READ, value(0))) == small
    assert metric(engine, "standpy_worker_restarts_total", reason="memory") == 0


@namespace_only
@unsanitized_only
def test_what_is_kept_takes_no_memory_from_other_scripts(start):
    engine = start(WORKERS="1", MEMORY_LIMIT="600m")
    keep = "def rm_init(n): return b'x' * 200_000_000\ndef rm_main(b): return len(b)\n"
    use = "{}def rm_main(n): return len(b'x' * n)\n"
    for size in (200_000_000, 480_000_000):
        for imports in ("", "import os\n"):
            requests = (keep, value(1)), (use.format(imports), value(size))
            answers = [execute(engine.endpoint, *request) for request in requests]
            assert [first(answer) for answer in answers] == [200_000_000, size]
    too_much = execute(engine.endpoint, use.format(""), value(650_000_000))
    assert too_much.json()["exception"]["type"] == "MemoryError"


# Errors, and time


@pytest.mark.parametrize(
    "body, status, slug",
    [
        ("raise ValueError('no model')", 422, "script-failed"),
        ("import sys; sys.exit(1)", 422, "script-failed"),
        ("import os; os.abort()", 502, "script-died"),
        ("while True: pass", 504, "deadline-exceeded"),
    ],
)
def test_its_errors_say_that_they_are_its(endpoint, body, status, slug):
    script = f"def rm_init(f):\n    {body}\ndef rm_main(m, n): return 1\n"
    response = execute(endpoint, script, text_file(""), value(1), headers={"Prefer": "wait=2"})
    problem = assert_problem(response, status, slug)
    assert problem["phase"] == "init"
    assert "  Script, line 2, in rm_init\n" in problem["traceback"]


def test_the_wrong_number_of_values_is_said(endpoint):
    for returns, said in (("None", "returned 0 values"), ("1", ""), ("(1, 2)", "returned 2 values")):
        script = f"def rm_init(f): return {returns}\ndef rm_main(m, n): return n\n"
        response = execute(endpoint, script, text_file(""), value(5))
        if said:
            words = f"(the request has 2 inputs; rm_init took 1 of them and {said})"
            assert_problem(response, 422, "script-failed", "TypeError: rm_main() ", words)
        else:
            assert first(response) == 5


def test_macros_are_no_input(endpoint):
    script = "def rm_init(f): return f.read()\ndef rm_main(m, n, macros): return m, n, macros\n"
    for number in (1, 2):
        response = execute(endpoint, script, text_file("a"), value(number), macros={"k": number})
        assert outputs(response) == [value("a"), value(number), value({"k": number})]


def test_timings_have_it_if_the_script_has_it(endpoint):
    script = "import time\ndef rm_init(f): time.sleep(0.1)\ndef rm_main(): return 1\n"
    times = [execute(endpoint, script, text_file("")).json()["timings"] for _ in range(2)]
    assert list(times[0]) == ["queue", "decode", "init", "run", "encode"]
    assert times[0]["init"] >= 100 > times[0]["run"]
    assert "init" not in execute(endpoint, "def rm_main(): return 1").json()["timings"]


@namespace_only
def test_timings_show_that_it_was_kept(keeping):
    script = "import time\ndef rm_init(f): time.sleep(0.2)\ndef rm_main(): return 1\n"
    times = [execute(keeping.endpoint, script, text_file("")).json()["timings"]["init"] for _ in range(3)]
    assert times[0] >= 200 > max(times[1:])


def test_a_table_of_arrow_is_not_held_by_its_request(arrow_endpoint):
    """Its memory is that of the request, which ends."""
    script = (
        "import pandas\ndef rm_main(n):\n"
        "    import base64, io, pyarrow\n"
        "    table = pyarrow.table({'a': range(n)})\n"
        "    sink = io.BytesIO()\n"
        "    with pyarrow.ipc.new_stream(sink, table.schema) as writer: writer.write_table(table)\n"
        "    return sink\n"
    )
    response = execute(arrow_endpoint, script, value(100_000), headers={"Accept": "application/octet-stream"})
    stream = "input", response.content, "application/vnd.apache.arrow.stream"
    use = (
        "import os\ndef rm_init(t): return t, os.urandom(8).hex()\n"
        "def rm_main(t, m): return int(t['a'].sum()), m, os.getpid()\n"
    )
    answers = [outputs(execute_parts(arrow_endpoint, ("script", use, None), stream)) for _ in range(3)]
    assert {answer[0]["value"] for answer in answers} == {sum(range(100_000))}
    assert len({answer[2]["value"] for answer in answers[1:]}) == len({answer[1]["value"] for answer in answers[1:]})
