"""numba keeps what it compiled of the script itself."""

import numba


@numba.njit(cache=True)
def triangle(n):
    total = 0
    for i in range(n):
        total += i
    return total


def rm_main():
    return triangle(10)
