"""What rm_main returns comes back in a form that any language reads, and can be sent back as it came."""

import email
import email.policy

import pytest
from client import assert_problem, execute, execute_parts, execute_script, outputs, value

PRELUDE = "import datetime, numpy, pandas\ndef rm_main(): return "
ENTRIES = "import pandas\ndef plain(v):\n  return v.to_dict('list') if isinstance(v, pandas.DataFrame) else v\n"


def returned(endpoint, expression, **options):
    [output] = outputs(execute(endpoint, PRELUDE + expression, **options))
    return output


@pytest.mark.parametrize(
    "expression, text",
    [
        ("datetime.date(2020, 12, 31)", "2020-12-31"),
        ("datetime.time(23, 59)", "23:59:00"),
        ("datetime.datetime(2020, 12, 31, 23, 59, 59, 5)", "2020-12-31T23:59:59.000005"),
        ("datetime.datetime(9999, 12, 31, tzinfo=datetime.timezone.utc)", "9999-12-31T00:00:00+00:00"),
        ("datetime.timedelta(days=1, seconds=1.5)", "P1DT0H0M1.5S"),
        ("pandas.Timestamp('2020-12-31 00:00:00.000000001')", "2020-12-31T00:00:00.000000001"),
        ("pandas.Timestamp('2020-12-31', tz='Europe/Berlin')", "2020-12-31T00:00:00+01:00"),
        ("pandas.Timedelta('-1s')", "P-1DT23H59M59S"),
        ("numpy.datetime64('2020-12-31')", "2020-12-31T00:00:00"),
        ("numpy.timedelta64(90, 's')", "P0DT0H1M30S"),
        ("pandas.NaT", None),
    ],
)
def test_dates_and_times_are_iso_8601(each_pandas, expression, text):
    assert returned(each_pandas, expression) == value(text)
    assert returned(each_pandas, f"[{expression}, {{'a': {expression}}}]") == value([text, {"a": text}])


def test_numbers_of_numpy_are_numbers_wherever_they_are(each_pandas):
    expression = "{'a': [numpy.int8(1), {'b': numpy.float32(0.5)}], 'c': numpy.bool_(True), 'd': numpy.str_('x')}"
    assert returned(each_pandas, expression) == value({"a": [1, {"b": 0.5}], "c": True, "d": "x"})


def test_a_series_is_a_table_of_one_column(each_pandas):
    output = returned(each_pandas, "pandas.Series([1, 2], index=['x', 'y'], name='n')")
    assert output["type"] == "table"
    assert output["dataresource"]["data"] == [{"n": 1}, {"n": 2}]
    assert returned(each_pandas, "pandas.Series([1])", table_format="csv")["csv"] == "att0\n1\n"
    answer = execute_script(each_pandas, PRELUDE + "pandas.Series([1], name='n')", Accept="text/csv")
    assert answer.text == "n\n1\n"


FRAMES = "{'train': pandas.DataFrame({'a': [1, 2]}), 'others': [pandas.Series([0.5], name='s'), 'x', None], 7: 8}"
PLAIN = {"train": {"a": [1, 2]}, "others": [{"s": [0.5]}, "x", None], "7": 8}
SHOW = ENTRIES + (
    "def walk(v):\n"
    "  if isinstance(v, list): return [walk(i) for i in v]\n"
    "  return {k: walk(i) for k, i in v.items()} if isinstance(v, dict) else plain(v)\n"
    "def rm_main(v): return walk(v)"
)


@pytest.mark.parametrize("table_format", ["json", "csv", "arrow"])
def test_lists_and_dicts_of_tables_are_collections_and_can_be_sent_back(each_arrow, table_format):
    output = returned(each_arrow, FRAMES, table_format=table_format)
    assert output["type"] == "collection"
    assert output["items"]["train"]["type"] == "table"
    assert output["items"]["others"]["type"] == "collection"
    assert output["items"]["7"] == value(8)
    assert outputs(execute(each_arrow, SHOW, output)) == [value(PLAIN)]


def test_a_collection_is_a_part_of_a_multipart_answer(each_arrow):
    answer = execute_script(each_arrow, PRELUDE + FRAMES, Accept="multipart/mixed")
    head = b"Content-Type: " + answer.headers["Content-Type"].encode() + b"\r\n\r\n"
    message = email.message_from_bytes(head + answer.content, policy=email.policy.HTTP)
    _, part = message.iter_parts()
    assert part.get_content_type() == "application/vnd.standpy.collection+json"
    collection = ("input", part.get_payload(decode=True), part.get_content_type())
    assert outputs(execute_parts(each_arrow, ("script", SHOW, None), collection)) == [value(PLAIN)]


@pytest.mark.parametrize(
    "items, reason",
    [
        ([1], "an item of a collection is no JSON object"),
        ([{"type": "value"}], "an item of a collection"),
        ([{"type": "table", "value": 1}], "an item of a collection"),
        ([{"type": "table", "csv": "a\n1,2\n"}], "not CSV"),
        ({"a": {"type": "object", "pickle": "!"}}, "not base64"),
    ],
)
def test_a_broken_collection_says_why(endpoint, items, reason):
    response = execute(endpoint, SHOW, {"type": "collection", "items": items})
    assert_problem(response, 400, "malformed-request", "input 1", reason)


def test_what_no_language_shares_is_a_pickle_still(endpoint):
    for expression in ("{1: 2}", "[float('nan')]", "(1, (2, 3))[1]", "{1, 2}", "{(1, 2): pandas.DataFrame()}"):
        assert returned(endpoint, expression if expression[0] != "(" else "[(2, 3)]")["type"] == "object"


def test_what_holds_itself_is_a_pickle_still(endpoint):
    script = "import pandas\ndef rm_main():\n  held = [pandas.Timestamp('2020-01-01')]\n  held.append(held)\n  return held"
    [output] = outputs(execute(endpoint, script))
    assert output["type"] == "object"


def test_no_warning_names_a_line_of_ours(each_arrow):
    script = (
        "import datetime, pandas, warnings\n"
        "warnings.simplefilter('always')\n"
        "def rm_main(t):\n"
        "  return t, pandas.DataFrame({'a': [1.5, None], 'b': [datetime.datetime(1, 1, 1), None],"
        " 'c': pandas.Categorical(['x', None]), 'd': [True, None]})"
    )
    for form in ("json", "csv", "arrow"):
        table = {"type": "table", "csv": "a,b\n" + "1,2\n" * 300_000 + "x,2020-01-01\n"}
        response = execute(each_arrow, script, table, table_format=form)
        assert response.status_code == 200
        assert "standpy" not in response.json()["stdout"] + response.json()["stderr"]
