"""BLAS with its threads, also in children, and scipy."""

import multiprocessing

import numpy as np
import scipy.optimize
import scipy.sparse.linalg


def matrix(seed):
    a = np.random.default_rng(seed).normal(size=(120, 120))
    return a @ a.T + 120 * np.eye(120)


def largest(seed):
    return round(float(np.linalg.eigvalsh(matrix(seed))[-1]), 4)


def rm_main():
    here = [largest(seed) for seed in range(4)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        there = pool.map_async(largest, range(4)).get(50)
    start = np.ones(120)
    some = scipy.sparse.linalg.eigsh(matrix(0), k=2, v0=start, return_eigenvectors=False)
    best = scipy.optimize.minimize(scipy.optimize.rosen, np.zeros(5))
    return [here == there, here, [round(float(x), 4) for x in some], round(float(best.fun), 4)]
