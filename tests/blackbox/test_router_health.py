"""/healthz and /readyz: whether the router runs, and whether it has an engine."""

import requests
from client import assert_problem, wait_until
from router_client import status
from router_process import Replica, Router


def test_healthz_is_the_routers_own(router):
    response = requests.get(router.url + "/healthz", timeout=60)
    assert response.json() == {"status": "ok"}
    response = requests.post(router.url + "/healthz", timeout=60)
    assert_problem(response, 405, "method-not-allowed")
    assert response.headers["Allow"] == "GET, HEAD"


def test_ready_as_soon_and_as_long_as_one_engine_answers(started):
    first = Replica("first", workers=1)
    router = Router(ENGINE_A_HOST=first.host, ENGINE_A_WAIT="0", ENGINE_B_HOST="127.0.0.1:1")
    started.append(router)

    def readyz():
        return requests.get(router.url + "/readyz", timeout=60)

    wait_until(lambda: readyz().status_code == 200)
    first.stop()
    assert status(router, "/a/x") == 502
    wait_until(lambda: readyz().status_code == 503)
    problem = assert_problem(readyz(), 503, "unavailable", "no engine can be reached")
    assert problem["title"] == "Temporarily unavailable"  # one title for all that are of this type
    assert requests.get(router.url + "/healthz", timeout=60).status_code == 200
    started.append(Replica("again", workers=1, port=first.port))
    wait_until(lambda: readyz().status_code == 200)
