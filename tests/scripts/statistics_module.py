import statistics

def rm_main(values):
    return statistics.mean(values), statistics.pstdev(values), statistics.median(values)
