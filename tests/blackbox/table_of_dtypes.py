#!/usr/bin/env python3
"""What each form of a table carries, kind of column by kind of column: the source of the table in
docs/protocol.md and of the tests that hold the engine to it.

    tests/blackbox/table_of_dtypes.py            prints the table
    tests/blackbox/table_of_dtypes.py --check    fails if docs/protocol.md has another one
    tests/blackbox/table_of_dtypes.py --write    puts it there
"""

import dataclasses
import pathlib
import sys
import typing

FORMS = ("arrow", "json", "csv", "csv with metadata")
TITLES = ("Arrow", "dataresource JSON", "CSV", "CSV with metadata")


@dataclasses.dataclass
class Same:
    text: str = "yes"


@dataclasses.dataclass
class Lost:
    """What comes back instead: an expression of the column c, in which G is pandas' generation."""

    text: str
    becomes: str = "c"
    dtype: bool = True  # False: the values alone are as `becomes` says


@dataclasses.dataclass
class Refused:
    text: str = "no: 422 names the column"


@dataclasses.dataclass
class Kind:
    name: str
    column: str  # an expression of a list of values, {}
    examples: str  # such a list
    arrow: typing.Any = dataclasses.field(default_factory=Same)
    json: typing.Any = dataclasses.field(default_factory=Same)
    csv: typing.Any = dataclasses.field(default_factory=Same)
    csv_with_metadata: typing.Any = dataclasses.field(default_factory=Same)
    since: int = 1  # the generation of pandas that has it

    def outcome(self, form):
        return getattr(self, form.replace(" ", "_"))


MOMENTS = "c.dt.tz_localize(None).astype('object')"
OBJECTS = "pandas.Series({}, dtype='object')"
AS_TEXT = "c.astype('object').where(c.isna(), c.astype('object').map(str)).astype(TEXT)"
TEXTS = Lost("no: read as strings", AS_TEXT)
EMPTY = "(c.where(c != '', None).astype(TEXT) if (c != '').any() else pandas.Series([numpy.nan] * len(c)))"

KINDS = [
    Kind("integers", "pandas.Series({}, dtype='int64')", "[1, -2**63, 2**63 - 1]"),
    Kind(
        "unsigned integers, to the end of 64 bits", "pandas.Series({}, dtype='uint64')", "[0, 2**64 - 1]",
        csv=Lost("as `int64` if they fit", "c.astype('int64') if c.max() < 2**63 else c"),
        csv_with_metadata=Lost("as `int64` if they fit", "c.astype('int64') if c.max() < 2**63 else c"),
    ),
    Kind(
        "small integers (`int8`, …)", "pandas.Series({}, dtype='int8')", "[1, -128, 127]",
        csv=Lost("no: read as 64 bits", "c.astype('int64')"),
        csv_with_metadata=Lost("no: read as 64 bits", "c.astype('int64')"),
    ),
    Kind(
        "integers with missing values (`Int64`)", "pandas.Series({}, dtype='Int64')", "[1, None, 2**63 - 1]",
        csv=Lost(
            "as `float64` while that is exact, else yes",
            "c if c.isna().any() and (c.abs() >= 2**53).fillna(False).any() else"
            " c.astype('float64') if c.isna().any() else c.astype('int64')",
        ),
        csv_with_metadata=Lost("yes; as `int64` if none is missing", "c if c.isna().any() else c.astype('int64')"),
    ),
    Kind("floats, NaN, infinities", "pandas.Series({}, dtype='float64')", "[0.1, float('nan'), float('-inf'), 5e-324, -0.0]"),
    Kind(
        "`float32`", "pandas.Series({}, dtype='float32')", "[0.1, 3e38, float('nan')]",
        csv=Lost("no: read as 64 bits", "pandas.Series([float(str(v)) for v in c.to_numpy()])"),
        csv_with_metadata=Lost("no: read as 64 bits", "pandas.Series([float(str(v)) for v in c.to_numpy()])"),
    ),
    Kind("booleans", "pandas.Series({}, dtype='bool')", "[True, False]"),
    Kind(
        "booleans with missing values (`boolean`)", "pandas.Series({}, dtype='boolean')", "[True, None, False]",
        csv=Lost(
            "no: read as objects",
            "c.astype('bool') if c.notna().all() else c.astype('object') if c.notna().any() else"
            " pandas.Series([numpy.nan] * len(c))",
        ),
        csv_with_metadata=Lost(
            "yes; as `bool` if none is missing, as strings if all are",
            "c.astype('bool') if c.notna().all() else c if c.notna().any() else c.astype('object').astype(TEXT)",
        ),
    ),
    Kind(
        "strings, any Unicode; missing ones", "pandas.Series({}, dtype=TEXT)", "['a', None, 'x\\u00e9\\U0001f600,\"\\n\\0\\r']",
        csv=Lost("yes; as floats if all are missing", "c if c.notna().any() else c.astype('float64')"),
    ),
    Kind(
        "empty strings", "pandas.Series({}, dtype=TEXT)", "['', 'a', '']",
        csv=Lost("no: read as missing", EMPTY),
        csv_with_metadata=Lost("no: read as missing", "c.where(c != '', None).astype(TEXT)"),
    ),
    Kind(
        "strings of digits", "pandas.Series({}, dtype=TEXT)", "['1', '02']",
        csv=Lost("no: read as numbers", "c.map(int).astype('int64')"),
    ),
    Kind(
        "the dtype `string`", "pandas.Series({}, dtype='string')", "['a', None, 'b']",
        csv=Lost("no: read as other strings", "c.astype('object').astype(TEXT) if c.notna().any() else pandas.Series([numpy.nan] * len(c))"),
        csv_with_metadata=Lost("no: read as other strings", "c.astype('object').astype(TEXT)"),
    ),
    Kind(
        "categories of strings", "pandas.Series(pandas.Categorical({}, ['xb', 'xa', 'xc'], ordered=True))", "['xb', None, 'xa']",
        csv=Lost("no: read as their values", "c.astype('object').astype(TEXT) if c.notna().any() else pandas.Series([numpy.nan] * len(c))"),
        csv_with_metadata=Lost("no: read as strings", "c.astype('object').astype(TEXT)"),
    ),
    Kind(
        "categories of numbers", "pandas.Series(pandas.Categorical({}, [3, 1, 2]))", "[1, 2, 1]",
        csv=Lost("no: read as their values", "c.astype('int64')"),
        csv_with_metadata=TEXTS,
    ),
    Kind("dates", OBJECTS, "[datetime.date(2020, 2, 29), None, datetime.date(1, 1, 1), datetime.date(9999, 12, 31)]", csv=TEXTS, csv_with_metadata=TEXTS),
    Kind("times of day", OBJECTS, "[datetime.time(1, 2, 3, 4), None, datetime.time(23, 59)]", csv=TEXTS, csv_with_metadata=TEXTS),
    Kind(
        "date and time, in nanoseconds", "pandas.Series({}, dtype='datetime64[ns]')",
        "['2020-01-01T00:00:00.123456789', None, '1969-12-31T00:00:00']",
        csv=Lost("no: read as strings", "c", dtype=None),
    ),
    *(
        Kind(
            f"date and time, in {title}", f"pandas.Series(numpy.array({{}}, 'datetime64[{unit}]'))",
            "['0001-01-01T00:00:00', None, '9999-12-31T23:59:59']",
            csv=Lost("no: read as strings", "c", dtype=None),
            csv_with_metadata=Lost("as `datetime64[ns]` if they fit, else as `datetime64[us]`", "c", dtype=False),
            since=2,
        )
        for unit, title in (("s", "seconds"), ("ms", "milliseconds"), ("us", "microseconds"))
    ),
    Kind(
        "Python's own date and time", OBJECTS, "[datetime.datetime(9999, 12, 31), None, datetime.datetime(1, 1, 1, 2, 3)]",
        arrow=Lost("as `datetime64[us]`; with pandas 1 yes, if nanoseconds cannot hold them", "c", dtype=False),
        csv=Lost("no: read as strings", "c", dtype=None),
        csv_with_metadata=Lost("as `datetime64` if that holds them", "c", dtype=False),
    ),
    Kind(
        "time zones", "pandas.Series(pandas.to_datetime({}, utc=True).tz_convert('Europe/Berlin'))",
        "['2020-10-25T00:30:00', None, '2020-06-01T00:00:00']",
        csv=Lost("no: read as strings", "c", dtype=None),
        csv_with_metadata=Lost("no: read with their offsets", "c", dtype=False),
    ),
    Kind(
        "offsets from UTC", "pandas.Series(pandas.to_datetime({}).tz_localize(datetime.timezone(datetime.timedelta(minutes=-210))))",
        "['2020-01-01T00:00:00', None]",
        arrow=Lost("yes; with pandas 1 pytz's", "c", dtype=False),
        csv=Lost("no: read as strings", "c", dtype=None),
        csv_with_metadata=Lost("yes; with pandas 1 pytz's", "c", dtype=False),
    ),
    Kind(
        "durations, in nanoseconds", "pandas.Series(numpy.array({}, 'timedelta64[ns]'))",
        "[86400000000001, 'NaT', -1]", csv=TEXTS, csv_with_metadata=TEXTS,
    ),
    Kind(
        "durations, in seconds", "pandas.Series(numpy.array({}, 'timedelta64[s]'))",
        "[10**12, 'NaT', -1]", csv=TEXTS, csv_with_metadata=TEXTS, since=2,
    ),
    Kind(
        "decimals", OBJECTS, "[decimal.Decimal('1.10'), None, decimal.Decimal('1e-20')]",
        arrow=Lost("yes; all with the same number of places"),
        csv=Lost("no: read as numbers", "pandas.to_numeric(pandas.Series([None if g else float(v) for v, g in zip(c, c.isna())], dtype='float64'))", dtype=False),
        csv_with_metadata=TEXTS,
    ),
    Kind("integers beyond 64 bits", OBJECTS, "[2**70, 1, None]", arrow=Refused(), csv=Lost("no: read as strings", "c", dtype=None), csv_with_metadata=TEXTS),
    Kind("lists", OBJECTS, "[[1, 2**60], None, []]", arrow=Lost("as numpy's arrays"), csv=TEXTS, csv_with_metadata=TEXTS),
    Kind("structs: dictionaries with the same keys", OBJECTS, "[{'a': 1, 'b': 'x'}, None]", csv=TEXTS, csv_with_metadata=TEXTS),
    Kind("other JSON values", OBJECTS, "[{'a': [1]}, 'x', None]", arrow=Refused(), csv=TEXTS, csv_with_metadata=TEXTS),
    Kind(
        "periods", "pandas.Series(pandas.PeriodIndex({}, freq='M'))", "['2020-01', '1999-12']",
        json=Refused(), csv=TEXTS, csv_with_metadata=TEXTS,
    ),
    Kind(
        "intervals", "pandas.Series(pandas.arrays.IntervalArray.from_breaks({}))", "[0, 1, 5]",
        json=Refused(), csv=TEXTS, csv_with_metadata=TEXTS,
    ),
    Kind("complex numbers", "pandas.Series({}, dtype='complex128')", "[1j, 2j]", arrow=Refused(), json=Refused(), csv=TEXTS, csv_with_metadata=TEXTS),
    Kind("other objects", OBJECTS, "[object, object]", arrow=Refused(), json=Refused(), csv=TEXTS, csv_with_metadata=TEXTS),
]  # fmt: skip


def table():
    lines = ["| column | " + " | ".join(TITLES) + " |", "|---" * (len(TITLES) + 1) + "|"]
    for kind in KINDS:
        cells = [kind.outcome(form).text for form in FORMS]
        name = kind.name if kind.since == 1 else f"{kind.name} (pandas 2 and later)"
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs/protocol.md"
BEGIN, END = "<!-- table of dtypes -->\n", "<!-- end of the table -->\n"


def documented():
    """(text before, the table, text behind) of docs/protocol.md."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    now, _, behind = rest.partition(END)
    return before, now, behind


def main(arguments):
    before, now, behind = documented()
    if arguments == ["--check"]:
        if now != table():
            return "docs/protocol.md has another table of dtypes; tests/blackbox/table_of_dtypes.py --write"
    elif arguments == ["--write"]:
        DOCUMENT.write_text(before + BEGIN + table() + END + behind)
    else:
        print(table(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
