"""What a request's code does to other requests, to the engine and to itself: nobody else notices."""

import concurrent.futures
import contextlib
import pathlib
import re

import pytest
import requests
from client import execute, metric, outputs, raw_exchange, value, wait_until
from engine_process import DEFAULTS, ContainedEngine, unsanitized_only
from router_client import bearer
from script_texts import ALIVE
from wsgi_hostile import FORGED

FOLDER = str(pathlib.Path(__file__).parent)


@pytest.fixture(scope="module")
def engine():
    """./check has these tests run with both values of ISOLATION."""
    engine = ContainedEngine(WSGI_APP="wsgi_hostile", APP_DIR=FOLDER, WSGI_WORKERS="1", WSGI_TIMEOUT="1", WORKERS="1", **DEFAULTS)
    yield engine
    engine.stop()
    assert not re.search(r"^(\S+ - )?(standpy: forged|request id=forged)", engine.log, re.M)
    assert "trying respawn" not in engine.log, engine.log[-3000:]


def get(engine, path, **options):
    return requests.get(f"{engine.endpoint}/app/{path}", timeout=60, **options)


def everyone_else_is_served(engine):
    for number in range(6):
        assert get(engine, f"ordinary?{number}").text == str(number)
    assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_message_harms_its_own_request_only(engine, what):
    head = f"GET /app/forges?{what.replace(' ', '+')} HTTP/1.1\r\nHost: h\r\nConnection: %s\r\n\r\n"
    with concurrent.futures.ThreadPoolExecutor(1) as pool, engine.connect(2) as connection:
        beside = pool.submit(everyone_else_is_served, engine)
        answer = raw_exchange(("127.0.0.1", engine.port), (head % "close").encode())
        assert answer.count(b"HTTP/1.1 ") == 1, answer  # one request has one answer
        connection.sendall((head % "keep-alive").encode())
        answer = b""
        with contextlib.suppress(TimeoutError, ConnectionError):
            while received := connection.recv(65536):
                answer += received
                connection.settimeout(0.1)
        assert answer.count(b"HTTP/1.1 ") <= 1, answer
        beside.result()


def test_what_a_request_keeps_says_nothing_in_the_next_one(engine):
    process = get(engine, "keeps").text.split()[1]
    answer = get(engine, "uses")
    assert (answer.status_code, "X-First" in answer.headers) == (200, False)
    seen = answer.text.partition("own ")[2]
    assert answer.text.startswith("own ["), answer.text
    assert seen.count("RuntimeError") == 9 and seen.count("read: ValueError") == 3, seen
    assert process.isdigit()
    everyone_else_is_served(engine)


def test_a_thread_that_a_request_leaves_says_nothing_in_later_ones(engine):
    assert get(engine, "leaves_thread").text == "begun"
    for number in range(100):
        assert get(engine, f"ordinary?{number}").text == str(number)


def test_only_the_thread_that_answers_gives_pieces(engine):
    assert get(engine, "writes_from_a_thread").text == "refused"


def test_a_child_that_a_request_leaves_says_nothing_in_later_ones(engine):
    """It may cost requests of its own process, which ends when it sends what nobody asked for."""
    assert get(engine, "leaves_child").text.startswith("begun")
    for number in range(50):
        answer = get(engine, f"ordinary?{number}")
        assert answer.status_code == 502 or answer.text == str(number)
    everyone_else_is_served(engine)


def test_it_reaches_no_other_process(engine):
    if "confined by Landlock" not in engine.log:
        pytest.skip("this kernel has no Landlock")
    assert get(engine, "reaches_others").text == ""


def test_an_application_may_fork(engine):
    assert get(engine, "forks_and_waits").text == "7 ran\n"
    assert get(engine, "terminates_its_child").text == "-15"
    for _ in range(3):
        assert get(engine, "forks_and_both_return").text == "parent"
    everyone_else_is_served(engine)


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ("closes", 502),
        ("closes_streams", 200),
        ("closes_input", 200),
        ("exits", 502),
        ("terminates", 502),
        ("crashes", 502),
        ("stops", 504),
        ("interrupts", 500),
        ("ignores_signals", 504),
        ("prints", 200),
        ("hangs_in_close", 200),
    ],
)
def test_what_it_does_to_itself_is_its_own_trouble(engine, what, status):
    assert get(engine, what).status_code == status
    get(engine, "exits")  # what it has changed in its process stays there
    everyone_else_is_served(engine)


def test_what_it_prints_is_never_a_line_of_the_engines(engine):
    """The fixture looks at the whole log, behind all tests."""
    before = engine.log.count("request id=forged")
    assert get(engine, "prints").text == "x"
    wait_until(lambda: engine.log.count("request id=forged") == before + 6)


def test_one_that_will_not_stop_is_killed(engine):
    before = metric(engine, "standpy_wsgi_worker_restarts_total", reason="deadline")
    with pytest.raises(requests.exceptions.RequestException):
        get(engine, "catches_everything")
    everyone_else_is_served(engine)
    assert metric(engine, "standpy_wsgi_worker_restarts_total", reason="deadline") == before + 1


@unsanitized_only
def test_the_token_is_nowhere(start):
    token = "the-token-that-nobody-sees"
    engine = start(WSGI_APP="wsgi_hostile", APP_DIR=FOLDER, ACCESS_TOKEN=token)
    for authorization in ({"headers": bearer(token)}, {"auth": ("any", token)}):
        answer = get(engine, "secrets?" + "that-nobody-sees".replace("-", "."), **authorization)
        assert answer.text == "True 0 []"
    assert token not in engine.log
