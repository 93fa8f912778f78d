"""Fields of dataresource JSON mean what Table Schema says, with every generation of pandas: a value is
read as its type says, or it is a 400 that names field and row."""

import json

import pytest
from client import assert_problem, execute, execute_parts, value

SHOW = (
    "def rm_main(t):\n"
    "  pairs = zip(t['c'].isna(), t['c'].astype('object'))\n"
    "  return [[None if gone else str(v) for gone, v in pairs], str(t['c'].dtype)]"
)
RESOURCE = "application/vnd.dataresource+json"


def send(endpoint, field, *values, script=SHOW, **described):
    table = {
        "schema": {"fields": [{"name": "c"} | field], **described},
        "data": [{"c": each} for each in values],
    }
    content = json.dumps(table).encode()
    return execute_parts(endpoint, ("script", script, None), ("input", content, RESOURCE))


def shown(response):
    assert response.status_code == 200, response.text
    return response.json()["outputs"][0]["value"][0]


@pytest.mark.parametrize(
    "type_, wrong, expected",
    [
        ("boolean", "no", "true or false"),
        ("boolean", 1, "true or false"),
        ("boolean", 0.0, "true or false"),
        ("integer", 0.5, "an integer"),
        ("integer", 1e300, "an integer"),
        ("integer", True, "an integer"),
        ("integer", "1,000", "an integer"),
        ("integer", "", "an integer"),
        ("integer", "0x10", "an integer"),
        ("integer", "1_0", "an integer"),
        ("integer", "\u0661", "an integer"),
        ("integer", [1], "an integer"),
        ("number", "1,5", "a number"),
        ("number", True, "a number"),
        ("number", "infinity", "a number"),
        ("number", "nan", "a number"),
        ("number", "1e400", "a number"),
        ("number", 9007199254740993, "a number"),
        ("number", {}, "a number"),
        ("string", 5, "a text"),
        ("string", False, "a text"),
        ("string", ["a"], "a text"),
        ("object", [1], "a JSON object"),
        ("array", {"a": 1}, "a JSON array"),
        ("year", "20", "a year"),
        ("datetime", "31.12.2020", "an ISO 8601 date and time"),
        ("datetime", "02/03/2020", "an ISO 8601 date and time"),
        ("datetime", "today", "an ISO 8601 date and time"),
        ("datetime", 0, "an ISO 8601 date and time"),
        ("datetime", 1.6e12, "an ISO 8601 date and time"),
        ("datetime", "2020", "an ISO 8601 date and time"),
        ("datetime", "20200102T030405", "an ISO 8601 date and time"),
        ("datetime", "2020-13-01", "an ISO 8601 date and time"),
        ("datetime", "2021-02-29T00:00:00", "an ISO 8601 date and time"),
        ("datetime", "2020-01-02T24:00:00", "an ISO 8601 date and time"),
        ("datetime", "2020-01-02T03:04:60", "an ISO 8601 date and time"),
        ("datetime", "0000-01-01T00:00:00", "an ISO 8601 date and time"),
        ("datetime", "2020-01-02T03:04:05.0123456789", "an ISO 8601 date and time"),
        ("datetime", "2020-01-02T03:04:05+25:00", "an ISO 8601 date and time"),
        ("datetime", "9999-12-31T00:00:00.000000001", "nanoseconds"),
        ("datetime", "", "an ISO 8601 date and time"),
        ("date", "2020-02-30", "an ISO 8601 date"),
        ("date", "2020-02-03T00:00:00", "an ISO 8601 date"),
        ("date", "3 Feb 2020", "an ISO 8601 date"),
        ("date", 20200203, "an ISO 8601 date"),
        ("time", "25:00:00", "an ISO 8601 time"),
        ("time", "noon", "an ISO 8601 time"),
        ("time", "00:00:00.0000001", "an ISO 8601 time"),
        ("duration", "P1Y", "an ISO 8601 duration"),
        ("duration", "P2M", "an ISO 8601 duration"),
        ("duration", "1 day", "an ISO 8601 duration"),
        ("duration", 5, "an ISO 8601 duration"),
        ("duration", "PT", "an ISO 8601 duration"),
        ("duration", "P", "an ISO 8601 duration"),
        ("duration", "PT1.5H", "an ISO 8601 duration"),
        ("duration", "PT0.0000000001S", "an ISO 8601 duration"),
    ],
)  # fmt: skip
def test_a_value_that_is_not_what_its_type_says_is_refused(each_pandas, type_, wrong, expected):
    response = send(each_pandas, {"type": type_}, None, wrong)
    assert_problem(response, 400, "malformed-request", "input 1", "field 'c'", "row 2", expected)


@pytest.mark.parametrize(
    "type_, sent, expected",
    [
        ("boolean", [True, False], ["True", "False"]),
        ("boolean", ["true", "FALSE", "1", None], ["True", "False", "True", None]),
        ("integer", [1, -2, "3"], ["1", "-2", "3"]),
        ("integer", [9007199254740993, None], ["9007199254740993", None]),
        ("integer", [2**63 - 1, -(2**63), None], [str(2**63 - 1), str(-(2**63)), None]),
        ("integer", [4.0], ["4"]),
        ("integer", [str(2**64 - 1)], [str(2**64 - 1)]),
        ("integer", [str(2**70), None, 1], [str(2**70), None, "1"]),
        ("integer", [str(2**64 - 1), None], [str(2**64 - 1), None]),
        ("number", [1, 0.1, "1.5", "INF", "-INF"], ["1.0", "0.1", "1.5", "inf", "-inf"]),
        ("number", [12345678901234567000], ["1.2345678901234567e+19"]),
        ("number", ["NaN", None], [None, None]),
        ("string", ["", "NA", "1", None], ["", "NA", "1", None]),
        ("year", [2020, "1999"], ["2020", "1999"]),
        ("object", [{"a": 1}], ["{'a': 1}"]),
        ("array", [[1, "x"], None], ["[1, 'x']", None]),
        ("datetime", ["2020-02-03"], ["2020-02-03 00:00:00"]),
        ("datetime", ["2020-02-03 04:05", "2020-02-03T04:05:06.5"], ["2020-02-03 04:05:00", "2020-02-03 04:05:06.500000"]),
        ("datetime", ["2020-02-03T04:05:06.123456789"], ["2020-02-03 04:05:06.123456789"]),
        ("datetime", ["2020-02-03T04:05:06Z", None], ["2020-02-03 04:05:06+00:00", None]),
        ("datetime", ["2020-02-03T04:05:06-0330"], ["2020-02-03 04:05:06-03:30"]),
        ("datetime", ["2020-02-03T04:05:06+01:00", "2020-08-03T04:05:06+02:00", "2020-02-03T04:05:06"],
         ["2020-02-03 04:05:06+01:00", "2020-08-03 04:05:06+02:00", "2020-02-03 04:05:06"]),
        ("datetime", ["9999-12-31T23:59:59", "0001-01-01T00:00:00", None],
         ["9999-12-31 23:59:59", "0001-01-01 00:00:00", None]),
        ("date", ["9999-12-31", "0001-01-01"], ["9999-12-31", "0001-01-01"]),
        ("time", ["10:30", "10:30:00.5", "10:30:00+01:00"], ["10:30:00", "10:30:00.500000", "10:30:00+01:00"]),
        ("duration", ["P1DT2H", "-PT1S", "P-1DT23H59M59S", "P1W", None],
         ["1 days 02:00:00", "-1 days +23:59:59", "-1 days +23:59:59", "7 days 00:00:00", None]),
        ("duration", ["PT0.000000005S"], ["0 days 00:00:00.000000005"]),
    ],
)  # fmt: skip
def test_a_value_is_what_its_type_says(each_pandas, type_, sent, expected):
    assert shown(send(each_pandas, {"type": type_}, *sent)) == expected


def test_a_duration_that_nanoseconds_cannot_hold_is_one_all_the_same(each_pandas):
    script = "def rm_main(t): return [v.days for v in t['c']]"
    response = send(each_pandas, {"type": "duration"}, "P200000D", "-P1D", script=script)
    assert response.json()["outputs"] == [value([200_000, -1])]


def test_a_moment_that_its_dtype_cannot_hold_survives(each_pandas):
    field = {"type": "datetime", "pandas_dtype": "datetime64[ns]"}
    assert shown(send(each_pandas, field, "9999-12-31T00:00:00")) == ["9999-12-31 00:00:00"]


@pytest.mark.parametrize(
    "field, sent, expected",
    [
        ({"type": "boolean", "trueValues": ["yes"], "falseValues": ["no"]}, ["yes", "no", True], ["True", "False", "True"]),
        ({"type": "number", "decimalChar": ","}, ["1,5", "-2"], ["1.5", "-2.0"]),
        ({"type": "number", "decimalChar": ",", "groupChar": "."}, ["1.234,5"], ["1234.5"]),
        ({"type": "number", "bareNumber": False}, ["$ 95.5", "95%"], ["95.5", "95.0"]),
        ({"type": "integer", "groupChar": " "}, ["1 000"], ["1000"]),
        ({"type": "integer", "bareNumber": False}, ["12 kg"], ["12"]),
        ({"type": "integer", "missingValues": ["-", ""]}, [1, "-", ""], ["1", None, None]),
        ({"type": "string", "missingValues": ["n/a"]}, ["n/a", "a"], [None, "a"]),
        ({"type": "date", "format": "%d.%m.%Y"}, ["03.02.2020"], ["2020-02-03"]),
        ({"type": "datetime", "format": "%d.%m.%Y %H:%M"}, ["03.02.2020 04:05", None], ["2020-02-03 04:05:00", None]),
        ({"type": "time", "format": "%I:%M %p"}, ["10:30 PM"], ["22:30:00"]),
        ({"type": "string", "format": "default"}, ["a"], ["a"]),
        ({"type": "string", "categories": ["a", "b"]}, ["b", None], ["b", None]),
        ({"type": "integer", "constraints": {"minimum": 1, "maximum": 3, "required": True, "unique": True}}, [1, 3], ["1", "3"]),
        ({"type": "string", "constraints": {"pattern": "[a-z]+", "minLength": 1, "enum": ["a", "b"]}}, ["a"], ["a"]),
        ({"type": "date", "constraints": {"minimum": "2020-01-01"}}, ["2020-01-01"], ["2020-01-01"]),
        ({"type": "any"}, [1, "a", None], ["1", "a", None]),
    ],
)  # fmt: skip
def test_options_that_change_what_a_value_means_are_honoured(endpoint, field, sent, expected):
    assert shown(send(endpoint, field, *sent)) == expected


def test_missing_values_of_the_whole_schema_hold_for_each_field(endpoint):
    response = send(endpoint, {"type": "number"}, 1, "?", missingValues=["?"])
    assert shown(response) == ["1.0", None]


@pytest.mark.parametrize(
    "field, sent, reason",
    [
        ({"type": "boolean", "trueValues": ["yes"]}, "true", "row 1: \"true\" is not true or false"),
        ({"type": "number", "decimalChar": ","}, "1.5", "row 1: \"1.5\" is not a number with decimalChar \",\""),
        ({"type": "string", "format": "email"}, "a@b.c", "the format \"email\" of type string is not supported"),
        ({"type": "date", "format": "any"}, "3 Feb 2020", "the format \"any\" is not supported"),
        ({"type": "date", "format": "%d.%m.%Y"}, "2020-02-03", "is not a date of the format \"%d.%m.%Y\""),
        ({"type": "boolean", "trueValues": "yes"}, "yes", "trueValues"),
        ({"type": "number", "decimalChar": 5}, 1, "decimalChar"),
        ({"type": "integer", "missingValues": [None]}, 1, "missingValues"),
        ({"type": "geopoint"}, "1,2", "there is no type 'geopoint'"),
        ({"type": "yearmonth"}, "2020-01", "there is no type 'yearmonth'"),
        ({"type": "string", "categories": [{"value": "a", "label": "b"}]}, "a", "categories"),
        ({"type": "string", "categories": ["a"]}, "b", "row 1: \"b\" is not one of its categories"),
        ({"type": "any", "constraints": {"enum": ["a"]}}, "b", "row 1: \"b\" is not one of its categories"),
        ({"type": "integer", "constraints": {"minimum": 2}}, 1, "row 1: 1 is not 2 or more"),
        ({"type": "string", "constraints": {"maxLength": 2}}, "abc", "row 1: \"abc\" is not of a length of at most 2"),
        ({"type": "string", "constraints": {"enum": ["a"]}}, "b", "row 1: \"b\" is not one of \"a\""),
        ({"type": "string", "constraints": {"required": True}}, None, "row 1: a missing value is not allowed"),
        ({"type": "string", "constraints": {"jsonSchema": {}}}, "a", "the constraint \"jsonSchema\" is not supported"),
        ({"type": "integer", "pandas_dtype": "int8"}, 300, "row 1: 300 is not one of the dtype int8"),
        ({"type": "integer", "pandas_dtype": "int64"}, None, "row 1: a missing value"),
        ({"type": "integer", "pandas_dtype": "float64"}, 1, "the dtype 'float64' is none of integers"),
        ({"type": "number", "pandas_dtype": "float32"}, 1e300, "row 1: 1e+300 is not one of the dtype float32"),
        ({"type": "datetime", "tz": "Europe/Berlin"}, "2020-01-02T03:04:05", "row 1"),
        ({"type": "datetime", "tz": "Mars/Olympus"}, "2020-01-02T03:04:05Z", "no time zone"),
    ],
)  # fmt: skip
def test_what_is_not_honoured_is_refused_by_name(endpoint, field, sent, reason):
    response = send(endpoint, field, sent)
    assert_problem(response, 400, "malformed-request", "input 1", "field 'c'", reason)


def test_a_member_of_a_row_that_is_no_field_is_refused(endpoint):
    table = {"schema": {"fields": [{"name": "c"}]}, "data": [{"c": 1}, {"c": 1, "d": 2}]}
    response = execute(endpoint, SHOW, {"type": "table", "dataresource": table})
    assert_problem(response, 400, "malformed-request", "row 2", "'d'", "no field")


def test_a_member_that_a_row_does_not_have_is_missing(endpoint):
    table = {"schema": {"fields": [{"name": "c"}]}, "data": [{"c": 1}, {}]}
    assert shown(execute(endpoint, SHOW, {"type": "table", "dataresource": table})) == ["1", None]


def test_pandas_reads_what_an_engine_writes(each_pandas):
    """Its own reader wants the dtype as extDtype, of which it takes all from 2.1 on."""
    make = (
        "import io, json, pandas\n"
        "def make():\n"
        "  table = pandas.DataFrame({\n"
        "    'kind': pandas.Categorical(['x', 'y', 'x']),\n"
        "    'float': [0.5, 1.5, 2.5],\n"
        "    'whole': [1, 2, 2**62],\n"
        "    'words': ['a', 'b', ''],\n"
        "  })\n"
        "  if tuple(map(int, pandas.__version__.split('.')[:2])) >= (2, 1):\n"
        "    table['missing'] = pandas.array([1, None, 3], 'Int64')\n"
        "    table['flag'] = pandas.array([True, None, False], 'boolean')\n"
        "    table['text'] = pandas.array(['a', None, ''], 'string')\n"
        "  return table\n"
    )
    [output] = execute(each_pandas, make + "def rm_main(): return make()").json()["outputs"]
    read = make + (
        "def rm_main(resource):\n"
        "  t = pandas.read_json(io.StringIO(json.dumps(resource)), orient='table')\n"
        "  pandas.testing.assert_frame_equal(t, make())\n"
        "  return 'equal'"
    )
    response = execute(each_pandas, read, value(output["dataresource"]))
    assert response.status_code == 200, response.text
    assert response.json()["outputs"] == [value("equal")]


def test_the_extended_dtype_that_pandas_writes_is_read(each_pandas):
    response = send(each_pandas, {"type": "integer", "extDtype": "Int64"}, 1, 2)
    assert response.json()["outputs"][0]["value"] == [["1", "2"], "Int64"]
