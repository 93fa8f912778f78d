"""Bottle: a counter in a signed cookie, static files by a route."""

import json
import os
import urllib.parse

import common
from bottle import Bottle, redirect, request, response, static_file

pages = Bottle()
SECRET = "of this test"


@pages.route("/", name="index")
def index():
    own = pages.get_url("index")
    return {"self": own, "absolute": urllib.parse.urljoin(request.url, own),
            "static": pages.get_url("static", name="style.css")}  # fmt: skip


@pages.route("/static/<name>", name="static")
def static(name):
    return static_file(name, root=common.FOLDER)


@pages.route("/to")
def to():
    redirect(pages.get_url("index"))


@pages.route("/say/<text>")
def say(text):
    return json.dumps([text, request.query.getunicode("text")])


@pages.route("/upload", method="POST")
def upload():
    file = request.files.file
    return common.received(file.raw_filename, file.file.read, request.forms.field)


@pages.route("/raw", method="POST")
def raw():
    return common.digest_of(common.pieces_of(request.body.read))


@pages.route("/download")
def download():
    path = common.download_path()
    return static_file("download.bin", root=path.rpartition("/")[0], download="u.bin")


@pages.route("/stream")
def stream():
    response.content_type = "text/event-stream"
    return common.stream()


@pages.route("/endless")
def endless():
    response.content_type = "text/event-stream"
    return common.stream(common.ENDLESS)


@pages.route("/count")
def count():
    number = (request.get_cookie("count", secret=SECRET) or 0) + 1
    response.set_cookie("count", number, secret=SECRET)
    return json.dumps([number, os.getpid()])


@pages.route("/fails")
def fails():
    raise KeyError("secret words")


application = common.judged(pages)
