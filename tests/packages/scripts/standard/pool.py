"""A pool of processes, in each of its ways to be called."""

import multiprocessing
import os
import pathlib
import sys

WORK = """
def square(n):
    return n * n


def power(n, exponent):
    return n**exponent


def fail(n):
    raise ValueError(f"no {n}")
"""


def rm_main(method):
    pathlib.Path("pool_work.py").write_text(WORK)
    sys.path.insert(0, os.getcwd())
    import pool_work

    context = multiprocessing.get_context(method)
    with context.Pool(2, maxtasksperchild=8) as pool:
        squares = pool.map(pool_work.square, range(20))
        powers = pool.starmap_async(pool_work.power, [(2, 3), (3, 2)]).get(50)
        unordered = sorted(pool.imap_unordered(pool_work.square, range(10), chunksize=3))
        single = pool.apply(pool_work.power, (7,), {"exponent": 2})
        try:
            failure = pool.apply(pool_work.fail, (3,))
        except ValueError as error:
            failure = str(error)
    return [squares, powers, unordered, single, failure]
