def numbers(limit):
    a, b = 0, 1
    while a < limit:
        yield a
        a, b = b, a + b

def rm_main():
    return list(numbers(50))
