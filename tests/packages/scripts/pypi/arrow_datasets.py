"""pyarrow: partitioned datasets, parquet, CSV, feather, memory maps, compute on its threads."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.feather
import pyarrow.fs
import pyarrow.parquet as pq


def partitioned(table):
    by_b = ds.partitioning(pa.schema([("b", pa.int64())]), flavor="hive")
    ds.write_dataset(table, "hive", format="parquet", partitioning=by_b, max_rows_per_group=10_000)
    dataset = ds.dataset("hive", format="parquet", partitioning="hive")
    some = dataset.to_table(filter=(pc.field("b") == 3) & (pc.field("a") > 1000), columns=["a"])
    batches = dataset.scanner(batch_size=5000, use_threads=True).to_batches()
    found = pyarrow.fs.LocalFileSystem().get_file_info(pyarrow.fs.FileSelector("hive"))
    folders = sorted(info.base_name for info in found)
    rows = sum(batch.num_rows for batch in batches)
    return [dataset.count_rows(), pc.sum(some["a"]).as_py(), rows, folders]


def rm_main():
    numbers = np.arange(200_000)
    table = pa.table({"a": numbers, "b": numbers % 5, "c": [str(i % 11) for i in numbers]})
    pq.write_table(table, "t.parquet", row_group_size=20_000, compression="zstd")
    file = pq.ParquetFile("t.parquet", memory_map=True)
    wanted = [("a", "sum"), ("c", "count_distinct")]
    grouped = file.read(use_threads=True).group_by("b").aggregate(wanted).sort_by("b")
    pyarrow.csv.write_csv(table.slice(0, 5000), "t.csv")
    ds.write_dataset(ds.dataset("t.csv", format="csv"), "feathers", format="feather")
    pyarrow.feather.write_feather(table, "t.feather")
    with pa.OSFile("t.arrow", "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    with pa.memory_map("t.arrow") as source:
        mapped = pc.sum(pa.ipc.open_file(source).read_all()["a"]).as_py()
    return [
        partitioned(table), file.num_row_groups, grouped.to_pydict(), mapped,
        ds.dataset("feathers", format="feather").count_rows(),
        table.slice(0, 1000).join(grouped, "b").num_rows, int(table.to_pandas().a.sum()),
        pyarrow.feather.read_table("t.feather").equals(table),
    ]  # fmt: skip
