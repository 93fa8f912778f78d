"""Processes of a pool learn, with OpenMP and BLAS of their own."""

import multiprocessing

import numpy as np
from sklearn.datasets import make_regression
from sklearn.ensemble import HistGradientBoostingRegressor


def score(seed):
    X, y = make_regression(300, 6, noise=3, random_state=seed)
    model = HistGradientBoostingRegressor(max_iter=5, random_state=0).fit(X, y)
    return [round(float(model.score(X, y)), 6), round(float(np.linalg.eigvalsh(X.T @ X)[0]), 4)]


def rm_main():
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.map_async(score, range(4)).get(50)
