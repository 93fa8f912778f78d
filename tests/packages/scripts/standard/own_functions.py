"""Processes run functions and classes of the script itself."""

import concurrent.futures
import multiprocessing
from dataclasses import dataclass


@dataclass
class Point:
    x: int
    y: int


def mirror(point):
    return Point(point.y, point.x)


def rm_main(method):
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        points = list(pool.map(mirror, [Point(i, i * i) for i in range(5)]))
    return [[point.x, point.y] for point in points]
