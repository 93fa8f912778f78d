"""torch: a network learns from batches that worker processes load."""

import functools
import os
import pathlib
import sys

import torch
from torch.utils.data import DataLoader

WORK = """
import torch
import torch.multiprocessing
from torch.utils.data import Dataset


class Waves(Dataset):
    def __len__(self):
        return 64

    def __getitem__(self, i):
        x = torch.linspace(0, 1, 4000) * (i + 1)
        return torch.sin(x), torch.tensor(float(i % 2))


def begin(strategy, worker):
    torch.multiprocessing.set_sharing_strategy(strategy)
"""


def rm_main(method, strategy):
    pathlib.Path("torch_work.py").write_text(WORK)
    sys.path.insert(0, os.getcwd())
    import torch_work

    torch.multiprocessing.set_sharing_strategy(strategy)
    torch.set_num_threads(2)
    torch.manual_seed(0)
    loader = DataLoader(
        torch_work.Waves(), batch_size=16, num_workers=2, persistent_workers=True,
        multiprocessing_context=method,
        worker_init_fn=functools.partial(torch_work.begin, strategy),
    )  # fmt: skip
    model = torch.nn.Sequential(torch.nn.Linear(4000, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    optimizer = torch.optim.SGD(model.parameters(), 1e-3)
    losses, shared = [], []
    for _ in range(2):
        for waves, labels in loader:
            shared.append(waves.is_shared())
            loss = torch.nn.functional.binary_cross_entropy_with_logits(model(waves)[:, 0], labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(round(loss.item(), 4))
    return [losses, all(shared)]
