"""Memory and disk run out with the right word: limit and variable, and no blame for the client."""

import json
import subprocess

import pytest
from client import assert_problem, execute, execute_parts, outputs, post, value
from engine_process import Engine, unsanitized_only

SIZE = 20 << 20
SCRIPT = "def rm_main(x): return 1"
BODIES = {
    "numbers": [{"type": "value", "value": [1] * (SIZE // 3)}],
    "objects": [{"type": "value", "value": [{"a": 1}] * (SIZE // 10)}],
    "escapes": [{"type": "value", "value": "\u00e9" * (SIZE // 2)}],
    "csv": [{"type": "table", "csv": "a\n" + "1\n" * (SIZE // 2)}],
    "base64": [{"type": "file", "base64": "QUJD" * (SIZE // 4)}],
    "dataresource": [
        {
            "type": "table",
            "dataresource": {
                "schema": {"fields": [{"name": "a", "type": "integer"}]},
                "data": [{"a": 1}] * (SIZE // 10),
            },
        }
    ],
}


@pytest.fixture(scope="module")
def small():
    """Twenty megabytes of JSON take more than it has."""
    engine = Engine(MEMORY_LIMIT="100m", TIMEOUT="60")
    yield engine.endpoint
    engine.stop()


@unsanitized_only
@pytest.mark.parametrize("name", BODIES)
def test_a_json_body_that_is_too_large_for_a_worker_names_the_limit(small, name):
    body = json.dumps({"script": SCRIPT, "inputs": BODIES[name]})
    answer = post(small, body, "application/json")
    assert_problem(answer, 413, "too-large", "MEMORY_LIMIT")
    assert outputs(execute(small, "def rm_main(): return 1")) == [value(1)]


@unsanitized_only
def test_an_input_that_python_has_no_memory_for_names_the_limit(small):
    """Received raw, and decoded by Python."""
    large = "[" + "[]," * (SIZE // 3) + "1]"
    answer = execute_parts(small, ("script", SCRIPT, None), ("input", large, "application/json"))
    assert_problem(answer, 413, "too-large", "MEMORY_LIMIT")


@unsanitized_only
def test_a_script_that_takes_too_much_is_told_the_limit(small):
    problem = assert_problem(
        execute(small, "def rm_main(): return len(bytearray(300 << 20))"), 422, "script-failed"
    )
    assert problem["detail"] == (
        "MemoryError (the memory of a worker is used up: MEMORY_LIMIT=100m)"
    )
    assert problem["exception"]["type"] == "MemoryError"


@pytest.fixture(scope="module")
def tight(tmp_path_factory):
    """An engine whose scripts have two megabytes of files."""
    folder = tmp_path_factory.mktemp("scratch")
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=1777", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("no tmpfs can be mounted")
    engine = Engine(SCRATCH_DIR=str(folder))
    yield engine.endpoint, folder
    engine.stop()
    subprocess.run(["umount", str(folder)], check=True)


def test_a_file_input_that_does_not_fit_names_the_folder(tight):
    endpoint, folder = tight
    answer = execute_parts(endpoint, ("script", SCRIPT, None), ("file", b"x" * (3 << 20), None))
    where = f"{folder} (SCRATCH_DIR), where the files of scripts are, is full: it has 2097152 bytes"
    assert_problem(answer, 413, "too-large", where)
    assert outputs(execute(endpoint, "def rm_main(): return 1")) == [value(1)]


def test_a_script_that_fills_the_folder_is_told_so(tight):
    endpoint, folder = tight
    script = "def rm_main(): open('big', 'wb').write(b'x' * (3 << 20))"
    problem = assert_problem(execute(endpoint, script), 422, "script-failed", "No space left")
    assert f"{folder} (SCRATCH_DIR)" in problem["detail"]
    assert outputs(execute(endpoint, "def rm_main(): return 1")) == [value(1)]


def test_a_json_body_may_begin_with_a_byte_order_mark(endpoint):
    body = b"\xef\xbb\xbf" + json.dumps({"script": "def rm_main(): return 1"}).encode()
    answer = post(endpoint, body, "application/json")
    assert outputs(answer) == [value(1)]
