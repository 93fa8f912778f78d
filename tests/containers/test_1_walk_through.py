"""The administrator's guide from beginning to end, on compose/docker-compose.yml, from a client on
the platform network."""

import pytest
from deployment import TOKEN, docker, log_of, until

TESTING = "http://standpy-router/example_testing"
PRODUCTION = "http://standpy-router/example_production"
AUTHORIZATION = ("-H", f"Authorization: Bearer {TOKEN}")
PREFIX = "/opt/coding-shared/envs/example-project-environment"

MINIMAL = """import sys

def rm_main():
  print('StandPy testing:')
  print(sys.prefix)
"""
MISSING = """import sys

import missing

def rm_main():
  return None
"""
DUMP = """import io, joblib

def rm_main():
  file = io.BytesIO()
  joblib.dump({'coefficients': [1.5, 2.5]}, file)
  file.seek(0)
  return file
"""
LOAD_BY_HANDLE = """import joblib

def rm_main(input):
  file_name = input.name
  with open(file_name, 'rb') as fp:
    model = joblib.load(fp)
  return model['coefficients']
"""
LOAD_BY_NAME = """import joblib

def rm_main(input):
  file_name = input.name
  model = joblib.load(file_name)
  return model['coefficients']
"""


def test_the_minimal_script_prints_the_prefix_of_the_environment(client):
    for endpoint in (TESTING, PRODUCTION):
        report = client.execute(endpoint, MINIMAL).json()
        assert report["stdout"] == f"StandPy testing:\n{PREFIX}\n"


def test_the_production_engine_needs_the_token(client):
    for token in (None, "wrong"):
        assert client.execute(PRODUCTION, MINIMAL, token=token).status == 401
    assert client.execute(PRODUCTION, MINIMAL).status == 200


def test_the_testing_engine_needs_none(client):
    assert client.execute(TESTING, MINIMAL, token=None).status == 200


@pytest.mark.parametrize("script", [LOAD_BY_HANDLE, LOAD_BY_NAME], ids=["by handle", "by name"])
def test_a_model_is_loaded_from_a_file_input(client, script):
    for endpoint in (TESTING, PRODUCTION):
        in_client = ("docker", "exec", client.id)
        dumped = client.execute(
            endpoint, DUMP, "-H", "Accept: application/octet-stream", "-o", "/tmp/model.joblib"
        )
        assert dumped.status == 200
        assert docker(*in_client[1:], "head", "-c", "1", "/tmp/model.joblib")
        loaded = client.execute(endpoint, script, "-F", "file=@/tmp/model.joblib").json()
        assert loaded["outputs"] == [{"type": "value", "value": [1.5, 2.5]}]


def test_a_missing_import_shows_the_guides_traceback(client):
    answer = client.execute(PRODUCTION, MISSING)
    problem = answer.json()
    assert answer.status == 422
    assert problem["title"] == "Failed to parse the Python script"
    assert problem["traceback"].splitlines() == [
        "Traceback (most recent call last):",
        "  Script, line 3, in <module>",
        "ModuleNotFoundError: No module named 'missing'",
    ]


def test_info_shows_the_settings_of_the_production_engine(client):
    info = client.curl(f"{PRODUCTION}/info", *AUTHORIZATION).json()
    assert info.pop("worker_uptime") >= 0
    assert info == {
        "environment": "example-project-environment",
        "max_requests": None,
        "timeout": 5,
        "version": "1.0.0",
        "workers": 4,
    }


def test_info_shows_the_settings_of_the_testing_engine(client):
    info = client.curl(f"{TESTING}/info").json()
    assert info.pop("worker_uptime") >= 0
    assert info == {
        "environment": "example-project-environment",
        "max_requests": 100,
        "timeout": 45,
        "version": "1.0.0",
        "workers": 1,
    }


def test_a_script_that_takes_longer_than_the_timeout_is_stopped(client):
    answer = client.execute(PRODUCTION, "import time\ndef rm_main():\n  time.sleep(60)")
    assert answer.status == 504
    assert "Script, line 3, in rm_main" in answer.json()["traceback"]


def test_the_routers_log_lists_requests_and_failed_ones_with_their_cause(deployment, client):
    client.execute(TESTING, MINIMAL, "-H", "X-Request-Id: walk-good")
    client.execute(TESTING, MISSING, "-H", "X-Request-Id: walk-bad")
    client.curl("http://standpy-router/example_prodcution/info", "-H", "X-Request-Id: walk-none")
    router = deployment.container("standpy-router")
    lines = until(lambda: "id=walk-none " in log_of(router) and log_of(router).splitlines())
    statuses = {
        name: [line.split(" status=")[1].split()[0] for line in lines if f" id={name} " in line]
        for name in ("walk-good", "walk-bad", "walk-none")
    }
    assert statuses == {"walk-good": ["200"], "walk-bad": ["422"], "walk-none": ["404"]}
