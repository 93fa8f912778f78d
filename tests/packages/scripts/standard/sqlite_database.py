"""sqlite: a file and memory, transactions, a sort and an index that do not fit its memory."""

import os
import sqlite3


def connect(path, **options):
    connection = sqlite3.connect(path, **options)
    connection.row_factory = lambda cursor, row: list(row)
    return connection


def fill(connection):
    connection.execute("create table t (id integer primary key, text, number)")
    rows = ((i, f"{i * 7919 % 100_003:08d}" * 8, i % 97) for i in range(60_000))
    with connection:
        connection.executemany("insert into t values (?, ?, ?)", rows)


def questions(connection):
    connection.execute("pragma temp_store = file")
    connection.execute("pragma cache_size = 20")
    first = connection.execute("select id from t order by text, number desc limit 5").fetchall()
    connection.execute("create temp table copy as select * from t order by text")
    connection.execute("create index by_text on t (text)")
    groups = connection.execute("select number, count(*) from t group by number limit 3").fetchall()
    joined = connection.execute("select count(*) from t join copy using (text)").fetchone()
    return [first, groups, joined]


def rm_main():
    with connect(":memory:") as memory:
        fill(memory)
        in_memory = questions(memory)
    file = connect("t.sqlite")
    mode = file.execute("pragma journal_mode = wal").fetchone()
    fill(file)
    with_wal = sorted(name for name in os.listdir() if name.startswith("t.sqlite"))
    in_file = questions(file)
    other = connect("file:t.sqlite?mode=ro", uri=True)
    seen = other.execute("select count(*), max(id) from t").fetchone()
    try:
        with file:
            file.execute("delete from t")
            file.execute("insert into t values (1, 2)")
    except sqlite3.OperationalError:
        kept = file.execute("select count(*) from t").fetchone()
    file.execute("vacuum")
    backup = connect("backup.sqlite")
    file.backup(backup)
    copied = backup.execute("select sum(number) from t").fetchone()
    for connection in (other, backup, file):
        connection.close()
    return [in_memory == in_file, in_file, mode, with_wal, seen, kept, copied]
