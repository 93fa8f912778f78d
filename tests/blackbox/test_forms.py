"""Accept: the forms of the answer. Arrow: where the environment has pyarrow, and where not."""

import email
import email.policy
import json
import pathlib
import pickle
import re

import pytest
import requests
from client import assert_problem, csv, execute, execute_parts, execute_script, value
from engine_process import ROOT, Engine, namespace_only, unsanitized_only
from router_process import Router

ARROW = "application/vnd.apache.arrow.stream"
TABLE = "import pandas\ndef rm_main(): return pandas.DataFrame({'a': [1, 2], 'b': ['x', None]})"


def parts_of(response):
    """The parts of a multipart answer as (media type, bytes), read by Python's own mail parser."""
    head = b"Content-Type: " + response.headers["Content-Type"].encode() + b"\r\n\r\n"
    message = email.message_from_bytes(head + response.content, policy=email.policy.HTTP)
    parts = [(part, part.get_payload(decode=True)) for part in message.iter_parts()]
    assert all(int(part["Content-Length"]) == len(content) for part, content in parts)
    return [(part.get_content_type(), content) for part, content in parts]


def test_a_table_alone_comes_as_csv(endpoint):
    response = execute_script(endpoint, TABLE, Accept="text/csv")
    assert response.headers["Content-Type"] == "text/csv"
    assert response.text == "a,b\n1,x\n2,\n"


def test_a_file_alone_comes_as_bytes(endpoint):
    script = "import io\ndef rm_main(): return io.BytesIO(bytes(range(256)))"
    response = execute_script(endpoint, script, Accept="application/octet-stream")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.content == bytes(range(256))


@pytest.mark.parametrize(
    "accept, returned, outputs",
    [
        ("text/csv", "1", "value or object"),
        ("text/csv", "None", "none"),
        ("text/csv", "(io.StringIO(), io.StringIO())", "file, file"),
        ("application/octet-stream", "1", "value or object"),
        ("application/octet-stream", "pandas.DataFrame()", "table"),
    ],
)
def test_outputs_that_do_not_fit_are_a_406(endpoint, accept, returned, outputs):
    response = execute_script(endpoint, f"import io, pandas\ndef rm_main(): return {returned}", Accept=accept)
    assert_problem(response, 406, "not-acceptable", accept, "exactly one", f"outputs: {outputs}")


def test_a_form_that_nobody_knows_is_a_406_before_the_script_runs(endpoint):
    response = execute_script(endpoint, "import no_such_module", Accept="text/html")
    assert_problem(response, 406, "not-acceptable", "multipart/mixed")


def test_a_failure_is_a_problem_whatever_is_accepted(endpoint):
    for accept in ("text/csv", "multipart/mixed", ARROW):
        response = execute_script(endpoint, "import no_such_module", Accept=accept)
        assert_problem(response, 422, "script-parse-failed")


def test_multipart_has_a_report_and_one_raw_part_per_output(endpoint):
    script = (
        "import io, pandas\n"
        "def rm_main():\n"
        "  print('printed')\n"
        "  return (pandas.DataFrame({'a': [1]}), 0.1, io.BytesIO(b'\\xff\\r\\n--'), {1}, None)"
    )
    response = execute_script(endpoint, script, Accept="multipart/mixed")
    (report_type, report), *outputs = parts_of(response)
    report = json.loads(report)
    assert report_type == "application/json"
    assert report["stdout"] == "printed\n"
    assert set(report) == {"outputs", "stdout", "stderr", "request_id", "timings"}
    assert [output["type"] for output in report["outputs"]] == [
        "table", "value", "file", "object", "value",
    ]  # fmt: skip
    assert [output["media_type"] for output in report["outputs"]] == [kind for kind, _ in outputs]
    assert outputs[0] == ("text/csv", b"a\n1\n")  # no pyarrow in this environment
    assert outputs[1] == ("application/json", b"0.1")
    assert outputs[2] == ("application/octet-stream", b"\xff\r\n--")
    assert pickle.loads(outputs[3][1]) == {1}
    assert outputs[4] == ("application/json", b"null")


def test_multipart_without_outputs_is_the_report_alone(endpoint):
    [(_, report)] = parts_of(execute_script(endpoint, "def rm_main(): pass", Accept="multipart/mixed"))
    assert json.loads(report)["outputs"] == []


def test_multipart_takes_the_table_format_of_the_options(endpoint):
    response = execute(
        endpoint, TABLE, headers={"Accept": "multipart/mixed"}, table_format="json"
    )
    _, (kind, table) = parts_of(response)
    assert kind == "application/vnd.dataresource+json"
    assert json.loads(table)["data"] == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]


# Arrow


def test_without_pyarrow_arrow_is_refused_by_name_of_the_module(endpoint):
    table = {"type": "table", "arrow": "AAAA"}
    response = execute(endpoint, "def rm_main(t): pass", table)
    assert_problem(response, 415, "unsupported-media-type", "input 1", "pyarrow")
    response = execute(endpoint, TABLE, table_format="arrow")
    assert_problem(response, 406, "not-acceptable", "pyarrow")
    assert_problem(execute_script(endpoint, TABLE, Accept=ARROW), 406, "not-acceptable", "pyarrow")


# What a script makes, and another one must get: all that DataFrames usually hold.
MAKE = (
    "import datetime, decimal, numpy, pandas\n"
    "def make():\n"
    "  return pandas.DataFrame({\n"
    "    'int': [1, -2**63, 2**63 - 1],\n"
    "    'uint': numpy.array([0, 1, 2**64 - 1], 'uint64'),\n"
    "    'small': numpy.array([1, 2, 3], 'int8'),\n"
    "    'nullable': pandas.array([1, None, 3], 'Int64'),\n"
    "    'float': [0.1, float('nan'), float('inf')],\n"
    "    'float32': numpy.array([0.1, -0.0, 3e38], 'float32'),\n"
    "    'bool': [True, False, True],\n"
    "    'str': ['', None, 'é\\U0001f600\\n\"'],\n"
    "    'category': pandas.Categorical(['b', 'a', None], ['b', 'a', 'unused']),\n"
    "    'time': pandas.to_datetime(['2020-01-01 12:30:00.123456', None, '1969-12-31 00:00:00.000000']),\n"
    "    'zone': pandas.to_datetime(['2020-03-29 01:30', None, '2020-06-01 00:00'])"
    ".tz_localize('Europe/Berlin'),\n"
    "    'duration': pandas.to_timedelta(['1 days 00:00:00.5', None, '-1 s']),\n"
    "    'date': [datetime.date(2020, 1, 1), None, datetime.date(1, 1, 1)],\n"
    "    'decimal': [decimal.Decimal('1.10'), None, decimal.Decimal('-2.50')],\n"
    "  })\n"
)


def test_arrow_carries_a_table_losslessly_both_ways(arrow_endpoint):
    sent = execute_script(arrow_endpoint, MAKE + "def rm_main(): return make()", Accept=ARROW)
    assert sent.headers["Content-Type"] == ARROW
    script = (
        MAKE + "def rm_main(t):\n"
        "  pandas.testing.assert_frame_equal(t, make())\n"
        "  return list(t.columns)"
    )
    response = execute_parts(
        arrow_endpoint, ("script", script, None), ("input", sent.content, ARROW)
    )
    assert response.status_code == 200, response.text
    assert len(response.json()["outputs"][0]["value"]) == 14


def test_arrow_is_the_form_of_tables_in_multipart_and_an_option_in_json(arrow_endpoint):
    _, (kind, stream) = parts_of(execute_script(arrow_endpoint, TABLE, Accept="multipart/mixed"))
    assert kind == ARROW
    response = execute(arrow_endpoint, TABLE, table_format="arrow")
    [output] = response.json()["outputs"]
    assert set(output) == {"type", "arrow"}
    script = "def rm_main(t): return t"
    back = execute(arrow_endpoint, script, output, table_format="csv")
    described = {"a": ["integer", None], "b": ["polynominal", None]}
    assert back.json()["outputs"] == [csv("a,b\n1,x\n2,\n") | {"metadata": described}]


def test_a_table_that_arrow_cannot_hold_says_so(arrow_endpoint):
    script = "import pandas\ndef rm_main(): return pandas.DataFrame({'a': [1, 'x', object()]})"
    response = execute_script(arrow_endpoint, script, Accept=ARROW)
    assert_problem(response, 422, "outputs-failed", "Arrow")


def test_an_arrow_stream_that_is_none_is_refused(arrow_endpoint):
    for wrong in ("", "AAAA", "/////w=="):
        response = execute(
            arrow_endpoint, "def rm_main(t): pass", {"type": "table", "arrow": wrong}
        )
        assert_problem(response, 400, "malformed-request", "input 1: not an Arrow IPC stream")


@namespace_only
def test_a_table_outlives_the_body_that_it_came_in(arrow_endpoint):
    table = "a\n" + "\n".join(str(n) for n in range(100_000))
    keep = "import json\ndef rm_main(t):\n  json.__dict__.update(kept=t)\n  return t"
    stream = execute(arrow_endpoint, keep, csv(table), table_format="arrow").json()["outputs"][0]
    assert execute(arrow_endpoint, keep, stream).status_code == 200
    look = "import json\ndef rm_main(): return int(json.kept['a'].sum())"
    assert execute(arrow_endpoint, look).json()["outputs"] == [value(4999950000)]


def peak_bytes(pid):
    """The most resident memory that a process ever had."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024


@unsanitized_only
@namespace_only
def test_a_200_mb_table_goes_in_and_out_in_three_times_its_memory(arrow_endpoint):
    make = (
        "import numpy, pandas\n"
        "def rm_main(): return pandas.DataFrame("
        "{f'c{i}': numpy.arange(2_500_000, dtype='float64') for i in range(10)})"
    )
    table = execute_script(arrow_endpoint, make, Accept=ARROW).content
    assert len(table) > 200_000_000
    fresh = Engine(CONDA_ENV="arrow", ENVS_DIR=str(ROOT / "build/envs"))
    router = Router(ENGINE_E_HOST=fresh.host)
    try:
        script = "import os\ndef rm_main(t):\n  print(os.getpid())\n  return t"
        parts = [("script", ("s", script)), ("input", ("t", table, ARROW))]
        headers = {"Accept": "multipart/mixed"}
        response = requests.post(
            router.url + "/e/execute", files=parts, headers=headers, timeout=300
        )
        (_, report), (_, back) = parts_of(response)
        assert back == table
        assert peak_bytes(int(json.loads(report)["stdout"])) < 3 * len(table)
        assert router.resident_bytes() < 32_000_000
    finally:
        router.stop()
        fresh.stop()
