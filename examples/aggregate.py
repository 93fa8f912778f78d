def rm_main(flowers):
    measures = flowers.groupby("species")[["petal_length", "petal_width"]]
    table = measures.agg(["mean", "max"]).round(2)
    table.columns = ["_".join(names) for names in table.columns]
    return table.reset_index()
