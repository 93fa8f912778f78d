"""CSV, alone and with AI Studio's metadata beside it, with every generation of pandas: values are what
their types say, or the request is a 400 that names column, row and value."""

import json

import pytest
from client import assert_problem, csv, execute, execute_parts, outputs, value

SHOW = (
    "def rm_main(t):\n"
    "  shown = {}\n"
    "  for name in t.columns:\n"
    "    pairs = zip(t[name].isna(), t[name].astype('object'))\n"
    "    shown[name] = [str(t[name].dtype), *(None if gone else str(v) for gone, v in pairs)]\n"
    "  return shown"
)


def send(endpoint, text, described, script=SHOW, accept="application/json"):
    """As AI Studio has it: the metadata is a part behind the table."""
    parts = [("script", script, None), ("input", text.encode(), "text/csv")]
    if described is not None:
        content = described if isinstance(described, str) else json.dumps(described)
        parts.append(("metadata", content, "application/json"))
    return execute_parts(endpoint, *parts, headers={"Accept": accept})


def column(endpoint, type_, *texts):
    """[dtype, values…] of a column of that type."""
    lines = "".join(f'"{text}"\n' if text else '""\n' for text in texts)
    [output] = outputs(send(endpoint, "c\n" + lines, {"c": [type_, None]}))
    return output["value"]["c"]


@pytest.mark.parametrize("type_", ["nominal", "polynominal", "text", "file_path"])
def test_texts_stay_texts(each_pandas, type_):
    _, *values = column(each_pandas, type_, "007", "", "1e5", "NA", "True", "inf", "2020-01-02")
    assert values == ["007", None, "1e5", "NA", "True", "inf", "2020-01-02"]


def test_integers_keep_their_digits_beside_missing_ones(each_pandas):
    assert column(each_pandas, "integer", "9007199254740993", "", "-1") == ["Int64", "9007199254740993", None, "-1"]
    assert column(each_pandas, "integer", "9007199254740993", "-1") == ["int64", "9007199254740993", "-1"]
    assert column(each_pandas, "integer", str(2**70), "1.0") == ["object", str(2**70), "1"]


def test_reals_are_floats_and_inf_is_infinity(each_pandas):
    expected = ["float64", "inf", "-inf", "0.1", "5.0", None]
    assert column(each_pandas, "real", "inf", "-inf", "0.1", "5", "") == expected
    assert column(each_pandas, "real", "1", "2") == ["float64", "1.0", "2.0"]


def test_a_numeric_column_is_integers_if_all_of_it_is(each_pandas):
    assert column(each_pandas, "numeric", "1", "2") == ["int64", "1", "2"]
    assert column(each_pandas, "numeric", "9007199254740993", "") == ["Int64", "9007199254740993", None]
    assert column(each_pandas, "numeric", "1", "0.5") == ["float64", "1.0", "0.5"]


def test_a_date_time_is_a_moment(each_pandas):
    texts = ["2020-01-02 03:04:05", "", "2020-01-02T03:04:05.25"]
    expected = ["datetime64[ns]", "2020-01-02 03:04:05", None, "2020-01-02 03:04:05.250000"]
    assert column(each_pandas, "date_time", *texts) == expected
    dtype, *values = column(each_pandas, "date_time", "9999-12-31 23:59:59", "0001-01-01 00:00:00")
    assert values == ["9999-12-31 23:59:59", "0001-01-01 00:00:00"]
    assert dtype in ("object", "datetime64[us]")
    assert column(each_pandas, "date_time", "2020-01-02T03:04:05Z")[1] == "2020-01-02 03:04:05+00:00"


def test_a_date_is_a_moment_and_a_time_of_day_is_one(each_pandas):
    assert column(each_pandas, "date", "2020-01-02", "") == ["datetime64[ns]", "2020-01-02 00:00:00", None]
    assert column(each_pandas, "time", "10:30:00", "") == ["object", "10:30:00", None]
    assert column(each_pandas, "time", "1970-01-01 10:30:00")[1] == "1970-01-01 10:30:00"


def test_a_binominal_column_is_booleans_or_texts(each_pandas):
    assert column(each_pandas, "binominal", "true", "false") == ["bool", "True", "False"]
    assert column(each_pandas, "binominal", "true", "") == ["boolean", "True", None]
    assert column(each_pandas, "binominal", "yes", "01", "")[1:] == ["yes", "01", None]


@pytest.mark.parametrize(
    "type_, wrong, expected",
    [
        ("integer", "1.5", "an integer"),
        ("integer", "inf", "an integer"),
        ("integer", "x", "an integer"),
        ("integer", "True", "an integer"),
        ("real", "1,5", "a number"),
        ("real", "1e999", "a number"),
        ("real", "9007199254740993", "a number"),
        ("real", "?", "a number"),
        ("real", "NA", "a number"),
        ("numeric", "one", "a number"),
        ("date_time", "02.01.2020", "an ISO 8601 date and time"),
        ("date_time", "2020-02-30 00:00:00", "an ISO 8601 date and time"),
        ("date_time", "now", "an ISO 8601 date and time"),
        ("date", "1577836800000", "an ISO 8601 date and time"),
        ("time", "25:00:00", "an ISO 8601"),
    ],
)
def test_a_value_that_is_not_what_its_type_says_is_refused(each_pandas, type_, wrong, expected):
    response = send(each_pandas, f'a,c\n1,\n2,"{wrong}"\n', {"c": [type_, None]})
    shown = json.dumps(wrong)
    assert_problem(response, 400, "malformed-request", f"input 1: not CSV: column 'c', row 2: {shown} is not", expected, type_)


def test_roles_come_in_and_attribute_is_none(endpoint):
    script = "def rm_main(t): return {n: list(pair) for n, pair in t.rm_metadata.items()}"
    described = {"a": ["nominal", "id"], "b": ["real", "attribute"], "c": ["integer", None]}
    response = send(endpoint, "a,b,c,d\n1,2,3,x\n", described, script)
    assert outputs(response) == [
        value({"a": ["nominal", "id"], "b": ["real", None], "c": ["integer", None], "d": ["polynominal", None]})
    ]


TABLE = "id,when,n\n007,2020-01-02 03:04:05,1\n,,\n"
DESCRIBED = {"id": ["nominal", "id"], "when": ["date_time", None], "n": ["integer", "label"]}


def test_the_json_form_has_it_as_a_member_and_so_has_the_answer(each_pandas):
    table = csv(TABLE) | {"metadata": DESCRIBED}
    response = execute(each_pandas, "def rm_main(t): return t", table, table_format="csv")
    assert outputs(response) == [table]


def test_a_multipart_answer_has_it_in_the_report(endpoint):
    response = send(endpoint, TABLE, DESCRIBED, "def rm_main(t): return t", "multipart/mixed")
    assert response.status_code == 200
    report = response.text.split("\r\n\r\n")[1].split("\r\n--")[0]
    [entry] = json.loads(report)["outputs"]
    assert entry == {"type": "table", "media_type": "text/csv", "metadata": DESCRIBED}


@pytest.mark.parametrize(
    "values, type_, answered",
    [
        ("[1.5]", "integer", "real"),
        ("[1.0, None]", "integer", "integer"),
        ("[2**53 + 1]", "real", "integer"),
        ("[1]", "real", "real"),
        ("['x']", "date_time", "polynominal"),
        ("['1']", "numeric", "polynominal"),
        ("[True]", "integer", "binominal"),
        ("[datetime.datetime(1, 1, 1)]", "date", "date"),
        ("[1]", "nominal", "nominal"),
    ],
)
def test_a_type_that_the_values_are_not_is_not_answered(each_pandas, values, type_, answered):
    script = (
        f"import datetime, pandas\ndef rm_main(t=None):\n  t = pandas.DataFrame({{'c': {values}}})\n"
        f"  t.rm_metadata = {{'c': ({type_!r}, 'label')}}\n  return t"
    )
    response = execute(each_pandas, script, table_format="csv")
    [output] = outputs(response)
    assert output["metadata"] == {"c": [answered, "label"]}
    assert ("Warning: rm_metadata[c]" in response.json()["stdout"]) == (type_ != answered)
    assert execute(each_pandas, SHOW, output).status_code == 200


@pytest.mark.parametrize(
    "described, reason",
    [
        ("no JSON", "its metadata is not JSON"),
        ("[]", "its metadata must be an object"),
        ({"c": "integer"}, "its metadata of the column 'c' is \"integer\""),
        ({"c": ["whole", None]}, "its metadata of the column 'c' is [\"whole\", null]"),
        ({"d": ["integer", None]}, "its metadata names a column that it lacks: 'd'"),
    ],
)
def test_metadata_that_is_none_is_refused(endpoint, described, reason):
    response = send(endpoint, "c\n1\n", described)
    assert_problem(response, 400, "malformed-request", "input 1: not CSV", reason)


def test_metadata_goes_behind_csv_alone(endpoint):
    resource = {"schema": {"fields": []}, "data": []}
    wrong = {"type": "table", "dataresource": resource, "metadata": {}}
    assert_problem(execute(endpoint, SHOW, wrong), 400, "malformed-request", "input 1: metadata")
    wrong = csv("a\n") | {"metadata": []}
    assert_problem(execute(endpoint, SHOW, wrong), 400, "malformed-request", "input 1: metadata")
    metadata = ("metadata", "{}", None)
    for before in ([], [("file", "x", None)], [("input", "a\n", "text/csv"), metadata]):
        parts = [("script", SHOW, None), *before, metadata]
        response = execute_parts(endpoint, *parts)
        assert_problem(response, 400, "malformed-request", f"part {len(parts)}", "metadata")


def test_a_null_byte_is_a_character(each_pandas):
    response = execute(each_pandas, SHOW, csv('a,b\nx\0y,\0\n"",2\n'))
    [output] = outputs(response)
    assert output["value"]["a"][1:] == ["x\0y", None]
    assert output["value"]["b"][1:] == ["\0", "2"]


def test_blank_rows_of_one_column_are_rows(each_pandas):
    for text in ("a\nx\n\n\ny\n \n", "a\r\nx\r\n\r\n\r\ny\r\n \r\n"):
        [output] = outputs(execute(each_pandas, SHOW, csv(text)))
        assert output["value"]["a"][1:] == ["x", None, None, "y", " "]


def test_integers_with_missing_ones_lose_no_digit_without_metadata_either(each_pandas):
    table = csv("a,b,c\n9007199254740993,1,0.5\n,,\n")
    assert outputs(execute(each_pandas, SHOW, table)) == [
        value({"a": ["Int64", "9007199254740993", None], "b": ["float64", "1.0", None], "c": ["float64", "0.5", None]})
    ]


def test_a_number_that_overflows_is_no_infinity(each_pandas):
    [output] = outputs(execute(each_pandas, SHOW, csv("a\n1e999\ninf\n")))
    assert output["value"]["a"][1:] == ["1e999", "inf"]


def test_a_long_column_is_of_one_type(each_pandas):
    """pandas guesses anew every so many rows, if it may."""
    table = csv("a\n" + "1\n" * 600_000 + "x\n")
    script = "def rm_main(t): return sorted({type(v).__name__ for v in t['a']})"
    assert outputs(execute(each_pandas, script, table)) == [value(["str"])]


WRITTEN = [
    "pandas.DataFrame({'a': ['x\\ry', 'x\\r\\ny', '\\r', ' ', 'x\\0']})",
    "pandas.DataFrame({'a': [' ', None, 'x', None]})",
    "pandas.DataFrame({' ': ['x']})",
    "pandas.DataFrame({'a': [None, None]}, dtype='object')",
    "pandas.DataFrame(index=range(3))",
    "pandas.DataFrame(index=range(0))",
]


@pytest.mark.parametrize("expression", WRITTEN)
def test_what_an_engine_writes_it_reads(each_pandas, expression):
    make = f"import pandas\ndef make(): return {expression}\n"
    [table] = outputs(execute(each_pandas, make + "def rm_main(): return make()", table_format="csv"))
    compare = make + (
        "def plain(t): return [list(t.columns), t.astype('object').where(t.notna(), None).values.tolist()]\n"
        "def rm_main(t): return [plain(t), plain(make())]"
    )
    [output] = outputs(execute(each_pandas, compare, table))
    came, went = output["value"]
    assert came == went


def test_a_row_that_is_longer_than_the_header_is_named(endpoint):
    response = execute(endpoint, SHOW, csv("a,b\n1,2,3\n4,5,6\n"))
    assert_problem(response, 400, "malformed-request", "row 1 has 3 fields", "header")
