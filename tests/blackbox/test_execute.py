"""POST /execute: the three request forms, inputs, outputs, what a report holds."""

import base64
import json
import pickle

import pytest
from client import (
    csv,
    execute,
    execute_in_background,
    execute_parts,
    execute_script,
    outputs,
    parse_answer,
    raw_exchange,
    value,
)
from engine_process import Engine

GUIDE_PREFIX_SCRIPT = """\
import sys

def rm_main():
  print('StandPy testing:')
  print(sys.prefix)
"""


def test_the_guides_prefix_script_prints_the_prefix(endpoint):
    response = execute_script(endpoint, GUIDE_PREFIX_SCRIPT)
    report = response.json()
    environment = execute_script(endpoint, "import sys\ndef rm_main(): return sys.prefix")
    prefix = outputs(environment)[0]["value"]
    assert report["stdout"] == f"StandPy testing:\n{prefix}\n"
    assert report["outputs"] == []


def test_a_report_has_outputs_what_was_printed_id_and_timings(endpoint):
    response = execute(endpoint, "def rm_main(): return 1", headers={"X-Request-Id": "my-id.7"})
    report = response.json()
    assert set(report) == {"outputs", "stdout", "stderr", "request_id", "timings"}
    assert set(report["timings"]) == {"queue", "decode", "run", "encode"}
    assert all(milliseconds >= 0 for milliseconds in report["timings"].values())
    assert report["request_id"] == response.headers["X-Request-Id"] == "my-id.7"
    assert response.headers["Content-Type"] == "application/json"


def test_inputs_are_arguments_in_their_order(endpoint):
    response = execute(
        endpoint, "def rm_main(a, b, c): return [a, b, c]", value(1), value("x"), value(None)
    )
    assert outputs(response) == [value([1, "x", None])]


def test_multipart_takes_what_plain_curl_sends(endpoint):
    response = execute_parts(
        endpoint,
        ("input", "a,b\n1,x\n2,y\n", "text/csv"),
        ("script", "def rm_main(t, f, j): return len(t), f.read(), j", None),
        ("file", "content", "text/csv"),
        ("input", '{"k": [1]}', "application/json"),
    )
    assert outputs(response) == [value(2), value("content"), value({"k": [1]})]


def test_multipart_may_come_byte_by_byte(engine, endpoint):
    body = (
        b"--b\r\nContent-Disposition: form-data; name=script\r\n\r\n"
        b"def rm_main(x): return x\r\n"
        b"--b\r\nContent-Disposition: form-data; name=input\r\n"
        b"Content-Type: application/json\r\n\r\n7\r\n--b--\r\n"
    )
    head = (
        b"POST /execute HTTP/1.1\r\nHost: e\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    )
    pieces = [bytes([byte]) for byte in head + body]
    answer = raw_exchange(("127.0.0.1", engine.port), pieces)
    status, _, report = parse_answer(answer)
    assert status == 200
    assert json.loads(report)["outputs"] == [value(7)]


@pytest.mark.parametrize(
    "content",
    [
        True, False, 0, -1, 2**63 - 1, -(2**63), 0.1, 1e308, -0.0, 5e-324, "", "é\U0001f600",
        "a\0b", [], {}, [[[]]], {"a": {"b": [1, 2.5, None, "x"]}}, {"": 1},
    ],
)  # fmt: skip
def test_json_values_come_back_as_they_went(endpoint, content):
    response = execute(endpoint, "def rm_main(x): return x", value(content))
    assert outputs(response) == [value(content)]


@pytest.mark.parametrize(
    "expression",
    [
        "float('nan')", "float('inf')", "'\\ud800'", "2**63", "(1, [2])[::1] and {1: 2}", "{1}",
        "b'x'", "[(1, 2)]", "1j", "[float('-inf')]", "{'a': {2: 3}}",
    ],
)  # fmt: skip
def test_what_json_cannot_carry_exactly_is_an_object(endpoint, expression):
    response = execute(endpoint, f"def rm_main(): return {expression}")
    [output] = outputs(response)
    assert output["type"] == "object"
    result, expected = pickle.loads(base64.b64decode(output["pickle"])), eval(expression)
    assert repr(result) == repr(expected)


def test_a_circular_result_is_an_object(endpoint):
    response = execute(endpoint, "def rm_main():\n  a = []\n  a.append(a)\n  return a")
    result = pickle.loads(base64.b64decode(outputs(response)[0]["pickle"]))
    assert result[0] is result


def test_none_is_no_output_and_a_tuple_several(endpoint):
    assert outputs(execute(endpoint, "def rm_main(): pass")) == []
    assert outputs(execute(endpoint, "def rm_main(): return ()")) == []
    assert outputs(execute(endpoint, "def rm_main(): return None, 1")) == [value(None), value(1)]


def test_a_numpy_number_is_a_value(endpoint):
    script = "import numpy\ndef rm_main(): return numpy.float64(0.1), numpy.int64(3)"
    assert outputs(execute(endpoint, script)) == [value(0.1), value(3)]


def test_macros_are_the_last_argument(endpoint):
    script = "def rm_main(*args): return list(args)"
    assert outputs(execute(endpoint, script, value(1), macros={"a": "b"})) == [
        value([1, {"a": "b"}])
    ]
    assert outputs(execute(endpoint, script, macros={})) == [value([{}])]
    assert outputs(execute(endpoint, script, value(1))) == [value([1])]


def test_a_csv_table_is_a_dataframe(endpoint):
    script = "def rm_main(t):\n  print(type(t).__name__, list(t.dtypes.astype(str)))\n  return t"
    response = execute(endpoint, script, csv("i,f,s\n1,0.5,x\n2,,y\n"), table_format="csv")
    assert response.json()["stdout"] == "DataFrame ['int64', 'float64', 'object']\n"
    described = {"i": ["integer", None], "f": ["real", None], "s": ["polynominal", None]}
    assert outputs(response) == [csv("i,f,s\n1,0.5,x\n2,,y\n") | {"metadata": described}]


def test_a_dataresource_table_comes_back_as_it_went(endpoint):
    table = {
        "type": "table",
        "dataresource": {
            "schema": {
                "fields": [
                    {"name": "i", "type": "integer", "rm_metadata": ["integer", "label"]},
                    {"name": "f", "type": "number", "rm_metadata": ["real", None]},
                    {"name": "s", "type": "string", "rm_metadata": ["text", "id"]},
                    {"name": "b", "type": "boolean", "rm_metadata": ["binominal", None]},
                ],
                "pandas_version": "1.4.0",
            },
            "data": [
                {"i": 1, "f": 0.5, "s": "x", "b": True},
                {"i": -2, "f": None, "s": "é", "b": False},
            ],
        },
    }
    assert outputs(execute(endpoint, "def rm_main(t): return t", table)) == [table]


def test_an_output_may_be_sent_back_as_an_input(endpoint):
    script = (
        "import io, pandas\n"
        "def rm_main(*args):\n"
        "  return args or (1, pandas.DataFrame({'a': [1]}), io.StringIO('t'), "
        "io.BytesIO(b'\\xff'), {1})"
    )
    first = outputs(execute(endpoint, script))
    assert [output["type"] for output in first] == ["value", "table", "file", "file", "object"]
    assert outputs(execute(endpoint, script, *first)) == first


def test_a_fitted_model_goes_from_one_request_to_the_next(endpoint):
    train = (
        "from sklearn.tree import DecisionTreeClassifier\n"
        "def rm_main(x, y): return DecisionTreeClassifier(random_state=0).fit(x, y)"
    )
    [model] = outputs(execute(endpoint, train, value([[0], [1], [9]]), value([0, 0, 1])))
    assert model["type"] == "object"
    score = "def rm_main(model): return [int(n) for n in model.predict([[0.4], [8]])]"
    assert outputs(execute(endpoint, score, model)) == [value([0, 1])]


def test_names_of_one_script_are_unknown_to_the_next(endpoint):
    assert outputs(execute(endpoint, "leak = 1\ndef rm_main(): return leak")) == [value(1)]
    response = execute(endpoint, "def rm_main(): return leak")
    assert response.json()["exception"]["type"] == "NameError"


def test_the_script_is_main_so_that_its_classes_can_be_pickled(endpoint):
    script = (
        "import dataclasses, pickle\n"
        "@dataclasses.dataclass\n"
        "class Point:\n"
        "  x: int\n"
        "def rm_main():\n"
        "  return __name__, pickle.loads(pickle.dumps(Point(3))).x"
    )
    assert outputs(execute(endpoint, script)) == [value("__main__"), value(3)]


def test_cheap_state_is_put_back(endpoint):
    changes = (
        "import os, sys, warnings\n"
        "def rm_main():\n"
        "  os.environ['LEAK'] = '1'; os.environ.pop('PATH'); os.chdir('/')\n"
        "  sys.path.append('/leak'); sys.argv.append('leak'); sys.setrecursionlimit(5000)\n"
        "  warnings.simplefilter('error'); sys.stdout = None\n"
    )
    look = (
        "import os, sys, warnings\n"
        "def rm_main():\n"
        "  print('heard')\n"
        "  return ('LEAK' in os.environ, 'PATH' in os.environ, os.getcwd() != '/',\n"
        "    '/leak' in sys.path, 'leak' in sys.argv, sys.getrecursionlimit(),\n"
        "    warnings.filters[0][0] == 'error')"
    )
    before = execute(endpoint, look).json()
    assert execute(endpoint, changes).status_code == 200
    after = execute(endpoint, look).json()
    assert after["outputs"] == before["outputs"]
    assert after["stdout"] == "heard\n"


def test_expect_100_continue_is_answered_before_the_body(engine, endpoint):
    script = b"def rm_main(): return 1"
    head = (
        b"POST /execute HTTP/1.1\r\nHost: e\r\nContent-Type: text/x-python\r\n"
        b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(script)
    )
    with engine.connect() as connection:
        connection.sendall(head)
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(script)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_200_mb_of_text_come_back(endpoint):
    response = execute(endpoint, "def rm_main(): return 'x' * 200_000_000")
    assert len(response.content) > 200_000_000
    assert response.content.startswith(b'{"outputs":[{"type":"value","value":"xxx')


def test_the_wait_for_a_worker_is_told():
    engine = Engine(WORKERS="1")
    slow = "import time\ndef rm_main(): time.sleep(1)"
    first = execute_in_background(engine, slow)
    assert execute(engine.endpoint, "def rm_main(): pass").json()["timings"]["queue"] > 1
    assert first.result().status_code == 200
    engine.stop()


def test_without_a_router_the_wait_is_that_in_the_engine():
    engine = Engine(WORKERS="1")
    for sent in ("", "x", "-1e9", "1e99", "nan", "inf", "1" * 40):
        with engine.connect() as connection:
            script = b"def rm_main(): pass"
            connection.sendall(
                b"POST /execute HTTP/1.1\r\nHost: e\r\nContent-Type: text/x-python\r\nX-Queue-Ms: %s\r\n"
                b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (sent.encode(), len(script), script)
            )
            answer = b""
            while received := connection.recv(65536):
                answer += received
        assert 0 <= json.loads(parse_answer(answer)[2])["timings"]["queue"] < 10_000
    engine.stop()
