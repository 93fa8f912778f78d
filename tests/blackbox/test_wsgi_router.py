"""The WSGI application through the router: its prefix, its places, its token, its streams."""

import base64
import concurrent.futures
import pathlib
import time

import pytest
import requests
from client import assert_problem, execute, outputs, parse_answer, raw_exchange, value, wait_until
from engine_process import Engine
from router_client import bearer
from router_process import Router
from script_texts import ALIVE

FOLDER = str(pathlib.Path(__file__).parent)
OWN, CLIENTS = "of-the-engine", "of-the-clients"
BASIC = base64.b64encode(f"any:{CLIENTS}".encode()).decode()


def is_known(router):
    """Whether the router has learned of the application."""
    answer = requests.get(router.url + "/e/app/environ", timeout=60)
    return "Basic" in answer.headers.get("WWW-Authenticate", "")


@pytest.fixture(scope="module")
def service():
    engine = Engine(
        WSGI_APP="wsgi_app", APP_DIR=FOLDER, ACCESS_TOKEN=OWN, WORKERS="1", WSGI_WORKERS="1", WSGI_TIMEOUT="20"
    )
    router = Router(ENGINE_E_HOST=engine.host, ENGINE_E_UPSTREAM_TOKEN=OWN, ENGINE_E_TOKEN=CLIENTS)
    wait_until(lambda: is_known(router))
    yield engine, router
    router.stop()
    engine.stop()


def get(router, path, method="GET", auth=("any", CLIENTS), **options):
    return requests.request(method, f"{router.url}/e{path}", auth=auth, timeout=60, **options)


def in_flight(engine):
    text = requests.get(engine.endpoint + "/metrics", headers=bearer(OWN), timeout=60).text
    [line] = [line for line in text.splitlines() if line.startswith("standpy_wsgi_requests_in_flight ")]
    return int(line.split()[1])


def test_links_have_the_routers_prefix(service):
    _, router = service
    seen = get(router, "/app/environ/x?y=1").json()
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"], seen["QUERY_STRING"]) == ("/e/app", "/environ/x", "y=1")
    assert (seen["HTTP_HOST"], seen["wsgi.url_scheme"]) == (f"127.0.0.1:{router.port}", "http")
    assert seen["SERVER_PORT"] == str(router.port)
    assert seen["REMOTE_ADDR"] == "127.0.0.1"
    assert "HTTP_AUTHORIZATION" not in seen


PATHS = {
    "/b%20c": "/b c",
    "/%C3%A9": "/\u00c3\u00a9",
    "/b%2Fc": "/b/c",
    "//b//": "//b//",
    "/b;c=d&e": "/b;c=d&e",
    "/" + "b" * 1000: "/" + "b" * 1000,
    "/%22%3C": '/"<',
}


@pytest.mark.parametrize("path", PATHS)
def test_every_path_of_a_page_arrives(service, path):
    """Names of files have spaces and letters of all languages."""
    _, router = service
    seen = get(router, "/app/environ" + path).json()
    assert (seen["PATH_INFO"], seen["REQUEST_URI"]) == ("/environ" + PATHS[path], "/app/environ" + path)


@pytest.mark.parametrize("path", ["/../execute", "/%2e%2E/execute", "/x%2f..%2f..%2fexecute", "/..%2fexecute", "/.", "/%00"])
def test_a_path_that_means_another_one_is_not_found(service, path):
    _, router = service
    head = f"POST /e/app{path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Basic {BASIC}\r\n"
    head += "Content-Type: text/x-python\r\nContent-Length: 17\r\n\r\ndef rm_main(): 1\n"
    assert parse_answer(raw_exchange(("127.0.0.1", router.port), head.encode()))[0] == 404


def test_clients_cannot_say_where_they_are(service):
    _, router = service
    fields = {
        "X-Forwarded-Prefix": "/evil",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-For": "203.0.113.1",
        "X-Forwarded-Ssl": "on",
        "X_Forwarded_Host": "evil.example",
        "Forwarded": "for=203.0.113.1;host=evil.example;proto=https",
    }
    seen = get(router, "/app/environ", headers=fields).json()
    assert seen["SCRIPT_NAME"] == "/e/app"
    assert (seen["HTTP_HOST"], seen["wsgi.url_scheme"]) == (f"127.0.0.1:{router.port}", "http")
    assert seen["REMOTE_ADDR"] == "127.0.0.1"
    assert not [name for name, text in seen.items() if "evil" in str(text) or "FORWARDED_SSL" in name]


def test_a_proxy_before_the_router_may_say_it(service, started):
    engine, _ = service
    router = Router(ENGINE_E_HOST=engine.host, ENGINE_E_UPSTREAM_TOKEN=OWN, TRUST_FORWARDED="on")
    started.append(router)
    fields = {"X-Forwarded-Prefix": "/ai/", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "hub.example"}
    wait_until(lambda: get(router, "/app/environ", headers=fields).json()["SCRIPT_NAME"] == "/ai/e/app")
    seen = get(router, "/app/environ", headers=fields).json()
    assert (seen["HTTP_HOST"], seen["wsgi.url_scheme"]) == ("hub.example", "https")


@pytest.mark.parametrize("auth", [("", CLIENTS), ("any", CLIENTS)])
def test_a_browser_signs_in_with_the_token_as_password(service, auth):
    _, router = service
    assert get(router, "/app/environ", auth=auth).status_code == 200
    answer = get(router, "/app/environ", auth=None)
    assert_problem(answer, 401, "unauthorized", "wants a token")
    assert answer.headers["WWW-Authenticate"].startswith('Basic realm="StandPy: e')
    assert_problem(get(router, "/app/environ", auth=("any", OWN)), 401, "unauthorized", "wrong")


@pytest.mark.parametrize("path", ["/execute", "/info", "/metrics", "/healthz", "/apple", "/app%2e/x", "/%65xecute"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_basic_opens_nothing_else(service, path, method):
    _, router = service
    answer = get(router, path, method=method)
    assert_problem(answer, 401, "unauthorized", "wrong")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/execute", "/%65xecute", "/exec%75te", "/info", "/inf%6f", "/metrics", "/healthz"])
def test_basic_opens_nothing_else_if_the_application_has_the_rest(started, path):
    engine = Engine(WSGI_APP="wsgi_app", APP_DIR=FOLDER, ACCESS_TOKEN=OWN, WSGI_MOUNT="/")
    router = Router(ENGINE_E_HOST=engine.host, ENGINE_E_UPSTREAM_TOKEN=OWN, ENGINE_E_TOKEN=CLIENTS)
    started.extend([router, engine])
    wait_until(lambda: is_known(router))
    assert get(router, "/x").json()["SCRIPT_NAME"] == "/e"
    assert_problem(get(router, path, method="POST", data="def rm_main(): pass"), 401, "unauthorized", "wrong")


def test_a_stuck_page_delays_no_script_and_no_script_a_page(service):
    engine, router = service
    stuck = "import time\ndef rm_main(): time.sleep(8)"
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        pages = [pool.submit(get, router, "/app/drip", stream=True) for _ in range(2)]
        wait_until(lambda: in_flight(engine) == 1)
        began = time.monotonic()
        assert outputs(execute(router.url + "/e", ALIVE, headers=bearer(CLIENTS))) == [value("alive")]
        assert time.monotonic() - began < 5
        first, _ = concurrent.futures.wait(pages, return_when=concurrent.futures.FIRST_COMPLETED)
        [page.result().close() for page in first]
        concurrent.futures.wait(pages)[0]
        [page.result().close() for page in pages]
        script = pool.submit(execute, router.url + "/e", stuck, headers=bearer(CLIENTS))
        time.sleep(0.5)
        began = time.monotonic()
        assert get(router, "/app/process").status_code == 200
        assert time.monotonic() - began < 5
        assert script.result().status_code == 200


def test_each_piece_leaves_when_it_is_yielded(service):
    _, router = service
    delays = [
        time.time() - float(line.split()[1])
        for line in get(router, "/app/stream", stream=True).iter_lines(chunk_size=1)
    ]
    assert len(delays) == 5
    assert sorted(delays)[2] < 0.05


def test_a_client_that_leaves_stops_the_iteration(service):
    engine, router = service
    answer = get(router, "/app/drip", stream=True)
    assert next(answer.iter_content(5)) == b"first"
    answer.close()
    wait_until(lambda: in_flight(engine) == 0)


def test_uploads_and_downloads_are_whole(service):
    _, router = service
    seen = get(router, "/app/environ", method="POST", data=iter([b"x" * 1_000_000] * 3)).json()
    assert len(seen["body"]) == 3_000_000
    assert len(get(router, "/app/large?100").content) == 10_000_000


def test_an_answer_that_breaks_off_is_not_taken_for_whole(service):
    """If nothing of it has reached the client yet, the router can still say so in words."""
    _, router = service
    try:
        answer = get(router, "/app/raises_later")
    except requests.exceptions.RequestException:
        return
    assert_problem(answer, 502, "engine-broke", "no whole answer")
