"""Objects that a manager's process keeps, its own and some of the script's."""

import multiprocessing
import multiprocessing.managers
import os
import pathlib
import sys

WORK = """
import multiprocessing.managers


class Counter:
    def __init__(self):
        self.words = {}

    def add(self, word):
        self.words[word] = self.words.get(word, 0) + 1

    def result(self):
        return self.words


class Counters(multiprocessing.managers.BaseManager):
    pass


Counters.register("Counter", Counter)


def work(number, numbers, names, space, lock, queue, counter):
    with lock:
        numbers.append(number)
        names[str(number)] = number * number
        space.total += number
        counter.add("odd" if number % 2 else "even")
    queue.put(number)
"""


def rm_main(method):
    pathlib.Path("manager_work.py").write_text(WORK)
    sys.path.insert(0, os.getcwd())
    import manager_work

    context = multiprocessing.get_context(method)
    with context.Manager() as manager, manager_work.Counters(ctx=context) as counters:
        numbers, names, space = manager.list(), manager.dict(), manager.Namespace()
        space.total = 0
        queue, counter = manager.Queue(), counters.Counter()
        shared = (numbers, names, space, manager.Lock(), queue, counter)
        workers = [
            context.Process(target=manager_work.work, args=(number, *shared)) for number in range(4)
        ]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        queued = sorted(queue.get(timeout=50) for _ in workers)
        named = dict(sorted(names.items()))
        return [sorted(numbers), named, space.total, queued, counter.result()]
