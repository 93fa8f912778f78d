"""The dashboard of docs/wsgi.md behind a router, and the picture of it that the document shows.

    dashboard.py --write    takes the picture anew
"""

import contextlib
import re
import sys
import tempfile

from browser import Chromium
from engine_process import ROOT, engine_on
from router_process import Router

DOCUMENT = ROOT / "docs/wsgi.md"
PICTURE = ROOT / "docs/dashboard.png"
OWN, PASSWORD = "of-the-engine", "of-the-clients"
# Werkzeug reads without a size, which the validator does not like, unless there is a limit.
JUDGED = """
import wsgiref.validate
from dashboard import server

server.config["MAX_CONTENT_LENGTH"] = 1 << 20
application = wsgiref.validate.validator(server)
"""


def program():
    [text] = [text for text in re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.S) if "Dash(" in text]
    return text


class Dashboard:
    """The document's program as an engine's application, within wsgiref's validator."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="dashboard-")
        for name, text in (("dashboard", program()), ("judged", JUDGED)):
            with open(f"{self._folder.name}/{name}.py", "w") as file:
                file.write(text)
        self.engine = engine_on(
            "web", WSGI_APP="judged", APP_DIR=self._folder.name, WSGI_WORKERS="2", ACCESS_TOKEN=OWN
        )
        self.router = Router(
            ENGINE_EXAMPLE_HOST=self.engine.host,
            ENGINE_EXAMPLE_UPSTREAM_TOKEN=OWN,
            ENGINE_EXAMPLE_TOKEN=PASSWORD,
        )
        self.url = f"{self.router.url}/example/app/"

    def stop(self):
        self.router.stop()
        self.engine.stop()
        self._folder.cleanup()

    close = stop


def is_drawn(browser, bars):
    """Waits until the figure has that many bars."""
    browser.wait_for(f"document.querySelectorAll('#figure .bars .point').length == {bars}")


def main(arguments):
    if arguments != ["--write"]:
        return __doc__
    with contextlib.closing(Dashboard()) as dashboard:
        with contextlib.closing(Chromium(PASSWORD, width=720, height=420)) as browser:
            browser.open(dashboard.url)
            is_drawn(browser, 6)
            browser.click("#more")
            is_drawn(browser, 7)
            PICTURE.write_bytes(browser.picture())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
