import duckdb
import pandas


def rm_main():
    orders = pandas.DataFrame({"who": [1, 2, 1], "sum": [5, 6, 7]})
    duckdb.sql("create table names as select * from (values (1, 'Ada'), (2, 'Bob')) t(who, name)")
    found = duckdb.sql("select name, sum(sum) from orders join names using (who) group by name order by name")
    assert len(orders) == 3
    return [[name, int(total)] for name, total in found.fetchall()]
