"""Clients on slow lines, before an engine with one worker: whoever holds it, all others wait for."""

import re

import pytest
import requests
from client import execute, outputs, parse_answer, read_to_the_end, value, wait_until
from engine_process import Engine
from router_client import begin, connect, metric
from router_process import Router
from slow_clients import RING, buffered, send_slowly

FAST = "def rm_main(): return 'fast'"
PLAIN = ["Content-Type: text/x-python", "Connection: close"]


@pytest.fixture(scope="module")
def engine():
    engine = Engine(WORKERS="1", TIMEOUT="100")
    yield engine
    engine.stop()


@pytest.fixture
def router(engine, started):
    router = Router(ENGINE_E_HOST=engine.host)
    started.append(router)
    return router


def script_of(length):
    return b"def rm_main(): return 'slow'\n".ljust(length, b"#")


def assert_others_are_served(router):
    for _ in range(3):
        assert outputs(execute(router.url + "/e", FAST)) == [value("fast")]


@pytest.mark.parametrize("length", [RING, RING + 1, 2 * RING, 1_000_000])
@pytest.mark.parametrize("sent", ["nothing", "all but a byte"])
def test_a_body_that_does_not_come_holds_no_worker(router, length, sent):
    body = script_of(length)
    first = {"nothing": 0, "all but a byte": length - 1}[sent]
    with connect(router) as slow:
        begin(slow, "/e/execute", PLAIN, length)
        send_slowly(router, slow, body[:first])
        assert_others_are_served(router)
        wait_until(lambda: buffered(router) == (first if length > RING else 0))
        slow.sendall(body[first:])
        status, _, answer = parse_answer(read_to_the_end(slow))
    assert (status, b'"slow"' in answer) == (200, True)
    assert buffered(router) == 0


def test_an_answer_that_is_not_taken_holds_no_worker(router):
    script = b"import random\ndef rm_main(): return random.Random(1).randbytes(20_000_000).hex()"
    with connect(router) as slow:
        begin(slow, "/e/execute", PLAIN, len(script))
        slow.sendall(script)
        answer = slow.recv(1000)
        assert_others_are_served(router)
        wait_until(lambda: buffered(router) > 20_000_000)
        answer += read_to_the_end(slow)
    whole = requests.post(
        router.url + "/e/execute", data=script, headers={"Content-Type": "text/x-python"}
    )
    taken = re.search(rb'"value":"(\w+)"', answer)[1]
    assert taken.decode() == whole.json()["outputs"][0]["value"]
    assert buffered(router) == 0


def test_an_answer_that_nobody_else_waits_for_is_taken_as_well(router):
    """So that other clients of the engine, another router, find its worker free."""
    script = b"def rm_main(): return 'x' * 30_000_000"
    with connect(router, buffer=65536) as slow:
        begin(slow, "/e/execute", PLAIN, len(script))
        slow.sendall(script)
        wait_until(lambda: buffered(router) > 0)
        wait_until(lambda: metric(router, "standpy_router_replica_in_flight") == 0)
        assert len(read_to_the_end(slow)) > 30_000_000
