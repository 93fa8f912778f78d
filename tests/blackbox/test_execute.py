"""POST /execute: the three request forms, inputs, outputs, what a report holds."""

import base64
import json
import pickle

import pytest
from client import (
    csv,
    execute,
    execute_parts,
    execute_script,
    parse_answer,
    raw_exchange,
    text_file,
    value,
)

GUIDE_PREFIX_SCRIPT = """\
import sys

def rm_main():
  print('StandPy testing:')
  print(sys.prefix)
"""


def outputs(response):
    assert response.status_code == 200, response.text[:500]
    return response.json()["outputs"]


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
    assert set(report["timings"]) == {"decode", "run", "encode"}
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
        b"Content-Length: %d\r\n\r\n" % len(body)
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
    assert outputs(response) == [csv("i,f,s\n1,0.5,x\n2,,y\n")]


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


def test_a_file_is_a_text_file_with_a_random_name(endpoint):
    script = (
        "import io\n"
        "def rm_main(a, b):\n"
        "  assert isinstance(a, io.TextIOBase) and a.name != b.name\n"
        "  with open(a.name, 'rb') as again: binary = again.read()\n"
        "  return a.read(), binary.decode(), a.name"
    )
    first = outputs(execute(endpoint, script, text_file("é\n"), text_file("")))
    second = outputs(execute(endpoint, script, text_file("é\n"), text_file("")))
    assert first[:2] == [value("é\n"), value("é\n")]
    assert first[2] != second[2]


def test_a_file_as_base64_keeps_every_byte(endpoint):
    every_byte = bytes(range(256))
    file = {"type": "file", "base64": base64.b64encode(every_byte).decode()}
    script = "def rm_main(f):\n  return open(f.name, 'rb')"
    assert outputs(execute(endpoint, script, file)) == [file]


def test_the_guides_reopened_model_works_by_handle_and_by_name(endpoint):
    pytest.importorskip("joblib", reason="the client makes the model")
    import io

    import joblib

    model = io.BytesIO()
    joblib.dump({"weights": [1, 2]}, model)
    script = (
        "import joblib\n"
        "def rm_main(input):\n"
        "  file_name = input.name\n"
        "  with open(file_name, 'rb') as fp:\n"
        "    by_handle = joblib.load(fp)\n"
        "  return by_handle, joblib.load(file_name)"
    )
    response = execute_parts(
        endpoint, ("script", script, None), ("file", model.getvalue(), None)
    )
    assert outputs(response) == [value({"weights": [1, 2]})] * 2


def test_a_fitted_model_goes_from_one_request_to_the_next(endpoint):
    train = (
        "from sklearn.tree import DecisionTreeClassifier\n"
        "def rm_main(x, y): return DecisionTreeClassifier(random_state=0).fit(x, y)"
    )
    [model] = outputs(execute(endpoint, train, value([[0], [1], [9]]), value([0, 0, 1])))
    assert model["type"] == "object"
    score = "def rm_main(model): return [int(n) for n in model.predict([[0.4], [8]])]"
    assert outputs(execute(endpoint, score, model)) == [value([0, 1])]


def test_everything_that_is_printed_is_captured_in_order(endpoint):
    script = (
        "import os, subprocess, sys\n"
        "def rm_main():\n"
        "  print('print')\n"
        "  os.write(1, b'write\\n')\n"
        "  subprocess.run(['echo', 'subprocess'])\n"
        "  print('last')\n"
        "  print('err', file=sys.stderr)\n"
        "  os.write(2, b'native err\\n')\n"
    )
    report = execute(endpoint, script).json()
    assert report["stdout"] == "print\nwrite\nsubprocess\nlast\n"
    assert report["stderr"] == "err\nnative err\n"


def test_printf_of_native_code_is_captured(endpoint):
    script = "import ctypes\ndef rm_main(): ctypes.CDLL(None).printf(b'from C')"
    assert execute(endpoint, script).json()["stdout"] == "from C"


def test_output_that_is_not_utf8_is_shown_with_replacements(endpoint):
    script = "import os\ndef rm_main(): os.write(1, b'a\\xffb')"
    assert execute(endpoint, script).json()["stdout"] == "a\ufffdb"


def test_much_output_keeps_head_and_tail(endpoint):
    script = "def rm_main(): print('head' + 'x' * 3_000_000 + 'tail', end='')"
    out = execute(endpoint, script).json()["stdout"]
    assert out.startswith("headxxx") and out.endswith("xxxtail")
    assert f"[... {3_000_008 - 2**20} bytes cut ...]" in out
    assert len(out) < 2**20 + 100


def test_endless_output_takes_bounded_memory(endpoint):
    script = (
        "import os\n"
        "def rm_main():\n"
        "  most, block = 0, b'x' * 1_000_000\n"
        "  for _ in range(1500):\n"
        "    os.write(1, block)\n"
        "    most = max(most, os.fstat(1).st_blocks * 512)\n"
        "  return most\n"
    )
    report = execute(endpoint, script).json()
    assert len(report["stdout"]) < 2**20 + 100
    assert "bytes cut" in report["stdout"]
    assert report["outputs"][0]["value"] < 700_000_000  # of 1.5 GB


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


def test_nothing_is_left_in_the_scratch_folder(endpoint):
    script = (
        "import os, pathlib\n"
        "def rm_main(f):\n"
        "  found = sorted(os.listdir()); os.mkdir('d'); pathlib.Path('d/x').write_text('x')\n"
        "  return [name == f.name for name in found]"
    )
    for _ in range(2):
        assert outputs(execute(endpoint, script, text_file("x"))) == [value([True])]


def test_open_in_a_script_reaches_the_scratch_folder_only(endpoint):
    for path in ("/etc/passwd", "../x", "/proc/self/environ", "."):
        response = execute(endpoint, f"def rm_main(): open({path!r})")
        expected = "IsADirectoryError" if path == "." else "PermissionError"
        assert response.json()["exception"]["type"] == expected, path


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
