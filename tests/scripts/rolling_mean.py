def rm_main(data):
    data["mean"] = data["v"].rolling(3).mean()
    return data
