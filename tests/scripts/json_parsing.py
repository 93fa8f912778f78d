import json

def rm_main(file):
    data = json.load(file)
    return data["a"][1], data["c"], json.dumps(data, sort_keys=True)
