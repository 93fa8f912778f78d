"""torch: TorchScript, saved models, threads, autograd, numpy."""

import numpy as np
import torch
from torch import nn


@torch.jit.script
def weighted(x):
    total = torch.zeros(1)
    for i in range(3):
        total = total + x.sum() * i
    return total


def rm_main():
    torch.set_num_threads(2)
    torch.manual_seed(0)
    layers = (nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 26 * 26, 3))
    model = nn.Sequential(*layers)
    x = torch.rand(8, 1, 28, 28, requires_grad=True)
    torch.save(model.state_dict(), "model.pt")
    model.load_state_dict(torch.load("model.pt"))
    torch.jit.trace(model, x).save("traced.pt")
    same = torch.allclose(torch.jit.load("traced.pt")(x), model(x), atol=1e-5)
    model(x).sum().backward()
    product = torch.rand(300, 300) @ torch.rand(300, 300)
    from_numpy = torch.from_numpy(np.arange(6.0).reshape(2, 3)) * 2
    return [
        float(weighted(torch.ones(4))), same, round(float(x.grad.abs().sum()), 2),
        round(float(product.mean()), 2), from_numpy.numpy().sum().item(),
        torch.fft.fft(torch.ones(8)).real.tolist(),
        round(float(torch.linalg.svdvals(torch.ones(3, 3))[0]), 4),
    ]  # fmt: skip
