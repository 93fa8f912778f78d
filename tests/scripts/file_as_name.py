import pandas

def rm_main(file):
    return pandas.read_csv(file.name)
