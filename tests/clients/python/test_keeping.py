"""Kept contents, against a server that keeps as docs/protocol.md says, and one that does not know them."""

import hashlib
import os

import pytest
import requests
from engine_process import Engine as RealEngine
from keeper import Keeper
from standpy_client import Engine
from standpy_client.keeping import Digests, Kept, digests_in

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
def start_engine():
    engines = []

    def start():
        engines.append(RealEngine())
        return engines[-1]

    yield start
    for one in engines:
        one.stop()


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model"
    path.write_bytes(os.urandom(100_000))
    return path


def test_a_path_that_comes_again_is_named(keeper, model):
    server = keeper()
    remote = Engine(server.endpoint)
    for _ in range(3):
        assert remote.run(ONE, model).value == 1
    assert server.log == ["probe", "kept", "named", "named"]
    assert f"StandPy-Contents: {hashlib.sha256(model.read_bytes()).hexdigest()}" in server.heads[-1]
    assert b"application/vnd.standpy.sha256" in server.bodies[-1]


def test_a_path_whose_content_changed_is_sent(keeper, model):
    server = keeper()
    remote = Engine(server.endpoint)
    for _ in range(2):
        remote.run(ONE, model)
        model.write_bytes(os.urandom(100_000))
    assert server.log == ["probe", "kept", "kept"]


def test_what_the_engine_lost_is_sent_in_full(keeper, model):
    server = keeper()
    remote = Engine(server.endpoint)
    remote.run(ONE, model)
    server.contents.clear()
    assert remote.run(ONE, model).value == 1
    assert server.log == ["probe", "kept", "missing", "kept"]
    assert remote.run(ONE, model).value == 1
    assert server.log[-1] == "named"


def test_an_engine_that_loses_everything_is_not_asked_for_ever(keeper, model):
    server = keeper()
    remote = Engine(server.endpoint)
    remote.run(ONE, model)

    class Forgetful(dict):
        def __contains__(self, digest):
            return False

    server.contents = Forgetful()
    assert [remote.run(ONE, model).value for _ in range(3)] == [1, 1, 1]


def test_an_engine_that_keeps_nothing_is_asked_once(keeper, model):
    server = keeper(knows=False)
    remote = Engine(server.endpoint)
    for _ in range(3):
        assert remote.run(ONE, model).value == 1
    assert server.log == ["no option keep", "full", "full", "full"]


def test_small_files_and_clients_that_want_none_are_not_kept(keeper, model, tmp_path):
    (tmp_path / "small").write_bytes(b"x" * 1000)
    server = keeper()
    for _ in range(2):
        Engine(server.endpoint).run(ONE, tmp_path / "small")
        Engine(server.endpoint, keep=False).run(ONE, model)
    assert set(server.log) == {"full"}


def test_what_an_earlier_program_sent_can_be_named(keeper, model):
    server = keeper()
    for expected in (["probe", "missing", "kept"], ["probe", "named"]):
        server.log.clear()
        assert Engine(server.endpoint, keep=True).run(ONE, model).value == 1
        assert server.log == expected


def test_more_paths_than_a_request_may_name(keeper, tmp_path):
    paths = [tmp_path / str(number) for number in range(35)]
    for path in paths:
        path.write_bytes(os.urandom(70_000))
    server = keeper()
    remote = Engine(server.endpoint)
    assert [remote.run(ONE, *paths).value for _ in range(2)] == [1, 1]
    assert server.log == ["probe", "kept", "named"]
    assert len(digests_in(server.heads[-1])) == 32


def test_a_real_engine(engine, router, model):
    """With kept contents the path is sent once; without them the answers are the same."""
    text = "def rm_main(one, other):\n    return [len(open(f.name, 'rb').read()) for f in (one, other)]\n"
    for endpoint in (engine.endpoint, f"{router.url}/example_testing"):
        remote = Engine(endpoint)
        sent = []
        for _ in range(3):
            sizes = []

            def watch(phase, done, total, sizes=sizes):
                sizes.append((phase, total))

            result = remote.run(text, model, model, progress=watch)
            assert result.value == [100_000] * 2
            sent.append(max((total for phase, total in sizes if phase == "sending"), default=0) > 150_000)
        knows = "kept_contents" in requests.get(engine.endpoint + "/metrics", timeout=60).text
        assert sent == ([True, False, False] if knows else [True] * 3)


def test_a_real_engine_that_lost_everything(start_engine, model):
    """A restart, or another replica."""
    text = "def rm_main(f):\n    return len(open(f.name, 'rb').read())\n"
    first, second = start_engine(), start_engine()
    remote = Engine(first.endpoint)
    assert remote.run(text, model).value == 100_000
    remote._transport.endpoint = Engine(second.endpoint)._transport.endpoint
    assert [remote.run(text, model).value for _ in range(2)] == [100_000] * 2


def test_a_digest_is_computed_again_if_the_file_may_have_changed(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"a" * 70_000)
    os.utime(path, (1_000_000_000, 1_000_000_000))  # the time of its change remains now
    digests = Digests()
    assert digests.of(path) == hashlib.sha256(b"a" * 70_000).hexdigest()
    path.write_bytes(b"b" * 70_000)
    os.utime(path, (1_000_000_000, 1_000_000_000))
    assert digests.of(path) == hashlib.sha256(b"b" * 70_000).hexdigest()


def test_what_is_forgotten(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"a")
    digest = hashlib.sha256(b"a").hexdigest()
    kept = Kept(None)
    assert kept.digest(path) == ""
    kept.learn(f"{digest}, {'0' * 64}")
    assert kept.digest(path) == digest
    kept.forget({digest})
    assert kept.digest(path) == ""
    kept.learn(digest)
    kept.forget(set())
    assert kept.digest(path) == ""
    assert Kept(True).digest(path) == digest
    assert Kept(False).supported is False
