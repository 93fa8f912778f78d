"""torch: processes learn on one model in shared memory, and send tensors by queues."""

import os
import pathlib
import sys

import torch
import torch.multiprocessing

WORK = """
import torch
import torch.multiprocessing


def learn(model, strategy, lock, queue, received, number):
    torch.multiprocessing.set_sharing_strategy(strategy)
    torch.set_num_threads(1)
    x = torch.full((8, 4), float(number + 1))
    model(x).pow(2).mean().backward()
    with lock, torch.no_grad():
        model.bias += 1
    queue.put((number, x * 2))
    received.wait()
"""


def rm_main(method, strategy):
    pathlib.Path("model_work.py").write_text(WORK)
    sys.path.insert(0, os.getcwd())
    import model_work

    torch.multiprocessing.set_sharing_strategy(strategy)
    context = torch.multiprocessing.get_context(method)
    model = torch.nn.Linear(4, 2)
    torch.nn.init.zeros_(model.bias)
    model.share_memory()
    shared = (model, strategy, context.Lock(), context.Queue(), context.Event())
    workers = [context.Process(target=model_work.learn, args=(*shared, n)) for n in range(2)]
    for worker in workers:
        worker.start()
    tensors = dict(shared[3].get(timeout=50) for _ in workers)
    sums = [float(tensors[number].sum()) for number in range(2)]
    shared[4].set()
    for worker in workers:
        worker.join()
    return [sums, model.bias.tolist(), [worker.exitcode for worker in workers]]
