from concurrent.futures import ProcessPoolExecutor

def double(n):
    return 2 * n

def rm_main():
    with ProcessPoolExecutor(2) as pool:
        return list(pool.map(double, [1, 2, 3]))
