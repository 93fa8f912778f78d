"""The dashboard of docs/wsgi.md in a real browser, which signs in at the router by the password alone."""

import pytest
import requests
from browser import CHROMIUM, Chromium
from client import wait_until
from dashboard import DOCUMENT, PASSWORD, PICTURE, Dashboard, is_drawn

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed")


@pytest.fixture(scope="module")
def dashboard():
    dashboard = Dashboard()
    wait_until(lambda: requests.get(dashboard.url, auth=("", PASSWORD), timeout=60).status_code == 200)
    yield dashboard
    dashboard.stop()
    for complaint in ("AssertionError", "WSGIWarning", "Exception ignored", "Traceback"):
        assert complaint not in dashboard.engine.log


@pytest.fixture
def browse(started):
    """Starts a browser whose user knows that password."""

    def start(password):
        started.append(Chromium(password))
        return started[-1]

    return start


def test_clicks_change_the_page(dashboard, browse):
    browser = browse(PASSWORD)
    browser.open(dashboard.url)
    is_drawn(browser, 6)
    assert browser.text("#balance") == "After 5 years: 1,276.28"
    for years, balance in ((6, "1,340.10"), (7, "1,407.10")):
        browser.click("#more")
        is_drawn(browser, years + 1)
        assert browser.text("#balance") == f"After {years} years: {balance}"
    assert [answer for answer in browser.answers if answer[0] >= 400] == []
    assert browser.complaints == []
    assert browser.refused == 1  # asked once, for the page, its scripts and its clicks


def test_a_reload_asks_for_nothing(dashboard, browse):
    browser = browse(PASSWORD)
    browser.open(dashboard.url)
    is_drawn(browser, 6)
    browser.open(dashboard.url)
    is_drawn(browser, 6)
    assert browser.refused == 0


@pytest.mark.parametrize("password", ["wrong", None])
def test_without_the_password_there_is_no_page(dashboard, browse, password):
    browser = browse(password)
    browser.open(dashboard.url)
    assert browser.answers[-1] == (401, dashboard.url)
    assert '"status":401' in browser.text("body")
    assert browser.text("#balance") == ""


def test_what_the_browser_remembers_runs_no_script(dashboard, browse):
    """As a page would try that has a form for /execute."""
    browser = browse(PASSWORD)
    browser.open(dashboard.url)
    is_drawn(browser, 6)
    browser.refused = 0
    script = "{method: 'POST', body: 'def rm_main(): return 1', credentials: 'include'}"
    assert browser.evaluate(f"fetch('../execute', {script}).then(answer => answer.status)") == 401
    assert browser.evaluate("fetch('../info', {credentials: 'include'}).then(answer => answer.status)") == 401
    assert browser.refused == 0  # no dialog: there is nothing that one could type


def test_the_document_has_a_picture_of_it():
    """dashboard.py --write takes it."""
    assert f"]({PICTURE.name})" in DOCUMENT.read_text()
    assert PICTURE.read_bytes().startswith(b"\x89PNG\r\n")
