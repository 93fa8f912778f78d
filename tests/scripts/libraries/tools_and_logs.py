import argparse
import logging
import pathlib
import shutil
import subprocess
import sys
import tempfile

logging.basicConfig(level=logging.INFO, stream=sys.stdout, format="%(levelname)s %(message)s")


def rm_main():
    options = argparse.ArgumentParser()
    options.add_argument("--count", type=int, default=2)
    logging.info("begin")
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "a.txt").write_text("ä", encoding="utf-8")
        archive = shutil.make_archive("files", "zip", folder)
    (pathlib.Path.home() / ".tool").mkdir(exist_ok=True)
    said = subprocess.check_output([sys.executable, "-c", "print(6 * 7)"], text=True)
    return [options.parse_args([]).count, pathlib.Path(archive).name, said, sorted(p.name for p in pathlib.Path().iterdir())]
