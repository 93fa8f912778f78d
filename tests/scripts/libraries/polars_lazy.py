import polars


def rm_main():
    frame = polars.DataFrame({"city": ["Ulm", "Bonn", "Ulm"], "sold": [3, 4, 5]})
    total = frame.lazy().group_by("city").agg(polars.col("sold").sum()).sort("city").collect()
    frame.write_parquet("sold.parquet")
    return [total["sold"].to_list(), polars.read_parquet("sold.parquet").height]
