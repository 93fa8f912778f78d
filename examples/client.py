"""Sends a DataFrame to a script and prints the one that comes back: client.py ENDPOINT TOKEN SCRIPT DATA"""

import io
import json
import sys
import urllib.request

import pandas

endpoint, token, script, data = sys.argv[1:]
flowers = pandas.read_csv(data)
request = urllib.request.Request(
    endpoint + "/execute",
    json.dumps(
        {
            "script": open(script).read(),
            "inputs": [{"type": "table", "csv": flowers.to_csv(index=False)}],
        }
    ).encode(),
    {
        "Authorization": "Bearer " + token,
        "Content-Type": "application/json",
        "Accept": "text/csv",
    },
)
with urllib.request.urlopen(request) as answer:
    print(pandas.read_csv(io.BytesIO(answer.read())))
