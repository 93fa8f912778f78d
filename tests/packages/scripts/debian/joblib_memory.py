"""joblib.Memory keeps results on files."""

import joblib
import numpy as np

memory = joblib.Memory("cache", verbose=0)
calls = []


@memory.cache
def slow(n):
    calls.append(n)
    return np.arange(n) ** 2


def rm_main():
    sums = [int(slow(n).sum()) for n in (1000, 1000, 2000, 1000)]
    slow.clear(warn=False)
    return [sums, int(slow(1000).sum()), calls]
