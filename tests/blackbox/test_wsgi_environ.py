"""environ.py and page_answer.py alone, with whatever a client and an application may come up with."""

import importlib.util
import random
import sys
import types

import pytest
from engine_process import ROOT

HELPERS = ROOT / "plugins/standpy/python/helper"


@pytest.fixture(scope="module")
def helpers():
    """The two modules, with an engine below that notes what is sent."""
    package = types.ModuleType("_standpy")
    package.__path__, package.sent = [str(HELPERS)], []
    package.send_head = lambda *part: package.sent.append(part)
    package.send_piece = lambda *part: package.sent.append(part)
    package.send_log = lambda text: package.sent.append(text)
    before = {name: sys.modules.get(name) for name in ("_standpy", "_standpy.page_answer", "_standpy.environ")}
    sys.modules["_standpy"] = package
    for name in ("page_answer", "environ"):
        spec = importlib.util.spec_from_file_location(f"_standpy.{name}", HELPERS / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        setattr(package, name, module)
        spec.loader.exec_module(module)
    yield package
    for name, module in before.items():
        sys.modules.pop(name)
        if module:
            sys.modules[name] = module


NAMES = [f"HTTP_X_FORWARDED_{name}" for name in ("FOR", "HOST", "PROTO", "PREFIX", "SSL")]
NAMES += ["HTTP_HOST", "HTTP_FORWARDED", "HTTP_COOKIE", "HTTP_TRANSFER_ENCODING", "CONTENT_LENGTH", "HTTPS", "REMOTE_PORT"]
WORDS = ["", "/", "//", ",", " ", ":", ":80", "[::1]", "https", "HTTP", "javascript", "/a/b", "a.example", "\xe9", "on", "0", "\t"]


def test_no_variables_break_it(helpers):
    chance = random.Random(20)
    helpers.environ.prepare("/app", False)
    for _ in range(20_000):
        is_trusted = chance.random() < 0.5
        paths = ["/app", "/app/x", "http://h/app", "http:///app/", "https://h:1/app/\xe9"]
        made = given = {"PATH_INFO": chance.choice(paths)}
        for name in chance.sample(NAMES, chance.randrange(8)):
            if is_trusted or "FORWARDED" not in name:  # serving.c takes those out
                given[name] = "".join(chance.choices(WORDS, k=chance.randrange(4)))
        shown = dict(given)
        helpers.environ.complete(made, None, 0, is_trusted, "id")
        assert made["wsgi.url_scheme"] in ("http", "https")
        assert made["SCRIPT_NAME"].endswith("/app") and not made["SCRIPT_NAME"].startswith("//"), shown
        assert made["PATH_INFO"] in ("", "/", "/x", "/\xe9")
        assert made["SERVER_NAME"] != ""
        assert made["SERVER_PORT"].isdigit() and made["SERVER_PORT"].isascii(), shown
        assert all(type(text) is str for name, text in made.items() if name.isupper())
        assert is_trusted or made["SCRIPT_NAME"] == "/app"


def test_no_answer_has_a_line_of_its_own(helpers):
    chance = random.Random(20)
    bytes_of_fields = "".join(map(chr, range(256))) + "\u20ac\u2028:"

    def text():
        return "".join(chance.choices(bytes_of_fields, k=chance.randrange(1, 6)))

    accepted = 0
    for _ in range(20_000):
        answer = helpers.page_answer.Answer(False)
        fields = [(text() if chance.random() < 0.3 else "X-A", text()) for _ in range(2)]
        status = "200 " + text() if chance.random() < 0.7 else text()
        try:
            answer.start_response(status, fields)
        except ValueError:
            continue
        accepted += 1
        answer.send(b"x", helpers.page_answer.ENDS)
        code, lines, content, _ = helpers.sent.pop()
        assert 200 <= code < 600 and content == b"x"
        assert lines.count(b"\r\n") == lines.count(b"\n") == lines.count(b"\r") == 3 and lines.endswith(b"\r\n")
        assert not any(byte < 32 and byte not in b"\t\r\n" or byte == 127 for byte in lines)
    assert accepted > 100
