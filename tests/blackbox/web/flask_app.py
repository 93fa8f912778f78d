"""Flask: sessions in signed cookies, its own static folder."""

import os

import common
from flask import Flask, Response, redirect, request, send_file, session, url_for

server = Flask(__name__)
server.secret_key = "of this test"


@server.route("/")
def index():
    return {"self": url_for("index"), "absolute": url_for("index", _external=True),
            "static": url_for("static", filename="style.css")}  # fmt: skip


@server.route("/to")
def to():
    return redirect(url_for("index"))


@server.route("/folder/")
def folder():
    return "in the folder"


@server.route("/say/<text>")
def say(text):
    return [text, request.args["text"]]


@server.route("/upload", methods=["POST"])
def upload():
    file = request.files["file"]
    return common.received(file.filename, file.stream.read, request.form["field"])


@server.route("/raw", methods=["POST"])
def raw():
    return common.digest_of(common.pieces_of(request.stream.read))


@server.route("/download")
def download():
    return send_file(common.download_path(), as_attachment=True, download_name="ü.bin")


@server.route("/stream")
def stream():
    return Response(common.stream(), mimetype="text/event-stream")


@server.route("/endless")
def endless():
    return Response(common.stream(common.ENDLESS), mimetype="text/event-stream")


@server.route("/count")
def count():
    session["count"] = session.get("count", 0) + 1
    return [session["count"], os.getpid()]


@server.route("/fails")
def fails():
    raise KeyError("secret words")


application = common.judged(server)
