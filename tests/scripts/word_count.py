from collections import Counter

def rm_main(file):
    return Counter(file.read().split()).most_common(2).__repr__()
