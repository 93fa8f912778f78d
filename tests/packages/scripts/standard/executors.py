"""concurrent.futures: processes and threads."""

import concurrent.futures
import hashlib
import math
import multiprocessing


def digest(length):
    return hashlib.sha256(bytes(length)).hexdigest()[:8]


def rm_main(method):
    context = multiprocessing.get_context(method)
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        factorials = list(pool.map(math.factorial, range(15)))
        futures = [pool.submit(math.comb, 20, k) for k in range(5)]
        combinations = [future.result() for future in futures]
        failed = type(pool.submit(math.sqrt, -1).exception()).__name__
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        digests = list(pool.map(digest, range(0, 99999, 9999)))
    return [factorials, combinations, failed, digests]
