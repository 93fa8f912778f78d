"""Deployments of Docker Compose, and what is asked of them from a client on the platform network.

STANDPY_DEBIAN     the Debian that the images are built on (default: bookworm)
"""

import json
import os
import pathlib
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
DEBIAN = os.environ.get("STANDPY_DEBIAN", "bookworm")
REGISTRY = f"standpy-test-{DEBIAN}/"
ENGINE_IMAGE = f"{REGISTRY}standpy-container:1.0"
TRIXIE_ENGINE_IMAGE = f"{REGISTRY}standpy-container-trixie:1.0"
ROUTER_IMAGE = f"{REGISTRY}standpy-router:1.0"
TOOLS_IMAGE = f"{REGISTRY}tools:1.0"
CODING_SHARED = ROOT / "build/containers/coding-shared"
PATIENCE = 120  # seconds; a bound for what hangs, not an expectation
TOKEN = "secrettoken"


def run(*command, check=True, text_input=None, **variables):
    """(exit status, standard output, standard error)."""
    done = subprocess.run(
        command,
        env=os.environ | variables,
        input=text_input,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=PATIENCE * 3,
    )
    if check:
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
    return done.returncode, done.stdout, done.stderr


def docker(*arguments, **keywords):
    return run("docker", *arguments, **keywords)[1].strip()


def inspect(container):
    return json.loads(docker("inspect", container))[0]


def log_of(container):
    """Both streams."""
    _, out, err = run("docker", "logs", container)
    return out + err


def until(condition, what=""):
    """Waits for the condition and returns it."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f"this did not come about: {what}"
        time.sleep(0.1)
    return found


class Answer:
    def __init__(self, status, body):
        self.status, self.body = status, body

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body}"


class Client:
    """A container with curl on the network."""

    def __init__(self, network):
        self.id = docker("run", "-d", "--network", network, TOOLS_IMAGE, "sleep", "infinity")

    def remove(self):
        docker("rm", "-f", "-v", self.id)

    def curl(self, url, *arguments, text_input="", check=True):
        """None where no answer came and check is off."""
        status, out, err = run(
            *("docker", "exec", "-i", self.id, "curl", "-sS", "-w", "\n%{http_code}", url, *arguments),
            text_input=text_input,
            check=False,
        )
        if status != 0:
            assert not check, err
            return None
        body, _, code = out.rpartition("\n")
        return Answer(int(code), body)

    def execute(self, endpoint, script, *arguments, token=TOKEN, check=True):
        """Runs a script as docs/protocol.md has it."""
        authorization = ("-H", f"Authorization: Bearer {token}") if token else ()
        return self.curl(
            *(f"{endpoint}/execute", "-F", "script=@-", *authorization, *arguments),
            text_input=script,
            check=check,
        )


class Deployment:
    """A project of Docker Compose with a client on its platform network."""

    def __init__(self, file, *arguments, **variables):
        self.project = f"standpytest{os.getpid()}{file.parent.name}"
        self.variables = {"REGISTRY": REGISTRY, "CODING_SHARED": str(CODING_SHARED)} | variables
        files = ("-f", str(file), "-f", str(HERE / "shared-volume.yml"))
        self.command = ("docker-compose", *files, "-p", self.project, *arguments)
        self.client = None

    def compose(self, *arguments, check=True):
        return run(*self.command, *arguments, check=check, **self.variables)

    def up(self, *arguments):
        self.compose("up", "-d", *arguments)
        if not self.client:
            self.client = Client(f"{self.project}_platform-int-net")

    def down(self):
        if self.client:
            self.client.remove()
        self.compose("down", "-v", "-t", "1")

    def containers(self, service):
        labels = {"project": self.project, "service": service}
        filters = [f"--filter=label=com.docker.compose.{name}={value}" for name, value in labels.items()]
        return docker("ps", "-aq", "--no-trunc", *filters).split()

    def container(self, service):
        (only,) = self.containers(service)
        return only

    def address(self, container, network):
        return inspect(container)["NetworkSettings"]["Networks"][f"{self.project}_{network}"]["IPAddress"]

    def wait_until_healthy(self):
        services = ("standpy-router", "standpy-container-testing", "standpy-container-production")
        for service in services:
            for container in self.containers(service):
                until(lambda: health(container) == "healthy", f"{service} is healthy")


def health(container):
    return inspect(container)["State"]["Health"]["Status"]
