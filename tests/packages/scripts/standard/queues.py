"""Processes that hand work on by queues and pipes."""

import multiprocessing
import os
import pathlib
import sys

WORK = """
def double(tasks, results):
    while True:
        task = tasks.get()
        if task is None:
            tasks.task_done()
            return
        results.put((task, task * 2))
        tasks.task_done()


def echo(connection, simple):
    while (message := connection.recv()) != "end":
        connection.send(message[::-1])
    simple.put(len(connection.recv_bytes()))
    connection.close()
"""


def rm_main(method):
    pathlib.Path("queue_work.py").write_text(WORK)
    sys.path.insert(0, os.getcwd())
    import queue_work

    context = multiprocessing.get_context(method)
    tasks, results = context.JoinableQueue(), context.Queue(maxsize=100)
    workers = [
        context.Process(target=queue_work.double, args=(tasks, results), daemon=True)
        for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    for number in range(30):
        tasks.put(number)
    for _ in workers:
        tasks.put(None)
    doubled = dict(results.get(timeout=50) for _ in range(30))
    tasks.join()
    for worker in workers:
        worker.join()

    ours, theirs = context.Pipe()
    simple = context.SimpleQueue()
    other = context.Process(target=queue_work.echo, args=(theirs, simple))
    other.start()
    ours.send("drawer")
    answer = ours.recv()
    ours.send("end")
    ours.send_bytes(bytes(300_000))
    length = simple.get()
    other.join()
    return [sorted(doubled.values()), answer, length, [w.exitcode for w in (*workers, other)]]
