"""duckdb: a database file, files of other formats, a sort that spills, several threads."""

import os

import duckdb

SORT = """
select h, length(f) from (
    select md5(i::varchar) as h, repeat(md5((i * 7)::varchar), 8) as f from range(300000) _(i)
    order by f, h
) limit 3 offset 150000
"""


def rm_main():
    with duckdb.connect("sales.duckdb") as database:
        database.execute("set threads = 2")
        table = "select i, i % 7 k, i * 1.5e0 v from range(300000) _(i)"
        database.execute(f"create table sales as {table}")
        database.execute("create index by_i on sales (i)")
        groups = database.execute("select k, sum(v), count(*) from sales group by k order by k")
        groups = [list(row) for row in groups.fetchall()]
        database.execute("copy sales to 'sales.parquet' (format parquet)")
        database.execute("copy sales to 'parts' (format parquet, partition_by (k))")
        database.execute("copy (from sales limit 1000) to 'sales.csv'")
        parquet = database.execute("select count(*), max(v) from 'sales.parquet'").fetchone()
        part = database.execute("select count(*) from 'parts/*/*.parquet' where k = 3").fetchone()
        text = database.execute("select max(i) from 'sales.csv'").fetchone()
        database.begin()
        database.execute("delete from sales")
        database.rollback()
        database.execute("set memory_limit = '80MB'")
        database.execute("set temp_directory = 'spilled'")
        ordered = [list(row) for row in database.execute(SORT).fetchall()]
        spilled = os.path.isdir("spilled")
    with duckdb.connect("sales.duckdb", read_only=True) as database:
        kept = database.execute("select count(*) from sales").fetchone()
    parts = sorted(os.listdir("parts"))
    return [groups, list(parquet), part[0], text[0], ordered, spilled, kept[0], parts]
