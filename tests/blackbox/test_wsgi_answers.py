"""The WSGI application's answers (PEP 3333): whatever it does, the client gets what HTTP allows."""

import pathlib
import socket
import time

import pytest
import requests
from client import assert_problem, execute, metric, outputs, parse_answer, raw_exchange, value, wait_until
from engine_process import Engine
from script_texts import ALIVE

FOLDER = str(pathlib.Path(__file__).parent)


@pytest.fixture(scope="module")
def application():
    engine = Engine(WSGI_APP="wsgi_app", APP_DIR=FOLDER, WORKERS="2", WSGI_TIMEOUT="2", TIMEOUT="60")
    yield engine
    assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]
    engine.stop()


def get(engine, path, method="GET", **options):
    return requests.request(method, f"{engine.endpoint}/app/{path}", timeout=60, **options)


def was_closed(engine, name):
    return get(engine, f"closed?{name}").text


def expect_closed(engine, name, before):
    wait_until(lambda: len(was_closed(engine, name)) == len(before) + 1)


def test_the_environ_is_that_of_the_pep(application):
    answer = get(application, "environ/%C3%A9%2F%20x?q=%e9&ü", headers={"X-Two": "é".encode("latin-1")})
    seen = answer.json()
    assert seen["SCRIPT_NAME"] == "/app"
    assert seen["PATH_INFO"] == "/environ/é/ x".encode().decode("latin-1")
    assert seen["REQUEST_URI"].startswith("/app/environ/%C3%A9%2F%20x?q=%")
    assert seen["HTTP_X_TWO"] == "é"
    assert seen["wsgi.url_scheme"] == "http"
    assert (seen["wsgi.multithread"], seen["wsgi.multiprocess"], seen["wsgi.run_once"]) == (False, True, False)
    assert seen["wsgi.input_terminated"] is True
    assert seen["standpy.request_id"] == answer.headers["X-Request-Id"]


def test_fields_that_come_twice_are_joined(application):
    head = b"GET /app/raw/environ HTTP/1.1\r\nHost: h\r\nA-B: 1\r\na-b: 2\r\nConnection: close\r\n\r\n"
    _, _, body = parse_answer(raw_exchange(("127.0.0.1", application.port), head))
    assert b'"HTTP_A_B": "1, 2"' in body


@pytest.mark.parametrize("size", [0, 5, 65_536, 65_537, 3_000_000])
def test_bodies_of_every_size_arrive(application, size):
    seen = get(application, "environ", method="POST", data=b"x" * size).json()
    assert len(seen["body"]) == size
    assert seen.get("CONTENT_LENGTH", "0") == str(size)


def test_the_input_has_all_methods(application):
    body = b"one\ntwo three\nfour\nfive\nsix"
    expected = [b"", b"one\n", b"tw", b"o three\n", b"four\n", b"five\n", b"six", b"", b""]
    assert get(application, "raw/reads", method="PUT", data=body).text == repr(expected)


def test_start_response_may_come_with_the_first_piece(application):
    answer = get(application, "late")
    assert (answer.status_code, answer.reason, answer.text) == (201, "Late", "late")


def test_start_response_may_be_replaced_before_the_head_is_sent(application):
    answer = get(application, "twice")
    assert (answer.status_code, answer.reason, answer.text) == (500, "Replaced", "replaced")


def test_a_head_that_is_sent_is_not_replaced(application):
    before = was_closed(application, "twice_late")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(application, "twice_late")
    expect_closed(application, "twice_late", before)
    wait_until(lambda: "ValueError: after the head" in application.log)


def test_write_and_pieces_come_in_order(application):
    assert get(application, "raw/write").text == "one two three"


@pytest.mark.parametrize(
    "name",
    "none str int strs bytes status_200 status_abc status_line status_100 status_bytes field_control field_name"
    " field_bytes field_wide field_hop field_chunked fields_tuple length_twice length_odd never_starts"
    " twice_without".split(),
)
def test_what_the_pep_forbids_is_a_500(application, name):
    answer = get(application, f"raw/{name}")
    assert_problem(answer, 500, "internal", "the application failed")
    assert "X" not in answer.headers and "Y" not in answer.headers


def test_an_exception_is_in_the_log_and_not_in_the_answer(application):
    answer = get(application, "raises", headers={"X-Request-Id": "an-id-of-mine"})
    assert_problem(answer, 500, "internal", "RuntimeError")
    assert "secret words" not in answer.text
    assert "an-id-of-mine" in application.log and "RuntimeError: secret words" in application.log


def test_an_exception_behind_the_head_breaks_the_connection(application):
    before = was_closed(application, "raises_later")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(application, "raises_later")
    expect_closed(application, "raises_later", before)


def test_an_exception_in_close_is_only_logged(application):
    before = was_closed(application, "raises_in_close")
    assert get(application, "raises_in_close").text == "done"
    expect_closed(application, "raises_in_close", before)
    wait_until(lambda: "close() fails" in application.log)


def test_sys_exit_ends_only_the_request(application):
    before = get(application, "process").text
    assert_problem(get(application, "exits"), 500, "internal", "SystemExit")
    assert before.split()[1] == get(application, "process").text.split()[1]


def test_a_death_is_a_502(application):
    assert_problem(get(application, "dies"), 502, "script-died", "its process ended")
    assert get(application, "process").status_code == 200


def test_errors_and_prints_are_in_the_log(application):
    get(application, "errors", headers={"X-Request-Id": "of-the-errors"})
    wait_until(lambda: "printed by the application" in application.log)
    wait_until(lambda: "request of-the-errors:\n    a line for the log" in application.log)


def test_too_few_bytes_break_the_connection(application):
    answer = raw_exchange(("127.0.0.1", application.port), b"GET /app/short HTTP/1.1\r\nHost: h\r\n\r\n")
    _, headers, body = parse_answer(answer)
    assert (headers["content-length"], body) == ("10", b"short")
    assert "ended 5 bytes before its Content-Length" in application.log


def test_too_many_bytes_are_cut_off(application):
    with requests.Session() as session:
        for _ in range(2):
            assert session.get(application.endpoint + "/app/raw/long", timeout=60).text == "long"


@pytest.mark.parametrize(("path", "status"), [("no_content", 204), ("unmodified", 304)])
def test_answers_without_a_body_have_none(application, path, status):
    answer = raw_exchange(("127.0.0.1", application.port), f"GET /app/{path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
    got, headers, body = parse_answer(answer)
    assert (got, body) == (status, b"")
    assert "transfer-encoding" not in headers and "content-length" not in headers


def test_head_has_the_length_and_no_body(application):
    head = b"HEAD /app/process HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
    status, headers, body = parse_answer(raw_exchange(("127.0.0.1", application.port), head))
    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0


def test_a_head_of_a_stream_closes_it(application):
    before = was_closed(application, "endless")
    assert get(application, "endless", method="HEAD").status_code == 200
    expect_closed(application, "endless", before)


@pytest.mark.parametrize("length", ["5", "20"])
def test_a_file_ends_at_its_content_length(application, length):
    source = pathlib.Path(FOLDER, "wsgi_app.py").read_text()[3:]
    assert get(application, f"file?{length}").text == source[: int(length)]


def test_http_1_0_ends_with_the_connection(application):
    answer = raw_exchange(("127.0.0.1", application.port), b"GET /app/late HTTP/1.0\r\n\r\n")
    _, headers, body = parse_answer(answer)
    assert body == b"late"
    assert "transfer-encoding" not in headers


def test_each_piece_leaves_when_it_is_yielded(application):
    delays = []
    for line in get(application, "stream", stream=True).iter_lines(chunk_size=1):
        delays.append(time.time() - float(line.split()[1]))
    assert len(delays) == 5
    assert sorted(delays)[2] < 0.05


@pytest.mark.parametrize("name", ["drip", "endless"])
def test_a_client_that_leaves_stops_the_iteration(application, name):
    before = was_closed(application, name)
    answer = get(application, name, stream=True)
    assert next(answer.iter_content(5))
    answer.close()
    expect_closed(application, name, before)


def test_a_slow_client_does_not_fill_the_engines_memory(application):
    with socket.create_connection(("127.0.0.1", application.port)) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(b"GET /app/endless HTTP/1.1\r\nHost: h\r\n\r\n")
        client.recv(100)
        time.sleep(4)  # more than WSGI_TIMEOUT: the client's time is its own
        assert metric(application, "standpy_wsgi_requests_in_flight") == 1
        got = len(client.recv(1 << 20))
        assert got > 0
    wait_until(lambda: metric(application, "standpy_wsgi_requests_in_flight") == 0)


def test_a_large_answer_is_whole(application):
    answer = get(application, "large?300")
    assert len(answer.content) == 30_000_000


def test_a_deadline_before_the_head_shows_the_stack(application):
    problem = assert_problem(get(application, "hangs"), 504, "deadline-exceeded", "WSGI_TIMEOUT")
    assert "in hangs" in problem["traceback"]


def test_a_deadline_behind_the_head_cuts_and_closes(application):
    before = was_closed(application, "hangs_later")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(application, "hangs_later")
    expect_closed(application, "hangs_later", before)
    assert "gave no piece of its answer for 2 s" in application.log


def test_a_stream_may_last_longer_than_the_deadline(application):
    answer = get(application, "drip", stream=True)
    until = time.monotonic() + 3
    for piece in answer.iter_content(1):
        assert piece
        if time.monotonic() > until:
            break
    answer.close()


# Chunked bodies


def send_chunked(engine, body, path="environ", more=b""):
    head = f"POST /app/{path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n".encode()
    return parse_answer(raw_exchange(("127.0.0.1", engine.port), head + more + b"\r\n" + body))


@pytest.mark.parametrize("size", [1, 10, 300_000])
def test_a_chunked_body_arrives_with_its_length(application, size):
    seen = get(application, "environ", method="POST", data=iter([b"x" * size, b"yy"])).json()
    assert seen["body"] == "x" * size + "yy"
    assert seen["CONTENT_LENGTH"] == str(size + 2)
    assert "HTTP_TRANSFER_ENCODING" not in seen


def test_an_empty_chunked_body_reads_empty(application):
    status, _, body = send_chunked(application, b"0\r\n\r\n")
    assert status == 200
    assert b'"body": ""' in body


def test_a_connection_goes_on_behind_a_chunked_body(application):
    with requests.Session() as session:
        for _ in range(3):
            answer = session.post(application.endpoint + "/app/environ", data=iter([b"ab", b"c"]), timeout=60)
            assert answer.json()["body"] == "abc"


@pytest.mark.parametrize("body", [b"x\r\n", b"5\nhello\n0\n\n", b"5\r\nhelloX\r\n0\r\n\r\n"])
def test_a_malformed_chunk_is_refused(application, body):
    status, _, answer = send_chunked(application, body)
    assert (status, b"not chunked as RFC 9112 says" in answer) == (400, True)


@pytest.mark.parametrize("more", [b"Content-Length: 5\r\n", b"Transfer-Encoding: gzip\r\n"])
def test_two_ways_to_say_the_length_are_refused(application, more):
    status, _, answer = send_chunked(application, b"0\r\n\r\n", more=more)
    assert (status, b"Transfer-Encoding must be chunked" in answer) == (400, True)
