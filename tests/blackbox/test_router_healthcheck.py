"""standpy-router --healthcheck, with which an image needs no curl."""

import subprocess

import pytest
from certificates import make_certificate
from engine_process import free_port
from router_process import ROUTER, Router

ENGINE = {"ENGINE_E_HOST": "127.0.0.1:9"}


def healthcheck(**variables):
    """(exit status, output) where the router of these variables would listen."""
    done = subprocess.run(
        [ROUTER, "--healthcheck"],
        env=ENGINE | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout


@pytest.fixture
def certificate(tmp_path):
    return make_certificate(tmp_path, "router.example", address="192.0.2.1")


@pytest.mark.parametrize("listen", ["127.0.0.1:{}", ":{}", "[::1]:{}", "0.0.0.0:{}"])
def test_a_router_that_answers_is_healthy_whatever_its_engines_do(listen):
    variables = {"LISTEN": listen.format(free_port())}
    router = Router(**ENGINE, **variables)
    try:
        assert healthcheck(**variables) == (0, "")
    finally:
        router.stop()


def test_with_tls_the_name_in_the_certificate_does_not_matter(certificate):
    variables = {"LISTEN": f"127.0.0.1:{free_port()}"} | certificate
    router = Router(**ENGINE, **variables)
    try:
        assert healthcheck(**variables) == (0, "")
    finally:
        router.stop()


def test_if_nothing_listens_one_line_says_so():
    port = free_port()
    status, output = healthcheck(LISTEN=f"127.0.0.1:{port}")
    assert status == 1
    assert output.startswith(f"standpy-router: http://127.0.0.1:{port}/healthz: ")
    assert output.count("\n") == 1
