"""joblib with each of its backends, functions of the script and of numpy, also in generators."""

import math

import joblib
import numpy as np


def slope(x, power=2):
    return float(power * x ** (power - 1))


def shift(array, by):
    return (array + by).sum()


def rm_main(backend):
    with joblib.parallel_backend(backend, n_jobs=2):
        slopes = joblib.Parallel()(joblib.delayed(slope)(x, power=3) for x in range(10))
        roots = joblib.Parallel(batch_size=2)(joblib.delayed(math.sqrt)(x) for x in range(10))
    parallel = joblib.Parallel(n_jobs=2, backend=backend)
    sums = parallel(joblib.delayed(shift)(np.arange(100), by) for by in range(5))
    with parallel:
        again = [parallel(joblib.delayed(slope)(x) for x in (n, n + 1)) for n in range(3)]
    try:
        parallel(joblib.delayed(math.sqrt)(x) for x in (1, -1))
        failure = None
    except ValueError as error:
        failure = type(error).__name__
    return [slopes, roots, [int(s) for s in sums], again, failure]
