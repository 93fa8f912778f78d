"""pandas with files, sqlite, and itself in children."""

import multiprocessing
import sqlite3

import numpy as np
import pandas as pd

NUMBERS = np.arange(5000)
TEXTS = [f"t{i % 11}" for i in NUMBERS]
FRAME = pd.DataFrame({"k": NUMBERS % 7, "v": NUMBERS / 3, "t": TEXTS})


def total(k):
    return round(float(FRAME[FRAME.k == k].groupby("t").v.sum().max()), 6)


def rm_main():
    FRAME.to_csv("f.csv.gz", index=False)
    FRAME.to_json("f.json", orient="records", lines=True)
    FRAME.to_pickle("f.pickle.xz")
    read = pd.read_csv("f.csv.gz")
    lines = pd.concat(pd.read_json("f.json", lines=True, chunksize=1000))
    with sqlite3.connect("f.sqlite") as connection:
        FRAME.to_sql("f", connection, index=False)
        grouped = pd.read_sql("select k, sum(v) s from f group by k", connection)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        totals = pool.map_async(total, range(7)).get(50)
    expression = FRAME.query("v > 100 and k == 3").eval("v * 2 + k").sum()
    return [
        list(read.shape), bool(np.allclose(read.v, FRAME.v)), len(lines),
        [round(float(s), 4) for s in grouped.s],
        totals == [total(k) for k in range(7)], round(float(expression), 4),
        bool(pd.read_pickle("f.pickle.xz").equals(FRAME)),
        list(FRAME.pivot_table("v", "k", "t").shape),
    ]  # fmt: skip
