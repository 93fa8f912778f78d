"""docs/wsgi.md is true: the application of its first section, as it is written there, on Debian's Flask."""

import re

import pytest
import requests
from client import wait_until
from engine_process import ROOT, Engine
from router_process import Router

pytest.importorskip("flask", reason="Debian's python3-flask is not installed")

MORE = """

import io
from flask import Response, redirect, request, send_file, session, stream_with_context

server.secret_key = "of this test"


@server.route("/to")
def to():
    return redirect(url_for("index"))


@server.route("/upload", methods=["POST"])
def upload():
    file = request.files["file"]
    content = file.read()
    return {"name": file.filename, "length": len(content), "field": request.form["field"]}


@server.route("/count")
def count():
    session["count"] = session.get("count", 0) + 1
    return str(session["count"])


@server.route("/file")
def file():
    return send_file(__file__, mimetype="text/plain", conditional=True)


@server.route("/pieces")
def pieces():
    return Response(stream_with_context(f"piece {number}\\n" for number in range(1000)))


@server.route("/fails")
def fails():
    raise KeyError("nothing")
"""


@pytest.fixture(scope="module")
def flask(tmp_path_factory):
    """The base URL of the page, and the source of the application."""
    folder = tmp_path_factory.mktemp("pages")
    folder.chmod(0o755)
    text = re.search(r"```python\n(.*?)```", (ROOT / "docs/wsgi.md").read_text(), re.S).group(1)
    (folder / "dashboard.py").write_text(text + MORE)
    engine = Engine(WSGI_APP="dashboard:server", APP_DIR=str(folder), WSGI_WORKERS="2", ACCESS_TOKEN="t")
    router = Router(ENGINE_E_HOST=engine.host, ENGINE_E_UPSTREAM_TOKEN="t")
    base = f"{router.url}/e/app"
    wait_until(lambda: requests.get(base + "/", timeout=60).text == '<a href="/e/app/">here</a>')
    yield base, text + MORE
    router.stop()
    engine.stop()


def test_redirects_lead_through_the_router(flask):
    base, _ = flask
    answer = requests.get(base + "/to", timeout=60)
    assert (answer.url, answer.status_code) == (base + "/", 200)


@pytest.mark.parametrize("size", [10, 100_000_000])
def test_uploads_arrive(flask, size):
    base, _ = flask
    files = {"file": ("ü.bin", b"x" * size)}
    answer = requests.post(base + "/upload", files=files, data={"field": "é"}, timeout=60)
    assert answer.json() == {"name": "ü.bin", "length": size, "field": "é"}


def test_sessions_are_kept_by_whichever_process_answers(flask):
    base, _ = flask
    with requests.Session() as session:
        assert [session.get(base + "/count", timeout=60).text for _ in range(5)] == ["1", "2", "3", "4", "5"]


def test_files_and_ranges_of_them_are_sent(flask):
    base, text = flask
    answer = requests.get(base + "/file", timeout=60)
    assert answer.text == text
    part = requests.get(base + "/file", headers={"Range": "bytes=3-9"}, timeout=60)
    assert (part.status_code, part.text) == (206, text[3:10])
    again = requests.get(base + "/file", headers={"If-None-Match": answer.headers["ETag"]}, timeout=60)
    assert (again.status_code, again.text) == (304, "")
    assert requests.head(base + "/file", timeout=60).headers["Content-Length"] == str(len(text.encode()))


def test_streams_are_whole(flask):
    base, _ = flask
    answer = requests.get(base + "/pieces", timeout=60)
    assert answer.text == "".join(f"piece {number}\n" for number in range(1000))


def test_an_error_is_flasks_own_page(flask):
    base, _ = flask
    answer = requests.get(base + "/fails", timeout=60)
    assert (answer.status_code, "Internal Server Error" in answer.text) == (500, True)
    assert requests.get(base + "/nowhere", timeout=60).status_code == 404
