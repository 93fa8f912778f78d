"""Each form carries the columns that docs/protocol.md says, with every generation of pandas: examples of
each kind, and tables that hypothesis makes."""

import base64
import datetime
import json

import pytest
import table_of_dtypes
from client import execute, execute_parts
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_of_dtypes import FORMS, KINDS, Refused, Same

PRELUDE = """
import datetime, decimal, numpy, pandas
G = int(pandas.__version__.partition('.')[0])
TEXT = 'str' if G >= 3 else 'object'
def cell(v):
    if isinstance(v, numpy.ndarray): v = v.tolist()
    if isinstance(v, list): return [cell(x) for x in v]
    if isinstance(v, dict): return {k: cell(x) for k, x in v.items()}
    if isinstance(v, decimal.Decimal): return 'Decimal ' + str(v.normalize())
    if isinstance(v, datetime.datetime):
        return (v if v.tzinfo is None else v.astimezone(datetime.timezone.utc)).isoformat()
    return type(v).__name__ + ' ' + repr(v)
def shown(c, dtype):
    if dtype is None: return len(c)  # of texts that nobody promises
    values = [None if gone else cell(v) for v, gone in zip(c.tolist(), c.isna())]
    kind = [str(c.dtype)] if dtype else []
    if kind == ['category']: kind += [[cell(v) for v in c.cat.categories], bool(c.cat.ordered)]
    return [kind, values]
"""
MEDIA_TYPES = {
    "arrow": "application/vnd.apache.arrow.stream",
    "json": "application/vnd.dataresource+json",
    "csv": "text/csv",
    "csv with metadata": "text/csv",
}


def make(columns):
    """A script's text that makes a table of [(name, kind, list of values)]."""
    members = ", ".join(f"{name!r}: {kind.column.replace('{}', values)}" for name, kind, values in columns)
    return PRELUDE + f"def make(): return pandas.DataFrame({{{members}}})\n"


def ask(endpoint, script, form, table=None):
    """The table that a script returns, in that form: (response, its only output)."""
    options = json.dumps({"table_format": form.partition(" ")[0]})
    parts = [("script", script, None), ("options", options, None)]
    if table is not None:
        given_form, output = table
        parts += input_parts(given_form, output)
    response = execute_parts(endpoint, *parts)
    return response, response.json().get("outputs", [None])[0]


def input_parts(form, output):
    if form == "arrow":
        content = base64.b64decode(output["arrow"])
    elif form == "json":
        content = json.dumps(output["dataresource"]).encode()
    else:
        content = output["csv"].encode()
    parts = [("input", content, MEDIA_TYPES[form])]
    if form == "csv with metadata":
        parts.append(("metadata", json.dumps(output["metadata"]), None))
    return parts


def compare(columns, form):
    """A script that compares its input with what the form is said to make of the table."""
    lines = []
    for name, kind, _ in columns:
        outcome = kind.outcome(form)
        becomes, dtype = ("c", True) if isinstance(outcome, Same) else (outcome.becomes, outcome.dtype)
        lines.append(
            f"  c = m[{name!r}]\n"
            f"  pairs.append([{name!r}, shown(t[{name!r}], {dtype}), shown({becomes}, {dtype})])\n"
        )
    return make(columns) + "def rm_main(t):\n  m, pairs = make(), []\n" + "".join(lines) + "  return pairs"


def check(endpoint, columns, first, second):
    """The table goes out in one form, in and out again in another, and comes back as that is said to carry it."""
    response, output = ask(endpoint, make(columns) + "def rm_main(): return make()", first)
    assert response.status_code == 200, response.text
    through = PRELUDE + "def rm_main(t): return t"
    response, output = ask(endpoint, through, second, (first, output))
    if any(isinstance(kind.outcome(second), Refused) for _, kind, _ in columns):
        assert response.status_code == 422, response.text
        assert repr(columns[0][0]) in response.json()["detail"] or len(columns) > 1
        return
    assert response.status_code == 200, response.text
    response, output = ask(endpoint, compare(columns, second), "json", (second, output))
    assert response.status_code == 200, response.text
    for name, came, expected in output["value"]:
        assert came == expected, (name, first, second)


def sent_back(endpoint, columns, form):
    """What comes of a table that is sent back as the report has it, in the JSON form."""
    script = make(columns) + "def rm_main(): return make()"
    [output] = execute(endpoint, script, table_format=form.partition(" ")[0]).json()["outputs"]
    if form == "csv":
        del output["metadata"]
    response = execute(endpoint, compare(columns, form), output)
    assert response.status_code == 200, response.text
    return response.json()["outputs"][0]["value"]


def generation(endpoint):
    response = execute(endpoint, "import pandas\ndef rm_main(): return int(pandas.__version__.partition('.')[0])")
    return response.json()["outputs"][0]["value"]


def lossless(kind):
    return [form for form in FORMS if isinstance(kind.outcome(form), Same)]


def name_of(kind):
    return kind.name


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS, ids=name_of)
def test_an_example_of_each_kind(each_arrow, kind, form):
    if kind.since > generation(each_arrow):
        pytest.skip("this pandas has it not")
    columns = [("c", kind, kind.examples)]
    if isinstance(kind.outcome(form), Refused) or not lossless(kind):
        response, _ = ask(each_arrow, make(columns) + "def rm_main(): return make()", form)
        if isinstance(kind.outcome(form), Refused):
            assert response.status_code == 422 and "'c'" in response.text
        return
    for first in lossless(kind):
        check(each_arrow, columns, first, form)
    for _, came, expected in sent_back(each_arrow, columns, form):
        assert came == expected


def test_the_document_has_the_table():
    assert table_of_dtypes.documented()[1] == table_of_dtypes.table()


# Random tables


def listed(elements, most=6):
    return st.lists(elements, min_size=1, max_size=most)


TEXTS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=12)
WORDS = TEXTS.map(lambda text: "x" + text)  # no number, no boolean
MOMENTS = st.datetimes().map(lambda moment: moment.isoformat())
NEAR = st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2200, 1, 1)).map(lambda moment: moment.isoformat())


def optional(elements):
    return st.one_of(st.none(), elements)


def python(elements):
    """Elements whose repr needs modules that the scripts have."""
    return elements.map(lambda value: Source(repr(value).replace("Decimal(", "decimal.Decimal(")))


class Source:
    """Text that is Python's source as it stands."""

    def __init__(self, text):
        self.text = text

    def __repr__(self):
        return self.text


FLOATS = st.floats(width=64).map(lambda value: Source(f"float('{value!r}')"))
SECONDS = st.datetimes().map(lambda moment: moment.replace(microsecond=0).isoformat())

# Strategies without fold, which belongs to no value that a form has, for the lists of values, by the kind's name.
VALUES = {
    "integers": st.integers(-(2**63), 2**63 - 1),
    "unsigned integers, to the end of 64 bits": st.integers(0, 2**64 - 1),
    "small integers (`int8`, …)": st.integers(-128, 127),
    "integers with missing values (`Int64`)": optional(st.integers(-(2**63), 2**63 - 1)),
    "floats, NaN, infinities": FLOATS,
    "`float32`": st.floats(width=32, allow_infinity=False, allow_nan=False),
    "booleans": st.booleans(),
    "booleans with missing values (`boolean`)": optional(st.booleans()),
    "strings, any Unicode; missing ones": optional(WORDS),
    "empty strings": st.one_of(st.just(""), WORDS),
    "strings of digits": st.integers(0, 10**15).map(str),
    "the dtype `string`": optional(WORDS),
    "categories of strings": optional(st.sampled_from(["xa", "xb", "xc"])),
    "categories of numbers": st.sampled_from([1, 2, 3]),
    "dates": python(st.dates()),
    "times of day": python(st.times().map(lambda time: time.replace(fold=0))),
    "date and time, in nanoseconds": optional(NEAR),
    "date and time, in seconds": optional(SECONDS),
    "date and time, in microseconds": optional(MOMENTS),
    "Python's own date and time": python(st.datetimes().map(lambda moment: moment.replace(fold=0))),
    "time zones": NEAR,
    "durations, in nanoseconds": st.integers(-(2**62), 2**62),
    "durations, in seconds": st.integers(-(10**12), 10**12),
    "decimals": python(st.decimals(-(10**9), 10**9, places=4)),
    "lists": st.lists(st.integers(-(2**63), 2**63 - 1), max_size=3),
}
BY_NAME = {kind.name: kind for kind in KINDS}
NAMES = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\ufeff"), min_size=1, max_size=8)


@st.composite
def column(draw, name, rows):
    values = draw(st.lists(VALUES[name], min_size=rows, max_size=rows))
    return BY_NAME[name], repr(values)


@st.composite
def one_column(draw, name):
    kind, values = draw(column(name, draw(st.integers(1, 5))))
    first = draw(st.sampled_from(lossless(kind)))
    return [("c", kind, values)], first, draw(st.sampled_from(FORMS))


@st.composite
def whole_table(draw, newest):
    names = [name for name in VALUES if BY_NAME[name].since <= newest]
    kinds = draw(st.lists(st.sampled_from(names), min_size=2, max_size=5))
    labels = draw(st.lists(NAMES.filter(lambda label: not label.isdigit()), min_size=len(kinds), max_size=len(kinds), unique=True))
    rows = draw(st.integers(1, 4))
    columns = [(label, *draw(column(name, rows))) for label, name in zip(labels, kinds)]
    common = [form for form in ("json", "arrow") if all(form in lossless(kind) for _, kind, _ in columns)]
    return columns, draw(st.sampled_from(common or ["json"])), draw(st.sampled_from(FORMS))


QUICK = settings(
    max_examples=12, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


@pytest.mark.parametrize("name", VALUES)
def test_random_columns_of_each_kind(each_arrow, name):
    if BY_NAME[name].since > generation(each_arrow):
        pytest.skip("this pandas has it not")

    @QUICK
    @given(one_column(name))
    def holds(drawn):
        check(each_arrow, *drawn)

    holds()


def test_random_tables_of_random_names(each_arrow):
    @settings(QUICK, max_examples=60)
    @given(whole_table(generation(each_arrow)))
    def holds(drawn):
        check(each_arrow, *drawn)

    holds()
