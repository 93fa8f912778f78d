"""Variables that Kubernetes sets for services, beside the router's settings."""

import pytest
import requests
from router_client import status
from router_process import Configured, Router, Upstream, echo


def service_link(name, host):
    """What Kubernetes sets in every pod of the namespace for a service."""
    address, port = host.split(":")
    return {
        f"{name}_SERVICE_HOST": address, f"{name}_SERVICE_PORT": port,
        f"{name}_PORT": f"tcp://{host}", f"{name}_PORT_{port}_TCP": f"tcp://{host}",
        f"{name}_PORT_{port}_TCP_PROTO": "tcp", f"{name}_PORT_{port}_TCP_PORT": port,
        f"{name}_PORT_{port}_TCP_ADDR": address,
    }  # fmt: skip


def test_a_service_of_kubernetes_is_no_engine(started):
    upstream = Upstream(echo)
    links = service_link("ENGINE_A", upstream.host) | service_link("ENGINE", upstream.host)
    router = Router(ENGINE_E_HOST=upstream.host, **links)
    started.extend([router, upstream])
    assert [status(router, path) for path in ("/e/x", "/a_service/x", "/service/x")] == [200, 404, 404]
    lines = [line for line in router.log.splitlines() if "is ignored" in line]
    assert len(lines) == 2
    for name in ("ENGINE_A", "ENGINE"):
        assert any(f" {name}_SERVICE_HOST is ignored: Kubernetes sets it" in line for line in lines)
    with pytest.raises(RuntimeError, match="there is no engine"):
        Router(**links)


@pytest.mark.parametrize(
    "meant",
    [
        {"ENGINE_A_SERVICE_TOKEN": "secret"},
        {"ENGINE_A_SERVICE_TOKEN_FILE": "tokens"},
        {"ENGINE_A_SERVICE_QUEUE": "5", "ENGINE_A_SERVICE_TOKEN": "secret"},
    ],
)
@pytest.mark.parametrize("in_file", [False, True])
def test_an_engine_may_have_the_name_of_a_service(started, tmp_path, meant, in_file):
    """Where the settings say more of it, in the environment or in the file."""
    (tmp_path / "tokens").write_text("secret")
    meant = {n: str(tmp_path / v) if n.endswith("FILE") else v for n, v in meant.items()}
    upstream = Upstream(echo)
    links = service_link("ENGINE_A", upstream.host) | {"ENGINE_A_SERVICE_HOST": upstream.host}
    if in_file:
        router = Configured(tmp_path / "config", meant, **links)
    else:
        router = Router(**links, **meant)
    started.extend([router, upstream])
    assert (status(router, "/a_service/x", "secret"), status(router, "/a_service/x")) == (200, 401)
    assert "is ignored" not in router.log


def test_the_file_holds_settings_only(started, tmp_path):
    """Nobody but Kubernetes sets such pairs, and it writes no files."""
    upstream = Upstream(echo)
    links = service_link("ENGINE_A", "127.0.0.1:1")
    router = Configured(tmp_path / "config", {"ENGINE_A_SERVICE_HOST": upstream.host}, **links)
    started.extend([router, upstream])
    assert status(router, "/a_service/x") == 200
    router.reload({"ENGINE_E_HOST": upstream.host})
    assert (status(router, "/a_service/x"), status(router, "/e/x")) == (404, 200)
    assert "ENGINE_A_SERVICE_HOST is ignored" in router.log


def test_what_kubernetes_sets_for_a_service_of_an_engines_name_stops_nothing(started):
    upstream = Upstream(echo)
    router = Router(ENGINE_A_HOST=upstream.host, **service_link("ENGINE_A", "127.0.0.1:1"))
    started.extend([router, upstream])
    assert requests.get(router.url + "/a/x", timeout=60).status_code == 200


@pytest.mark.parametrize("missing", ["ENGINE_A_SERVICE_HOST", "ENGINE_A_SERVICE_PORT", "ENGINE_A_PORT"])
def test_half_of_what_kubernetes_sets_is_a_mistake(missing):
    links = service_link("ENGINE_A", "127.0.0.1:1")
    del links[missing]
    with pytest.raises(RuntimeError, match="is not the name of a setting of the engine a"):
        Router(ENGINE_A_HOST="127.0.0.1:1", **links)
