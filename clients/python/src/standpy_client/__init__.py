"""Runs Python scripts on a StandPy engine.

from standpy_client import Engine

engine = Engine("http://standpy-router/example", token="...")
result = engine.run("def rm_main(a, b): return a + b", 1, 2)
print(result.value)
"""

from __future__ import annotations

from typing import Any

from .aio import AsyncEngine
from .checks import Check, Step
from .engine import Engine, Info, Remote
from .errors import Busy, Deadline, Error, Refused, ScriptError, Unreachable
from .files import ResultFile
from .inputs import CsvInput
from .results import CsvTable, Pickled, Result, Timings
from .version import __version__

__all__ = [
    "AsyncEngine",
    "Busy",
    "Check",
    "CsvInput",
    "CsvTable",
    "Deadline",
    "Engine",
    "Error",
    "Info",
    "Pickled",
    "Refused",
    "Remote",
    "Result",
    "ResultFile",
    "ScriptError",
    "Step",
    "Timings",
    "Unreachable",
    "__version__",
]


def load_ipython_extension(shell: Any) -> None:
    """%load_ext standpy_client"""
    from .magic import StandpyMagics

    shell.register_magics(StandpyMagics)
