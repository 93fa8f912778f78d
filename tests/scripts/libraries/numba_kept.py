import os

import numba


@numba.njit(cache=True)
def area(a, b):
    return a * b


@numba.njit(parallel=True)
def total(count):
    found = 0
    for number in numba.prange(count):
        found += number
    return found


def rm_main():
    kept = os.listdir(os.path.join(os.path.dirname(__file__), "__pycache__")) if area(6, 7) == 42 else []
    return [total(1000), len(kept) > 1]
