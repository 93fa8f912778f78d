"""pyarrow in processes that a pool makes after its threads have run."""

import multiprocessing

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def total(column):
    return pc.sum(pq.read_table("t.parquet", columns=[column])[column]).as_py()


def rm_main():
    pq.write_table(pa.table({"a": range(50_000), "b": range(50_000, 100_000)}), "t.parquet")
    here = [total(column) for column in "ab"]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return [here, pool.map_async(total, "ab").get(50)]
