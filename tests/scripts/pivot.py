def rm_main(data):
    table = data.pivot(index="d", columns="k", values="v").reset_index()
    table.columns.name = None
    return table
