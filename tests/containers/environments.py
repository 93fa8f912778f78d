"""Environments in the shared volume, made as docs/environments.md says: in a container, which sees
them at the paths that the engine sees.
"""

import os
import subprocess

import pytest
from deployment import CODING_SHARED, ENGINE_IMAGE, REGISTRY, ROOT, TRIXIE_ENGINE_IMAGE, docker

ENVS = "/opt/coding-shared/envs"
CONDA = f"{ENVS}/example-project-environment"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"  # the image has none
TOOLS = ROOT / "build/containers/tools"
PYARROW = "pyarrow==18.1.0"  # one that runs with both Debians' numpy
PANDAS = "pandas==3.1.1"  # newer than that of the conda environment
# What makes an engine image of one with Debian's Python.
WITH_PYTHON = """
FROM {engine}
USER root
RUN apt-get update && apt-get install -y --no-install-recommends {packages}
USER 10001:10001
"""
# What meets that Python is the same on another Debian; the plugin is built for that one's uWSGI.
MOVED = """
FROM {engine} AS engine
FROM {other_engine}
COPY --from=engine /usr/local/lib/standpy/standpy-zygote /usr/local/lib/standpy/standpy_python.so \\
    /usr/local/lib/standpy/
USER root
RUN apt-get update && apt-get install -y --no-install-recommends {packages}
USER 10001:10001
"""


def uv():
    """uv from PyPI."""
    if not (TOOLS / "bin/uv").exists():
        subprocess.run(["/usr/bin/python3", "-m", "venv", str(TOOLS)], check=True)
        if subprocess.run([str(TOOLS / "bin/pip"), "install", "--quiet", "uv"]).returncode != 0:
            pytest.skip("PyPI is out of reach")
    return TOOLS / "bin/uv"


def in_volume(image, *commands):
    """Runs commands where the volume is writable, and PyPI can be reached."""
    docker(
        *("run", "--rm", "--user", "root", "--network", "host", "--entrypoint", "sh"),
        *("-v", f"{CODING_SHARED}:/opt/coding-shared", "-v", f"{uv()}:/usr/local/bin/uv:ro"),
        *("-v", f"{CERTIFICATES}:{CERTIFICATES}:ro", "-e", f"SSL_CERT_FILE={CERTIFICATES}"),
        *("-e", "UV_PYTHON_DOWNLOADS=never", "-e", "UV_NO_CACHE=1", "-e", "UV_LINK_MODE=copy"),
        *(image, "-ec", "\n".join(commands)),
    )


def is_there(name):
    return os.path.lexists(CODING_SHARED / "envs" / name)


def venv():
    """A venv of the Python that lies in the volume, with that one's packages."""
    if not is_there("venv"):
        in_volume(
            ENGINE_IMAGE,
            f"{CONDA}/bin/python3 -m venv --without-pip --system-site-packages {ENVS}/venv",
        )
    return ENGINE_IMAGE


def uv_venv():
    """The same by uv, with packages of its own."""
    if not is_there("uv"):
        in_volume(
            ENGINE_IMAGE,
            f"uv venv --quiet --python {CONDA}/bin/python3 {ENVS}/uv",
            f"uv pip install --quiet --compile-bytecode --python {ENVS}/uv/bin/python3"
            f" {PANDAS} {PYARROW}",
        )
    return ENGINE_IMAGE


def web_venv():
    """A venv with Flask, for the application of examples/pages."""
    if not is_there("web"):
        in_volume(
            ENGINE_IMAGE,
            f"{CONDA}/bin/python3 -m venv --without-pip --system-site-packages {ENVS}/web",
            f"uv pip install --quiet --compile-bytecode --python {ENVS}/web/bin/python3 flask",
        )
    return ENGINE_IMAGE


def bare_venv():
    if not is_there("bare"):
        in_volume(ENGINE_IMAGE, f"{CONDA}/bin/python3 -m venv --without-pip {ENVS}/bare")
    return ENGINE_IMAGE


def debian(number, python, recipe, **names):
    """An image with Debian's own Python, numpy and pandas, and a venv of it with pyarrow."""
    image = f"{REGISTRY}debian{number}:1.0"
    packages = f"libpython{python} python3-numpy python3-pandas"
    recipe = recipe.format(engine=ENGINE_IMAGE, packages=packages, **names)
    docker("build", "--quiet", "--network", "host", "-t", image, "-", text_input=recipe)
    if not is_there(f"debian{number}"):
        in_volume(
            image,
            f"python3 -m venv --without-pip --system-site-packages {ENVS}/debian{number}",
            f"uv pip install --quiet --compile-bytecode --python {ENVS}/debian{number}/bin/python3"
            f" {PYARROW}",
        )
    return image


def debian_12():
    return debian(12, "3.11", WITH_PYTHON)


def debian_13():
    return debian(13, "3.13", MOVED, other_engine=TRIXIE_ENGINE_IMAGE)


def damaged(name, *commands):
    """A copy of the conda environment (by hard links) that commands then change."""
    if not is_there(name):
        in_volume(ENGINE_IMAGE, f"cp -al {CONDA} {ENVS}/{name}", f"cd {ENVS}/{name}", *commands)
