from functools import lru_cache

@lru_cache(None)
def ways(n):
    return 1 if n < 2 else ways(n - 1) + ways(n - 2)

def rm_main():
    return ways(80)
