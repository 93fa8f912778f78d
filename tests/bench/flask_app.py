"""The comparison: what one would write with Flask. Compiles and runs the script of each request."""

import contextlib
import io

from flask import Flask, jsonify, request

app = Flask(__name__)


@app.post("/execute")
def execute():
    names = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(request.get_data(), "script", "exec"), names)
        result = names["rm_main"]()
    return jsonify(outputs=[result], stdout=printed.getvalue())
