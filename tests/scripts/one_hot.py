import pandas

def rm_main(data):
    return pandas.get_dummies(data, columns=["c"]).astype(int)
