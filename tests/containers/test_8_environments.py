"""Any environment: one engine image, with one plugin binary, runs the Python that CONDA_ENV names."""

import os
import pathlib

import pytest
from deployment import CODING_SHARED, DEBIAN, ENGINE_IMAGE, Client, docker, inspect, log_of, run, until
from environments import CONDA, ENVS, bare_venv, damaged, debian_12, debian_13, uv_venv, venv

DEBIANS = "/usr/lib/x86_64-linux-gnu"  # where Debian has its libraries
SCRIPT = """
import pathlib, sqlite3, ssl, sys, zlib
import numpy, pandas, pyarrow

def rm_main(table):
    files = {line.split()[-1] for line in pathlib.Path("/proc/self/maps").open() if "/" in line}
    about = {
        "prefix": sys.prefix,
        "python": "%d.%d" % sys.version_info[:2],
        "packages": [module.__file__ for module in (numpy, pandas, pyarrow)],
        "sum": int(table["a"].sum()) + int(numpy.arange(4).sum()),
        "arrow": pyarrow.table({"a": [1]}).num_rows,
        "ssl": ssl.OPENSSL_VERSION,
        "sqlite": sqlite3.connect(":memory:").execute("select 6 * 7").fetchone()[0],
    }
    return about, sorted(files)
"""
TABLE = ("-F", "input=a\n20\n16\n;type=text/csv")


class Network:
    """Engines on a network of their own, and a client."""

    def __init__(self):
        self.name = docker("network", "create", "--internal", f"standpytest{os.getpid()}environments")
        self.client = Client(self.name)
        self.engines = []

    def start(self, image, name):
        """An engine, confined as compose/docker-compose.yml has it."""
        engine = docker(
            *("run", "-d", "--network", self.name, "--read-only", "--tmpfs", "/tmp"),
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges:true"),
            *("-v", f"{CODING_SHARED}:/opt/coding-shared:ro", "-e", f"CONDA_ENV={name}", image),
        )
        self.engines.append(engine)
        [network] = inspect(engine)["NetworkSettings"]["Networks"].values()
        endpoint = f"http://{network['IPAddress']}:8080"
        until(lambda: self.client.curl(f"{endpoint}/healthz", check=False), f"it answers:\n{log_of(engine)}")
        return endpoint

    def remove(self):
        docker("rm", "-f", self.client.id, *self.engines)
        docker("network", "rm", self.name)


@pytest.fixture(scope="module")
def network():
    network = Network()
    yield network
    network.remove()


def other_debian(*values, name):
    """Only newer Debians run what was built on an older one."""
    if name == "trixie":
        absent = run("docker", "image", "inspect", "debian:trixie-slim", check=False)[0] != 0
        reason = "there is no image debian:trixie-slim (tests/containers/make-base-image trixie)"
    else:
        absent, reason = DEBIAN == "trixie", "what was built on Debian 13 does not run on 12"
    return pytest.param(*values, id=name, marks=pytest.mark.skipif(absent, reason=reason))


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(
            (lambda: ENGINE_IMAGE, "example-project-environment", f"{CONDA}/lib"), id="conda's layout"
        ),
        pytest.param((venv, "venv", f"{CONDA}/lib"), id="venv"),
        pytest.param((uv_venv, "uv", f"{CONDA}/lib"), id="uv venv"),
        other_debian((debian_12, "debian12", DEBIANS), name="bookworm"),
        other_debian((debian_13, "debian13", DEBIANS), name="trixie"),
    ],
)
def environment(request, network):
    """(name, folder of its libraries, endpoint of an engine that runs it)."""
    make, name, libraries = request.param
    return name, libraries, network.start(make(), name)


@pytest.fixture(scope="module")
def answer(environment, network):
    name, libraries, endpoint = environment
    answer = network.client.execute(endpoint, SCRIPT, *TABLE)
    assert answer.status == 200, answer
    about, files = (output["value"] for output in answer.json()["outputs"])
    return name, libraries, about, files


def test_a_script_runs_on_its_python_with_numpy_pandas_and_pyarrow(answer):
    name, _, about, _ = answer
    assert about["prefix"] == f"{ENVS}/{name}"
    assert about["sum"] == 42 and about["arrow"] == 1 and about["sqlite"] == 42
    assert about["python"] == {"debian12": "3.11", "debian13": "3.13"}.get(name, about["python"])


def test_tables_go_as_arrow(environment, network):
    _, _, endpoint = environment
    script = "import pandas\ndef rm_main(): return pandas.DataFrame({'a': [1]})"
    accept = ("-H", "Accept: application/vnd.apache.arrow.stream")
    assert network.client.execute(endpoint, script, *accept).status == 200


@pytest.mark.parametrize("library", ["libssl", "libcrypto", "libstdc++", "libz"])
def test_the_environments_own_libraries_are_mapped_and_no_others(answer, library):
    _, libraries, _, files = answer
    mapped = [file for file in files if pathlib.Path(file).name.startswith(f"{library}.so")]
    assert len(mapped) == 1, files
    assert str(pathlib.Path(mapped[0]).parent) == libraries


def refusal(name):
    """What an engine says that cannot start on the environment."""
    status, out, err = run(
        *("docker", "run", "--rm", "--network", "none", "--read-only", "--tmpfs", "/tmp"),
        *("-v", f"{CODING_SHARED}:/opt/coding-shared:ro", "-e", f"CONDA_ENV={name}"),
        *("--entrypoint", "uwsgi", ENGINE_IMAGE, "--plugin-dir", "/usr/local/lib/standpy"),
        *("--ini", "/usr/local/lib/standpy/standpy.ini", "--standpy-check"),
        check=False,
    )
    assert status == 1, out + err
    [line] = [line for line in (out + err).splitlines() if " is not " in line]
    return line


def test_an_environment_that_the_engines_user_may_not_read():
    damaged("closed", "chmod 700 .")
    assert refusal("closed") == (
        f"standpy: CONDA_ENV=closed is not allowed: {ENVS}/closed cannot be looked into by user 10001: "
        "Permission denied"
    )


def test_packages_that_the_engines_user_may_not_read():
    damaged("closed-packages", "chmod 700 lib/python3*/site-packages")
    assert refusal("closed-packages").startswith(
        f"standpy: {ENVS}/closed-packages is not readable by user 10001: {ENVS}/closed-packages/lib/python3."
    )


def test_a_python_without_its_shared_library():
    damaged("static", "rm lib/libpython3*")
    assert f"({ENVS}/static/bin/python3) has no shared libpython3." in refusal("static")


def test_a_venv_of_a_python_that_is_not_in_the_image():
    debian_12() if DEBIAN != "trixie" else debian_13()
    name = "debian12" if DEBIAN != "trixie" else "debian13"
    assert "its bin/python3 is a link to /usr/bin/python3" in refusal(name)


def test_an_environment_without_pandas_has_no_tables(network):
    endpoint = network.start(bare_venv(), "bare")
    answer = network.client.execute(endpoint, "def rm_main(table): pass", *TABLE)
    assert answer.status == 415
    assert answer.json()["detail"] == (
        "input 1: tables need the module pandas, which is not in the environment"
    )
