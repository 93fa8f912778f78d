import pyarrow
import pyarrow.dataset
import pyarrow.parquet


def rm_main():
    table = pyarrow.table({"part": [1, 2, 1, 2], "size": [10, 20, 30, 40]})
    pyarrow.dataset.write_dataset(table, "parts", format="parquet", partitioning=["part"])
    return [pyarrow.dataset.dataset("parts").count_rows(),
            table.group_by("part").aggregate([("size", "sum")]).sort_by("part")["size_sum"].to_pylist()]
