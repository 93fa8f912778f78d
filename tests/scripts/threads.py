from concurrent.futures import ThreadPoolExecutor

def rm_main():
    with ThreadPoolExecutor(4) as pool:
        return sum(pool.map(lambda n: n * n, range(100)))
