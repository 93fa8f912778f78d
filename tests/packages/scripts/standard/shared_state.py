"""Values, arrays and every kind of lock between processes."""

import multiprocessing
import os
import pathlib
import sys

WORK = """
def count(value, array, lock, semaphore, barrier, started, condition, done):
    started.wait()
    barrier.wait()
    for i in range(200):
        with lock:
            value.value += 1
        with semaphore, array.get_lock():
            array[i % len(array)] += 1.5
    with condition:
        done.value += 1
        condition.notify()
"""


def rm_main(method):
    pathlib.Path("state_work.py").write_text(WORK)
    sys.path.insert(0, os.getcwd())
    import state_work

    context = multiprocessing.get_context(method)
    value = context.Value("q", 0, lock=False)
    done = context.Value("i", 0)
    array = context.Array("d", 4)
    started, condition = context.Event(), context.Condition()
    shared = (
        value, array, context.RLock(), context.BoundedSemaphore(2), context.Barrier(3), started,
        condition, done,
    )  # fmt: skip
    workers = [context.Process(target=state_work.count, args=shared) for _ in range(3)]
    for worker in workers:
        worker.start()
    started.set()
    with condition:
        finished = condition.wait_for(lambda: done.value == 3, timeout=50)
    for worker in workers:
        worker.join()
    return [value.value, list(array), finished, [worker.exitcode for worker in workers]]
