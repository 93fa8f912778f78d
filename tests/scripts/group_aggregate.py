def rm_main(data):
    return data.groupby("city")["sales"].agg(["sum", "count"]).reset_index()
