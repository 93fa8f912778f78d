"""Run by the Python of an environment, which may lack all that tests need: sends each column to an engine with the
same pandas and compares, as test_dtypes.py says. Prints what is wrong.

    each_pandas.py ENDPOINT FORM < columns.json
"""

import json
import sys

import pandas
import standpy_client

GENERATION = int(pandas.__version__.partition(".")[0])


def wrong(engine, kind):
    """What is not as the table of docs/protocol.md says; None if all is."""
    space = {}
    exec(kind["make"], space)
    frame = space["make"]()
    try:
        for name, came, expected in engine.run(kind["compare"], frame).value:
            if came != expected:
                return f"{name} arrives as {came}, not as {expected}"
        [returned] = engine.run(kind["make"] + "def rm_main(_):\n    return make()\n", frame).values
    except (TypeError, standpy_client.Error) as error:
        return f"{type(error).__name__}: {error}"
    space["c"] = frame["x"]
    came = space["shown"](returned["x"], kind["dtype"])
    expected = space["shown"](eval(kind["becomes"], space), kind["dtype"])
    return None if came == expected else f"it comes back as {came}, not as {expected}"


def main():
    endpoint, form = sys.argv[1:]
    engine = standpy_client.Engine(endpoint)
    if form == "json":
        engine._caller._installed["pyarrow"] = False
    kinds = [kind for kind in json.load(sys.stdin) if kind["since"] <= GENERATION]
    for kind in kinds:
        found = wrong(engine, kind)
        if found:
            print(f"{kind['name']}: {found}")
    print(len(kinds), "columns")


main()
