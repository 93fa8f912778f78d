"""The WSGI application as a service: places, confinement, recycling, starts, the token of browsers."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import signal
import time

import pytest
import requests
from client import assert_problem, execute, metric, outputs, value, wait_until
from engine_process import Engine, run_to_its_end, unsanitized_only
from inventory import descendants
from router_client import bearer
from script_texts import ALIVE

FOLDER = str(pathlib.Path(__file__).parent)
TOKEN = "the-token"


def get(engine, path, method="GET", **options):
    return requests.request(method, f"{engine.endpoint}{path}", timeout=60, **options)


@pytest.fixture
def serve(start):
    """Starts an engine with the application."""

    def start_engine(*arguments, **variables):
        return start(*arguments, **{"WSGI_APP": "wsgi_app", "APP_DIR": FOLDER} | variables)

    return start_engine


@contextlib.contextmanager
def in_the_background(*calls):
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        yield [pool.submit(*call) for call in calls]


def test_stuck_pages_delay_no_script_and_the_other_way_round(serve):
    engine = serve(WORKERS="1", WSGI_WORKERS="1", TIMEOUT="5")
    stuck = "import time\ndef rm_main(): time.sleep(60)"
    with in_the_background((get, engine, "/app/hangs"), (execute, engine.endpoint, stuck)) as answers:
        wait_until(lambda: metric(engine, "standpy_wsgi_requests_in_flight") == 1)
        wait_until(lambda: metric(engine, "standpy_requests_in_flight") == 1)
    assert [answer.result().status_code for answer in answers] == [504, 504]
    with in_the_background((get, engine, "/app/hangs")) as answers:
        wait_until(lambda: metric(engine, "standpy_wsgi_requests_in_flight") == 1)
        began = time.monotonic()
        assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]
        assert time.monotonic() - began < 3
    with in_the_background((execute, engine.endpoint, stuck)):
        wait_until(lambda: metric(engine, "standpy_requests_in_flight") == 1)
        began = time.monotonic()
        assert get(engine, "/app/process").status_code == 200
        assert time.monotonic() - began < 3


def test_requests_wait_for_a_worker_in_a_queue_of_their_own(serve):
    engine = serve(WSGI_WORKERS="2", WSGI_TIMEOUT="20")
    with in_the_background(*[(get, engine, "/app/stream")] * 6) as answers:
        names = ("standpy_wsgi_requests_in_flight", "standpy_wsgi_requests_queued", "standpy_requests_queued")
        wait_until(lambda: [metric(engine, name) for name in names] == [2, 4, 0])
    assert all(answer.result().text.count("\n") == 5 for answer in answers)
    assert metric(engine, "standpy_wsgi_requests_total", status="2xx") == 6


def test_processes_are_reused_and_recycled(serve):
    engine = serve(WSGI_WORKERS="1", MAX_REQUESTS="4")
    seen = [get(engine, "/app/process").text for _ in range(9)]
    assert len(set(seen)) == 3
    assert len({text.split()[1] for text in seen}) == 1  # forked from one process
    assert metric(engine, "standpy_wsgi_worker_restarts_total", reason="max_requests") == 2
    assert metric(engine, "standpy_worker_restarts_total", reason="max_requests") == 0


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_client_that_has_all_bytes_of_the_length_may_leave(serve, method):
    engine = serve(WSGI_WORKERS="1")
    before = get(engine, "/app/process").text
    for _ in range(3):
        with requests.Session() as session:  # it closes its connection while the application goes on
            answer = session.request(method, f"{engine.endpoint}/app/known", timeout=60)
        assert answer.text == ("whole" if method == "GET" else "")
    assert get(engine, "/app/process").text == before
    assert get(engine, "/app/closed?known").text == "xxx"
    assert metric(engine, "standpy_wsgi_requests_total", status="left") == 0
    assert "status=499" not in engine.log


def test_it_is_confined_like_a_script(serve):
    engine = serve()
    if "confined by Landlock" not in engine.log:
        pytest.skip("this kernel has no Landlock")
    own, scratch, code, system = get(engine, "/app/folders").json()
    assert (own, scratch, code, system) == (True, True, False, False)


def test_its_folder_is_that_of_all_its_processes_and_goes_with_the_engine(serve):
    engine = serve(MAX_REQUESTS="1", WSGI_WORKERS="1")
    get(engine, "/app/raises_in_close")
    wait_until(lambda: get(engine, "/app/closed?raises_in_close").text == "x")


def test_scripts_do_not_see_its_folder(serve):
    engine = serve()
    if "confined by Landlock" not in engine.log:
        pytest.skip("this kernel has no Landlock")
    answer = execute(engine.endpoint, f"import os\ndef rm_main(): return os.listdir({FOLDER!r})")
    assert_problem(answer, 422, "script-failed", "PermissionError")


@unsanitized_only
def test_its_memory_is_limited(serve):
    engine = serve(MEMORY_LIMIT="512m")
    assert_problem(get(engine, "/app/memory"), 500, "internal", "MemoryError")


def test_another_process_takes_over_if_that_of_the_application_dies(serve):
    engine = serve(WSGI_WORKERS="1")
    parent = int(get(engine, "/app/process").text.split()[1])
    os.kill(parent, signal.SIGKILL)
    wait_until(lambda: get(engine, "/app/process").text.split()[1] != str(parent))
    assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]


def test_requests_go_on_when_the_zygote_dies(serve):
    engine = serve(WSGI_WORKERS="1", PRELOAD_LEARN="off")
    parent = int(get(engine, "/app/process").text.split()[1])
    zygote = int(pathlib.Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[1])
    with in_the_background((get, engine, "/app/stream")) as [answer]:
        wait_until(lambda: metric(engine, "standpy_wsgi_requests_in_flight") == 1)
        os.kill(zygote, signal.SIGKILL)
    assert answer.result().text.count("\n") == 5
    wait_until(lambda: get(engine, "/app/process").text.split()[1] not in (str(parent), "1"))


def test_nothing_is_left_behind(serve):
    engine = serve(WSGI_WORKERS="2")
    assert get(engine, "/app/process").status_code == 200
    before = [*descendants(engine.process.pid)]
    assert len(before) > 4
    engine.stop()
    wait_until(lambda: not any(pathlib.Path(f"/proc/{process}").exists() for process in before))


def test_bodies_are_limited_however_they_come(serve):
    engine = serve(REQUEST_SIZE_LIMIT="100k")
    for data in (b"x" * 102_401, iter([b"x" * 60_000, b"x" * 60_000])):
        answer = get(engine, "/app/environ", method="POST", data=data)
        assert_problem(answer, 413, "too-large", "limit")
    assert get(engine, "/app/environ", method="POST", data=iter([b"x" * 102_400])).status_code == 200


# Starts


def test_an_application_that_exits_stops_the_start(tmp_path):
    (tmp_path / "exits.py").write_text("import sys\nsys.exit(4)\n")
    status, log = run_to_its_end(
        "--ini", str(pathlib.Path(FOLDER).parents[1] / "container/standpy.ini"), WSGI_APP="exits", APP_DIR=str(tmp_path)
    )
    assert status == 1
    assert "standpy: WSGI_APP=exits is not allowed: SystemExit: 4" in log


def test_threads_of_the_import_are_warned_of(serve, tmp_path):
    (tmp_path / "threads.py").write_text(
        "import threading\nfrom wsgi_app import application\n"
        "threading.Thread(target=threading.Event().wait, daemon=True).start()\n"
    )
    (tmp_path / "wsgi_app.py").write_text(pathlib.Path(FOLDER, "wsgi_app.py").read_text())
    tmp_path.chmod(0o755)
    engine = serve(WSGI_APP="threads", APP_DIR=str(tmp_path))
    assert "has started threads (1), which its processes do not have" in engine.log
    assert get(engine, "/app/counts").text == "1"


def test_without_one_that_is_required_its_paths_answer_503(serve):
    engine = serve(WSGI_APP="no_such_module", WSGI_APP_REQUIRED="off")
    wait_until(lambda: "cannot be loaded" in engine.log)
    assert_problem(get(engine, "/app/x"), 503, "unavailable", "cannot be loaded")
    assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]


def test_it_may_have_all_paths_but_the_engines_own(serve):
    engine = serve(WSGI_MOUNT="/")
    seen = get(engine, "/a/b").json()
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("", "/a/b")
    assert len(get(engine, "/info").json()) == 6
    assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]


def test_info_keeps_its_keys_and_a_header_says_how_many_requests_it_takes(serve):
    answer = get(serve(WSGI_WORKERS="3"), "/info")
    assert len(answer.json()) == 6
    assert answer.headers["StandPy-WSGI"] == "workers=3; mount=/app"


# The token


@pytest.fixture(scope="module")
def guarded():
    engine = Engine(WSGI_APP="wsgi_app", APP_DIR=FOLDER, ACCESS_TOKEN=TOKEN)
    yield engine
    engine.stop()


def test_a_browser_is_asked_for_the_token_under_the_mount_alone(guarded):
    answer = get(guarded, "/app/environ")
    assert_problem(answer, 401, "unauthorized", "wants a token")
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="StandPy')
    assert get(guarded, "/info").headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("user", ["", "anyone", "é"])
def test_the_token_is_the_password(guarded, user):
    answer = get(guarded, "/app/environ", auth=(user.encode(), TOKEN.encode()))
    assert answer.status_code == 200
    assert "HTTP_AUTHORIZATION" not in answer.json()


def test_a_wrong_password_is_refused(guarded):
    assert_problem(get(guarded, "/app/environ", auth=("any", "wrong")), 401, "unauthorized", "wrong")
    assert_problem(get(guarded, "/app/environ", auth=(TOKEN, "")), 401, "unauthorized", "wrong")


def test_the_bearer_token_opens_it_as_well(guarded):
    assert get(guarded, "/app/environ", headers=bearer(TOKEN)).status_code == 200


@pytest.mark.parametrize("path", ["/execute", "/info", "/metrics", "/nothing", "/", "/apple", "/app2/x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_basic_opens_nothing_else(guarded, path, method):
    answer = get(guarded, path, method=method, auth=("any", TOKEN))
    assert_problem(answer, 401, "unauthorized", "wrong")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


# Who says where the client is


FORWARDED = {
    "X-Forwarded-Prefix": "/engine",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "example.org",
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "Forwarded": "for=203.0.113.9;proto=https",
    "X-Forwarded-Ssl": "on",
}


def test_a_router_with_the_token_is_believed(guarded):
    seen = get(guarded, "/app/environ", headers=FORWARDED | bearer(TOKEN)).json()
    assert seen["SCRIPT_NAME"] == "/engine/app"
    assert (seen["wsgi.url_scheme"], seen["HTTP_HOST"], seen["SERVER_PORT"]) == ("https", "example.org", "443")
    assert seen["REMOTE_ADDR"] == "198.51.100.7"


def test_a_browser_with_the_token_is_not(guarded):
    seen = get(guarded, "/app/environ", headers=FORWARDED, auth=("any", TOKEN)).json()
    assert (seen["SCRIPT_NAME"], seen["wsgi.url_scheme"], seen["REMOTE_ADDR"]) == ("/app", "http", "127.0.0.1")
    assert not [name for name in seen if "FORWARDED" in name]


def test_everyone_is_believed_if_told_so(serve):
    seen = get(serve(WSGI_TRUST_FORWARDED="on"), "/app/environ", headers=FORWARDED).json()
    assert seen["SCRIPT_NAME"] == "/engine/app"
    odd = {"X-Forwarded-Prefix": "//evil.example", "X-Forwarded-Proto": "javascript"}
    seen = json.loads(get(serve(WSGI_TRUST_FORWARDED="on"), "/app/environ", headers=odd).text)
    assert (seen["SCRIPT_NAME"], seen["wsgi.url_scheme"]) == ("/app", "http")


def test_it_goes_on_when_another_zygote_takes_over(serve):
    pytest.importorskip("yaml", reason="a module that scripts make the engine learn")
    engine = serve(WSGI_WORKERS="1", PRELOAD="none")
    before = get(engine, "/app/process").text.split()[1]
    for _ in range(8):
        execute(engine.endpoint, "import yaml\ndef rm_main(): return yaml.__name__")
    wait_until(lambda: metric(engine, "standpy_successions_total") == 1)
    wait_until(lambda: get(engine, "/app/process").text.split()[1] not in (before, "1"))
    assert metric(engine, "standpy_wsgi_requests_total", status="5xx") == 0
