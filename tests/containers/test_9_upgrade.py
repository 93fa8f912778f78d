"""compose/upgrade and rotation, under load."""

import os
import subprocess
import threading

import pytest
from deployment import ROOT, docker, log_of, run, until
from test_1_walk_through import MINIMAL, PRODUCTION

ENGINE = "standpy-container-production"
ROUTER = "standpy-router"


class Load:
    """Requests one after the other; `statuses` is what became of them, `others` answers but 200."""

    def __init__(self, client):
        self.client, self.statuses, self.others, self.stop = client, [], [], threading.Event()
        self.threads = [threading.Thread(target=self._run) for _ in range(3)]

    def _run(self):
        while not self.stop.is_set():
            answer = self.client.execute(PRODUCTION, MINIMAL, check=False)
            self.statuses.append(answer.status if answer else None)
            if self.statuses[-1] != 200:
                self.others.append(answer)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        until(lambda: len(self.statuses) > 5, "requests are answered")
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def upgrade(deployment, *services):
    return run(
        str(ROOT / "compose/upgrade"),
        *services,
        COMPOSE=" ".join(deployment.command),
        **deployment.variables,
    )


@pytest.mark.parametrize("replicas", [1, 2])
def test_engines_are_replaced_one_after_the_other_and_no_request_is_lost(deployment, replicas):
    deployment.up("--scale", f"{ENGINE}={replicas}", "--no-recreate")
    deployment.wait_until_healthy()
    before = set(deployment.containers(ENGINE))
    with Load(deployment.client) as load:
        upgrade(deployment, ENGINE)
        until(lambda: load.statuses[-1] == 200, "requests go on")
    assert load.others == []
    after = set(deployment.containers(ENGINE))
    assert len(after) == replicas and not before & after
    deployment.up("--scale", f"{ENGINE}=1", "--no-recreate")


def test_a_token_that_is_taken_away_with_sed_is_refused_after_a_reload(deployment, tmp_path):
    """In a folder, as a single file that is mounted stays the old one."""
    folder = ROOT / "compose/secrets/example_production"
    kept = (folder / "token").read_text()
    router = deployment.container(ROUTER)
    try:
        (folder / "token").write_text(f"revoked\n{kept}")
        reload(router)
        assert deployment.client.execute(PRODUCTION, MINIMAL, token="revoked").status == 200
        subprocess.run(["sed", "-i", "/revoked/d", str(folder / "token")], check=True)
        reload(router)
        assert deployment.client.execute(PRODUCTION, MINIMAL, token="revoked").status == 401
        assert deployment.client.execute(PRODUCTION, MINIMAL).status == 200
    finally:
        (folder / "token").write_text(kept)
        os.chmod(folder / "token", 0o644)
        reload(router)


def reload(router):
    before = log_of(router).count("SIGHUP: read again")
    docker("kill", "-s", "HUP", router)
    until(lambda: log_of(router).count("SIGHUP: read again") > before, "the router reads again")
