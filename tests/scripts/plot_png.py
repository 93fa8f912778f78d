import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

def rm_main():
    plt.plot([1, 2, 3], [1, 4, 9])
    plt.savefig("figure.png")
    plt.close("all")
    with open("figure.png", "rb") as file:
        return file.read(8).hex()
