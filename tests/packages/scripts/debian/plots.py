"""matplotlib writes each of its formats, the same bytes each time."""

import hashlib
import io

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

matplotlib.rcParams["svg.hashsalt"] = "salt"


def rm_main():
    x = np.linspace(0, 6, 200)
    figure, axes = plt.subplots(2, 2, figsize=(6, 4))
    axes[0, 0].plot(x, np.sin(x), label=r"$\sin \alpha^2$")
    axes[0, 0].legend()
    axes[0, 1].hist(np.random.default_rng(0).normal(size=500))
    axes[1, 0].imshow(np.arange(64).reshape(8, 8))
    axes[1, 1].scatter(x, np.cos(x), c=x)
    figure.suptitle("Übersicht")
    results = [matplotlib.get_backend().lower()]
    for kind, metadata in (("png", {}), ("pdf", {"CreationDate": None}), ("svg", {"Date": None})):
        figure.savefig(f"figure.{kind}", metadata=metadata)
        with open(f"figure.{kind}", "rb") as file:
            content = file.read()
        results.append([kind, content[:5].hex(), hashlib.sha256(content).hexdigest()])
    memory = io.BytesIO()
    figure.savefig(memory, format="png", dpi=30)
    plt.close(figure)
    return results + [memory.getvalue()[:4].hex(), plt.get_fignums()]
