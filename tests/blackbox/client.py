"""What the tests send: requests as a client author would write them."""

import concurrent.futures
import json
import socket
import time

import requests

PYTHON = "text/x-python"


def execute(endpoint, script, *inputs, headers=None, **options):
    """POST /execute in the JSON form. inputs: as docs/protocol.md has them."""
    body = {"script": script, "inputs": list(inputs)}
    if options:
        body["options"] = options
    return requests.post(endpoint + "/execute", json=body, headers=headers, timeout=120)


def execute_parts(endpoint, *parts, headers=None):
    """POST /execute in the multipart form. parts: (name, content, media type or None)."""
    files = [(name, ("a file name", content, media_type)) for name, content, media_type in parts]
    return requests.post(endpoint + "/execute", files=files, headers=headers, timeout=120)


def execute_script(endpoint, script, **headers):
    """POST /execute in the script form; script: str or bytes. headers: Accept="text/csv"."""
    if isinstance(script, str):
        script = script.encode()
    headers = {"Content-Type": PYTHON} | headers
    return requests.post(endpoint + "/execute", data=script, headers=headers, timeout=120)


def post(endpoint, body, content_type):
    """POST /execute with bytes of any form. content_type: None for none."""
    headers = {"Content-Type": content_type} if content_type else {}
    return requests.post(endpoint + "/execute", data=body, headers=headers, timeout=120)


def execute_in_background(engine, script):
    """A Future of the answer to a request that is in flight by now, the only one."""
    answer = concurrent.futures.ThreadPoolExecutor(1).submit(execute, engine.endpoint, script)
    wait_until(lambda: metric(engine, "standpy_requests_in_flight") == 1)
    return answer


def metric(engine, name, **labels):
    """A sample of the engine's /metrics."""
    text = requests.get(engine.endpoint + "/metrics", timeout=60).text
    wanted = ",".join(f'{key}="{content}"' for key, content in labels.items())
    wanted = name + (f"{{{wanted}}}" if wanted else "")
    [line] = [line for line in text.splitlines() if line.startswith(wanted + " ")]
    return float(line.split()[-1])


def outputs(response):
    assert response.status_code == 200, response.text[:500]
    return response.json()["outputs"]


def value(content):
    return {"type": "value", "value": content}


def csv(text):
    return {"type": "table", "csv": text}


def text_file(content):
    return {"type": "file", "text": content}


def raw_exchange(address, data, *, pause=None, half_close=False, timeout=60):
    """Sends bytes (or pieces of them) as they are; returns all that comes until the close."""
    pieces = [data] if isinstance(data, bytes) else data
    answer = b""
    with socket.create_connection(address, timeout=timeout) as connection:
        for piece in pieces:
            connection.sendall(piece)
            if pause:
                pause()
        if half_close:
            time.sleep(0.3)  # whoever ends before a worker has the request is taken for gone
            connection.shutdown(socket.SHUT_WR)
        while True:
            received = connection.recv(65536)
            if not received:
                return answer
            answer += received


def read_to_the_end(connection):
    return b"".join(iter(lambda: connection.recv(65536), b""))


def parse_answer(answer):
    """(status, headers with lower-case names, body) of a raw answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    headers = {name.lower(): content for name, content in headers.items()}
    return int(lines[0].split()[1]), headers, body


def problem_of(answer):
    status, headers, body = parse_answer(answer)
    assert headers["content-type"] == "application/problem+json"
    problem = json.loads(body)
    assert problem["status"] == status
    return problem


def assert_problem(response, status, slug, *fragments):
    """The answer is a problem of that kind, and its detail has the fragments."""
    assert response.status_code == status, response.text[:500]
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == f"urn:standpy:problem:{slug}"
    assert problem["status"] == status
    assert problem["request_id"] == response.headers["X-Request-Id"]
    for fragment in fragments:
        assert fragment in problem["detail"]
    return problem


def wait_until(condition):
    """A bound for what hangs, not an expectation."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
