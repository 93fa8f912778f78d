"""numba: loops on several threads."""

import numba
import numpy as np


@numba.njit(parallel=True, fastmath=True)
def row_sums(a):
    result = np.zeros(a.shape[0])
    for i in numba.prange(a.shape[0]):
        for j in range(a.shape[1]):
            result[i] += a[i, j] * (i + 1)
    return result


@numba.vectorize(["float64(float64, float64)"], target="parallel")
def hypotenuse(a, b):
    return (a * a + b * b) ** 0.5


@numba.njit(nogil=True)
def collatz(n):
    steps = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        steps += 1
    return steps


def rm_main():
    numba.set_num_threads(2)
    a = np.arange(20_000.0).reshape(200, 100)
    sums = row_sums(a)
    threads = hypotenuse(a.ravel(), a.ravel()[::-1])
    layer = numba.threading_layer()
    return [
        float(sums.sum()), bool(np.allclose(sums, a.sum(1) * np.arange(1, 201))),
        round(float(threads.sum()), 4), [collatz(n) for n in (27, 97, 871)], layer,
        numba.get_num_threads(),
    ]  # fmt: skip
