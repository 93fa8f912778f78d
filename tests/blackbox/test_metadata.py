"""rm_metadata: types and roles of columns, in and out, and the warnings that users know."""

import pytest
from client import csv, execute, execute_script, value

SHOW = "def rm_main(t): return {n: list(pair) for n, pair in t.rm_metadata.items()}"
FRAME = "import pandas\ndef rm_main():\n  d = pandas.DataFrame({'a': [1, 2], 'b': ['x', 'y']})\n"


def fields(response):
    """The pairs of the only output, a table, by name."""
    assert response.status_code == 200, response.text
    [output] = response.json()["outputs"]
    return {f["name"]: f["rm_metadata"] for f in output["dataresource"]["schema"]["fields"]}


def test_it_is_inferred_from_the_dtypes_where_a_request_says_nothing(endpoint):
    response = execute(endpoint, SHOW, csv("i,f,b,s\n1,0.5,True,x\n2,1.5,False,y\n"))
    assert response.json()["outputs"] == [
        value(
            {
                "i": ["integer", None],
                "f": ["real", None],
                "b": ["binominal", None],
                "s": ["polynominal", None],
            }
        )
    ]
    assert "warning" not in response.text.lower()


def test_dates_and_unsigned_integers_are_inferred(endpoint):
    script = (
        "import numpy, pandas\n"
        "def rm_main(): return pandas.DataFrame("
        "{'t': pandas.to_datetime(['2020-01-01']), 'u': numpy.array([1], 'uint8')})"
    )
    assert fields(execute(endpoint, script)) == {
        "t": ["date_time", None],
        "u": ["integer", None],
    }


@pytest.mark.parametrize(
    "type_",
    "integer real numeric nominal binominal polynominal text file_path date_time date time".split(),
)
def test_every_type_and_any_role_comes_back_as_it_went(endpoint, type_):
    script = FRAME + f"  d.rm_metadata = {{'a': ({type_!r}, 'my role'), 'b': ('text', None)}}\n"
    response = execute(endpoint, script + "  return d")
    assert fields(response) == {"a": [type_, "my role"], "b": ["text", None]}
    [table] = response.json()["outputs"]
    shown = execute(endpoint, SHOW, table).json()["outputs"]
    assert shown == [value({"a": [type_, "my role"], "b": ["text", None]})]


def test_the_role_attribute_is_no_role(endpoint):
    script = FRAME + "  d.rm_metadata = {'a': ('real', 'attribute')}\n  return d"
    assert fields(execute(endpoint, script)) == {
        "a": ["real", None],
        "b": ["polynominal", None],
    }


@pytest.mark.parametrize(
    "wrong, warning, expected",
    [
        ("['a']", "Warning: rm_metadata must be a dictionary", ["integer", None]),
        (
            "{'a': ('real',)}",
            "Warning: rm_metadata[a] must be a tuple of length 2, "
            "e.g. data.rm_metadata['column1']=('binominal','label')",
            ["real", None],
        ),
        (
            "{'a': 7}",
            "Warning: rm_metadata[a] must be a tuple of length 2, "
            "e.g. data.rm_metadata['column1']=('binominal','label')",
            ["integer", None],
        ),
        (
            "{'a': ('whole', 'label')}",
            "Warning: rm_metadata[a] has the unknown type 'whole'; it must be one of binominal, "
            "date, date_time, file_path, integer, nominal, numeric, polynominal, real, text, time",
            ["integer", "label"],
        ),
        (
            "{'a': (['real'], 'label')}",
            "Warning: rm_metadata[a] has the unknown type ['real']; it must be one of binominal, "
            "date, date_time, file_path, integer, nominal, numeric, polynominal, real, text, time",
            ["integer", "label"],
        ),
    ],
)
def test_a_wrong_value_is_warned_of_and_the_type_inferred(endpoint, wrong, warning, expected):
    script = FRAME + f"  object.__setattr__(d, 'rm_metadata', {wrong})\n  return d"
    response = execute(endpoint, script)
    assert fields(response)["a"] == expected
    assert response.json()["stdout"] == warning + "\n"


def test_none_is_no_wrong_value(endpoint):
    response = execute(endpoint, FRAME + "  d.rm_metadata = None\n  return d")
    assert fields(response)["a"] == ["integer", None]
    assert response.json()["stdout"] == ""


@pytest.mark.parametrize("form", ["json", "csv"])
def test_empty_and_numeric_names_get_att_before_them(endpoint, form):
    script = "import pandas\ndef rm_main(): return pandas.DataFrame([[1, 2, 3]], columns=[0, '', 'x'])"
    [output] = execute(endpoint, script, table_format=form).json()["outputs"]
    if form == "csv":
        assert output["csv"] == "att0,att,x\n1,2,3\n"
    else:
        assert output["dataresource"]["data"] == [{"att0": 1, "att": 2, "x": 3}]


def test_arrow_carries_it(arrow_endpoint):
    script = FRAME + "  d.rm_metadata = {'a': ('nominal', 'id')}\n  return d"
    [table] = execute(arrow_endpoint, script, table_format="arrow").json()["outputs"]
    assert execute(arrow_endpoint, SHOW, table).json()["outputs"] == [
        value({"a": ["nominal", "id"], "b": ["polynominal", None]})
    ]


def test_names_that_cannot_be_compared_are_texts_in_arrow(arrow_endpoint):
    script = "import pandas\ndef rm_main(): return pandas.DataFrame([[1]], columns=[pandas.NA])"
    [table] = execute(arrow_endpoint, script, table_format="arrow").json()["outputs"]
    names = execute(arrow_endpoint, "def rm_main(t): return list(t.columns)", table)
    assert names.json()["outputs"] == [value(["<NA>"])]


def test_arrow_gets_the_names_as_well(arrow_endpoint):
    script = "import pandas\ndef rm_main(): return pandas.DataFrame([[1, 2]], columns=[0, ''])"
    response = execute_script(arrow_endpoint, script, Accept="text/csv")
    assert response.text == "att0,att\n1,2\n"
    [table] = execute(arrow_endpoint, script, table_format="arrow").json()["outputs"]
    names = execute(arrow_endpoint, "def rm_main(t): return list(t.columns)", table)
    assert names.json()["outputs"] == [value(["att0", "att"])]


def test_what_a_request_says_wrongly_is_inferred(endpoint):
    for wrong in (1, ["integer"], ["no", None], {"a": 1}, [["integer"], None], [{}, "label"]):
        table = {
            "type": "table",
            "dataresource": {
                "schema": {"fields": [{"name": "a", "type": "integer", "rm_metadata": wrong}]},
                "data": [{"a": 1}],
            },
        }
        assert execute(endpoint, SHOW, table).json()["outputs"] == [value({"a": ["integer", None]})]
