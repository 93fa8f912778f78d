"""The shared cases: what every client does, and what its user sees."""

import pytest
from case_runner import cases_of, run_case


def _named(name):
    return [pytest.param(case, id=case["name"]) for case in cases_of(name)]


@pytest.mark.parametrize("case", _named("walk_through"))
def test_the_guide(client, case, router, tmp_path):
    known = {"prefix": "/usr", "version": "1.0.0"}
    run_case(client, case, tmp_path, f"{router.url}/{case['engine']}", known)


@pytest.mark.parametrize("case", _named("endpoints"))
def test_an_endpoint(client, case, tmp_path):
    run_case(client, case, tmp_path, case["endpoint"])


@pytest.mark.parametrize("case", _named("answers"))
def test_an_answer(client, case, serve, tmp_path):
    server = serve(*case["answers"])
    run_case(client, case, tmp_path, server.endpoint)
    assert server.requests == case["requests"]
