"""What data scientists use works in the sandbox as it does in plain Python.

These are the scripts of tests/packages that need no more than Debian's packages; ./check packages
runs all of them, and more often.
"""

import pathlib
import sys

import pytest
from engine_process import PYTHON_PATH, Engine, unsanitized_only

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "packages"))
from agreement import cases, parameter  # noqa: E402

pytestmark = unsanitized_only  # they start interpreters by the dozen


@pytest.fixture(scope="module")
def two_workers():
    engine = Engine(WORKERS="2", TIMEOUT="60", SANDBOX="required")
    yield engine
    engine.stop()


@pytest.mark.parametrize("case", [parameter(case) for case in cases("standard", "debian")])
def test_a_script_does_what_it_does_in_plain_python(two_workers, case):
    expected = case.by_plain_python(f"{PYTHON_PATH}/python3")
    for result in case.by_engine_at_once(two_workers, rounds=1):
        assert result == expected
