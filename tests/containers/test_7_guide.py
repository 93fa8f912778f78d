"""The guide's own file, with nothing changed but the names of the images."""

from deployment import TOKEN
from test_1_walk_through import MINIMAL, PREFIX, PRODUCTION, TESTING


def test_it_works(guides_deployment):
    client = guides_deployment.client
    for endpoint in (TESTING, PRODUCTION):
        report = client.execute(endpoint, MINIMAL).json()
        assert report["stdout"] == f"StandPy testing:\n{PREFIX}\n"
    assert client.execute(PRODUCTION, MINIMAL, token=None).status == 401
    info = client.curl(f"{PRODUCTION}/info", "-H", f"Authorization: Bearer {TOKEN}").json()
    assert (info["workers"], info["timeout"], info["max_requests"]) == (4, 5, None)
    info = client.curl(f"{TESTING}/info").json()
    assert (info["workers"], info["timeout"], info["max_requests"]) == (1, 45, 100)
