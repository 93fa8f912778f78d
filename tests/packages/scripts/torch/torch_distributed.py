"""torch: two processes agree by gloo on loopback."""

import os
import pathlib
import sys

import torch
import torch.multiprocessing

WORK = """
import torch
import torch.distributed


def run(rank, folder, results):
    torch.distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/rendezvous", rank=rank, world_size=2
    )
    tensor = torch.arange(4.0) * (rank + 1)
    torch.distributed.all_reduce(tensor)
    results[rank] = tensor.sum()
    torch.distributed.destroy_process_group()
"""


def rm_main():
    pathlib.Path("gloo_work.py").write_text(WORK)
    sys.path.insert(0, os.getcwd())
    import gloo_work

    results = torch.zeros(2).share_memory_()
    torch.multiprocessing.spawn(gloo_work.run, (os.getcwd(), results), nprocs=2)
    return results.tolist()
