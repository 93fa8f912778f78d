from multiprocessing import Pool

def square(n):
    return n * n

def rm_main():
    with Pool(2) as pool:
        return pool.map(square, range(5))
