"""Pieces without a socket."""

import io
import random

import pytest
from standpy_client import cell, connections, iso, multipart, source
from standpy_client.endpoint import parse_endpoint, parse_token
from standpy_client.response import Cut, Nothing, NotHttp, Response


@pytest.mark.parametrize(
    "text, shown, host, port, path",
    [
        ("http://standpy-router/example", "http://standpy-router/example", "standpy-router", 80, "/example"),
        ("http://standpy-router/example/", "http://standpy-router/example", "standpy-router", 80, "/example"),
        ("  http://127.0.0.1:8080//  ", "http://127.0.0.1:8080", "127.0.0.1", 8080, ""),
        ("HTTPS://Host.Example:443/a/b", "https://host.example/a/b", "host.example", 443, "/a/b"),
        ("http://[::1]:8080/e", "http://[::1]:8080/e", "::1", 8080, "/e"),
        ("http://bücher.example/e", "http://xn--bcher-kva.example/e", "xn--bcher-kva.example", 80, "/e"),
    ],
)
def test_endpoints(text, shown, host, port, path):
    found = parse_endpoint(text)
    assert (str(found), found.host, found.port, found.path) == (shown, host, port, path)


def test_what_is_no_text():
    for wrong in (None, 5, b"http://x"):
        with pytest.raises(TypeError):
            parse_endpoint(wrong)
    with pytest.raises(TypeError):
        parse_token(b"x")
    with pytest.raises(ValueError, match="empty"):
        parse_token("")
    assert parse_token(None) is None


# The head of an answer


def answer(text):
    return Response(io.BufferedReader(io.BytesIO(text)))


@pytest.mark.parametrize(
    "text",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +3\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nName : x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n folded\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\0c\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/0.9 200 OK\r\n\r\n",
        b"<html>\r\n",
        b"\r\n",
    ],
)
def test_heads_that_are_none(text):
    with pytest.raises(NotHttp):
        answer(text)


@pytest.mark.parametrize("text", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nA: b\r\n"])
def test_heads_that_do_not_end(text):
    with pytest.raises((Nothing, NotHttp)):
        answer(text)


def test_the_framing_of_a_body():
    whole = answer(b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 5 \r\n\r\nhello, more")
    assert (whole.readline(100), whole.length, whole.is_complete(), whole.may_be_kept) == (b"hello", 0, True, True)
    last = answer(b"HTTP/1.1 200\r\nConnection: Close\r\n\r\nto the end")
    assert (last.readline(100), last.is_complete(), last.may_be_kept) == (b"to the end", False, False)
    assert (last.readline(100), last.is_complete()) == (b"", True)
    chunked = answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\na\n\r\n3;x=y\r\nbcd\r\n0\r\nA: b\r\n\r\n")
    assert [chunked.readline(9), chunked.readline(9), chunked.readline(9)] == [b"a\n", b"bcd", b""]
    assert chunked.is_complete()


@pytest.mark.parametrize("body", [b"", b"zz\r\n", b"-1\r\n", b"5\r\nab", b"1\r\nabc", b"0\r\nA: b\r\n", b"ffffffffffffffffff\r\n"])
def test_chunks_that_are_none(body):
    response = answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body)
    with pytest.raises(Cut):
        while response.readinto(memoryview(bytearray(10))):
            pass


def test_no_bytes_confuse_the_reader():
    """Whatever comes, it is an answer or one of three errors."""
    seed = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nA: b\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    chance = random.Random(1)
    for _ in range(3000):
        changed = bytearray(seed)
        for _ in range(chance.randrange(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        try:
            response = answer(bytes(changed))
            while response.readline(1000):
                pass
        except (NotHttp, Nothing, Cut):
            pass


# Multipart


def test_a_form_is_one_piece_unless_it_is_large():
    parts = [multipart.Part("script", "", b"text"), multipart.Part("file", "a/b", b"x" * 300_000)]
    content_type, pieces = multipart.encode(parts)
    boundary = content_type.partition("boundary=")[2].encode()
    assert [multipart.size_of(piece) > 250_000 for piece in pieces] == [False, True, False]
    assert b"".join(pieces).count(b"--" + boundary) == 3
    assert len(multipart.encode(parts[:1])[1]) == 1


# Durations


@pytest.mark.parametrize(
    "text, count",
    [
        ("P1DT2H3M4.5S", 93_784_500_000_000),
        ("-PT1S", -1_000_000_000),
        ("P-1DT23H59M59S", -1_000_000_000),
        ("PT-0.000000001S", -1),
        ("P2W", 1_209_600_000_000_000),
    ],
)
def test_durations(text, count):
    assert iso.nanoseconds(text) == count


# Cells of a notebook


def run_cell(text, names=(), outputs=(), values=()):
    made = cell.cell_script(text, list(names), list(outputs))
    space = {}
    exec(compile(made.script, "cell", "exec"), space)
    return made, space["rm_main"](*values)


@pytest.mark.parametrize(
    "text, returned",
    [
        ("1 + 1\n", (2,)),
        ("a = 1\na * 3", (3,)),
        ("a = 1; a * 3", (3,)),
        ("(1 +\n 2)", (3,)),
        ("x = 5\n", None),
        ("5;", None),
        ("5;  # why\n", None),
        ("", None),
        ("# only a comment\n", None),
        ('text = """one\ntwo\n  three"""\ntext', ("one\ntwo\n  three",)),
        ('n = 1\ntext = f"""one\n{n}\n  two"""\ntext\n', ("one\n1\n  two",)),
        ("ü = 'ä'; ü + 'ö'", ("äö",)),
        ("def f():\n    return 1\n\nf()", (1,)),
        ("for i in range(3):\n    pass\ni", (2,)),
        ("if True:\n    a = '''\n x'''\na", ("\n x",)),
        ("a = 1 + \\\n  2\na", (3,)),
    ],
)
def test_statements_become_a_script(text, returned):
    assert run_cell(text)[1] == returned


def test_inputs_and_outputs_of_a_cell():
    made, returned = run_cell("b = a * 2\nb + 1", ["a"], ["b"], [5])
    assert (made.shows, returned) == (True, (10, 11))
    made, returned = run_cell("def rm_main(x):\n    return x\n", ["a"], [], [5])
    assert (made.shows, returned) == (True, 5)


def test_lines_of_a_traceback_are_those_of_the_cell():
    """The magic is line 1."""
    made = cell.cell_script("a = 1\n1 / 0\n", [], [])
    assert made.script.split("\n")[2].strip() == "_value = 1 / 0"
    made = cell.cell_script("import x\ndef rm_main():\n    pass\n", [], [])
    assert made.script.split("\n")[1] == "import x"


@pytest.mark.parametrize(
    "text, name",
    [("df", "df"), ("models/model.joblib", "model"), ("2020-sales.csv", "_2020_sales"), ("class.csv", "class_"), (".csv", "_")],
)
def test_names_of_inputs(text, name):
    assert cell.name_of(text) == name


# Scripts


def test_lines_stand_below_the_frames_of_the_script():
    script = "def rm_main():\n    return f()\n"
    traceback = "Traceback (most recent call last):\n  Script, line 2, in rm_main\n  Script, line 99, in x\nE: no\n"
    shown = source.with_lines(traceback, script)
    assert shown.split("\n")[1:4] == ["  Script, line 2, in rm_main", "    return f()", "  Script, line 99, in x"]


# Connections by name


def write(folder, text, mode=0o600):
    path = folder / "standpy/connections.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return {"XDG_CONFIG_HOME": str(folder)}


def test_connections_by_name(tmp_path):
    (tmp_path / "token").write_text("  secret\n")
    text = '{"p": {"endpoint": "http://r/e", "token_file": "%s"}, "t": {"endpoint": "http://r/t", "token": "x"}}'
    variables = write(tmp_path, text % (tmp_path / "token"))
    assert connections.find("p", variables) == ("http://r/e", "secret", None)
    assert connections.find("t", variables) == ("http://r/t", "x", None)
    assert connections.find("t", variables, endpoint="http://o") == ("http://o", "x", None)
    environment = {"STANDPY_ENDPOINT": "http://r/v", "STANDPY_TOKEN_FILE": str(tmp_path / "token")}
    assert connections.find(None, environment) == ("http://r/v", "secret", None)


@pytest.mark.parametrize(
    "text, mode, says",
    [
        ('{"a": {"endpoint": "http://r"}}', 0o600, "there is a"),
        ('{"p": {"endpoint": "http://r", "token": "hidden"}}', 0o644, "chmod 600"),
        ('{"p": {"endpoint": 5}}', 0o600, "endpoint"),
        ('{"p": {"end": "x"}}', 0o600, "'end'"),
        ('{"p": {}}', 0o600, "no endpoint"),
        ('{"p": {"endpoint": "http://r", "token": "a", "token_file": "b"}}', 0o600, "leave one out"),
        ('{"p": {"endpoint": "http://r", "token_file": "/none"}}', 0o600, "cannot be read"),
        ("[", 0o600, "no JSON"),
        ("[" * 100_000, 0o600, "no JSON"),
        ("[]", 0o600, "no connection"),
    ],
)
def test_connections_that_are_none(tmp_path, text, mode, says):
    with pytest.raises(ValueError, match=says) as raised:
        connections.find("p", write(tmp_path, text, mode))
    assert "hidden" not in str(raised.value)


def test_there_may_be_no_connections(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        connections.find("p", {"XDG_CONFIG_HOME": str(tmp_path)})
    with pytest.raises(ValueError, match="STANDPY_ENDPOINT"):
        connections.find(None, {})
