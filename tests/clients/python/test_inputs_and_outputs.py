"""What arrives in the script, and what comes back."""

import collections
import datetime
import decimal
import io
import math
import sys

import pytest
import standpy_client
from standpy_client import CsvInput, CsvTable, Engine, Pickled, Refused, ResultFile

pandas = pytest.importorskip("pandas")

SAME = "def rm_main(*inputs):\n    return inputs\n"
KINDS = "def rm_main(*inputs):\n    return [type(one).__name__ for one in inputs]\n"


@pytest.fixture(scope="module", params=["Debian's pandas", "pyarrow"])
def remote(request):
    """Engines that can read Arrow, and such that cannot."""
    name = "engine"
    if request.param == "pyarrow":
        pytest.importorskip("pyarrow")
        name = "arrow_engine"
    with Engine(request.getfixturevalue(name).endpoint) as remote:
        yield remote


def now(text):
    return datetime.datetime.fromisoformat(text)


COLUMNS = {
    "integers": [1, -(2**62), 2**53 + 1],
    "unsigned": pandas.Series([0, 2**64 - 1], dtype="uint64"),
    "small integers": pandas.Series([1, -2], dtype="int8"),
    "integers with missing values": pandas.Series([1, None, 2**62 + 1], dtype="Int64"),
    "floats": [0.1, 1 / 3, -1e308, 5e-324, math.nan, math.inf, -math.inf],
    "float32": pandas.Series([0.1, 3e38], dtype="float32"),
    "booleans": [True, False],
    "booleans with missing values": pandas.Series([True, None], dtype="boolean"),
    "texts": ["a", "ü\U0001f600", "", "12", 'quote " and \\', "line\nbreak"],
    "texts with missing ones": ["a", None],
    "the dtype string": pandas.Series(["a", None], dtype="string"),
    "categories": pandas.Series(["b", "a", None, "b"], dtype="category"),
    "ordered categories of numbers": pandas.Series(pandas.Categorical([3, 1], [3, 2, 1], ordered=True)),
    "date and time": pandas.to_datetime(["2020-01-01T12:30:00.123456789", None]),
    "time zones": pandas.to_datetime(["2020-07-01T12:00:00", None]).tz_localize("Europe/Berlin"),
    "durations": pandas.to_timedelta(["1 days 02:03:04.5", "-1 s", None]),
    "dates": [datetime.date(2020, 1, 1), None],
    "times of day": [datetime.time(23, 59, 59), None],
    "decimals": [decimal.Decimal("1.10"), decimal.Decimal("-2.25"), None],
    "years that nanoseconds cannot hold": [datetime.datetime(1000, 1, 1), datetime.datetime(2020, 1, 1, 2, 3, 4)],
}


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_comes_back_unchanged(remote, name):
    frame = pandas.DataFrame({"first": COLUMNS[name], "second": range(len(COLUMNS[name]))})
    [returned] = remote.run(SAME, frame).values
    pandas.testing.assert_frame_equal(returned, frame)


def test_frames_of_odd_shapes_come_back(remote):
    for frame in (pandas.DataFrame({"a": []}, dtype="int64"), pandas.DataFrame({"a b": [1], "": [2], "ü": [3]})):
        [returned] = remote.run(SAME, frame).values
        assert len(returned) == len(frame)
        assert len(returned.columns) == len(frame.columns)


def test_roles_and_types_go_both_ways(remote):
    frame = pandas.DataFrame({"id": [1, 2], "name": ["a", "b"], "plain": [1.5, 2.5]})
    object.__setattr__(frame, "rm_metadata", {"id": ("integer", "id"), "name": ("nominal", "label")})
    text = "def rm_main(a):\n    return {name: list(pair) for name, pair in a.rm_metadata.items()}, a\n"
    seen, returned = remote.run(text, frame).values
    assert seen == {"id": ["integer", "id"], "name": ["nominal", "label"], "plain": ["real", None]}
    assert returned.rm_metadata == {"id": ("integer", "id"), "name": ("nominal", "label"), "plain": ("real", None)}


def test_metadata_that_is_none_warns_and_is_inferred(remote):
    frame = pandas.DataFrame({"id": [1]})
    object.__setattr__(frame, "rm_metadata", {"id": "integer"})
    with pytest.warns(UserWarning, match="rm_metadata"):
        [returned] = remote.run(SAME, frame).values
    assert returned.rm_metadata == {"id": ("integer", None)}


def test_a_column_that_cannot_be_sent_is_named(remote):
    frame = pandas.DataFrame({"good": [1], "bad": [object()]})
    with pytest.raises(TypeError, match="'bad'"):
        remote.run(SAME, frame)
    with pytest.raises(TypeError, match="'a'"):
        remote.run(SAME, pandas.DataFrame([[1, 2]], columns=["a", "a"]))


def test_what_arrow_would_change_travels_in_another_form(remote):
    """pyarrow makes one type of texts and bytes, or of moments with and without a zone."""
    moments = [now("2020-01-01T00:00:00"), now("2020-01-01T00:00:00+02:00")]
    with pytest.raises((TypeError, Refused)):
        remote.run(SAME, pandas.DataFrame({"a": ["text", b"bytes"]}))
    frame = pandas.DataFrame({"a": pandas.Series(moments, dtype=object)})
    [kinds] = remote.run("def rm_main(a):\n    return [str(one) for one in a['a']]\n", frame).values
    assert [text[-6:] for text in kinds] == [str(one)[-6:] for one in moments]


VALUES = [
    None, True, 0, -(2**63), 2**63 - 1, 0.1, 1e308, "", "ü\U0001f600\u2028", "null\0byte",
    [], {}, [1, [2, {"a": [None]}]], {"ü": 1.5, "": []},
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_comes_back(remote, value):
    assert remote.run(SAME, value, trust=True).values == [value]


OBJECTS = [
    2**70, math.inf, (1, 2), {1, 2}, b"bytes", 1 + 2j, {1: "a"}, datetime.date(2020, 1, 1),
    collections.OrderedDict(a=1), [(1,)], "lone \ud800 surrogate",
]  # fmt: skip


@pytest.mark.parametrize("value", OBJECTS, ids=repr)
def test_what_json_is_not_arrives_as_the_object_that_it_is(remote, value):
    text = f"def rm_main(one):\n    return type(one).__name__, one == {value!r}\n"
    if isinstance(value, (collections.OrderedDict, datetime.date)):
        text = "import collections, datetime\nfrom collections import OrderedDict\n" + text
    if value != math.inf:
        assert remote.run(text, value).values == [type(value).__name__, True]
    else:
        assert remote.run("def rm_main(one):\n    return one > 1e308\n", value).value is True


def test_numbers_of_numpy_are_numbers(remote):
    numpy = pytest.importorskip("numpy")
    given = [numpy.int64(3), numpy.float64(0.5), numpy.float32(0.25), numpy.bool_(True)]
    assert remote.run(SAME, *given, given, {"a": given}).values == [3, 0.5, 0.25, True, [3, 0.5, 0.25, True], {"a": [3, 0.5, 0.25, True]}]
    text = "def rm_main(one):\n    return type(one).__name__\n"
    assert remote.run(text, numpy.float64("nan")).value == "float64"


def test_tables_within_lists_and_dicts(remote, tmp_path):
    (tmp_path / "a.txt").write_text("text")
    frame = pandas.DataFrame({"a": [1]})
    given = {"tables": [frame, frame], "value": [1, 2], "file": tmp_path / "a.txt", "object": {3}}
    text = """def rm_main(a):
    return {"tables": a["tables"], "value": a["value"], "file": a["file"].read(), "object": sorted(a["object"])}
"""
    returned = remote.run(text, given).value
    pandas.testing.assert_frame_equal(returned["tables"][1], frame)
    assert (returned["value"], returned["file"], returned["object"]) == ([1, 2], "text", [3])


def test_a_path_is_a_file_and_a_file_is_read_from_its_beginning(remote, tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(bytes(range(256)) * 3)
    text = "def rm_main(*files):\n    return [len(open(file.name, 'rb').read()) for file in files]\n"
    with open(path, "rb") as file, open(__file__, encoding="utf-8") as own:
        file.read(5)
        sizes = remote.run(text, path, file, io.BytesIO(b"abc"), io.StringIO("dü"), own).value
        assert not file.closed
    assert sizes == [768, 768, 3, 3, len(open(__file__, "rb").read())]


def test_a_file_comes_back_and_can_be_read_saved_and_sent_again(remote, tmp_path):
    for size in (10, 3_000_000):
        text = f"import io\ndef rm_main():\n    return io.BytesIO(b'line\\n' * {size // 5})\n"
        file = remote.run(text).value
        assert isinstance(file, ResultFile)
        assert (file.size, file.readline(), file.read(3)) == (size, b"line\n", b"lin")
        file.save(tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == b"line\n" * (size // 5) == file.content()
        assert len(pandas.read_csv(remote.run(SAME, file).value)) == size // 5 - 1
        again = remote.run("def rm_main(f):\n    return len(f.read())\n", file).value
        assert again == size


def test_csv_arrives_as_a_table_with_its_metadata(remote, tmp_path):
    (tmp_path / "a.csv").write_text("id,name\n1,07\n")
    described = b'{"name": ["nominal", "label"]}'
    text = "def rm_main(a):\n    return a['name'][0], list(a.rm_metadata['name'])\n"
    assert remote.run(text, CsvInput(tmp_path / "a.csv", described)).values == ["07", ["nominal", "label"]]
    table = remote.run(SAME, CsvInput(b"a,b\n1,x\n"), tables="csv").value
    assert isinstance(table, CsvTable)
    assert table.rows() == [{"a": "1", "b": "x"}]
    pandas.testing.assert_frame_equal(remote.run(SAME, table).value, pandas.DataFrame({"a": [1], "b": ["x"]}))


def test_none_one_and_several_outputs(remote):
    assert remote.run("def rm_main():\n    pass\n").value is None
    assert remote.run("def rm_main():\n    return (None,)\n").values == [None]
    assert remote.run("def rm_main():\n    return 1, 'a'\n").value == (1, "a")


class Bomb:
    def __reduce__(self):
        import pathlib

        return pathlib.Path("bomb-went-off").write_text, ("!",)


def test_a_pickle_is_not_loaded_without_trust(remote, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = """import pathlib
class Bomb:
    def __reduce__(self):
        return pathlib.Path("bomb-went-off").write_text, ("!",)
def rm_main():
    return 1, Bomb()
"""
    result = remote.run(text)
    for attribute in ("value", "values"):
        with pytest.raises(Refused, match="trust=True"):
            getattr(result, attribute)
    number, pickled = result.outputs
    assert (number, type(pickled)) == (1, Pickled)
    assert not (tmp_path / "bomb-went-off").exists()
    remote.run(text, trust=True)
    assert (tmp_path / "bomb-went-off").exists()


def test_an_object_that_this_python_lacks_is_refused_with_a_sentence(remote):
    with pytest.raises(Refused, match="cannot load"):
        remote.run("class Own:\n    pass\ndef rm_main():\n    return Own()\n", trust=True)


def test_printed_text_and_timings(remote):
    result = remote.run("import sys\ndef rm_main():\n    print('out')\n    print('err', file=sys.stderr)\n")
    assert (result.stdout, result.stderr) == ("out\n", "err\n")
    timings = result.timings
    assert timings.total >= timings.decode + timings.run + timings.encode > 0
    assert result.request_id


def test_macros_are_the_last_argument(remote):
    assert remote.run("def rm_main(a, macros):\n    return [a, macros]\n", 1, macros={"x": [2]}).value == [1, {"x": [2]}]
    with pytest.raises(ValueError, match="macros"):
        remote.run(SAME, macros={"x": object()})


def test_scripts_are_texts_paths_and_functions(remote, tmp_path, monkeypatch):
    (tmp_path / "script.py").write_bytes(b"\xef\xbb\xbfdef rm_main():\n    return 'from a file'\n")
    monkeypatch.chdir(tmp_path)
    assert remote.run(tmp_path / "script.py").value == "from a file"
    assert remote.run("script.py").value == "from a file"

    def own(a, b=2):
        return a * b

    assert remote.run(own, 3).value == 6
    with pytest.raises(TypeError, match="not int"):
        remote.run(5)
    (tmp_path / "latin.py").write_bytes("# ü".encode("latin-1"))
    with pytest.raises(ValueError, match="UTF-8"):
        remote.run("latin.py")


def test_what_cannot_be_pickled_is_named(remote):
    with pytest.raises(TypeError, match="generator"):
        remote.run(SAME, (one for one in "a"))


def test_a_folder_is_no_input(remote, tmp_path):
    with pytest.raises(IsADirectoryError, match="folder"):
        remote.run(SAME, tmp_path)
    with pytest.raises(FileNotFoundError):
        remote.run(SAME, tmp_path / "none")


def test_nothing_imports_pandas_before_there_is_a_frame(engine):
    import subprocess

    text = f"""
import sys
from standpy_client import Engine
engine = Engine({engine.endpoint!r})
assert engine.run("def rm_main(a):\\n    return a", [1]).value == [1]
assert not {{"pandas", "numpy", "pyarrow"}} & set(sys.modules)
engine.run("import pandas\\ndef rm_main():\\n    return pandas.DataFrame({{'a': [1]}})").value
assert "pandas" in sys.modules
"""
    subprocess.run([sys.executable, "-c", text], check=True, env={"PYTHONPATH": str(_source())})


def test_without_pandas_a_table_is_csv(engine, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    table = Engine(engine.endpoint).run("import pandas\ndef rm_main():\n    return pandas.DataFrame({'a': [1]})").value
    assert table == CsvTable("a\n1\n", {"a": ["integer", None]})


def test_with_pandas_alone_a_frame_travels_as_json(arrow_engine, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    frame = pandas.DataFrame({"a": [0.1, None], "b": ["x", None]})
    result = Engine(arrow_engine.endpoint).run(SAME, frame)
    assert result.media_types == ["application/vnd.dataresource+json"]
    pandas.testing.assert_frame_equal(result.value, frame)


def test_arrow_is_used_if_both_sides_can(remote, arrow_engine):
    pytest.importorskip("pyarrow")
    frame = pandas.DataFrame({"a": [1]})
    expected = "arrow" if remote.endpoint == arrow_engine.endpoint else "dataresource"
    for _ in range(2):
        assert expected in remote.run(SAME, frame).media_types[0]


def _source():
    import pathlib

    return pathlib.Path(standpy_client.__file__).parents[1]
