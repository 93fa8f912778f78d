def rm_main(data):
    data["a"] = data["a"].fillna(data["a"].mean())
    return data.dropna(subset=["b"])
