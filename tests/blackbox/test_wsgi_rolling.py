"""The WSGI application while its engine starts anew, stops, or loses processes: every answer is right."""

import os
import signal
import threading
import time

import pytest
import requests
from client import execute, metric, outputs, value, wait_until
from engine_process import ROOT, Engine, free_port
from inventory import host_of, page_runners_of
from script_texts import ALIVE

INI = str(ROOT / "container/standpy.ini")
PIECES = 15
SOURCE = """
import os, pathlib, time

VERSION = "{version}"

def application(environ, start_response):
    def make():
        try:
            number = 0
            while environ["PATH_INFO"] == "/endless" or number < %d:
                yield b"%%s %%d\\n" %% (VERSION.encode(), number)
                number += 1
                time.sleep(0.1)
        finally:
            pathlib.Path(os.environ["TMPDIR"], "closed").write_text("x")

    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] in ("/stream", "/endless"):
        return make()
    return [VERSION.encode()]
""" % PIECES


class Application:
    """Its file, and engines that serve it."""

    def __init__(self, folder, started):
        self.folder, self.started = folder, started
        folder.chmod(0o755)
        self.time = int(time.time())
        self.write("one")

    def write(self, version):
        """Python knows a changed source by its size and its time in seconds."""
        file = self.folder / "rolls.py"
        file.write_text(SOURCE.format(version=version))
        self.time += 2
        os.utime(file, (self.time, self.time))

    def serve(self, *arguments, **variables):
        settings = {"WSGI_APP": "rolls", "APP_DIR": str(self.folder), "PRELOAD": "none", "WSGI_WORKERS": "2"}
        engine = Engine(*arguments, **settings | variables)
        self.started.append(engine)
        return engine


@pytest.fixture
def application(tmp_path, started):
    return Application(tmp_path, started)


class Background(threading.Thread):
    """Asks for a page until it is told to end, or for one page."""

    def __init__(self, engine, path, again=False):
        super().__init__(daemon=True)
        self.url, self.again = f"{engine.endpoint}/app{path}", again
        self.texts, self.failures = [], []
        self.begun, self.over = threading.Event(), threading.Event()
        self.start()

    def run(self):
        while True:
            try:
                with requests.get(self.url, timeout=60, stream=True) as answer:
                    self.begun.set()
                    (self.texts if answer.status_code == 200 else self.failures).append(answer.text)
            except requests.exceptions.RequestException as error:
                self.failures.append(type(error).__name__)
            if not self.again or self.over.wait(0.02):
                return

    def end(self):
        self.over.set()
        self.join()


def stream_of(engine, path="/stream"):
    """A page whose pieces come while this returns."""
    stream = Background(engine, path)
    assert stream.begun.wait(60)
    return stream


def is_whole(stream, version="one"):
    stream.join()
    return stream.texts == ["".join(f"{version} {number}\n" for number in range(PIECES))]


def reload_by_signal(application):
    engine = application.serve()
    return engine, lambda: os.kill(engine.process.pid, signal.SIGHUP)


def reload_by_touch(application):
    file = application.folder / "touch"
    file.touch()
    engine = application.serve("--ini", INI, "--touch-reload", str(file), LISTEN=f"127.0.0.1:{free_port()}")
    time.sleep(1)  # uWSGI compares whole seconds
    return engine, file.touch


@pytest.mark.parametrize("begin", [reload_by_signal, reload_by_touch])
def test_a_reload_loads_it_anew_and_loses_no_request(application, begin):
    engine, reload = begin(application)
    stream = stream_of(engine)
    application.write("two")
    pages = [Background(engine, "/", again=True) for _ in range(3)]
    wait_until(lambda: all(page.texts for page in pages))
    reload()
    assert is_whole(stream)
    wait_until(lambda: all(page.texts[-1] == "two" for page in pages))
    for page in pages:
        page.end()
        assert page.failures == []
        assert page.texts == sorted(page.texts)  # first "one", then "two"


def test_a_version_that_cannot_be_imported_ends_the_engine_with_one_line(application):
    engine = application.serve()
    (application.folder / "rolls.py").write_text("import nothing_of_that_name\n")
    os.kill(engine.process.pid, signal.SIGHUP)
    assert engine.process.wait(30) == 1
    why = "standpy: WSGI_APP=rolls is not allowed: ModuleNotFoundError: No module named 'nothing_of_that_name'"
    assert why in engine.log.splitlines()[-1]


def test_a_stop_lets_a_page_that_flows_finish(application):
    engine = application.serve()
    stream = stream_of(engine)
    os.kill(engine.process.pid, signal.SIGTERM)
    assert is_whole(stream)
    assert engine.process.wait(30) == 0


def test_a_page_without_end_is_cut_when_the_time_to_stop_is_over(application):
    engine = application.serve(STOP_TIMEOUT="2")
    stream = stream_of(engine, "/endless")
    began = time.monotonic()
    os.kill(engine.process.pid, signal.SIGTERM)
    engine.process.wait(30)
    assert 1 < time.monotonic() - began < 10
    stream.join()
    assert (stream.texts, stream.failures) == ([], ["ChunkedEncodingError"])


def test_pages_flow_on_while_their_processes_are_recycled(application):
    engine = application.serve(MAX_REQUESTS="2")
    stream = stream_of(engine)
    texts = [requests.get(f"{engine.endpoint}/app/", timeout=60).text for _ in range(10)]
    assert texts == ["one"] * 10
    assert is_whole(stream)
    assert metric(engine, "standpy_wsgi_worker_restarts_total", reason="max_requests") >= 4


def test_if_the_process_of_the_application_dies_only_pages_in_flight_are_lost(application):
    engine = application.serve()
    stream = stream_of(engine)
    pages = [Background(engine, "/", again=True) for _ in range(3)]
    wait_until(lambda: all(page.texts for page in pages))
    os.kill(host_of(engine), signal.SIGKILL)
    assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]
    stream.join()
    assert (stream.texts, stream.failures) == ([], ["ChunkedEncodingError"])
    before = [len(page.texts) for page in pages]
    wait_until(lambda: all(len(page.texts) > count for page, count in zip(pages, before)))
    for page in pages:
        page.end()
        assert len(page.failures) <= 1  # the one that was in flight, if there was one
        assert set(page.texts) == {"one"}


def host_now(engine):
    """None while no zygote has one."""
    try:
        return host_of(engine)
    except (ValueError, OSError):
        return None


def learn_yaml(engine):
    """Has scripts import a module, which makes another zygote take over."""
    for _ in range(8):
        execute(engine.endpoint, "import yaml\ndef rm_main(): return yaml.__name__")


def test_no_page_waits_for_the_import_when_another_zygote_takes_over(application):
    pytest.importorskip("yaml", reason="a module that scripts make the engine learn")
    application.write("one")
    path = application.folder / "rolls.py"
    path.write_text(path.read_text() + "\ntime.sleep(3)\n")
    engine = application.serve(MAX_REQUESTS="1")  # each page takes a process that has to be forked
    before, slowest = host_of(engine), 0
    learn_yaml(engine)
    until = time.monotonic() + 60
    while metric(engine, "standpy_successions_total") == 0 or host_now(engine) in (before, None):
        assert time.monotonic() < until
        for _ in range(4):
            began = time.monotonic()
            assert requests.get(f"{engine.endpoint}/app/", timeout=60).text == "one"
            slowest = max(slowest, time.monotonic() - began)
    assert slowest < 2


def test_no_zygote_takes_over_that_cannot_load_it(application):
    pytest.importorskip("yaml", reason="a module that scripts make the engine learn")
    engine = application.serve()
    before = host_of(engine)
    (application.folder / "rolls.py").write_text("import nothing_of_that_name\n")
    learn_yaml(engine)
    why = "cannot start: WSGI_APP=rolls is not allowed: ModuleNotFoundError"
    wait_until(lambda: why in engine.log)
    assert requests.get(f"{engine.endpoint}/app/", timeout=60).text == "one"
    assert host_of(engine) == before


def test_if_it_is_stopped_the_zygote_wakes_it(application):
    engine = application.serve(MAX_REQUESTS="1")
    host = host_of(engine)
    os.kill(host, signal.SIGSTOP)
    for _ in range(8):  # more than there are runners
        assert requests.get(f"{engine.endpoint}/app/", timeout=60).text == "one"
    assert host_of(engine) == host


def test_a_process_that_is_killed_before_it_begins_costs_no_page(application):
    engine = application.serve(WSGI_WORKERS="1")
    for _ in range(30):
        for runner in page_runners_of(engine):
            os.kill(runner, signal.SIGKILL)
            assert requests.get(f"{engine.endpoint}/app/", timeout=60).text == "one"


def test_a_runner_of_pages_that_is_killed_costs_its_page_alone(application):
    engine = application.serve()
    stream = stream_of(engine)
    killed = page_runners_of(engine)
    for runner in killed:
        os.kill(runner, signal.SIGKILL)
    stream.join()
    assert stream.failures == ["ChunkedEncodingError"]
    wait_until(lambda: not set(killed) & set(page_runners_of(engine)))  # a page is given twice at most
    assert requests.get(f"{engine.endpoint}/app/", timeout=60).text == "one"
