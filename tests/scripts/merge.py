def rm_main(left, right):
    return left.merge(right, on="id", how="outer").sort_values("id").reset_index(drop=True)
