"""Flask, Django, Bottle and FastAPI as an engine's application, reached directly and through a router.

The applications are in web/, within wsgiref's validator. ./check makes their environment.
"""

import contextlib
import hashlib
import os
import random
import re
import signal
import time
import urllib.parse

import pytest
import requests
from certificates import make_certificate
from client import wait_until
from engine_process import ROOT, engine_on
from router_client import bearer
from router_process import Router
from web.common import DOWNLOAD, PIECES

FOLDER = str(ROOT / "tests/blackbox/web")
FRAMEWORKS = ["flask", "django", "bottle", "fastapi"]
OWN, CLIENTS = "of-the-engine", "of-the-clients"
IN_FLIGHT, RESTARTS = "standpy_wsgi_requests_in_flight", "standpy_wsgi_worker_restarts_total"
LEFT = 'standpy_wsgi_requests_total{status="left"}'
ENOUGH = 16_000_000  # what a process may need for a large upload, which the framework reads piece by piece


class Served:
    """A framework's application, and a way to it. tls: settings of the router."""

    def __init__(self, place, tls=None, **variables):
        self.engine = engine_on("web", WSGI_WORKERS="2", ACCESS_TOKEN=OWN, **variables)
        self.router = self.verify = None
        self.session = requests.Session()
        if place == "engine":
            self.origin, self.prefix, self.session.auth = self.engine.endpoint, "/app", ("any", OWN)
        else:
            self.router = Router(
                ENGINE_E_HOST=self.engine.host, ENGINE_E_UPSTREAM_TOKEN=OWN, ENGINE_E_TOKEN=CLIENTS, **(tls or {})
            )
            self.origin, self.prefix, self.session.auth = self.router.url, "/e/app", ("any", CLIENTS)
            if tls:
                self.origin, self.verify = f"https://127.0.0.1:{self.router.port}", tls["TLS_CERT"]
        try:
            wait_until(lambda: self.get("/").status_code == 200)  # the router has to learn of it
        except BaseException:
            self.stop()
            raise

    def fetch(self, method, url, **options):
        return self.session.request(method, url, timeout=60, verify=self.verify, **options)

    def request(self, method, path, **options):
        """path: below the mount."""
        return self.fetch(method, self.origin + self.prefix + path, **options)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options)

    def link(self, name):
        """A URL that the application has made."""
        return self.origin + self.get("/").json()[name]

    def metric(self, name):
        """The sum of the engine's samples of that name."""
        text = requests.get(self.engine.endpoint + "/metrics", headers=bearer(OWN), timeout=60).text
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith((name + "{", name + " ")))

    def stop(self):
        self.session.close()
        if self.router:
            self.router.stop()
        self.engine.stop()


@contextlib.contextmanager
def serving(framework, *arguments):
    served = Served(*arguments, WSGI_APP=f"{framework}_app", APP_DIR=FOLDER)
    served.framework = framework
    try:
        yield served
    finally:
        served.stop()
    for complaint in ("AssertionError", "WSGIWarning", "Exception ignored", "was destroyed"):
        assert complaint not in served.engine.log


@pytest.fixture(scope="module", params=[(name, place) for name in FRAMEWORKS for place in ("engine", "router")],
                ids="-".join)  # fmt: skip
def served(request):
    with serving(*request.param) as served:
        yield served


def upload(served, content):
    """What the application says of it."""
    answer = served.post("/upload", files={"file": ("ü.bin", content)}, data={"field": "é"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_links_lead_back(served):
    links = served.get("/").json()
    assert links == {
        "self": served.prefix + "/",
        "absolute": f"{served.origin}{served.prefix}/",
        "static": served.prefix + "/static/style.css",
    }


@pytest.mark.parametrize("path, leads_to", [("/to", "/"), ("/folder", "/folder/")])
def test_redirects_lead_to_the_page(served, path, leads_to):
    if (served.framework, path) == ("bottle", "/folder"):
        pytest.skip("Bottle does not add slashes")
    answer = served.get(path)
    assert [step.is_redirect for step in answer.history] == [True]
    assert (answer.url, answer.status_code) == (served.origin + served.prefix + leads_to, 200)


def test_the_mount_needs_no_slash(served):
    answer = served.get("")
    assert answer.status_code == 200
    assert answer.json()["self"] == served.prefix + "/"


@pytest.mark.parametrize("text", ["grüße", "日本 + %2541;&=", "a.b~c"])
def test_text_of_path_and_query_arrives(served, text):
    path = "/say/" + urllib.parse.quote(text, safe="")
    assert served.get(path, params={"text": text}).json() == [text, text]


def test_small_uploads_arrive(served):
    seen = upload(served, b"ten bytes.")
    digest = hashlib.sha256(b"ten bytes.").hexdigest()
    assert (seen["name"], seen["field"]) == ("ü.bin", "é")
    assert (seen["length"], seen["sha256"]) == (10, digest)


def test_large_uploads_arrive_and_take_no_memory(served):
    if not served.router:
        pytest.skip("once is enough, through the router")
    content = random.Random(20).randbytes(100_000_000)
    before = upload(served, b"x")["memory"]
    seen = upload(served, content)
    assert (seen["length"], seen["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    if "STANDPY_ENGINE_PRELOAD" not in os.environ:  # sanitizers keep what is freed
        assert seen["memory"] < before + ENOUGH


def test_bodies_without_a_length_arrive(served):
    content = [b"x" * 100_000, b"y", b"z" * 300_000]
    seen = served.post("/raw", data=iter(content)).json()
    assert (seen["length"], seen["sha256"]) == (400_001, hashlib.sha256(b"".join(content)).hexdigest())


# "plain": without the validator, so the engine sees its own wsgi.file_wrapper.
@pytest.mark.parametrize("query", ["", "?plain"])
def test_downloads_are_whole(served, query):
    answer = served.get("/download" + query)
    assert answer.content == DOWNLOAD
    assert answer.headers["Content-Length"] == str(len(DOWNLOAD))
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")


def test_each_piece_arrives_when_it_is_yielded(served):
    answer = served.get("/stream", stream=True)
    delays = [time.time() - float(line) for line in answer.iter_lines(chunk_size=1)]
    assert len(delays) == PIECES
    assert sorted(delays)[PIECES // 2] < 0.05


def test_a_client_that_has_its_page_stops_nothing(served):
    """As curl does: it closes the connection with the last byte, when the framework has yet to tidy up."""
    left, restarts = served.metric(LEFT), served.metric(RESTARTS)
    for path in ("/", "/static/style.css", "/count"):
        with requests.get(served.origin + served.prefix + path, auth=served.session.auth, timeout=60) as answer:
            assert answer.status_code == 200
    wait_until(lambda: served.metric(IN_FLIGHT) == 0)
    assert (served.metric(LEFT), served.metric(RESTARTS)) == (left, restarts)


def test_a_client_that_leaves_ends_the_stream(served):
    left = served.metric(LEFT)
    answer = served.get("/endless", stream=True)
    lines = answer.iter_lines()
    assert next(lines)
    assert served.metric(IN_FLIGHT) == 1
    answer.close()
    wait_until(lambda: served.metric(IN_FLIGHT) == 0)
    assert served.metric(LEFT) == left + 1
    assert served.get("/").status_code == 200


def end_process(served, process):
    """Returns when the process has another one in its place."""
    wait_until(lambda: served.metric(IN_FLIGHT) == 0)
    restarts = served.metric(RESTARTS)
    os.kill(process, signal.SIGKILL)
    wait_until(lambda: served.metric(RESTARTS) > restarts)


def test_sessions_outlive_the_process(served):
    served.session.cookies.clear()
    seen = []
    for expected in (1, 2, 3):
        count, process = served.get("/count").json()
        assert count == expected
        seen.append(process)
        end_process(served, process)
    assert len(set(seen)) == 3
    served.session.cookies.clear()
    assert served.get("/count").json()[0] == 1


def test_static_files_are_sent_with_ranges_and_not_again(served):
    url = served.link("static")
    answer = served.fetch("GET", url)
    text = (ROOT / "tests/blackbox/web/static/style.css").read_text()
    assert (answer.text, answer.headers["Content-Type"]) == (text, answer.headers["Content-Type"])
    assert answer.headers["Content-Type"].startswith("text/css")
    part = served.fetch("GET", url, headers={"Range": "bytes=3-9"})
    assert (part.status_code, part.text) == (206, text[3:10])
    since = {"If-Modified-Since": answer.headers["Last-Modified"]}
    again = served.fetch("GET", url, headers=since)
    assert (again.status_code, again.text) == (304, "")


@pytest.mark.parametrize("path", ["/", "/static/style.css"])
def test_a_head_is_that_of_the_page(served, path):
    """On one connection: a body behind the head would be taken for the next answer."""
    page = served.get(path)
    head = served.request("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == page.headers["Content-Length"]
    assert served.get(path).content == page.content


def test_errors_are_the_frameworks_own_pages_and_in_the_log(served):
    answer = served.get("/fails")
    assert answer.status_code == 500
    assert "Internal Server Error" in answer.text or "Server Error (500)" in answer.text
    assert "secret words" not in answer.text
    wait_until(lambda: re.search(r"Traceback.*, in fails\n.*KeyError: 'secret words'", served.engine.log, re.S))
    missing = served.get("/nowhere")
    assert missing.status_code == 404
    assert "urn:standpy" not in missing.text
    assert served.get("/").status_code == 200


def test_forms_are_taken_only_from_the_own_site(served):
    """As browsers do it: with the field Origin, which Django compares with the host of the request."""
    if served.framework != "django":
        pytest.skip("this framework leaves that to others")
    page = served.get("/form")
    action, token = re.search(r'action="([^"]*)".*name="csrfmiddlewaretoken" value="([^"]*)"', page.text).groups()
    assert action == served.prefix + "/form"

    def send(origin, **fields):
        headers = {"Origin": origin, "Referer": page.url}
        return served.fetch("POST", served.origin + action, data=fields, headers=headers)

    answer = send(served.origin, name="world", csrfmiddlewaretoken=token)
    assert (answer.status_code, answer.text) == (200, "hello world")
    assert send(served.origin, name="world").status_code == 403
    assert send("http://evil.example", name="world", csrfmiddlewaretoken=token).status_code == 403


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_all_of_this_is_true_behind_tls(framework, tmp_path):
    with serving(framework, "router", make_certificate(tmp_path, "router")) as served:
        assert served.origin.startswith("https:")
        test_links_lead_back(served)
        test_redirects_lead_to_the_page(served, "/to", "/")
        if framework == "django":
            test_forms_are_taken_only_from_the_own_site(served)


# The programs of docs/wsgi.md, as they are written there.


@pytest.fixture
def programs():
    return re.findall(r"```python\n(.*?)```", (ROOT / "docs/wsgi.md").read_text(), re.S)


@pytest.fixture
def serve_files(tmp_path, started):
    """Serves files, given as name="text", through a router."""

    def serve(application, **files):
        tmp_path.chmod(0o755)
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(text)
        started.append(Served("router", WSGI_APP=application, APP_DIR=str(tmp_path)))
        return started[-1]

    return serve


def test_the_documents_bridge(programs, serve_files):
    pages = 'from fastapi import FastAPI\napp = FastAPI()\n@app.get("/")\ndef index(): return "here"\n'
    [bridge] = [program for program in programs if "a2wsgi" in program]
    served = serve_files("bridge", pages=pages, bridge=bridge)
    assert served.get("/").json() == "here"
