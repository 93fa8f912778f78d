"""--keep: files that the engine keeps are named by their digests."""

import hashlib
import os

import pytest
from engine_process import Engine
from keeper import Keeper, problem

ONE = "def rm_main(*inputs):\n    return 1\n"


@pytest.fixture
def keeper():
    keepers = []

    def start(**options):
        keepers.append(Keeper(**options))
        return keepers[-1]

    yield start
    for one in keepers:
        one.stop()


@pytest.fixture
def model(tmp_path):
    (tmp_path / "model").write_bytes(os.urandom(100_000))
    return tmp_path / "model"


def test_without_the_option_nothing_is_kept(standpy, script, keeper, model):
    server = keeper()
    for _ in range(2):
        assert standpy("run", "--file", "model", script(ONE), STANDPY_ENDPOINT=server.endpoint) == (0, b"1\n", "")
    assert server.log == ["full", "full"]


def test_the_second_run_sends_the_digest(standpy, script, keeper, model):
    server = keeper()
    runs = [("run", "--keep", "--file", "model", script(ONE))] * 2
    for run in runs:
        assert standpy(*run, STANDPY_ENDPOINT=server.endpoint) == (0, b"1\n", "")
    assert server.log == ["probe", "missing", "kept", "probe", "named"]
    digest = hashlib.sha256(model.read_bytes()).hexdigest()
    assert f"StandPy-Contents: {digest}\r" in server.heads[-1]
    assert b"application/vnd.standpy.sha256" in server.bodies[-1]
    model.write_bytes(os.urandom(100_000))
    standpy(*runs[0], STANDPY_ENDPOINT=server.endpoint)
    assert server.log[5:] == ["probe", "missing", "kept"]


def test_small_files_and_tables_are_sent(standpy, script, keeper, model, tmp_path):
    server = keeper()
    (tmp_path / "small").write_bytes(b"small")
    inputs = ["--file", "small", "--input", "model", "--object", "model"]
    assert standpy("run", "--keep", *inputs, script(ONE), STANDPY_ENDPOINT=server.endpoint)[0] == 0
    assert server.log == ["full"]


def test_at_most_32_are_kept(standpy, script, keeper, model):
    server = keeper()
    inputs = ["--file", "model"] * 35
    for _ in range(2):
        assert standpy("run", "--keep", *inputs, script(ONE), STANDPY_ENDPOINT=server.endpoint)[0] == 0
    assert server.log == ["probe", "missing", "kept", "probe", "named"]


def test_an_engine_that_keeps_nothing_gets_everything(standpy, script, keeper, model):
    server = keeper(knows=False)
    assert standpy("run", "--keep", "--file", "model", script(ONE), STANDPY_ENDPOINT=server.endpoint) == (0, b"1\n", "")
    assert server.log == ["no option keep", "full"]


def test_an_engine_that_loses_everything_is_not_asked_for_ever(standpy, script, keeper, model):
    server = keeper()

    class Forgetful(dict):
        def __contains__(self, digest):
            return False

    server.contents = Forgetful()
    assert standpy("run", "--keep", "--file", "model", script(ONE), STANDPY_ENDPOINT=server.endpoint)[0] == 0
    assert server.log == ["probe", "missing", "kept"]


def test_what_was_not_named_cannot_be_missing(standpy, serve, script, model):
    """Nothing is sent again then, as the answer would be the same."""
    server = serve(problem(409, "contents-missing", "some contents are not kept"))
    status, _, err = standpy("run", "--file", "model", script(ONE), STANDPY_ENDPOINT=server.endpoint)
    assert (status, server.requests) == (6, 1), err


def test_a_real_engine_keeps(standpy, script, model):
    engine = Engine(WORKERS="1")
    try:
        text = script("import hashlib\ndef rm_main(file):\n    return hashlib.sha256(file.buffer.read()).hexdigest()\n")
        digest = hashlib.sha256(model.read_bytes()).hexdigest()
        for _ in range(2):
            status, out, _ = standpy("run", "--keep", "--file", "model", text, STANDPY_ENDPOINT=engine.endpoint)
            assert (status, out.decode()) == (0, f'"{digest}"\n')
    finally:
        engine.stop()
