"""What requests have the engine do, done once on data of our own.

In the zygote, so that nothing of the engine's or of its libraries' is made for the first time in a
request: imports within functions, caches, compiled patterns. Only what is preloaded is rehearsed;
nothing is imported for it, and nothing of it needs a scratch folder.
"""

import importlib.util
import sys

from _standpy import inputs, outputs, script

_SCRIPT = b"def rm_main(*values, **macros):\n    print(end='')\n    return values\n"
_CSV = b"a,b,c,d\n1,2.5,x,true\n2,,y,false\n"
_METADATA = b'{"a": ["integer", "regular"], "b": ["real", "label"], "c": ["nominal", "regular"]}'
_RESOURCE = (
    b'{"schema": {"fields": [{"name": "a", "type": "integer"}, {"name": "b", "type": "number"},'
    b' {"name": "c", "type": "string"}, {"name": "d", "type": "boolean"},'
    b' {"name": "e", "type": "datetime"}]},'
    b' "data": [{"a": 1, "b": 2.5, "c": "x", "d": true, "e": "2024-01-01T00:00:00Z"},'
    b' {"a": 2, "b": null, "c": "y", "d": false, "e": null}]}'
)
_VALUES = 1, 2.5, "x", None, [1, {"a": [True]}], b"x", {1, 2}, complex(1, 2)


def _tables():
    """(form, bytes, metadata) of tables that can be read with what is there."""
    if "pandas" not in sys.modules:
        return
    yield "csv", _CSV, None
    yield "csv", _CSV, _METADATA
    yield "json", _RESOURCE, None


def _with_arrow():
    return "pyarrow" in sys.modules and importlib.util.find_spec("pyarrow") is not None


def _table_forms():
    return ("json", "csv", "arrow") if _with_arrow() else ("json", "csv")


def _encode(values, table_format):
    for answer_form in ("json", "multipart"):
        outputs.encode(values, table_format, answer_form)


def _rehearse_values():
    module = script.load(_SCRIPT)
    _encode(script.call(module, list(_VALUES), {"macro": "x"}), "json")
    script.end(forgot=False)


def _rehearse_table(form, content, described):
    table = inputs.decode(1, "table", form, False, content, described)
    for table_format in _table_forms():
        _encode((table, [table], table[table.columns[0]]), table_format)
        outputs.encode(table, table_format, "csv")
    if form == "json" and _with_arrow():
        arrow = outputs.encode(table, "arrow", "arrow")[1][0][1]
        inputs.decode(1, "table", "arrow", False, bytes(arrow), None)


def run():
    """A part that fails is left to the requests, which say why."""
    parts = [(_rehearse_values, ())]
    parts += [(_rehearse_table, table) for table in _tables()]
    for rehearse, arguments in parts:
        try:
            rehearse(*arguments)
        except Exception:
            continue
    script.forget()  # a runner's scripts have another file name
