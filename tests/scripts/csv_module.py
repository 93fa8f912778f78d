import csv

def rm_main(file):
    return list(csv.DictReader(file, delimiter=";"))
