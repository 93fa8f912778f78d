"""docs/openapi.yaml is what engine and router answer."""

import json
import re
import socket

import pytest
import requests
from client import wait_until
from conftest import TOKEN
from engine_process import ROOT, Engine
from router_process import Router, Upstream

yaml = pytest.importorskip("yaml")
jsonschema = pytest.importorskip("jsonschema")

DOCUMENT = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text("utf-8"))
# No test can make an engine fail itself, and a shutting router answers no /info with 503.
UNSEEN = {("/execute", "500"), ("/info", "503")}
TABLE = "import pandas\ndef rm_main(*inputs):\n    return pandas.DataFrame({'a': [1.5]})\n"
ALL = """import io, pandas
def rm_main(*inputs):
    frame = pandas.DataFrame({'a': [1], 'b': ['x']})
    return None, 1.5, frame, io.BytesIO(b'\\xff'), io.StringIO('text'), {1}, [frame, 1], {'k': frame}
"""
SEEN = set()


def resolved(node):
    while "$ref" in node:
        found = DOCUMENT
        for name in node["$ref"][2:].split("/"):
            found = found[name]
        node = found
    return node


def validate(content, schema):
    jsonschema.Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(content)


def compare(path, response):
    """The answer is one that the document has."""
    described = DOCUMENT["paths"][path]
    method = "post" if "post" in described else "get"
    status = str(response.status_code)
    answer = resolved(described[method]["responses"][status])
    SEEN.add((path, status))
    media_type = response.headers["Content-Type"].partition(";")[0]
    schema = answer["content"][media_type]["schema"]
    for name, header in answer.get("headers", {}).items():
        header = resolved(header)
        if header.get("required") or name in response.headers:
            validate(response.headers[name], header["schema"])
    if media_type.endswith("json"):
        validate(response.json(), schema)
    if media_type == "multipart/mixed":
        report = re.search(rb"\r\n\r\n(\{.*?\})\r\n--", response.content, re.DOTALL)[1]
        validate(json.loads(report), {"$ref": "#/components/schemas/PartsReport"})
    return response


@pytest.fixture(scope="module")
def world(engine, arrow_engine_or_none):
    """Endpoints by name."""
    small = Engine(WORKERS="1", ACCESS_TOKEN="own", REQUEST_SIZE_LIMIT="1m")
    broken = Upstream(lambda connection: connection.recv(65_536))
    router = Router(
        ENGINE_OPEN_HOST=engine.host,
        ENGINE_CLOSED_HOST=engine.host,
        ENGINE_CLOSED_TOKEN=TOKEN,
        ENGINE_DOWN_HOST="127.0.0.1:1",
        ENGINE_DOWN_WAIT="0",
        ENGINE_BROKEN_HOST=broken.host,
        ENGINE_NARROW_HOST=small.host,
        ENGINE_NARROW_TOKEN="own",
        ENGINE_NARROW_UPSTREAM_TOKEN="own",
        ENGINE_NARROW_QUEUE="1",
    )
    yield {"router": router.url, "engine": engine.endpoint, "small": small.endpoint, "arrow": arrow_engine_or_none}
    for thing in (router, broken, small):
        thing.stop()


@pytest.fixture(scope="module")
def arrow_engine_or_none(request):
    if not (ROOT / "build/envs/arrow/bin/python3").exists():
        return None
    return request.getfixturevalue("arrow_engine").endpoint


def execute(endpoint, body, **headers):
    if isinstance(body, dict):
        validate(body, {"$ref": "#/components/schemas/Request"})
        response = requests.post(endpoint + "/execute", json=body, headers=headers, timeout=60)
    else:
        headers.setdefault("Content-Type", "text/x-python")
        response = requests.post(endpoint + "/execute", data=body, headers=headers, timeout=60)
    return compare("/execute", response)


def test_the_document_is_one():
    validator = pytest.importorskip("openapi_spec_validator")
    validator.validate(DOCUMENT)


@pytest.mark.parametrize("table_format", ["json", "csv", "arrow"])
@pytest.mark.parametrize("accept", ["application/json", "multipart/mixed"])
def test_reports(world, table_format, accept):
    endpoint = world["arrow"] if table_format == "arrow" else world["router"] + "/open"
    if endpoint is None:
        pytest.skip("there is no environment with pyarrow")
    response = execute(endpoint, {"script": ALL, "options": {"table_format": table_format}}, Accept=accept)
    assert response.status_code == 200
    if accept == "application/json":
        again = execute(endpoint, {"script": TABLE, "inputs": response.json()["outputs"]})
        assert again.status_code == 200


def test_kept_inputs_and_rm_init(world):
    script = "def rm_init(file): return file.read()\ndef rm_main(text): return text\n"
    sent = {"type": "file", "text": "kept"}
    response = execute(world["engine"], {"script": script, "inputs": [sent], "options": {"keep": [0]}})
    assert response.status_code == 200 and "init" in response.json()["timings"]
    named = {"type": "file", "sha256": response.headers["StandPy-Kept"]}
    again = {"script": script, "inputs": [named]}
    assert execute(world["engine"], again, **{"StandPy-Contents": named["sha256"]}).status_code == 200
    failing = {"script": script.replace("file.read()", "1 / 0"), "inputs": [sent]}
    assert execute(world["engine"], failing).json()["phase"] == "init"


@pytest.mark.parametrize(
    "text, accept",
    [
        (TABLE, "text/csv"),
        ("import io\ndef rm_main():\n    return io.BytesIO(b'x')\n", "application/octet-stream"),
        (TABLE, "application/vnd.apache.arrow.stream"),
    ],
)
def test_outputs_alone(world, text, accept):
    endpoint = world["arrow"] if "arrow" in accept else world["engine"]
    if endpoint is None:
        pytest.skip("there is no environment with pyarrow")
    assert execute(endpoint, text, Accept=accept).status_code == 200


@pytest.mark.parametrize(
    "status, body, headers",
    [
        (400, "{", {"Content-Type": "application/json"}),
        (406, TABLE, {"Accept": "image/png"}),
        (406, TABLE, {"Accept": "application/octet-stream"}),
        (409, TABLE, {"StandPy-Contents": "0" * 64}),
        (415, "x", {"Content-Type": "image/png"}),
        (422, "import missing", {}),
        (422, "def rm_main(:", {}),
        (422, "def rm_main():\n    1 / 0\n", {}),
        (422, "import pandas\ndef rm_main():\n    return pandas.DataFrame({'a': [1j]})\n", {}),
        (502, "import os\ndef rm_main():\n    os._exit(1)\n", {}),
        (504, "import time\ndef rm_main():\n    time.sleep(60)\n", {"Prefer": "wait=1"}),
    ],
)
def test_problems_of_an_execution(world, status, body, headers):
    for endpoint in (world["engine"], world["router"] + "/open"):
        assert execute(endpoint, body, **headers).status_code == status


def test_problems_of_the_way(world):
    router = world["router"]
    assert execute(router + "/none", TABLE).status_code == 404
    assert execute(router + "/closed", TABLE).status_code == 401
    assert execute(world["small"], TABLE).status_code == 401
    assert execute(router + "/down", TABLE).json()["type"].endswith("engine-unreachable")
    assert execute(router + "/broken", TABLE).json()["type"].endswith("engine-broke")
    assert execute(world["small"], "#" * 2_000_000, Authorization="Bearer own").status_code == 413
    assert compare("/execute", requests.get(router + "/open/execute", timeout=60)).status_code == 405


def waiting(router):
    """The line of a metric of requests that wait, if there are any."""
    text = requests.get(router + "/metrics", timeout=60).text
    return [line for line in text.splitlines() if line.startswith("standpy_router_requests_queued") and line.endswith(" 1")]


def test_a_full_queue(world):
    """One script runs and one waits; the third is refused."""
    endpoint, headers = world["router"] + "/narrow", {"Authorization": "Bearer own"}
    address = re.match(r"http://(.*):(\d+)", world["router"]).groups()
    body = b"import time\ndef rm_main():\n  time.sleep(60)\n"
    request = (
        b"POST /narrow/execute HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer own\r\nContent-Type: text/x-python\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )
    holders = []
    for _ in range(2):
        holders.append(socket.create_connection(address))
        holders[-1].sendall(request)
    try:
        wait_until(lambda: waiting(world["router"]))
        assert execute(endpoint, TABLE, **headers).status_code == 503
    finally:
        for holder in holders:
            holder.close()


@pytest.mark.parametrize("path", ["/info", "/healthz", "/metrics"])
def test_what_an_engine_says_of_itself(world, path):
    router = world["router"]
    statuses = [
        compare(path, requests.get(endpoint + path, timeout=60)).status_code
        for endpoint in (world["engine"], router + "/open", router + "/closed", router + "/down")
    ]
    assert statuses == [200, 200, 401, 502]
    assert compare(path, requests.post(router + "/open" + path, timeout=60)).status_code == 405
    if path == "/info":
        assert compare(path, requests.get(router + "/none/info", timeout=60)).status_code == 404


def test_every_answer_of_the_document_was_seen():
    """The last test; with others alone it has seen less."""
    described = {
        (path, status)
        for path, methods in DOCUMENT["paths"].items()
        for operation in methods.values()
        for status in operation["responses"]
    }
    if len(SEEN) < 10:
        pytest.skip("other tests did not run")
    assert described - SEEN == UNSEEN
