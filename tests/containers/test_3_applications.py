"""A web application in the image of the engine, behind the image of the router: compose/wsgi.yml."""

import json
import re

import pytest
from deployment import ROOT, TOKEN, docker, health, inspect, log_of, run, until
from environments import web_venv
from test_1_walk_through import AUTHORIZATION, MINIMAL, PRODUCTION
from test_6_proxy import OFF, ON

ENGINE = "standpy-container-production"
PASSWORD = ("-u", f"anyone:{TOKEN}")
SERVES = r"standpy-wsgi: workers=(\d+); mount=(\S+)"
# The settings that compose/wsgi.yml has not, and an application that shows them.
OTHERS = """
services:
  standpy-router:
    environment:
      - TRUST_FORWARDED=on
  standpy-container-production:
    environment:
      - CONDA_ENV=web
      - WSGI_APP=shows
      - APP_DIR={folder}
      - WSGI_MOUNT=/shows
      - WSGI_WORKERS=3
      - WSGI_TIMEOUT=2
      - WSGI_APP_REQUIRED=off
      - WSGI_TRUST_FORWARDED=on
    volumes:
      - {folder}:{folder}:ro
"""
SHOWS = """
import json, os, tempfile, time

time.sleep(3)

def application(environ, start_response):
    if environ["PATH_INFO"] == "/hangs":
        time.sleep(60)
    with tempfile.NamedTemporaryFile("w") as file:  # the image's root is read-only
        file.write("x")
    names = ("SCRIPT_NAME", "wsgi.url_scheme", "HTTP_HOST", "wsgi.multiprocess")
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps([environ[name] for name in names] + [os.environ["TMPDIR"]]).encode()]
"""


@pytest.fixture(scope="module")
def changed(deployment, tmp_path_factory):
    """Recreates services with more files of settings; later they are as they were."""
    services = ("standpy-router", ENGINE)
    folder = tmp_path_factory.mktemp("settings")

    def change(*texts):
        files = ["-f", str(ROOT / "compose/wsgi.yml")]
        for number, text in enumerate(texts):
            (folder / f"{number}.yml").write_text(text)
            files += ["-f", str(folder / f"{number}.yml")]
        deployment.compose(*files, "up", "-d", "--force-recreate", *services)
        return deployment.container(ENGINE)

    web_venv()
    yield change
    deployment.compose("up", "-d", "--force-recreate", *services)
    deployment.wait_until_healthy()
    until(lambda: deployment.client.curl(f"{PRODUCTION}/info", *AUTHORIZATION).status == 200, "it answers")


def knows(client):
    """Once the router has asked the engine, it takes a password."""
    return until(
        lambda: (answer := client.curl(f"{PRODUCTION}/app/", *PASSWORD)).status == 200 and answer, "the page is there"
    )


def test_the_page_of_the_documents_is_behind_the_token(deployment, changed):
    client = deployment.client
    changed(f"services: {{{ENGINE}: {{environment: [CONDA_ENV=web]}}}}")
    deployment.wait_until_healthy()
    assert knows(client).body == '<a href="/example_production/app/">here</a>'
    refused = client.curl(f"{PRODUCTION}/app/", "-i")
    assert (refused.status, 'Basic realm="StandPy' in refused.body) == (401, True)
    assert client.execute(PRODUCTION, MINIMAL).status == 200
    for path in ("/info", "/execute", "/metrics"):
        assert client.curl(PRODUCTION + path, *PASSWORD).status == 401


def test_it_is_healthy_when_the_application_is_loaded_and_its_settings_hold(deployment, changed, proxy, tmp_path):
    client = deployment.client
    (tmp_path / "shows.py").write_text(SHOWS)
    for folder in (tmp_path, tmp_path.parent):
        folder.chmod(0o755)
    container = changed(OTHERS.format(folder=tmp_path))
    deployment.wait_until_healthy()
    assert "the application shows is at /shows, it takes 3 requests at a time" in log_of(container)
    info = client.curl(f"{PRODUCTION}/info", *AUTHORIZATION, "-i").body
    assert re.search(SERVES, info, re.I).groups() == ("3", "/shows")
    forwarded = ("-H", "X-Forwarded-Proto: https", "-H", "X-Forwarded-Host: hub", "-H", "X-Forwarded-Prefix: /outer")
    seen = client.curl(f"{PRODUCTION}/shows/", *AUTHORIZATION, *forwarded).json()
    assert seen[:4] == ["/outer/example_production/shows", "https", "hub", True]
    assert seen[4].startswith("/tmp/standpy-")
    outside = proxy((ROOT / "compose/.env").read_text().replace(OFF, ON))
    status, body = outside("/standpy/example_production/shows/", Authorization=f"Bearer {TOKEN}", Host="hub.example")
    assert (status, json.loads(body)[:3]) == (200, ["/standpy/example_production/shows", "http", "hub.example"])
    hung = client.curl(f"{PRODUCTION}/shows/hangs", *AUTHORIZATION)
    assert (hung.status, "(WSGI_TIMEOUT)" in hung.body) == (504, True)


def test_one_that_cannot_be_imported_keeps_the_container_unhealthy_and_says_why(deployment, changed):
    broken = f"services: {{{ENGINE}: {{environment: [CONDA_ENV=web, 'WSGI_APP=dashboard:nothing']}}}}"
    container = changed(broken)
    line = "WSGI_APP=dashboard:nothing is not allowed: AttributeError: module 'dashboard' has no attribute 'nothing'"
    until(lambda: line in log_of(container), "it says why")
    assert health(container) != "healthy"
    assert inspect(container)["State"]["Running"]
    assert log_of(container).count(line) == 1


def test_sighup_loads_it_anew_in_the_container(deployment, changed, tmp_path):
    client = deployment.client
    (tmp_path / "shows.py").write_text(SHOWS.replace("time.sleep(3)", "").replace("[os.environ", "['old', os.environ"))
    for folder in (tmp_path, tmp_path.parent):
        folder.chmod(0o755)
    container = changed(OTHERS.format(folder=tmp_path))
    deployment.wait_until_healthy()
    assert "old" in client.curl(f"{PRODUCTION}/shows/", *AUTHORIZATION).body
    (tmp_path / "shows.py").write_text(SHOWS.replace("time.sleep(3)", "").replace("[os.environ", "['new', os.environ"))
    docker("kill", "-s", "HUP", container)
    until(lambda: "new" in client.curl(f"{PRODUCTION}/shows/", *AUTHORIZATION).body, "the new one answers")
    assert run("docker", "inspect", "-f", "{{.RestartCount}}", container)[1].strip() == "0"
