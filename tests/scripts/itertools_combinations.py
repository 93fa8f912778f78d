import itertools

def rm_main():
    return ["".join(c) for c in itertools.combinations("abcd", 2)]
