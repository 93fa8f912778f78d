"""joblib hands large arrays to its workers as memory maps; they write results into another."""

import joblib
import numpy as np


def column_sum(array, column, results):
    results[column] = array[:, column].sum()
    return type(array).__name__ == "memmap", not array.flags.writeable


def rm_main(backend):
    array = np.arange(600_000, dtype="f8").reshape(-1, 6)  # 4.8 MB
    joblib.dump(array, "array.joblib")
    mapped = joblib.load("array.joblib", mmap_mode="r")
    results = np.memmap("results", dtype="f8", shape=6, mode="w+")
    parallel = joblib.Parallel(n_jobs=2, backend=backend, max_nbytes="1M")
    kinds = parallel(joblib.delayed(column_sum)(array, i, results) for i in range(6))
    from_file = results.tolist()
    parallel(joblib.delayed(column_sum)(mapped, i, results) for i in range(6))
    returned = parallel(joblib.delayed(np.multiply)(array, i) for i in range(3))
    means = [float(one.mean()) for one in returned]
    kinds = [list(map(bool, kind)) for kind in kinds]
    return [kinds, from_file == results.tolist(), from_file, means]
