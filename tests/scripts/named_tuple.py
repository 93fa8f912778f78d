from typing import NamedTuple

class Row(NamedTuple):
    a: int
    b: str = "x"

def rm_main():
    return Row(1)._asdict(), list(Row(2, "y"))
