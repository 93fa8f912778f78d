"""polars: lazy queries, streaming, parquet, CSV and IPC, plain functions on its threads."""

import polars as pl

COUNT = range(100_000)
SQL = "select t, count(*) n from frame group by t order by t limit 2"


def rows(frame):
    return [list(row) for row in frame.rows()]


def rm_main():
    texts = [f"t{i % 11}" for i in COUNT]
    frame = pl.DataFrame({"k": [i % 7 for i in COUNT], "v": [*map(float, COUNT)], "t": texts})
    frame.write_parquet("f.parquet", compression="zstd", row_group_size=10_000)
    frame.write_csv("f.csv")
    frame.write_ipc("f.arrow")
    v, k = pl.col("v"), pl.col("k")
    totals = (v.sum().alias("s"), pl.len().alias("n"), pl.col("t").n_unique().alias("u"))
    grouped = pl.scan_parquet("f.parquet").filter(v > 10).group_by("k").agg(*totals).sort("k")
    pl.scan_csv("f.csv").filter(k == 3).sink_parquet("three.parquet")
    joined = frame.lazy().join(grouped, on="k").with_columns((v / pl.col("s")).alias("share"))
    shares = joined.group_by("k").agg(pl.col("share").sum().round(6)).sort("k").collect()
    twice = v.map_elements(lambda one: one * 2, return_dtype=pl.Float64)
    both = pl.collect_all([grouped, frame.lazy().select(v.mean())])
    return [
        rows(grouped.collect()), rows(grouped.collect()) == rows(both[0]), both[1].item(),
        rows(grouped.collect(engine="streaming")) == rows(both[0]), shares["share"].to_list(),
        pl.read_parquet("three.parquet").height, frame.head(100).select(twice.sum()).item(),
        frame.head(1000).select(v.rolling_mean(10).over("k").sum().round(4)).item(),
        rows(pl.SQLContext(frame=frame).execute(SQL).collect()),
        pl.scan_ipc("f.arrow").select(v.max()).collect().item(), frame.to_pandas().size,
        frame.to_arrow().num_rows,
    ]  # fmt: skip
