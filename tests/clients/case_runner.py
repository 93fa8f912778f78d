"""Runs one conformance case with the command of a client, and compares what its user sees."""

import base64
import json
import os
import subprocess
import time

from engine_process import ROOT

CASES = ROOT / "clients/cases"
_KEPT = ("PATH", "HOME", "LANG", "PYTHONPATH", "ASAN_OPTIONS", "UBSAN_OPTIONS")
_SCRIPT = "def rm_main(*inputs):\n    return 1\n"


def cases_of(name):
    return json.loads((CASES / f"{name}.json").read_text("utf-8"))


def run_case(client, case, folder, endpoint, known=None, variables=None):
    """client: its command. known: what {prefix} and the like stand for. variables: more for its environment."""
    command = [*client, *_arguments(case, folder)]
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment |= {"STANDPY_ENDPOINT": endpoint, "no_proxy": "*", "PYTHONUTF8": "1"} | (variables or {})
    if "token" in case:
        environment["STANDPY_TOKEN"] = case["token"]
    began = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    seconds = time.monotonic() - began
    _compare(case, done, {"endpoint": endpoint} | (known or {}))
    assert case.get("least_seconds", 0) <= seconds <= case.get("most_seconds", 120)


def _arguments(case, folder):
    if case.get("command") == "check":
        return ["check"]
    (folder / "script.py").write_text(case.get("script", _SCRIPT), "utf-8")
    arguments = ["run", *case.get("options", [])]
    for place, one in enumerate(case.get("inputs", [])):
        [(kind, content)] = one.items()
        if kind == "value":
            arguments += ["--value", json.dumps(content)]
            continue
        path = folder / f"input-{place}"
        if kind == "file_base64":
            path.write_bytes(base64.b64decode(content))
        elif kind == "csv_times":
            path.write_text(content[0] * content[1])
        else:
            path.write_text(content, "utf-8")
        arguments += ["--input" if kind.startswith("csv") else "--file", path.name]
    return [*arguments, "script.py"]


def _compare(case, done, known):
    printed = {"stdout": done.stdout.decode("utf-8"), "stderr": done.stderr.decode("utf-8")}
    shown = f"exit {done.returncode}\n{printed['stdout']}\n--\n{printed['stderr']}"
    assert done.returncode == case["exit"], shown
    for stream, text in printed.items():
        assert "Traceback" not in text or "SEVERE" in text or "--raw" in case.get("options", ()), shown
        if stream in case:
            assert text == _filled(case[stream], known), shown
        for piece in case.get(f"{stream}_has", ()):
            assert _filled(piece, known) in text, shown
        for piece in case.get(f"{stream}_lacks", ()):
            assert piece not in text, shown


def _filled(text, known):
    for name, content in known.items():
        text = text.replace("{" + name + "}", content)
    return text
