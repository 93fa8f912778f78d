"""Which columns CSV and dataresource JSON bring back as they went: docs/protocol.md's table of dtypes.

A first script makes a table, the engine writes it, a second script gets it and compares it with one
that it makes itself.
"""

import json

import pytest
from client import assert_problem, execute, execute_parts

# Column, expression, and the forms that carry it losslessly.
COLUMNS = {
    "integers": ("[1, -2**63, 2**63 - 1]", {"json", "csv"}),
    "unsigned integers": ("numpy.array([0, 1, 2**64 - 1], 'uint64')", {"json", "csv"}),
    "small integers": ("numpy.array([1, -2, 127], 'int8')", {"json"}),
    "integers with missing values": ("pandas.array([1, None, 2**63 - 1], 'Int64')", {"json", "csv"}),
    "floats": ("[0.1, 2/3, 5e-324]", {"json", "csv"}),
    "floats with NaN": ("[0.1, float('nan'), -0.0]", {"json", "csv"}),
    "infinities": ("[float('inf'), float('-inf'), 1e308]", {"json", "csv"}),
    "float32": ("numpy.array([0.1, 3e38, float('nan')], 'float32')", {"json"}),
    "booleans": ("[True, False, True]", {"json", "csv"}),
    "booleans with missing values": ("pandas.array([True, None, False], 'boolean')", {"json"}),
    "strings": ("['a', 'NA', '\\u00e9\\U0001f600,\"\\n']", {"json", "csv"}),
    "strings with missing values": ("['a', None, 'null']", {"json", "csv"}),
    "empty strings": ("['', 'a', '']", {"json"}),
    "string dtype": ("pandas.array(['a', None, ''], 'string')", {"json"}),
    "strings of digits": ("['1', '02', '3.0']", {"json"}),
    "categories": ("pandas.Categorical(['b', None, 'a'], ['b', 'a', 'c'])", {"json"}),
    "ordered categories": ("pandas.Categorical([1, 3, 1], [3, 2, 1], ordered=True)", {"json"}),
    "dates": ("[datetime.date(2020, 2, 29), None, datetime.date(1, 1, 1)]", {"json"}),
    "times": ("[datetime.time(1, 2, 3, 4), None, datetime.time(23, 59)]", {"json"}),
    "date and time": (
        "pandas.to_datetime(['2020-01-01 00:00:00.123456789', None, '1969-12-31 00:00:00.000000000'])",
        {"json"},
    ),
    "time zones": (
        "pandas.to_datetime(['2020-10-25 00:30', None, '2020-06-01 00:00'], utc=True)"
        ".tz_convert('Europe/Berlin')",
        {"json"},
    ),
    "offsets from UTC": ("pandas.to_datetime(['2020-01-01T00:00+05:30', None])", {"json"}),
    "negative offsets": ("pandas.to_datetime(['2020-01-01 12:00:00-03:30'])", {"json"}),
    "durations": ("pandas.to_timedelta(['1 days 00:00:00.000000001', None, '-1 s'])", {"json"}),
    "decimals": ("[decimal.Decimal('1.10'), None, decimal.Decimal('1e-30')]", {"json"}),
    "large integers": ("[2**70, 1, None]", {"json"}),
    "periods": ("pandas.period_range('2020', periods=3, freq='M')", set()),
    "intervals": ("pandas.interval_range(0, 3)", set()),
    "JSON values": ("[{'a': [1]}, 'x', None]", {"json"}),
}

PRELUDE = "import datetime, decimal, numpy, pandas\ndef make(): return pandas.DataFrame({'c': %s})\n"
COMPARE = "def rm_main(t):\n  pandas.testing.assert_frame_equal(t, make(), check_exact=True)\n"
MEDIA_TYPES = {"csv": "text/csv", "json": "application/vnd.dataresource+json"}
MEMBERS = {"csv": "csv", "json": "dataresource"}


def write(endpoint, expression, form):
    response = execute(
        endpoint, PRELUDE % expression + "def rm_main(): return make()", table_format=form
    )
    assert response.status_code == 200, response.text
    [output] = response.json()["outputs"]
    return output


def compare(endpoint, expression, form, output):
    content = output[MEMBERS[form]]
    text = content if form == "csv" else json.dumps(content)
    script = PRELUDE % expression + COMPARE
    return execute_parts(endpoint, ("script", script, None), ("input", text, MEDIA_TYPES[form]))


@pytest.mark.parametrize(
    "column, form",
    [(column, form) for column, (_, forms) in COLUMNS.items() for form in sorted(forms)],
)
def test_a_column_comes_back_as_it_went(endpoint, column, form):
    expression = COLUMNS[column][0]
    response = compare(endpoint, expression, form, write(endpoint, expression, form))
    assert response.status_code == 200, response.text


def test_a_zone_of_dateutil_passes(endpoint):
    expression = "pandas.to_datetime(['2020-01-01']).tz_localize('dateutil/Asia/Tokyo')"
    response = compare(endpoint, expression, "json", write(endpoint, expression, "json"))
    assert response.status_code == 200, response.text


def test_integers_with_missing_values_that_pandas_did_not_write_become_floats(arrow_endpoint):
    """Arrow streams of other writers name no dtype; docs/protocol.md says so."""
    write = (
        "import io, pyarrow\n"
        "def rm_main():\n"
        "  sink = io.BytesIO()\n"
        "  table = pyarrow.table({'missing': [1, None], 'whole': [1, 2**63 - 1]})\n"
        "  with pyarrow.ipc.new_stream(sink, table.schema) as writer: writer.write_table(table)\n"
        "  return sink"
    )
    [file] = execute(arrow_endpoint, write).json()["outputs"]
    script = "def rm_main(t): return [str(d) for d in t.dtypes], int(t['whole'][1])"
    response = execute(arrow_endpoint, script, {"type": "table", "arrow": file["base64"]})
    values = [output["value"] for output in response.json()["outputs"]]
    assert values == [["float64", "int64"], 2**63 - 1]


# What Arrow refuses: it has no type for these.
NOT_IN_ARROW = {"large integers", "JSON values"}
COMPLEX = "[1j, 2j]"


@pytest.mark.parametrize("column", sorted(COLUMNS.keys() - NOT_IN_ARROW))
def test_arrow_brings_a_column_back_as_it_went(arrow_endpoint, column):
    expression = COLUMNS[column][0]
    script = PRELUDE % expression + "def rm_main(): return make()"
    table = execute(arrow_endpoint, script, table_format="arrow").json()["outputs"][0]
    response = execute(arrow_endpoint, PRELUDE % expression + COMPARE, table)
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("column", ["complex numbers", *sorted(NOT_IN_ARROW)])
def test_what_arrow_has_no_type_for_is_refused(arrow_endpoint, column):
    expression = COLUMNS[column][0] if column in COLUMNS else COMPLEX
    script = PRELUDE % expression + "def rm_main(): return make()"
    response = execute(arrow_endpoint, script, table_format="arrow")
    assert_problem(response, 422, "outputs-failed", "the column 'c'", "Arrow")


@pytest.mark.parametrize(
    "column",
    [column for column, (_, forms) in COLUMNS.items() if "csv" not in forms],
)
def test_what_csv_cannot_carry_is_listed_truly(endpoint, column):
    expression = COLUMNS[column][0]
    response = compare(endpoint, expression, "csv", write(endpoint, expression, "csv"))
    assert response.status_code == 422, "CSV carries it after all"


@pytest.mark.parametrize(
    "expression, reason",
    [
        ("[1j, 2j, 3j]", "the dtype complex128"),
        ("pandas.period_range('2020', periods=3)", "the dtype period"),
        ("pandas.interval_range(0, 3)", "the dtype interval"),
        ("[object(), 1, 2]", "values of type object"),
        ("['\\ud800', 'a', 'b']", "lone surrogate"),
        ("[{1: 2}, 1, 2]", "values of type dict"),
    ],
)
def test_what_json_cannot_carry_is_refused_by_name(endpoint, expression, reason):
    script = PRELUDE % expression + "def rm_main(): return make()"
    assert_problem(execute(endpoint, script), 422, "outputs-failed", reason)


def test_two_columns_of_one_name_are_refused(endpoint):
    script = "import pandas\ndef rm_main(): return pandas.DataFrame([[1, 2]], columns=['a', 'a'])"
    assert_problem(execute(endpoint, script), 422, "outputs-failed", "two columns", "'a'")


def test_two_columns_of_one_name_are_refused_in_arrow(arrow_endpoint):
    script = "import pandas\ndef rm_main(): return pandas.DataFrame([[1, 2]], columns=['a', 'a'])"
    response = execute(arrow_endpoint, script, table_format="arrow")
    assert_problem(response, 422, "outputs-failed", "Arrow cannot carry the table", "'a'")


@pytest.mark.parametrize("rows", [0, 3])
def test_tables_without_rows_or_columns_pass(endpoint, rows):
    script = f"import pandas\ndef rm_main(*a): return a or pandas.DataFrame(index=range({rows}))"
    first = execute(endpoint, script).json()["outputs"]
    assert first[0]["dataresource"]["data"] == [{}] * rows
    assert execute(endpoint, script, *first).json()["outputs"] == first


def test_what_pandas_itself_writes_is_read(endpoint):
    script = (
        "import io, pandas\n"
        "def make(): return pandas.DataFrame({'a': [1.5, None], 'b': pandas.Categorical(['x', 'y'])},"
        " index=pandas.Index(['p', 'q'], name='key'))\n"
        "def rm_main(t=None):\n"
        "  if t is None: return io.StringIO(make().to_json(orient='table'))\n"
        "  pandas.testing.assert_frame_equal(t, make())\n"
        "  return 'equal'\n"
    )
    text = execute(endpoint, script).json()["outputs"][0]["text"]
    table = {"type": "table", "dataresource": json.loads(text)}
    response = execute(endpoint, script, table)
    assert response.json()["outputs"] == [{"type": "value", "value": "equal"}], response.text


@pytest.mark.parametrize(
    "resource, reason",
    [
        ({"schema": {"fields": [{"name": "a"}]}, "data": [1]}, "row 1 of its data is no object"),
        ({"schema": {"fields": [{}]}, "data": []}, "field 1 of its schema has no name"),
        ({"schema": {"fields": [{"name": "a"}, {"name": "b"}, {"name": "a"}]}, "data": []},
         "two fields of its schema have the name 'a'"),
        ({"schema": {"fields": [{"name": "a", "type": "geo"}]}, "data": []}, "no type 'geo'"),
        ({"schema": {"fields": [{"name": "a", "type": "integer"}]}, "data": [{"a": "x"}]},
         "field 'a', row 1: \"x\" is not an integer"),
        ({"schema": {"fields": [{"name": "a", "type": "date"}]}, "data": [{"a": "x"}]},
         "field 'a', row 1: \"x\" is not an ISO 8601 date"),
        ({"schema": {"fields": [{"name": "a", "type": "integer", "pandas_dtype": "no"}]},
          "data": [{"a": 1}]}, "field 'a', this environment has no dtype 'no'"),
    ],
)  # fmt: skip
def test_a_broken_resource_says_where(endpoint, resource, reason):
    table = {"type": "table", "dataresource": resource}
    response = execute(endpoint, "def rm_main(t): pass", table)
    assert_problem(response, 400, "malformed-request", "input 1: not dataresource JSON", reason)
