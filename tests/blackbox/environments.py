"""Python environments for engines under test."""

import shutil
import subprocess

from engine_process import PYTHON_PATH


def make_venv(folder):
    python = f"{PYTHON_PATH}/python3"
    subprocess.run([python, "-m", "venv", "--without-pip", str(folder)], check=True)


def make_prefix(folder):
    """A Python prefix as conda lays it out: everything below one folder, with its own libpython."""
    ask = (
        "import os, sys, sysconfig; get = sysconfig.get_config_var;"
        "print(os.path.realpath(sys.executable), os.path.dirname(os.__file__), get('LIBDIR'),"
        " get('INSTSONAME'), 'python%d.%d' % sys.version_info[:2], sep='\\n')"
    )
    python = f"{PYTHON_PATH}/python3"
    answer = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=True)
    executable, library, libdir, soname, name = answer.stdout.split()
    (folder / "bin").mkdir(parents=True)
    (folder / "lib").mkdir()
    shutil.copy(executable, folder / "bin/python3")
    shutil.copy(f"{libdir}/{soname}", folder / "lib" / soname)
    (folder / "lib" / name).symlink_to(library)
    return folder / "lib" / soname
