"""numba keeps what it compiled beside a module."""

import importlib
import os
import pathlib
import sys

WORK = """
import numba


@numba.njit(cache=True)
def triangle(n):
    total = 0
    for i in range(n):
        total += i
    return total
"""


def rm_main():
    pathlib.Path("numba_work.py").write_text(WORK)
    sys.path.insert(0, os.getcwd())
    import numba_work

    numba_work = importlib.reload(numba_work)  # of this folder, not of an earlier run's
    first = [numba_work.triangle(10), sum(numba_work.triangle.stats.cache_hits.values())]
    again = importlib.reload(numba_work)
    hits = [again.triangle(10), sum(again.triangle.stats.cache_hits.values())]
    kept = sorted({path.suffix for path in pathlib.Path("__pycache__").glob("*.triangle*")})
    return [first, hits, kept]
