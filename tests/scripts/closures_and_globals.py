counter = 0

def rm_main():
    global counter

    def increment(by):
        global counter
        counter += by
        return counter

    return [increment(1), increment(2), counter]
