"""polars in processes of a pool, as its documentation wants them made."""

import multiprocessing
import os
import pathlib
import sys

WORK = """
def totals(number):
    import polars as pl

    numbers = range(1000)
    frame = pl.DataFrame({"k": [i % 3 for i in numbers], "v": [i * number for i in numbers]})
    return frame.group_by("k").agg(pl.col("v").sum()).sort("k")["v"].to_list()
"""


def rm_main(method):
    pathlib.Path("polars_work.py").write_text(WORK)
    sys.path.insert(0, os.getcwd())
    import polars_work

    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.map_async(polars_work.totals, range(3)).get(50)
