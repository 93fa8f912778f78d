"""The images by themselves."""

import json

import pytest
from deployment import DEBIAN, ENGINE_IMAGE, ROOT, ROUTER_IMAGE, docker, run

IMAGES = [ENGINE_IMAGE, ROUTER_IMAGE]
MEGABYTE = 1_000_000


def image(name):
    return json.loads(docker("image", "inspect", name))[0]


@pytest.mark.parametrize("name, limit", [(ENGINE_IMAGE, 80), (ROUTER_IMAGE, 40)])
def test_it_is_little_larger_than_its_base(name, limit):
    base = image(f"debian:{DEBIAN}-slim")
    assert base["RootFS"]["Layers"] == image(name)["RootFS"]["Layers"][:1]
    assert 0 < image(name)["Size"] - base["Size"] < limit * MEGABYTE


@pytest.mark.parametrize("name", IMAGES)
def test_it_says_what_it_is(name):
    config = image(name)["Config"]
    labels = config["Labels"]
    assert labels["org.opencontainers.image.title"].startswith("StandPy ")
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    version = labels["org.opencontainers.image.version"]
    assert f"version: '{version}'" in (ROOT / "meson.build").read_text()
    revision = run("git", "-C", str(ROOT), "rev-parse", "HEAD")[1].strip()
    assert labels["org.opencontainers.image.revision"] == revision
    assert config["Healthcheck"]["Test"]


@pytest.mark.parametrize("name, port", [(ENGINE_IMAGE, "8080/tcp"), (ROUTER_IMAGE, "80/tcp")])
def test_it_runs_as_a_fixed_user_that_is_not_root_and_has_one_port(name, port):
    config = image(name)["Config"]
    assert config["User"] == "10001:10001"
    assert list(config["ExposedPorts"]) == [port]


def in_engine_image(command):
    return docker("run", "--rm", "--entrypoint", "bash", ENGINE_IMAGE, "-c", command)


def test_the_engine_brings_no_python():
    assert in_engine_image("compgen -c python || true") == ""


def test_what_the_environments_python_shares_a_process_with_brings_no_libraries_but_libcs():
    folder = "/usr/local/lib/standpy"
    libraries = in_engine_image(f"ldd {folder}/standpy-zygote {folder}/standpy_{{python,names}}.so")
    names = {line.split()[0] for line in libraries.splitlines() if "=>" in line}
    assert names <= {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"}


def test_both_images_share_one_build_stage():
    stages = [
        (ROOT / file).read_text().partition(" AS build\n")[2].partition("\nFROM ")[0]
        for file in ("container/Dockerfile", "router/Dockerfile")
    ]
    assert stages[0] == stages[1] != ""
