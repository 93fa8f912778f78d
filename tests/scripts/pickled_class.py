import pickle

class Point:
    def __init__(self, x):
        self.x = x

def rm_main():
    return pickle.loads(pickle.dumps(Point(3))).x
