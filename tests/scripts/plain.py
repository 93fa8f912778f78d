"""Runs a script of this folder as an ordinary interpreter would: plain.py SCRIPT CASE

Prints JSON: {"outputs": […], "stdout": "…"}, in the form that the engine's report is brought to.
"""

import contextlib
import datetime
import io
import json
import math
import os
import pathlib
import sys
import tempfile


def decode(number, item):
    if item["type"] == "value":
        return item["value"]
    if item["type"] == "file":
        name = f"input-{number}"
        pathlib.Path(name).write_text(item["text"], encoding="utf-8")
        return open(name, encoding="utf-8")
    import pandas

    return pandas.read_csv(io.StringIO(item["csv"]))


def cell(value):
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def encode(value):
    if type(value).__name__ == "DataFrame":
        rows = [[cell(v) for v in row] for row in value.itertuples(index=False)]
        return {"columns": list(value.columns), "rows": rows}
    if hasattr(value, "read"):
        return {"text": value.getvalue() if hasattr(value, "getvalue") else value.read()}
    return {"value": value}


def main(script, case):
    inputs = json.loads(pathlib.Path(case).read_text())["inputs"]
    source = pathlib.Path(script).read_text()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        names = sys.modules["__main__"].__dict__
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(source, script, "exec"), names)
            returned = names["rm_main"](*[decode(n, item) for n, item in enumerate(inputs)])
        values = returned if type(returned) is tuple else () if returned is None else (returned,)
        outputs = [encode(value) for value in values]
        os.chdir("/")
    print(json.dumps({"outputs": outputs, "stdout": printed.getvalue()}))


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
