import io

import matplotlib.pyplot as plt


def rm_main():
    plt.style.use("dark_background")
    figure, axes = plt.subplots()
    axes.bar(["a", "b"], [1, 2])
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    return [plt.get_fignums(), picture.getvalue()[1:4].decode()]
