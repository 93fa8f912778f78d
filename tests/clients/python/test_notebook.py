"""The magic in a real Jupyter kernel."""

import asyncio
import os
import pickle
import time

import pytest
from client import metric, wait_until
from conftest import SOURCE

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("pandas")

START = """%load_ext standpy_client
import pandas as pd
from standpy_client import Engine

engine = Engine({endpoint!r})
sales = pd.DataFrame({{"region": ["north", "south", "north"], "units": [3, 5, 2], "price": [9.5, 8.0, 9.0]}})"""

FRAME = """%%standpy -i sales -o totals
sales["revenue"] = sales["units"] * sales["price"]
totals = sales.groupby("region")["revenue"].sum().reset_index()
print("computed", len(totals), "rows")
totals"""

FILE = """%%standpy -i model.pkl -i sales
import pickle
with open(model.name, "rb") as file:
    weights = pickle.load(file)
[units * weights["factor"] for units in sales["units"]]"""

ERROR = """%%standpy -i sales
def revenue(row):
    return row["unit"] * row["price"]

revenue(sales.iloc[0])"""

MAIN = """%%standpy -i sales -m factor=2 -o doubled
def rm_main(frame, macros):
    return frame[["units"]] * macros["factor"]"""

SLOW = """%%standpy -t 1
import time
print("waiting")
time.sleep(60)"""

WAIT = """%%standpy
import time
time.sleep(60)"""

WRONG = [
    ("%%standpy -i nothing\n1", "neither a variable nor a file"),
    ("%%standpy -o a -o b\ndef rm_main():\n    return 1", "-o names 2"),
    ("%%standpy --no-such\n1", "unrecognized arguments"),
    ("%%standpy -m x\n1", "NAME=VALUE"),
    ("%%standpy -e sales\n1", "no Engine"),
    ("%%standpy\n{1}", "trust=True"),
    ("%%standpy\n1 +", "SyntaxError"),
    ("%%standpy -o absent\na = 1", "absent"),
]


class Notebook:
    """Cells that run one after the other in one kernel."""

    def __init__(self, folder):
        os.environ["PYTHONPATH"] = str(SOURCE)
        self.document = nbformat.v4.new_notebook()
        self.client = nbclient.NotebookClient(
            self.document, timeout=60, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(folder)}}
        )

    def run(self, text, meanwhile=None):
        """The outputs of a cell."""
        made = nbformat.v4.new_code_cell(text)
        self.document.cells.append(made)

        async def execute():
            task = asyncio.ensure_future(self.client.async_execute_cell(made, len(self.document.cells) - 1))
            if meanwhile:
                await asyncio.get_running_loop().run_in_executor(None, meanwhile)
                await self.client.km.interrupt_kernel()
            await task

        self.client.loop.run_until_complete(execute()) if hasattr(self.client, "loop") else asyncio.run(execute())
        return made.outputs


@pytest.fixture(scope="module")
def notebook(engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    (folder / "model.pkl").write_bytes(pickle.dumps({"factor": 10}))
    notebook = Notebook(folder)
    notebook.client.loop = asyncio.new_event_loop()
    manager = notebook.client.async_setup_kernel()
    notebook.client.loop.run_until_complete(manager.__aenter__())
    assert notebook.run(START.format(endpoint=engine.endpoint)) == []
    yield notebook
    notebook.client.loop.run_until_complete(manager.__aexit__(None, None, None))
    if "STANDPY_NOTEBOOK" in os.environ:  # to look at it
        nbformat.write(notebook.document, os.environ["STANDPY_NOTEBOOK"])


def text_of(outputs):
    found = []
    for output in outputs:
        found.append(output.get("text") or output.get("data", {}).get("text/plain") or "\n".join(output.get("traceback", ())))
    return "\n".join(found)


def test_check_is_readable(notebook):
    assert "environment  ok" in text_of(notebook.run("engine.check()"))


def test_a_frame_goes_in_and_a_table_is_shown(notebook):
    printed, shown = notebook.run(FRAME)
    assert printed.text == "computed 2 rows\n"
    assert "<table" in shown.data["text/html"] and "46.5" in shown.data["text/html"]
    assert "46.5" in text_of(notebook.run("totals.set_index('region').loc['north', 'revenue']"))


def test_a_file_is_an_input(notebook):
    [shown] = notebook.run(FILE)
    assert shown.data["text/plain"] == "[30, 50, 20]"


def test_an_error_shows_the_script_s_lines_and_nothing_else(notebook):
    [error] = notebook.run(ERROR)
    text = "\n".join(error.traceback)
    assert "Script, line 5, in rm_main\n    revenue(sales.iloc[0])" in text and "Script, line 3, in revenue" in text
    assert 'return row["unit"] * row["price"]' in text
    assert "KeyError: 'unit'" in text
    assert "standpy_client" not in text and "magic.py" not in text


def test_a_cell_with_rm_main_is_a_script(notebook):
    assert notebook.run(MAIN) == []
    assert "[6, 10, 4]" in text_of(notebook.run("doubled['units'].tolist()"))


def test_a_deadline_shows_where_it_was_stuck_and_how_long_it_took(notebook):
    outputs = notebook.run(SLOW)
    assert [output.output_type for output in outputs] == ["display_data", "error"]
    assert "standpy: 1." in outputs[0].data["text/plain"]
    text = "\n".join(outputs[1].traceback)
    assert "did not end within 1 s" in text and "time.sleep(60)" in text and "waiting" in text


def test_an_interrupt_stops_the_script(notebook, engine):
    def meanwhile():
        wait_until(lambda: metric(engine, "standpy_requests_in_flight") == 1)
        time.sleep(0.5)

    outputs = notebook.run(WAIT, meanwhile)
    assert outputs[-1].output_type == "error"
    assert outputs[-1].traceback == ["Interrupted: the script was stopped on the engine."]
    wait_until(lambda: metric(engine, "standpy_requests_in_flight") == 0)
    assert text_of(notebook.run("1 + 1")) == "2"


@pytest.mark.parametrize("cell, says", WRONG)
def test_what_is_wrong_is_said(notebook, cell, says):
    assert says in text_of(notebook.run(cell))


def test_help(notebook):
    assert "-i NAME" in text_of(notebook.run("%standpy -h"))
