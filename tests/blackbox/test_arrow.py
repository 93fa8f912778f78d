"""Arrow streams that pandas did not write, and objects that pyarrow would change: every value survives, or is
refused by the name of its column."""

import pytest
from client import assert_problem, execute, outputs

WRITE = (
    "import datetime, io, pyarrow\n"
    "from pyarrow import array, DictionaryArray\n"
    "def rm_main():\n"
    "  sink = io.BytesIO()\n"
    "  table = pyarrow.table({'c': %s})\n"
    "  with pyarrow.ipc.new_stream(sink, table.schema) as writer: writer.write_table(table)\n"
    "  return sink"
)
SHOW = (
    "import datetime, numpy\n"
    "def cell(v):\n"
    "  if isinstance(v, datetime.timedelta): return v.days, v.seconds, v.microseconds\n"
    "  v = v.tolist() if isinstance(v, numpy.ndarray) else v\n"
    "  return {k: cell(i) for k, i in v.items()} if isinstance(v, dict) else v\n"
    "def rm_main(t): return [None if gone else str(cell(v)) for v, gone in zip(t['c'], t['c'].isna())]"
)


def sent(endpoint, expression):
    [file] = outputs(execute(endpoint, WRITE % expression))
    return {"type": "table", "arrow": file["base64"]} if "base64" in file else file


LONG = 2**53 + 1


@pytest.mark.parametrize(
    "expression, shown",
    [
        (f"[{LONG}, None]", [str(LONG), None]),
        (f"array([{2**64 - 1}, None], 'uint64')", [str(2**64 - 1), None]),
        (f"[[{LONG}, None], None, []]", [f"[{LONG}, None]", None, "[]"]),
        (f"[{{'a': {LONG}, 'b': [True, None]}}, {{'a': None, 'b': None}}]",
         [f"{{'a': {LONG}, 'b': [True, None]}}", "{'a': None, 'b': None}"]),
        ("DictionaryArray.from_arrays(array([0, 1, None]), array([1.5, 2.5]))", ["1.5", "2.5", None]),
        ("DictionaryArray.from_arrays(array([0, 1]), array(['a', None]))", ["a", None]),
        ("DictionaryArray.from_arrays(array([0, 1, 0]), array(['a', 'a']))", ["a", "a", "a"]),
        ("DictionaryArray.from_arrays(array([0, 0]), array([datetime.datetime(9999, 1, 1)]))", ["9999-01-01 00:00:00"] * 2),
        *(
            (f"array([datetime.datetime(9999, 12, 31), None, datetime.datetime(1, 1, 1)], pyarrow.timestamp('{unit}'))",
             ["9999-12-31 00:00:00", None, "0001-01-01 00:00:00"])
            for unit in ("s", "ms", "us")
        ),
        ("array([datetime.datetime(9999, 12, 31)], pyarrow.timestamp('us', 'UTC'))", ["9999-12-31 00:00:00+00:00"]),
        ("array([5, None], pyarrow.duration('s'))", ["(0, 5, 0)", None]),
        ("array([10**15 + 1], pyarrow.duration('ms'))", ["(11574074, 6400, 1000)"]),
        ("array([datetime.date(9999, 12, 31)])", ["9999-12-31"]),
    ],
)  # fmt: skip
def test_a_stream_of_another_writer_loses_no_value(each_arrow, expression, shown):
    [output] = outputs(execute(each_arrow, SHOW, sent(each_arrow, expression)))
    assert output["value"] == shown


def test_a_time_that_python_cannot_hold_is_refused(each_arrow):
    table = sent(each_arrow, "array([5], pyarrow.time64('ns'))")
    response = execute(each_arrow, SHOW, table)
    assert_problem(response, 400, "malformed-request", "input 1", "column 'c'")


MAKE = "import datetime, pandas\nUTC = datetime.timezone.utc\ndef rm_main(): return pandas.DataFrame({'c': pandas.Series(%s, dtype='object')})"


@pytest.mark.parametrize(
    "values, reason",
    [
        ("['a', b'b']", "texts and bytes"),
        ("[datetime.date(2020, 1, 1), datetime.datetime(2020, 1, 1, 5)]", "dates without and with a time"),
        ("[datetime.datetime(2020, 1, 1), datetime.datetime(2020, 1, 1, tzinfo=UTC)]", "with and without an offset"),
        ("[datetime.time(1, tzinfo=UTC)]", "times of day with an offset"),
    ],
)
def test_a_mixture_that_arrow_would_change_is_refused(each_arrow, values, reason):
    response = execute(each_arrow, MAKE % values, table_format="arrow")
    assert_problem(response, 422, "outputs-failed", "the column 'c'", reason)


def test_nanoseconds_of_objects_survive(each_arrow):
    table = execute(each_arrow, MAKE % "[pandas.Timestamp(1), None]", table_format="arrow").json()["outputs"][0]
    [output] = outputs(execute(each_arrow, SHOW, table))
    assert output["value"] == ["1970-01-01 00:00:00.000000001", None]
