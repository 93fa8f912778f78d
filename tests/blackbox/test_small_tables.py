"""Small tables bypass pandas' own readers and writers (small_csv.py, small_arrow.py, frames.py). Whatever a script can
see of a table, and every byte of an answer, is the same both ways, for every generation of pandas.

A script compares both ways inside the engine, with the helper modules that run it.
"""

import json

import pytest
from client import execute, outputs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

COMPARE = """
import base64, contextlib, datetime, decimal, io, math, sys
import numpy, pandas

names = ("tables", "columns", "frames", "small_csv", "small_arrow")
helper = {name: sys.modules["_standpy." + name] for name in names}
SHORT_WAYS = [("frames", "warm"), ("small_csv", "read"), ("small_csv", "write"), ("small_arrow", "read"),
              ("small_arrow", "write"), ("columns", "only_texts"), ("columns", "arrow_texts")]
taken = set()

def noting(name, function):
    def call(*arguments):
        result = function(*arguments)
        if result is not None:
            taken.add(function.__module__.rpartition(".")[2] + "." + name)
        return result
    return call

@contextlib.contextmanager
def replaced(make):
    was = [(vars(helper[module]), name, vars(helper[module])[name]) for module, name in SHORT_WAYS]
    for names, name, function in was:
        names[name] = make(name, function)
    try:
        yield
    finally:
        for names, name, function in was:
            names[name] = function

def cell(value):
    sign = math.copysign(1, value) if type(value) is float else None
    return type(value).__name__, repr(value), sign

def seen(table):
    arrays = [table.iloc[:, place].array for place in range(table.shape[1])]
    flags = [getattr(table.iloc[:, place].values, "flags", None) for place in range(table.shape[1])]
    # If a frame has one block, its values are a view. A script cannot see how many blocks other frames have.
    is_one = len(table._mgr.blocks) == 1
    whole = table.values
    return {
        "class": type(table), "dtypes": [repr(dtype) for dtype in table.dtypes],
        "arrays": [type(array).__name__ for array in arrays], "one": is_one,
        "flags": [flag and (flag.writeable, flag.c_contiguous) for flag in flags],
        "values": (whole.dtype, whole.flags.writeable, whole.flags.c_contiguous, whole.flags.f_contiguous),
        "index": (type(table.index), repr(table.index), table.index.dtype, table.index.name),
        "columns": (type(table.columns), table.columns.dtype, table.columns.name, [cell(name) for name in table.columns]),
        "cells": [[cell(value) for value in array] for array in arrays],
        "attributes": (table.attrs, table.flags.allows_duplicate_labels, list(table.rm_metadata.items()), sorted(vars(table))),
        "shown": repr(table),
    }

def written_to(table):
    # What a script writes to a table must show in the table.
    if not len(table):
        return None
    for place in range(table.shape[1]):
        try:
            table.iloc[0, place] = table.iloc[-1, place]
        except (TypeError, ValueError) as error:
            return repr(error)
    whole = table.values
    if whole.flags.writeable:
        whole[-1] = whole[0][::-1]
    return seen(table)

def outcome(function, *arguments):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            result = function(*arguments)
        except Exception as error:
            return type(error).__name__, str(error), vars(error), printed.getvalue()
    if isinstance(result, pandas.DataFrame):
        return {"table": seen(result), "written to": written_to(result)}
    return (bytes(result) if type(result).__name__ == "Buffer" else result), printed.getvalue()

def stream(table):
    import pyarrow
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()

def made(source):
    if "pyarrow" in source:
        import pyarrow
        return eval("lambda: " + source, {**globals(), "pyarrow": pyarrow})
    return eval("lambda: " + source)

def read(form, content, described=None):
    decode = helper["tables"].decode
    content = stream(made(content)()) if form == "arrow" else content.encode()
    return lambda: decode(1, form, content, described and described.encode())

def write(form, source):
    make = made(source)
    return lambda: getattr(helper["tables"], "to_" + form)(make())

def difference(short, long):
    if isinstance(short, dict) and isinstance(long, dict):
        found = {}
        for key in short:
            inner = difference(short[key], long[key])
            if inner:
                found[key] = inner
        return found
    return None if repr(short) == repr(long) else [repr(short), repr(long)]

def rm_main(cases):
    differences = []
    for direction, *case in cases:
        function = (read if direction == "in" else write)(*case)
        with replaced(noting):
            short = outcome(function)
        with replaced(lambda name, function: lambda *arguments: None):
            long = outcome(function)
        differences.append(difference(short, long))
    return differences, sorted(taken)
"""


SETTINGS = settings(
    max_examples=40, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


def check(endpoint, *cases):
    """Asserts that both ways agree on all cases. Returns the short ways that were taken."""
    differences, taken = outputs(execute(endpoint, COMPARE, {"type": "value", "value": list(cases)}))
    for case, difference in zip(cases, differences["value"]):
        assert not difference, (case, difference)
    return taken["value"]


def compare_random(endpoint, cases):
    """The same for random cases; many at a time, because each script that changes a module costs a runner."""

    @SETTINGS
    @given(st.lists(cases, min_size=1, max_size=25))
    def holds(drawn):
        check(endpoint, *drawn)

    holds()


@st.composite
def rows_of(draw, kinds, rows):
    """A column: values of one kind, or of all kinds."""
    kind = draw(st.sampled_from([*kinds, st.one_of(kinds)]))
    return draw(st.lists(kind, min_size=rows, max_size=rows))


# CSV

# Cells that parsers read differently, and some that they agree on.
PITFALLS = (
    "nan NaN -nan inf -inf Infinity infinite true True TRUE false trueish yes NA null None N/A #N/A 007 -0 -0.0 +5 .5 5. "
    "1_000 0x1f 1e5 1E5 1e+5 -1e-5 1e400 1e-400 1e308 1.7976931348623157e308 E5 1d5 1f 12\u00a0 \u0661 \u00b2 \u00e9 -abc "
    "999999999999999 9007199254740993 999999999999999999 9223372036854775807 9223372036854775808 18446744073709551616 "
    "0.1234567890123456789012345 2.675 2020-01-01 12:30 1/2 1e5x 1-2"
).split(" ")
CELLS = [
    st.sampled_from([*PITFALLS, " 1", "1 ", "1 000", "12 Main St", "", "\t", "a\x0bb", "\u2028", 'a"b', '"a"', '"1"', "\ufeff"]),
    st.integers(-(2**64), 2**65).map(str),
    st.integers(-99, 999).map(str),
    st.sampled_from(["1", "-2", ""]),
    st.sampled_from(["1.5", "2", ""]),
    st.sampled_from(["True", "False"]),
    st.sampled_from(["alpha", "", "b c"]),
    st.sampled_from(["2020-01-01", "2020-01-02 03:04:05"]),
    st.floats().map(repr),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.text(st.sampled_from("0123456789+-.eE naif:/tru"), max_size=6),
    st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters=",\n\r"), max_size=4),
]
NAMES = st.one_of(st.sampled_from("abcdefgh"), st.sampled_from(["", "1", " a", "a ", "\u00e9", "a b", "a"]))
TYPES = "integer real numeric nominal text binominal date_time date time".split()


@st.composite
def csv_tables(draw):
    usual = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True)
    names = draw(st.one_of(usual, usual, st.lists(NAMES, min_size=1, max_size=4)))
    rows = draw(st.integers(0, 5))
    columns = [draw(rows_of(CELLS, rows)) for _ in names]
    end = draw(st.sampled_from(["\n", "\n", "\r\n", "\r"]))
    text = end.join(map(",".join, [names, *zip(*columns)])) + draw(st.sampled_from([end, end, "", end + end, " ", ","]))
    if draw(st.booleans()):
        return "in", "csv", text
    described = draw(st.dictionaries(st.sampled_from(names), st.tuples(st.sampled_from(TYPES), st.sampled_from([None, "label"]))))
    return "in", "csv", text, json.dumps(described)


def test_csv_is_read_as_pandas_reads_it(each_pandas):
    compare_random(each_pandas, csv_tables())


@pytest.mark.parametrize(
    "text",
    [
        "a,b,c,d\n1,2.5,3,4.25\n",
        "a,b,c,d\r\n1,2.5,3,4.25\r\n",
        "a,b\n1,x\n,\n",
        "a,b\nTrue,alert\nfalse,infinite loop\nTRUE,nancy\n" + "False,beta\n" * 2,
        "when,at\n2020-01-01,12:30\n,\n",
        "id\n" + "".join(f"{number}\n" for number in range(1000)),
        "-0,x\n-0,-0.0\n0,1e-310\n",
    ],
)
def test_what_is_plain_takes_the_short_way(each_pandas, text):
    assert {"small_csv.read", "frames.warm"} <= set(check(each_pandas, ("in", "csv", text)))


@pytest.mark.parametrize(
    "text",
    [
        'a,b\n1,"x"\n',
        "a,b\n1, 2\n",
        " a,b\n1,2\n",
        "a,b\n 1,2\n",
        "a,a\n1,2\n",
        "a,\n1,2\n",
        "a,b\n1\n",
        "a,b\n1,2,3\n",
        "a\n1\n\n2\n",
        "a\r1\r",
        "\ufeffa,b\n1,2\n",
        "a,b\n",
        "",
        "a\nnan\n",
        "a\n1e400\n",
        "a\n12345678901234567890\n",
        "a\n1_000\n",
        "a\nTrue\n\"\"\n",
        "a\n9999999999999999999\n",
        "a,b\n9007199254740993,1\n,2\n",
        "a,b\nx,1\n y,2\n",
        "a,b\nx,1\n\ty,2\n",
    ],
)
def test_what_is_doubtful_is_left_to_pandas(each_pandas, text):
    assert "small_csv.read" not in check(each_pandas, ("in", "csv", text))


@pytest.mark.parametrize("type_", ["integer", "real", "numeric"])
@pytest.mark.parametrize("text", ["9007199254740993", "9007199254740992", "1e17", "1.5", "", "x", "True"])
def test_a_cell_of_a_described_column(each_pandas, text, type_):
    described = json.dumps({"a": [type_, None]})
    check(each_pandas, ("in", "csv", f"a,b\n{text},1\n", described), ("in", "csv", f"a,b\n{text},1\n1,1\n", described))


# Dataresource JSON

VALUES = {
    "integer": [st.integers(-9, 9), st.integers(-(2**63) - 1, 2**64), st.sampled_from([1.0, 2.5, "7", "x"])],
    "number": [
        st.floats(allow_nan=False, allow_infinity=False),
        st.one_of(st.floats(-5, 5), st.integers(-5, 5)),
        st.integers(-(2**54), 2**54),
        st.sampled_from(["NaN", "INF", "1.5", -0.0, 1e308]),
    ],
    "boolean": [st.booleans(), st.sampled_from(["true", "0", 1])],
    "string": [st.text(st.characters(blacklist_categories=("Cs",)), max_size=4), st.just(3)],
    "datetime": [
        st.datetimes().map(lambda moment: moment.isoformat()),
        st.sampled_from(["2020-01-01T00:00:00", "2020-01-02T03:04:05.006", "2020-01-01"]),
        st.sampled_from(["2020-01-01T00:00:00Z", "2020-01-01T00:00:00+02:00", "now"]),
    ],
    "date": [st.dates().map(str)],
    "time": [st.times().map(str)],
    "duration": [st.sampled_from(["P1D", "PT1.5S", "P-1DT1S", "P1M"])],
    "any": [st.sampled_from([1, "x", None, [1, 2], {"a": 1}])],
    "array": [st.lists(st.integers(0, 9), min_size=1, max_size=2)],
    "object": [st.just({"a": [1]})],
}
DTYPES = (
    "int64 int8 Int64 float64 float32 Float64 bool boolean object str string decimal datetime64[ns] datetime64[us] timedelta64[ns]"
).split()
OPTIONS = [
    {"title": "A"}, {"format": "default"}, {"missingValues": ["", "x"]}, {"constraints": {"required": True}},
    {"constraints": {"enum": [1, "x"]}}, {"rm_metadata": ["text", "label"]}, {"rm_metadata": 1}, {"tz": "UTC"},
    {"freq": "D"}, {"decimalChar": ","}, {"type": "none"},
]  # fmt: skip


@st.composite
def field(draw, name):
    described = {"name": name, "type": draw(st.sampled_from([*VALUES]))}
    if draw(st.integers(0, 3)) == 0:
        described["pandas_dtype"] = draw(st.sampled_from(DTYPES))
    return {**described, **draw(st.sampled_from(OPTIONS))} if draw(st.integers(0, 3)) == 0 else described


@st.composite
def resources(draw):
    names = draw(st.lists(st.sampled_from(["a", "b", "c", "d", "\u00e9", "index", "", "1"]), max_size=4, unique=True))
    rows = draw(st.integers(0, 4))
    fields = [draw(field(name)) for name in names]
    columns = []
    for described in fields:
        kinds = VALUES.get(described["type"], [st.just(1)])
        if draw(st.booleans()):
            kinds = [st.one_of(kind, st.none()) for kind in kinds]
        columns.append(draw(rows_of(kinds, rows)))
    schema = {"fields": fields, **draw(st.sampled_from([{}, {}, {}, {"primaryKey": ["a"]}, {"missingValues": ["x"]}]))}
    return "in", "json", json.dumps({"schema": schema, "data": [dict(zip(names, row)) for row in zip(*columns)]})


def test_dataresources_are_read_as_pandas_makes_them(each_pandas):
    compare_random(each_pandas, resources())


def test_a_resource_of_numbers_takes_the_short_way(each_pandas):
    fields = [{"name": "a", "type": "integer"}, {"name": "b", "type": "number"}, {"name": "c", "type": "string"}]
    resource = {"schema": {"fields": fields}, "data": [{"a": 1, "b": 2.5, "c": "x"}, {"a": 2, "b": None, "c": None}]}
    assert "frames.warm" in check(each_pandas, ("in", "json", json.dumps(resource)))


# Out

MOMENTS = ["'2020-01-01'", "'2020-01-02 03:04:05'", "'2020-01-01 00:00:00.006'", "'2021-01-01 00:00:00.000000001'", "None"]
OBJECTS = (
    "None float('nan') pandas.NA pandas.NaT float('inf') 1 2.5 True 'x' b'x' datetime.date(2020,1,2) datetime.datetime(2020,1,2,3) "
    "datetime.time(1) decimal.Decimal('1.5') numpy.int64(3) numpy.float64(2) numpy.str_('s') [1] {'a':1} datetime.timedelta(1)"
).split()
FLOATS = st.floats().map(lambda value: f"float('{value!r}')")
TEXTS = st.one_of(st.text(st.characters(blacklist_categories=("Cs",)), max_size=4), st.sampled_from(["a,b", 'a"b', "a\nb", "a\rb", ""])).map(repr)
# Elements, and the function that makes a column of a list of them.
SOURCES = [
    (st.integers(-(2**63), 2**63 - 1).map(str), "numpy.array({}, 'int64')"),
    (st.integers(0, 2**64 - 1).map(str), "numpy.array({}, 'uint64')"),
    (st.integers(0, 127).map(str), "numpy.array({}, 'int8')"),
    (FLOATS, "numpy.array({}, 'float64')"),
    (st.floats(width=32).map(lambda value: f"float('{value!r}')"), "numpy.array({}, 'float32')"),
    (st.sampled_from(["float('nan')", "1", "2.5", "-0.0", "1e16", "1e-5"]), "numpy.array({}, 'float64')"),
    (st.booleans().map(str), "numpy.array({}, 'bool')"),
    (TEXTS, "pandas.Series({}, dtype='object')"),
    (st.one_of(TEXTS, st.just("None")), "pandas.Series({}, dtype='str')"),
    (st.one_of(TEXTS, st.sampled_from(["None", "float('nan')"])), "pandas.Series({}, dtype='object')"),
    (st.sampled_from(["'x'", "None"]), "pandas.Series({}, dtype='string')"),
    (st.sampled_from(OBJECTS), "pandas.Series({}, dtype='object')"),
    (st.sampled_from(MOMENTS), "pandas.Series({}, dtype='datetime64[ns]')"),
    (st.sampled_from(MOMENTS), "pandas.Series({}, dtype='datetime64[ns]').dt.tz_localize('Europe/Berlin')"),
    (st.dates().map(lambda date: repr(str(date))), "numpy.array({}, 'datetime64[s]').astype('datetime64[s]')"),
    (st.integers(-(10**12), 10**12).map(str), "numpy.array({}, 'timedelta64[ns]')"),
    (st.sampled_from(["1", "None"]), "pandas.Series({}, dtype='Int64')"),
    (st.sampled_from(["'a'", "'b'", "None"]), "pandas.Series(pandas.Categorical({}))"),
]
LABELS = ["'a'", "'b'", "'c'", "''", "'1'", "'a,b'", "'\u00e9'", "1", "2.5", "None", "('a', 'b')"]
ENDINGS = ["", "", "", "", ".iloc[::-1]", ".iloc[:, ::-1]", ".set_axis(range(5, 5 + {}))", ".assign(new=1)", ".iloc[1:]"]


@st.composite
def frames(draw, forms):
    rows, width = draw(st.integers(0, 4)), draw(st.integers(1, 4))
    columns = []
    for _ in range(width):
        elements, column = draw(st.sampled_from(SOURCES))
        cells = draw(st.lists(elements, min_size=rows, max_size=rows))
        columns.append("pandas.Series(" + column.replace("{}", "[" + ", ".join(cells) + "]") + ")")
    usual = st.lists(st.sampled_from(LABELS[:3]), min_size=width, max_size=width)
    labels = draw(st.one_of(usual, st.lists(st.sampled_from(LABELS), min_size=width, max_size=width, unique=True)))
    source = f"pandas.concat([{', '.join(columns)}], axis=1).set_axis([{', '.join(labels)}], axis=1)"
    source += draw(st.sampled_from(ENDINGS)).replace("{}", str(rows))
    return "out", draw(st.sampled_from(forms)), source


def test_frames_are_written_as_pandas_writes_them(each_pandas):
    compare_random(each_pandas, frames(["csv", "json"]))


def test_frames_are_written_as_pyarrow_writes_them(each_arrow):
    compare_random(each_arrow, frames(["arrow"]))


SPECIAL = [
    "type('Mine', (pandas.DataFrame,), {'to_csv': lambda *a, **k: 'mine'})({'a': [1]})",
    "pandas.DataFrame({'a': [1]}).set_index('a')",
    "pandas.DataFrame(index=range(3))",
    "pandas.DataFrame({'a': pandas.Series([1, 2], dtype='Sparse[int]')})",
    "pandas.DataFrame([[1, 2]], columns=pandas.MultiIndex.from_tuples([('a', 'b'), ('a', 'c')]))",
    "pandas.DataFrame([[1, 2]], columns=pandas.Index(['a', 'b'], name='n'))",
    "pandas.DataFrame({'a': ['\\ud800']})",
    "pandas.DataFrame([[1]], columns=[pandas.NA])",
    "pandas.DataFrame({'a': ['x', b'x']})",
    "pandas.DataFrame({'a': ['x', float('inf')]})",
    "(lambda t: t.attrs.update(x=1) or t)(pandas.DataFrame({'a': [1]}))",
    "pandas.DataFrame({'a': pandas.Series([None, None], dtype='object')})",
]


@pytest.mark.parametrize("form", ["csv", "json", "arrow"])
def test_a_frame_that_is_no_plain_one(each_arrow, form):
    check(each_arrow, *(("out", form, source) for source in SPECIAL))


@pytest.mark.parametrize("form", ["csv", "json"])
def test_infinities_that_a_script_calls_missing(each_pandas, form):
    # pandas 3 no longer has this option.
    source = "(pandas.options.mode.__setattr__('use_inf_as_na', True), pandas.DataFrame({'a': [float('inf'), 1.5]}))[1]"
    source = f"{source} if pandas.__version__ < '3' else pandas.DataFrame()"
    check(each_pandas, ("out", form, source))


@pytest.mark.parametrize("form, way", [("csv", "small_csv.write"), ("json", "frames.warm"), ("arrow", "small_arrow.write")])
def test_a_plain_frame_takes_the_short_way(each_arrow, form, way):
    source = "pandas.DataFrame({'a': [1, 2], 'b': [2.5, None], 'c': ['x', None], 't': pandas.to_datetime(['2020-01-01', None])})"
    assert way in check(each_arrow, ("out", form, source))


# Arrow, in

ARROWS = [
    (st.integers(-128, 127).map(str), [f"int{bits}" for bits in (8, 16, 32, 64)]),
    (st.integers(0, 255).map(str), [f"uint{bits}" for bits in (8, 16, 32, 64)]),
    (st.integers(-(2**63), 2**63 - 1).map(str), ["int64"]),
    (FLOATS, ["float64"]),
    (st.sampled_from(["1.5", "-0.0", "float('nan')"]), ["float16", "float32", "float64"]),
    (st.booleans().map(str), ["bool_"]),
    (TEXTS, ["string", "large_string"]),
    (st.sampled_from(["0", "86400", "10**9"]), ["timestamp('s')", "timestamp('ms')", "timestamp('us')", "timestamp('ns')"]),
    (st.sampled_from(["0", "86400"]), ["timestamp('us', 'UTC')", "duration('s')", "date32", "time64('us')", "null"]),
    (st.sampled_from(["b'x'", "[1]"]), ["binary", "list_(pyarrow.int64())"]),
]


@st.composite
def arrow_column(draw, rows):
    elements, types = draw(st.sampled_from(ARROWS))
    type_ = draw(st.sampled_from(types))
    elements = {"null": st.just("None"), "binary": st.just("b'x'"), "list_(pyarrow.int64())": st.just("[1]")}.get(type_, elements)
    if draw(st.booleans()):
        elements = st.one_of(elements, st.just("None"))
    type_ = type_ if type_.endswith(")") else type_ + "()"
    convert = "numpy.float16" if type_ == "float16()" else ""
    cells = [f"{convert}({cell})" if cell != "None" else cell for cell in draw(st.lists(elements, min_size=rows, max_size=rows))]
    chunk = f"pyarrow.array([{', '.join(cells)}], pyarrow.{type_})"
    return f"pyarrow.chunked_array([{chunk}, {chunk}])" if draw(st.booleans()) else f"pyarrow.chunked_array([{chunk}.take(pyarrow.array([*range({rows})] * 2))])"


@st.composite
def arrow_tables(draw):
    rows, width = draw(st.integers(0, 3)), draw(st.integers(0, 4))
    columns = [draw(arrow_column(rows)) for _ in range(width)]
    unique = draw(st.integers(0, 5)) > 0
    names = draw(st.lists(st.sampled_from(["a", "b", "c", "d", ""]), min_size=width, max_size=width, unique=unique))
    return "in", "arrow", f"pyarrow.table([{', '.join(columns)}], names={names!r})"


@st.composite
def arrow_frames(draw):
    """With the description that pandas adds to its table."""
    _, _, source = draw(frames(["arrow"]))
    keep = draw(st.sampled_from(["None", "False", "False", "True"]))
    return "in", "arrow", f"pyarrow.Table.from_pandas({source}, preserve_index={keep})"


def may_be_made(endpoint, cases):
    """Those of the random sources that pyarrow can make a table of."""
    script = COMPARE.partition("def rm_main")[0] + (
        "def rm_main(cases):\n"
        "  def works(case):\n"
        "    try: stream(made(case[2])())\n"
        "    except Exception: return False\n"
        "    return True\n"
        "  return [case for case in cases if works(case)]"
    )
    return outputs(execute(endpoint, script, {"type": "value", "value": cases}))[0]["value"]


@pytest.mark.parametrize("tables", [arrow_tables(), arrow_frames()], ids=["arrow", "pandas"])
def test_arrow_is_read_as_pyarrow_reads_it(each_arrow, tables):
    @SETTINGS
    @given(st.lists(tables, min_size=1, max_size=25))
    def holds(drawn):
        check(each_arrow, *may_be_made(each_arrow, drawn))

    holds()


@pytest.mark.parametrize(
    "source",
    [
        "pyarrow.table({'a': [1, 2], 'b': [2.5, None], 'c': ['x', None], 'd': [True, False]})",
        "pyarrow.Table.from_pandas(pandas.DataFrame({'a': [1, 2], 'b': [2.5, None], 'c': ['x', None]}), preserve_index=False)",
    ],
)
def test_a_plain_arrow_table_takes_the_short_way(each_arrow, source):
    assert "small_arrow.read" in check(each_arrow, ("in", "arrow", source))


# pyarrow writes none if a table has no index; another writer may.
LABELLED = (
    "(lambda table: table.replace_schema_metadata({b'pandas': table.schema.metadata[b'pandas'].replace("
    "b'\"column_indexes\": []', b'\"column_indexes\": [{\"name\": \"n\", \"field_name\": \"n\", "
    "\"pandas_type\": \"unicode\", \"numpy_type\": \"object\", \"metadata\": null}]')}))"
    "(pyarrow.Table.from_pandas(pandas.DataFrame({'a': [1]}), preserve_index=False))"
)


@pytest.mark.parametrize(
    "source",
    [
        LABELLED,
        "pyarrow.table({'a': [1, None]})",
        "pyarrow.table({'a': pyarrow.array([])})",
        "pyarrow.table({'a': [1]}).replace_schema_metadata({b'pandas': b'{'})",
        "pyarrow.table({'a': [1]}).replace_schema_metadata({b'pandas': b'{}'})",
        "pyarrow.Table.from_pandas(pandas.DataFrame({'a': [1]}, index=['x']))",
        "pyarrow.Table.from_pandas(pandas.DataFrame({1: [1]}))",
        "pyarrow.Table.from_pandas(pandas.DataFrame({'a': pandas.Series([1], dtype='Int64')}))",
        "pyarrow.Table.from_pandas(pandas.DataFrame({'a': pandas.Series(['x'], dtype='string')}))",
        "pyarrow.Table.from_pandas(pandas.DataFrame({'a': pandas.Categorical(['x'])}))",
    ],
)
def test_other_arrow_tables_are_left_to_pyarrow(each_arrow, source):
    drawn = may_be_made(each_arrow, [("in", "arrow", source)]) or [("in", "json", "[]")]
    assert "small_arrow.read" not in check(each_arrow, *drawn)
