from flask import Flask, url_for

server = Flask(__name__)


@server.route("/")
def index():
    return f'<a href="{url_for("index")}">here</a>'
