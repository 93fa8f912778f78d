import gzip

def rm_main(text):
    with gzip.open("t.gz", "wt") as file:
        file.write(text)
    with gzip.open("t.gz", "rt") as file:
        return file.read()
