import sqlite3

def rm_main(rows):
    with sqlite3.connect("work.db") as db:
        db.execute("create table t (k text, v integer)")
        db.executemany("insert into t values (?, ?)", rows)
        result = db.execute("select k, sum(v) from t group by k order by k").fetchall()
    db.close()
    return [list(row) for row in result]
