import numpy as np

def rm_main(values):
    array = np.array(values)
    z = (array - array.mean()) / array.std()
    return [bool(b) for b in abs(z) > 1.5]
