"""A headless Chromium, which is told what to do by the Chrome DevTools Protocol over two pipes."""

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

CHROMIUM = shutil.which("chromium")
PATIENCE = 60  # seconds: a bound for what hangs, not an expectation


class Chromium:
    """One window. password: what a dialog for sign-in is answered, once, with no name; None: it is cancelled."""

    def __init__(self, password=None, width=800, height=600):
        self.password, self.refused = password, 0
        self.answers = []  # (status, URL)
        self.complaints = []  # what scripts of the page have thrown
        self._events, self._number, self._session, self._buffer = [], 0, None, b""
        self._folder = tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True)
        self._start()
        try:
            self._take_window(width, height)
        except BaseException:
            self.stop()
            raise

    def _take_window(self, width, height):
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        for domain in ("Page", "Network", "Runtime"):
            self._call(domain + ".enable")
        # Not a header: the answer to the dialog that a person would see.
        self._call("Fetch.enable", handleAuthRequests=True)

    def _start(self):
        """The browser reads from descriptor 3 and writes to 4."""
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        arguments = [
            CHROMIUM,
            "--headless",
            "--remote-debugging-pipe",
            f"--user-data-dir={self._folder.name}",
            "--no-first-run",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
            "--font-render-hinting=none",
            *(["--no-sandbox"] if os.geteuid() == 0 else []),
        ]
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash", *arguments],
            pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"HOME": self._folder.name, "TZ": "UTC"},
        )
        os.close(theirs_in)
        os.close(theirs_out)

    def _send(self, method, **parameters):
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        return self._number

    def _receive(self, deadline):
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0, deadline - time.monotonic()))
            data = os.read(self._in, 1 << 16) if ready else b""
            assert data, "Chromium says nothing"
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _call(self, method, **parameters):
        """Sends a command; returns its result. What happens meanwhile is taken notice of."""
        number, deadline = self._send(method, **parameters), time.monotonic() + PATIENCE
        while True:
            message = self._receive(deadline)
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]
            if "method" in message:
                self._take(message["method"], message["params"])

    def _take(self, method, event):
        if method == "Fetch.requestPaused":
            self._send("Fetch.continueRequest", requestId=event["requestId"])
        elif method == "Fetch.authRequired":
            self._send("Fetch.continueWithAuth", requestId=event["requestId"],
                       authChallengeResponse=self._answer_dialog())  # fmt: skip
        elif method == "Network.responseReceived":
            self.answers.append((event["response"]["status"], event["response"]["url"]))
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(event["exceptionDetails"])

    def _answer_dialog(self):
        """A person gives up when the dialog is there again."""
        self.refused += 1
        if self.password is None or self.refused > 1:
            return {"response": "CancelAuth"}
        return {"response": "ProvideCredentials", "username": "", "password": self.password}

    # What a person does

    def open(self, url):
        self.refused = 0
        self._call("Page.navigate", url=url)
        self.wait_for("document.readyState == 'complete'")

    def click(self, selector):
        """With the mouse, in the middle of what is shown there."""
        self.wait_for(f"document.querySelector({json.dumps(selector)})")
        where = f"(r => [r.x + r.width / 2, r.y + r.height / 2])({_element(selector)}.getBoundingClientRect())"
        x, y = self.evaluate(where)
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def text(self, selector):
        return self.evaluate(f"({_element(selector)} || {{innerText: ''}}).innerText")

    # What a test looks at

    def evaluate(self, expression):
        """The value of JavaScript, of a promise as well."""
        done = self._call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, done
        return done["result"].get("value")

    def wait_for(self, expression):
        deadline = time.monotonic() + PATIENCE
        while not self.evaluate(f"!!({expression})"):
            assert time.monotonic() < deadline, expression
            time.sleep(0.02)

    def picture(self):
        """A PNG of the window."""
        return base64.b64decode(self._call("Page.captureScreenshot", format="png")["data"])

    def stop(self):
        with contextlib.suppress(AssertionError, OSError):
            self._session = None
            self._call("Browser.close")
        os.close(self._out)
        os.close(self._in)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    close = stop


def _element(selector):
    return f"document.querySelector({json.dumps(selector)})"
