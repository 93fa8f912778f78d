"""Inputs that the engine keeps: option keep, StandPy-Contents, StandPy-Kept, 409 contents-missing."""

import base64
import concurrent.futures
import contextlib
import hashlib
import json
import os
import pickle
import random
import re
import socket
import threading
import time

import pytest
import requests
from client import (
    assert_problem,
    csv,
    execute,
    execute_parts,
    execute_script,
    metric,
    outputs,
    parse_answer,
    read_to_the_end,
    text_file,
    value,
    wait_until,
)
from engine_process import Engine, namespace_only
from router_process import Router

SHA256 = "application/vnd.standpy.sha256"
UNKNOWN = "0" * 64
READ = "def rm_main(file): return file.read()"


def digest(content):
    return hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()


def naming(*digests):
    return {"StandPy-Contents": ", ".join(digests)}


def reference(type_, name):
    return {"type": type_, "sha256": name}


def kept(response):
    """What the answer says that the engine keeps."""
    return [name for name in response.headers.get("StandPy-Kept", "").split(", ") if name]


def keep(endpoint, *inputs):
    """Has the engine keep all inputs; returns their names."""
    script = "def rm_main(*inputs): return 'kept'"
    response = execute(endpoint, script, *inputs, keep=list(range(len(inputs))))
    assert response.status_code == 200, response.text
    return kept(response)


def ask(endpoint, script, *inputs, also=(), **options):
    """A request that names the contents of its inputs, and those of `also`."""
    names = [one["sha256"] for one in inputs if "sha256" in one]
    return execute(endpoint, script, *inputs, headers=naming(*names, *also), **options)


@pytest.fixture(scope="module")
def one_worker():
    engine = Engine(WORKERS="1", TIMEOUT="20")
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def small():
    """Keeps 100,000 bytes."""
    engine = Engine(KEEP_LIMIT="100000", WORKERS="2", TIMEOUT="20")
    yield engine
    engine.stop()


# Every form and type

TABLE = "i,x,s\n1,1.5,a\n2,,ä b\n"
SCHEMA = {
    "schema": {"fields": [{"name": "i", "type": "integer"}, {"name": "s", "type": "string"}]},
    "data": [{"i": 1, "s": "a"}, {"i": 2, "s": None}],
}
OBJECT = {"deep": [1, 2.5, {"ü"}], "bytes": b"\0\xff"}
SHOW_TABLE = """
def rm_main(table):
    print(table.to_csv(), table.dtypes.to_dict())
    table.loc[0] = None
    return table
"""
SHOW_FILE = """
import os
def rm_main(file):
    size = os.fstat(file.fileno()).st_size
    again = open(file.name, "rb").read()
    file.close()
    with open(file.name, "ab") as more:
        more.write(b"more")
    return [size, again.hex(), open(file.name, "rb").read()[-9:].hex(), os.listdir() == [file.name],
            os.path.realpath(file.name) == os.path.abspath(file.name), os.path.islink(file.name)]
"""
READ_FILE = "def rm_main(file): return [file.read(), file.encoding, file.mode, repr(type(file))], file"
SHOW_OBJECT = "def rm_main(value): print(sorted(value)); return value['deep'].pop(), value['bytes'].hex()"


def b64(content):
    return base64.b64encode(content).decode()


def arrow_stream():
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({"i": [1, None], "s": ["a", "ä"]})
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def cases():
    """type, JSON member and its content, name of the part, its media type, bytes of the part, script."""
    pickled = pickle.dumps(OBJECT)
    binary = bytes(range(32, 127)) * 3
    schema = json.dumps(SCHEMA, separators=(",", ":"), ensure_ascii=False).encode()
    dataresource = "application/vnd.dataresource+json"
    large = "x,y\n" + "".join(f"{n},{n / 7}\n" for n in range(40_000))
    yield "table", "csv", TABLE, "input", "text/csv", TABLE.encode(), SHOW_TABLE
    yield "table", "csv", large, "input", "text/csv", large.encode(), SHOW_TABLE
    yield "table", "dataresource", SCHEMA, "input", dataresource, schema, SHOW_TABLE
    yield "object", "pickle", b64(pickled), "input", "application/x-python-pickle", pickled, SHOW_OBJECT
    for script in (READ_FILE, SHOW_FILE):
        yield "file", "text", "ä\n\r\n\0", "file", None, "ä\n\r\n\0".encode(), script
        yield "file", "text", "", "file", None, b"", script
        yield "file", "base64", b64(binary), "input", "application/octet-stream", binary, script
        yield "file", "base64", b64(binary * 1000), "file", "text/csv", binary * 1000, script


CASES = {f"{case[0]} {case[1]} {len(case[5])} {len(case[6])}": case for case in cases()}


def result(response):
    """All of a report that the same request has again. A returned file has a random name."""
    assert response.status_code == 200, response.text[:500]
    report = response.json()
    return re.sub(r"name='\w{32}'", "", json.dumps(report["outputs"])), report["stdout"], report["stderr"]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_reference_is_the_same_as_the_bytes_in_every_form_and_type(endpoint, case):
    type_, member, content, part, media_type, carried, script = case
    sent = {"type": type_, member: content}
    name = digest(carried)
    expected = result(execute(endpoint, script, sent))
    options = ("options", '{"keep": [0]}', None)
    in_full = execute_parts(endpoint, ("script", script, None), (part, carried, media_type), options)
    assert result(in_full) == expected and kept(in_full) == [name]
    in_full = execute(endpoint, script, sent, keep=[0])
    assert result(in_full) == expected and kept(in_full) == [name]
    for _ in range(2):
        assert result(ask(endpoint, script, reference(type_, name))) == expected
        parts = ("script", script, None), (part, name, SHA256)
        assert result(execute_parts(endpoint, *parts, headers=naming(name))) == expected


def test_arrow_tables_are_kept_too(arrow_endpoint):
    stream = arrow_stream()
    name = digest(stream)
    assert keep(arrow_endpoint, {"type": "table", "arrow": b64(stream)}) == [name]
    expected = result(execute(arrow_endpoint, SHOW_TABLE, {"type": "table", "arrow": b64(stream)}))
    assert result(ask(arrow_endpoint, SHOW_TABLE, reference("table", name))) == expected
    parts = ("script", SHOW_TABLE, None), ("input", name, SHA256)
    assert result(execute_parts(arrow_endpoint, *parts, headers=naming(name))) == expected


def test_metadata_goes_with_a_reference_to_csv_and_with_no_other(endpoint):
    metadata = {"i": ["real", "label"]}
    script = "def rm_main(t): return [str(t['i'].dtype), t.rm_metadata['i'][1]]"
    name, other = keep(endpoint, csv(TABLE), {"type": "table", "dataresource": SCHEMA})
    response = ask(endpoint, script, reference("table", name) | {"metadata": metadata})
    assert outputs(response) == [value(["float64", "label"])]
    parts = ("script", script, None), ("input", name, SHA256), ("metadata", json.dumps(metadata), None)
    assert outputs(execute_parts(endpoint, *parts, headers=naming(name))) == [value(["float64", "label"])]
    response = ask(endpoint, script, reference("table", other) | {"metadata": metadata})
    assert_problem(response, 400, "malformed-request", 'metadata goes with "csv" alone')


def test_kept_and_sent_inputs_mix_in_any_order_and_a_content_may_come_twice(endpoint):
    a, b = keep(endpoint, text_file("a"), text_file("b"))
    script = "def rm_main(*inputs): return [one if isinstance(one, str) else one.read() for one in inputs]"
    inputs = [reference("file", b), value("v"), reference("file", a), text_file("t"), reference("file", b)]
    response = execute(endpoint, script, *inputs, headers=naming(a, b))
    assert outputs(response) == [value(["b", "v", "a", "t", "b"])]


def test_items_of_collections_may_be_references(endpoint):
    pickled = {"type": "object", "pickle": b64(pickle.dumps({3}))}
    one, table, other = keep(endpoint, text_file("one"), csv("q\n1\n"), pickled)
    script = """
def show(value):
    if isinstance(value, dict): return {name: show(one) for name, one in value.items()}
    if isinstance(value, list): return [show(one) for one in value]
    return value.read() if hasattr(value, "read") else str(value)
def rm_main(*inputs): return show(list(inputs))
"""

    def collection(*references):
        file, again, metadata, last = references
        inner = {"type": "collection", "items": [last, value({"sha256": "x", "type": "file"})]}
        return {"type": "collection", "items": {"f": file, "g": again, "t": metadata, "c": inner}}

    carried = collection(text_file("one"), text_file("one"), csv("q\n1\n") | {"metadata": {"q": ["real", None]}}, pickled)
    expected = outputs(execute(endpoint, script, carried, text_file("one")))
    file = reference("file", one)
    named = collection(file, file, reference("table", table) | {"metadata": {"q": ["real", None]}}, reference("object", other))
    headers = naming(one, table, other)
    assert outputs(execute(endpoint, script, named, file, headers=headers)) == expected
    items = json.dumps(named["items"])
    parts = [("input", items, "application/vnd.standpy.collection+json"), ("input", one, SHA256)]
    assert outputs(execute_parts(endpoint, ("script", script, None), *parts, headers=headers)) == expected
    for headers, name in ((naming(one, table), other), (naming(one, table, other, *keep(endpoint, text_file("x"))), digest("x"))):
        response = execute(endpoint, script, named, headers=headers)
        assert_problem(response, 400, "malformed-request", name)
        response = execute_parts(endpoint, ("script", script, None), parts[0], headers=headers)
        assert_problem(response, 400, "malformed-request", name)


def test_the_same_bytes_may_be_kept_as_several_things(endpoint):
    [name] = keep(endpoint, csv("q\n1\n"))
    assert keep(endpoint, text_file("q\n1\n")) == [name]
    assert outputs(ask(endpoint, READ, reference("file", name))) == [value("q\n1\n")]
    script = "def rm_main(t): return t['q'].sum()"
    assert outputs(ask(endpoint, script, reference("table", name))) == [value(1)]
    parts = ("script", script, None), ("input", name, SHA256)  # whoever kept a table gets one
    assert outputs(execute_parts(endpoint, *parts, headers=naming(name))) == [value(1)]


def test_a_script_cannot_change_what_is_kept(endpoint):
    content = "unchanged" * 10_000
    [name] = keep(endpoint, text_file(content))
    script = """
import ctypes, mmap, os
def rm_main(file):
    done = []
    def attempt(what, act):
        try:
            act()
        except (OSError, ValueError, TypeError):
            return
        done.append(what)
    own = f"/proc/self/fd/{file.fileno()}"
    os.fchmod(file.fileno(), 0o777)
    attempt("write", lambda: os.write(os.open(own, os.O_RDWR), b"X"))
    attempt("truncate", lambda: os.truncate(own, 0))
    attempt("map", lambda: mmap.mmap(file.fileno(), 9, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE))
    os.fchmod(file.fileno(), 0)
    return done
"""
    assert outputs(ask(endpoint, script, reference("file", name))) == [value([])]
    script = "def rm_main(file):\n    open(file.name, 'w').write('changed')\n    return open(file.name).read()"
    assert outputs(ask(endpoint, script, reference("file", name))) == [value("changed")]
    assert outputs(ask(endpoint, READ, reference("file", name))) == [value(content)]


def test_a_file_keeps_its_place_when_it_gets_its_name(endpoint):
    [name] = keep(endpoint, text_file("0123456789" * 2000))
    script = """
import os
def rm_main(file):
    before = file.buffer.raw.read(3)
    own = os.path.samestat(os.stat(file.name), os.fstat(file.fileno()))
    return [before.decode(), file.read(3), own, len(file.read())]
"""
    assert outputs(ask(endpoint, script, reference("file", name))) == [value(["012", "345", True, 19994])]


# What is refused

WRONG = ["", "x", UNKNOWN[1:], UNKNOWN + "0", "A" * 64, "g" * 64, UNKNOWN + "\n", 7, None, [UNKNOWN]]


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_digest_is_refused_in_an_input(endpoint, name):
    response = execute(endpoint, READ, value(1), reference("file", name))
    assert_problem(response, 400, "malformed-request", "input 2", "64 lower-case hexadecimal digits")
    if isinstance(name, str):
        parts = ("script", READ, None), ("input", name, SHA256)
        response = execute_parts(endpoint, *parts)
        assert_problem(response, 400, "malformed-request", "input 1", "64 lower-case hexadecimal digits")


@pytest.mark.parametrize("field", ["x", "A" * 64, UNKNOWN + "0", f"{UNKNOWN} {UNKNOWN}", f'"{UNKNOWN}"', "*"])
def test_what_is_no_digest_is_refused_in_the_field(endpoint, field):
    response = execute(endpoint, READ, text_file(""), headers={"StandPy-Contents": field})
    assert_problem(response, 400, "malformed-request", "StandPy-Contents", "64 lower-case hexadecimal digits")


def test_an_empty_list_names_nothing(endpoint):
    for field in ("", ",", ", ,"):
        response = execute(endpoint, READ, text_file("t"), headers={"StandPy-Contents": field})
        assert outputs(response) == [value("t")]


def test_too_many_contents_are_refused(endpoint):
    names = [f"{number:064x}" for number in range(33)]
    response = execute(endpoint, READ, headers=naming(*names))
    assert_problem(response, 400, "malformed-request", "more than 32 contents")
    response = execute(endpoint, READ, headers=naming(*names[:32]))
    assert response.json()["missing"] == names[:32]
    inputs = [text_file(str(number)) for number in range(33)]
    response = execute(endpoint, READ, *inputs, keep=list(range(33)))
    assert_problem(response, 400, "malformed-request", "keep has more than 32 places")


def test_as_many_contents_as_allowed_work(endpoint):
    names = keep(endpoint, *[text_file(str(number)) for number in range(32)])
    script = "def rm_main(*files): return [file.read() for file in files]"
    response = ask(endpoint, script, *[reference("file", name) for name in names])
    assert outputs(response) == [value([str(number) for number in range(32)])]


def test_what_is_not_there_is_listed_and_nothing_runs(endpoint):
    [name] = keep(endpoint, text_file("there"))
    other = "f" * 64
    response = execute(endpoint, READ, headers=naming(UNKNOWN, name, other))
    assert_problem(response, 409, "contents-missing", "2 of the 3 contents", "nothing ran")
    problem = response.json()
    assert problem["missing"] == [UNKNOWN, other] and "stdout" not in problem
    assert kept(response) == [name]  # what is there; the router remembers where
    assert problem["title"] == "Contents are not kept"


def test_several_fields_are_one_list(endpoint, engine):
    [name] = keep(endpoint, text_file("there"))
    with engine.connect() as connection:
        fields = f"StandPy-Contents: {UNKNOWN}\r\nStandPy-Contents: {name}\r\nstandpy-contents: {'1' * 64}\r\n"
        head = f"POST /execute HTTP/1.1\r\nHost: e\r\nContent-Type: text/x-python\r\n{fields}"
        connection.sendall(f"{head}Content-Length: 1\r\nConnection: close\r\n\r\n1".encode())
        assert json.loads(parse_answer(read_to_the_end(connection))[2])["missing"] == [UNKNOWN, "1" * 64]


def test_the_field_and_the_inputs_name_the_same(endpoint):
    a, b = keep(endpoint, text_file("a"), text_file("b"))
    script = "print('ran')\n" + READ
    response = execute(endpoint, script, reference("file", a))
    assert_problem(response, 400, "malformed-request", f"input 1 names the content {a}", "StandPy-Contents")
    response = execute(endpoint, script, reference("file", a), reference("file", b), headers=naming(a))
    assert_problem(response, 400, "malformed-request", f"input 2 names the content {b}")
    response = execute(endpoint, script, reference("file", b), headers=naming(a, b))
    assert_problem(response, 400, "malformed-request", f"StandPy-Contents names {a}, but no input does")
    response = execute_script(endpoint, script, **naming(a))
    assert_problem(response, 400, "malformed-request", f"StandPy-Contents names {a}, but no input does")
    parts = ("script", script, None), ("file", a, SHA256)
    assert_problem(execute_parts(endpoint, *parts), 400, "malformed-request", f"input 1 names the content {a}")


def test_an_input_has_one_content(endpoint):
    [name] = keep(endpoint, text_file("a"))
    for more in ({"text": "b"}, {"base64": ""}, {"pickle": ""}):
        response = ask(endpoint, READ, reference("file", name) | more)
        assert_problem(response, 400, "malformed-request", "input 1: unexpected member")
    for type_ in ("value", "collection"):
        response = ask(endpoint, READ, reference(type_, name))
        assert_problem(response, 400, "malformed-request", 'input 1: unexpected member "sha256"')
    items = {"type": "collection", "items": [reference("file", name)]}
    assert_problem(execute(endpoint, READ, items), 400, "malformed-request", f"input 1 names the content {name}")
    items = {"type": "collection", "items": [{"type": "collection", "items": {"a": reference("table", name)}}]}
    response = execute(endpoint, READ, items, headers=naming(name))
    assert_problem(response, 400, "malformed-request", "content of an item was not kept as a table")
    items = {"type": "collection", "items": [reference("file", name) | {"text": ""}]}
    assert_problem(execute(endpoint, READ, items, headers=naming(name)), 400, "malformed-request", "an item of a collection")
    for wrong in (7, None, [], "x"):
        items = {"type": "collection", "items": [reference("file", wrong)]}
        assert_problem(execute(endpoint, READ, items), 400, "malformed-request", "input 1: the sha256 of a content")
    assert_problem(ask(endpoint, READ, reference("table", name)), 400, "malformed-request", "not kept as a table")


@pytest.mark.parametrize("places", [{}, "0", 0, None, True, [1], [-1], [0.0], ["0"], [None], [[0]], [10**30]])
def test_wrong_places_are_refused(endpoint, places):
    response = execute(endpoint, READ, text_file("t"), keep=places)
    assert_problem(response, 400, "malformed-request", "keep" if places != [10**30] else "")


def test_only_tables_files_and_objects_are_kept(endpoint):
    for one, word in ((value(1), "value"), ({"type": "collection", "items": []}, "collection")):
        response = execute(endpoint, READ, text_file("t"), one, keep=[1])
        assert_problem(response, 400, "malformed-request", f"keep names the place 1, which is a {word}")


# What is kept

def test_a_place_may_come_twice_and_a_reference_may_be_kept(endpoint):
    names = keep(endpoint, text_file("t"), text_file("u"))
    response = execute(endpoint, READ, text_file("t"), keep=[0, 0])
    assert outputs(response) == [value("t")] and kept(response) == names[:1]
    script = "def rm_main(a, b): return a.read() + b.read()"
    inputs = reference("file", names[0]), text_file("u")
    response = execute(endpoint, script, *inputs, headers=naming(names[0]), keep=[1, 0])
    assert outputs(response) == [value("tu")] and kept(response) == [names[1], names[0]]


def test_nothing_is_kept_unless_it_is_asked_for(endpoint):
    content = "nobody asked " + os.urandom(8).hex()
    assert "StandPy-Kept" not in execute(endpoint, READ, text_file(content)).headers
    assert "StandPy-Kept" not in execute(endpoint, READ, text_file(content), keep=[]).headers
    assert_problem(ask(endpoint, READ, reference("file", digest(content))), 409, "contents-missing")


@pytest.mark.parametrize(
    "script, status",
    [("def rm_main(f): return 1/0", 422), ("import os\ndef rm_main(f): os._exit(3)", 502),
     ("def rm_main(f):\n    while True: pass", 504), ("no python", 422)],
)  # fmt: skip
def test_a_script_that_fails_does_not_keep_its_inputs_from_being_kept(endpoint, script, status):
    content = os.urandom(300_000).hex()
    response = execute(endpoint, script, text_file(content), headers={"Prefer": "wait=1"}, keep=[0])
    assert response.status_code == status and kept(response) == [digest(content)]
    assert outputs(ask(endpoint, READ, reference("file", digest(content)))) == [value(content)]


def test_input_that_is_not_base64_is_refused_as_ever(endpoint):
    response = execute(endpoint, READ, {"type": "file", "base64": "?" * 9}, text_file("t"), keep=[0, 1])
    assert_problem(response, 400, "malformed-request", "input 1: not base64")
    assert kept(response) == [digest("t")]


def test_large_results_are_possible_beside_what_is_kept(endpoint):
    content = "0123456789" * 100_000
    for _ in range(3):
        response = execute(endpoint, READ, text_file(content), keep=[0])
        assert outputs(response) == [value(content)] and kept(response) == [digest(content)]
        assert outputs(ask(endpoint, READ, reference("file", digest(content)))) == [value(content)]


def test_any_size_up_to_the_limit_is_kept_and_nothing_beyond(small):
    for size in (0, 1, 4095, 4096, 65535, 65536, 65537, 99_999, 100_000):
        content = "x" * size
        assert keep(small.endpoint, text_file(content)) == [digest(content)]
        assert outputs(ask(small.endpoint, READ, reference("file", digest(content)))) == [value(content)]
    before = metric(small, "standpy_kept_contents"), metric(small, "standpy_contents_evictions_total")
    for one in (text_file("y" * 100_001), {"type": "file", "base64": b64(b"y" * 100_001)}):
        response = execute(small.endpoint, "def rm_main(f): return len(f.read())", one, text_file(""), keep=[0])
        assert response.status_code == 422 and "StandPy-Kept" not in response.headers
    parts = [("script", READ, None), ("file", "y" * 100_001, None), ("options", '{"keep": [0]}', None)]
    response = execute_parts(small.endpoint, *parts)
    assert outputs(response) == [value("y" * 100_001)] and "StandPy-Kept" not in response.headers
    assert (metric(small, "standpy_kept_contents"), metric(small, "standpy_contents_evictions_total")) == before


def test_what_was_evicted_between_two_requests_is_missing(small):
    first, second, third = ("a" * 60_000, "b" * 30_000, "c" * 60_000)
    assert len(keep(small.endpoint, text_file(first))) == 1
    assert len(keep(small.endpoint, text_file(second))) == 1
    assert ask(small.endpoint, READ, reference("file", digest(second))).status_code == 200
    assert len(keep(small.endpoint, text_file(third))) == 1
    both = [reference("file", digest(first)), reference("file", digest(second))]
    response = ask(small.endpoint, READ, *both)
    assert_problem(response, 409, "contents-missing")
    assert response.json()["missing"] == [digest(first)]
    assert outputs(ask(small.endpoint, READ, both[1])) == [value(second)]


def test_what_a_request_uses_is_not_evicted(small):
    used, other = "u" * 60_000, "o" * 60_000
    keep(small.endpoint, text_file(used))
    script = "import time\ndef rm_main(f):\n    time.sleep(2)\n    return f.read()"
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(ask, small.endpoint, script, reference("file", digest(used)))
        wait_until(lambda: metric(small, "standpy_requests_in_flight") == 1)
        assert keep(small.endpoint, text_file(other)) == []
        assert outputs(ask(small.endpoint, READ, reference("file", digest(used)))) == [value(used)]
        assert outputs(answer.result()) == [value(used)]
    assert keep(small.endpoint, text_file(other)) == [digest(other)]
    assert ask(small.endpoint, READ, reference("file", digest(used))).status_code == 409


def test_the_same_content_twice_at_once_is_kept_once():
    engine = Engine(WORKERS="4", TIMEOUT="60", KEEP_LIMIT="50m")
    try:
        content = os.urandom(20_000_000)
        parts = ("script", "def rm_main(f): pass", None), ("file", content, None), ("options", '{"keep":[0]}', None)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            answers = [pool.submit(execute_parts, engine.endpoint, *parts) for _ in range(4)]
            # 20 MB stay free beside two that are under way, so one of four may find no room.
            assert [digest(content)] in [kept(answer.result()) for answer in answers]
        assert metric(engine, "standpy_kept_contents") == 1
        assert metric(engine, "standpy_kept_bytes") == len(content)
    finally:
        engine.stop()


def test_nothing_is_kept_if_the_limit_is_0(start):
    engine = start(KEEP_LIMIT="0")
    response = execute(engine.endpoint, READ, text_file("t"), keep=[0])
    assert outputs(response) == [value("t")] and "StandPy-Kept" not in response.headers
    assert ask(engine.endpoint, READ, reference("file", digest("t"))).status_code == 409


def test_many_small_contents_take_only_so_many_descriptors(start):
    engine = start(KEEP_LIMIT="1g", TIMEOUT="20")
    for first in range(0, 1600, 32):
        assert len(keep(engine.endpoint, *[text_file(f"{first + n}") for n in range(32)])) == 32
    assert 16 <= metric(engine, "standpy_kept_contents") <= 1024
    assert outputs(ask(engine.endpoint, READ, reference("file", digest("1599")))) == [value("1599")]


# Connections

def begin(connection, length, *fields):
    lines = ["POST /execute HTTP/1.1", "Host: e", "Content-Type: application/json", *fields]
    connection.sendall("\r\n".join([*lines, f"Content-Length: {length}", "", ""]).encode())


def test_a_client_that_expects_100_sends_no_body_for_nothing(engine):
    with engine.connect() as connection:
        begin(connection, 50_000_000, "Expect: 100-continue", f"StandPy-Contents: {UNKNOWN}")
        answer = read_to_the_end(connection)
    assert answer.startswith(b"HTTP/1.1 409 ") and parse_answer(answer)[1]["connection"] == "close"


def test_a_client_that_sends_all_before_it_reads_gets_the_409(engine):
    with engine.connect() as connection:
        begin(connection, 50_000_000, f"StandPy-Contents: {UNKNOWN}")
        for _ in range(50):
            connection.sendall(b"x" * 1_000_000)
        answer = read_to_the_end(connection)
    assert json.loads(parse_answer(answer)[2])["missing"] == [UNKNOWN]


def test_what_a_slow_request_has_named_waits_for_its_body(small):
    named = "n" * 60_000
    [name] = keep(small.endpoint, text_file(named))
    body = json.dumps({"script": READ, "inputs": [reference("file", name)]}).encode()
    with small.connect() as connection:
        begin(connection, len(body), f"StandPy-Contents: {name}", "Connection: close")
        time.sleep(0.5)
        assert keep(small.endpoint, text_file("m" * 60_000)) == []
        connection.sendall(body)
        answer = read_to_the_end(connection)
    assert json.loads(parse_answer(answer)[2])["outputs"] == [value(named)]


def test_a_client_that_leaves_while_its_input_is_kept_disturbs_nobody(engine, endpoint):
    body = json.dumps({"script": "def rm_main(f): pass", "inputs": [text_file("z" * 90_000_000)],
                       "options": {"keep": [0]}}).encode()  # fmt: skip
    for pause in (0.0, 0.05, 0.1, 0.2, 0.3):
        with engine.connect() as connection:
            begin(connection, len(body))
            connection.sendall(body)
            time.sleep(pause)
        assert outputs(execute(endpoint, "def rm_main(): return 1")) == [value(1)]
    wait_until(lambda: metric(engine, "standpy_requests_in_flight") == 0)


def test_others_do_not_wait_while_a_large_input_is_kept(start):
    engine = start(WORKERS="2", TIMEOUT="60", KEEP_LIMIT="1g")
    content = os.urandom(200_000_000)
    session = requests.Session()
    body = b"--b\r\nContent-Disposition: form-data; name=script\r\n\r\ndef rm_main(f): pass\r\n"
    body += b"--b\r\nContent-Disposition: form-data; name=options\r\n\r\n{\"keep\": [0]}\r\n"
    body += b"--b\r\nContent-Disposition: form-data; name=file\r\n\r\n" + content + b"\r\n--b--\r\n"
    with engine.connect() as connection:
        lines = ["POST /execute HTTP/1.1", "Host: e", "Content-Type: multipart/form-data; boundary=b"]
        connection.sendall("\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode())
        connection.sendall(body)
        connection.setblocking(False)
        sent, answer, longest = time.monotonic(), b"", 0
        while not answer:
            began = time.monotonic()
            session.get(engine.endpoint + "/healthz", timeout=60)
            longest = max(longest, time.monotonic() - began)
            with contextlib.suppress(BlockingIOError):
                answer = connection.recv(65536)
        whole = time.monotonic() - sent
    assert parse_answer(answer)[1]["standpy-kept"] == digest(content)
    assert longest < whole / 2


# Who gets at it

def test_digests_are_in_no_log_metric_or_list(start):
    engine = start()
    [name] = keep(engine.endpoint, text_file("secret"))
    ask(engine.endpoint, READ, reference("file", name))
    ask(engine.endpoint, "import os\ndef rm_main(f): os._exit(1)", reference("file", name))
    ask(engine.endpoint, READ, reference("file", name), also=[UNKNOWN])
    for path in ("/metrics", "/info", "/healthz"):
        assert name not in requests.get(engine.endpoint + path, timeout=60).text
    assert name not in engine.log and UNKNOWN not in engine.log


def test_the_token_of_the_engine_comes_first(start):
    engine = start(ACCESS_TOKEN="t0ken")
    for headers in ({}, {"Authorization": "Bearer other"}):
        response = execute(engine.endpoint, READ, headers=headers | naming(UNKNOWN))
        assert_problem(response, 401, "unauthorized")
        assert "missing" not in response.json()
    headers = {"Authorization": "Bearer t0ken"}
    assert execute(engine.endpoint, READ, headers=headers | naming(UNKNOWN)).status_code == 409


LOOK = """
import os
def rm_main(*files):
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{name}")
            if "content" in target or "body" in target:
                found.add(target)
        except OSError:
            pass
    with open("/proc/self/maps") as maps:
        found |= {line.split()[-2] for line in maps if "memfd:content" in line or "memfd:body" in line}
    return sorted(found), "SECRET-OF-ANOTHER" in str([file.read() for file in files])
"""


def test_a_script_reaches_no_content_that_its_request_does_not_name(endpoint):
    secret = "SECRET-OF-ANOTHER" * 10_000
    own = "own"
    response = execute(endpoint, READ, text_file(secret), text_file(own), keep=[0, 1])
    assert kept(response) == [digest(secret), digest(own)]
    assert outputs(execute(endpoint, LOOK)) == [value([]), value(False)]
    # The other input and the script of the request that brought it are not in the memory of this one.
    reach = """
import os
def rm_main(file):
    return os.pread(file.fileno(), 1_000_000, 0).decode()
"""
    assert outputs(ask(endpoint, reach, reference("file", digest(own)))) == [value(own)]


def test_random_requests_give_what_they_gave_without_references(small):
    """Two clients mix contents, evictions and results at random; each answer must be its own."""
    failures = []

    def client(seed):
        chance = random.Random(seed)
        session = [f"{seed}-{number}-" * chance.randrange(1, 4000) for number in range(8)]
        for _ in range(60):
            chosen = [chance.choice(session) for _ in range(chance.randrange(1, 4))]
            script = "def rm_main(*files): return [file.read() for file in files]"
            inputs = [reference("file", digest(one)) for one in chosen]
            response = ask(small.endpoint, script, *inputs)
            if response.status_code == 409:
                missing = response.json()["missing"]
                inputs = [text_file(one) if digest(one) in missing else reference("file", digest(one))
                          for one in chosen]  # fmt: skip
                response = ask(small.endpoint, script, *inputs, keep=list(range(len(chosen))))
            if response.status_code == 409:
                continue  # the others went meanwhile
            if outputs(response) != [value(chosen)]:
                failures.append(response.text[:200])

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert metric(small, "standpy_kept_bytes") <= 100_000


# Metrics

def test_hits_misses_and_evictions_are_counted(start):
    engine = start(KEEP_LIMIT="1000")
    names = ["standpy_kept_contents", "standpy_kept_bytes", "standpy_contents_hits_total",
             "standpy_contents_misses_total", "standpy_contents_evictions_total"]  # fmt: skip

    def counts():
        return [metric(engine, name) for name in names]

    assert counts() == [0, 0, 0, 0, 0]
    a, b = keep(engine.endpoint, text_file("a" * 300), text_file("b" * 600))
    assert counts() == [2, 900, 0, 0, 0]
    ask(engine.endpoint, READ, reference("file", a), also=[b, UNKNOWN])
    assert counts() == [2, 900, 2, 1, 0]
    keep(engine.endpoint, text_file("c" * 900))
    assert counts() == [1, 900, 2, 1, 2]
    assert metric(engine, "standpy_requests_total", outcome="rejected") == 1


# Through the router

@pytest.fixture(scope="module")
def replicas():
    """Two engines and a router in front of them."""
    engines = [Engine(WORKERS="1", TIMEOUT="20") for _ in range(2)]
    hosts = ",".join(engine.host for engine in engines)
    router = Router(ENGINE_E_HOST=hosts)
    yield engines, router
    router.stop()
    for engine in engines:
        engine.stop()


def execute_or_send_again(endpoint, script, content):
    """As a client does it: names the content, and sends it in full if it is missing."""
    response = ask(endpoint, script, reference("file", digest(content)))
    if response.status_code != 409:
        return response, 0
    assert response.json()["missing"] == [digest(content)]
    return execute(endpoint, script, text_file(content), keep=[0]), 1


def test_several_replicas_need_no_setup(replicas):
    _, router = replicas
    contents = ["first" * 10_000, "second" * 20_000, "third"]
    again = 0
    for number in range(30):
        content = contents[number % 3]
        response, sent = execute_or_send_again(router.url + "/e", READ, content)
        assert outputs(response) == [value(content)]
        again += sent
    assert again <= 2 * len(contents)  # at most once for each replica
    assert digest(contents[0]) not in router.log


def test_the_router_relays_the_409_and_the_names(replicas):
    _, router = replicas
    response = execute(router.url + "/e", READ, headers=naming(UNKNOWN))
    assert_problem(response, 409, "contents-missing")
    assert response.json()["missing"] == [UNKNOWN]
    with socket.create_connection(router.address, timeout=60) as connection:
        lines = ["POST /e/execute HTTP/1.1", "Host: r", "Content-Type: application/json",
                 f"StandPy-Contents: {UNKNOWN}", "Content-Length: 30000000", "", ""]  # fmt: skip
        connection.sendall("\r\n".join(lines).encode())
        for _ in range(30):
            connection.sendall(b"x" * 1_000_000)
        answer = read_to_the_end(connection)
    assert answer.startswith(b"HTTP/1.1 409 ") and json.loads(parse_answer(answer)[2])["missing"] == [UNKNOWN]


RM_INIT = """
import os
def rm_init(what):
    what = what.read() if hasattr(what, 'read') else what
    return os.urandom(8).hex(), str(what)
def rm_main(call, what, number=None):
    return call, what, number
"""


@namespace_only
@pytest.mark.parametrize(
    "sent",
    [
        {"type": "file", "base64": base64.b64encode(b"model").decode()},
        {"type": "file", "text": "model"},
        {"type": "object", "pickle": base64.b64encode(pickle.dumps([1, "model"])).decode()},
        {"type": "table", "csv": "a,b\n1,2\n"},
    ],
    ids=lambda sent: "-".join(sent),
)
def test_rm_init_runs_once_for_a_content_that_is_sent_and_then_named(one_worker, sent):
    answer = execute(one_worker.endpoint, RM_INIT, sent, value(0), keep=[0])
    first, [name] = outputs(answer), kept(answer)
    for number in range(3):
        later = outputs(ask(one_worker.endpoint, RM_INIT, reference(sent["type"], name), value(number)))
        assert later[:2] == first[:2]
        assert later[2] == value(number)


@namespace_only
def test_rm_init_runs_once_for_a_collection_that_names_contents(one_worker):
    [name] = keep(one_worker.endpoint, {"type": "object", "pickle": base64.b64encode(pickle.dumps("x")).decode()})
    items = {"type": "collection", "items": [reference("object", name), value(1)]}
    answers = [
        execute(one_worker.endpoint, RM_INIT, items, headers=naming(name)).json()["outputs"] for _ in range(3)
    ]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0][1] == value("['x', 1]")
