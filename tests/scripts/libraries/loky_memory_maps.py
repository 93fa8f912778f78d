import numpy
from joblib import Memory, Parallel, delayed

kept = Memory("kept", verbose=0)


@kept.cache
def square(number):
    return number * number


def part(values, start):
    return float(values[start::3].sum())


def rm_main():
    values = numpy.arange(400_000, dtype=float)
    by_processes = Parallel(n_jobs=2)(delayed(part)(values, start) for start in range(3))
    by_threads = Parallel(n_jobs=2, prefer="threads")(delayed(part)(values, start) for start in range(3))
    return [by_processes == by_threads, sum(by_processes), square(3), square(3)]
