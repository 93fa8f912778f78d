"""Settings of the router: what it takes, and what stops its start."""

import pytest
import requests
from router_client import status
from router_process import Configured, Router, Upstream, echo, run_to_its_end


@pytest.mark.parametrize(
    "variables, line",
    [
        ({}, "there is no engine"),
        ({"ENGINE_A_HOST": "a:0"}, "ENGINE_A_HOST=a:0 is not allowed"),
        ({"ENGINE_A_TOKEN": "x"}, "ENGINE_A_TOKEN has no ENGINE_<NAME>_HOST"),
        ({"ENGINE_A_HOST": "a", "ENGINE_A_TOKEN": ""}, "ENGINE_A_TOKEN is not allowed"),
        ({"ENGINE_A_HOST": "a", "REQUEST_SIZE_LIMIT": "x"}, "REQUEST_SIZE_LIMIT=x is not"),
        ({"ENGINE_A_HOST": "a", "BUFFER_LIMIT": "-1"}, "BUFFER_LIMIT=-1 is not allowed"),
        ({"ENGINE_A_HOST": "a", "BUSY_POLL": "1ms"}, "BUSY_POLL=1ms is not allowed"),
        ({"ENGINE_A_HOST": "a", "LISTEN": "x"}, "LISTEN=x is not allowed"),
    ],
)
def test_bad_configuration_stops_the_start_with_one_line(variables, line):
    status, output = run_to_its_end(**variables)
    assert status != 0
    assert len(output.splitlines()) == 1 and line in output


def test_an_address_in_use_stops_the_start(router):
    status, output = run_to_its_end(ENGINE_A_HOST="a", LISTEN=f"127.0.0.1:{router.port}")
    assert status != 0
    assert f"LISTEN=127.0.0.1:{router.port} is not allowed: Address already in use" in output


def test_a_queue_needs_a_host():
    status, output = run_to_its_end(ENGINE_A_QUEUE="1")
    assert status != 0 and "ENGINE_A_QUEUE has no ENGINE_<NAME>_HOST" in output


def test_the_file_wins_over_the_environment(started, tmp_path):
    upstream = Upstream(echo)
    router = Configured(
        tmp_path / "config",
        {"ENGINE_E_HOST": upstream.host, "REQUEST_SIZE_LIMIT": 10},
        REQUEST_SIZE_LIMIT="1m",
        ENGINE_F_HOST=upstream.host,
    )
    started.extend([router, upstream])
    assert (status(router, "/e/x"), status(router, "/f/x")) == (200, 200)
    assert requests.post(router.url + "/e/x", data=b"x" * 11, timeout=60).status_code == 413


def test_clients_and_engines_may_have_ipv6_addresses(started):
    upstream = Upstream(echo, address="::1")
    router = Router(ENGINE_E_HOST=f"[::1]:{upstream.port}", LISTEN=f"[::1]:{upstream.port + 1}")
    started.extend([router, upstream])
    response = requests.get(f"http://[::1]:{upstream.port + 1}/e/x", timeout=60)
    assert "x-forwarded-for: ::1" in response.text.lower()
    assert "replica=[::1]:" in router.wait_for_log("client=::1")
