import numpy as np
from sklearn.cluster import KMeans

def rm_main():
    points = np.array([[0, 0], [0, 1], [10, 10], [10, 11]])
    labels = KMeans(2, n_init=3, random_state=1).fit_predict(points)
    return bool(labels[0] == labels[1]), bool(labels[0] != labels[2])
