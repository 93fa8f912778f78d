def rm_main(data):
    data["price_per_m2"] = (data["price"] / data["area"]).round(2)
    data["large"] = data["area"] > 70
    return data
