"""duckdb asks frames of pandas, polars and arrow that are variables of the script."""

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

QUESTION = """
select name, sum(v)::bigint s, any_value(weight) w
from frame join names using (k) left join weights using (k) group by name order by name
"""


def rm_main():
    numbers = np.arange(100_000)
    frame = pd.DataFrame({"k": numbers % 4, "v": numbers, "t": "x"})
    names = pl.DataFrame({"k": [0, 1, 2, 3], "name": ["a", "b", "c", "d"]})
    weights = pa.table({"k": [0, 1], "weight": [0.5, 2.0]})
    assert len(frame) and len(names) and len(weights)
    joined = [list(row) for row in duckdb.sql(QUESTION).fetchall()]
    some = duckdb.sql("select * from frame where v % 1000 = 1")
    own = duckdb.connect()
    own.register("lines", weights)
    own.create_function("twice", lambda x: x * 2, ["BIGINT"], "BIGINT")
    twice = own.execute("select max(twice(k)) from lines").fetchone()[0]
    length = some.fetchnumpy()["v"].size
    return [joined, some.df().v.sum().item(), some.pl()["v"].sum(), length, twice]
