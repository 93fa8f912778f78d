"""FastAPI by a2wsgi, whose thread begins in the first request; sessions by Starlette."""

import asyncio
import functools
import logging
import os
from typing import Annotated

import common
from a2wsgi import ASGIMiddleware
from fastapi import FastAPI, Form, Request, UploadFile
from fastapi.responses import FileResponse, PlainTextResponse, RedirectResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from starlette.middleware.sessions import SessionMiddleware

app = FastAPI()
app.add_middleware(SessionMiddleware, secret_key="of this test")
app.mount("/static", StaticFiles(directory=common.FOLDER), name="static")


@app.exception_handler(Exception)
async def log(request, error):
    """a2wsgi drops the traceback."""
    logging.error("%s failed", request.url.path, exc_info=error)
    return PlainTextResponse("Internal Server Error", status_code=500)


@app.api_route("/", methods=["GET", "HEAD"])
async def index(request: Request):
    return {"self": request.url_for("index").path, "absolute": str(request.url_for("index")),
            "static": request.url_for("static", path="style.css").path}  # fmt: skip


@app.get("/to")
async def to(request: Request):
    return RedirectResponse(request.url_for("index"), status_code=302)


@app.get("/folder/")
async def folder():
    return PlainTextResponse("in the folder")


@app.get("/say/{path}")
async def say(path: str, text: str):
    return [path, text]


@app.post("/upload")
def upload(file: UploadFile, field: Annotated[str, Form()]):
    return PlainTextResponse(common.received(file.filename, file.file.read, field))


@app.post("/raw")
async def raw(request: Request):
    return common.digest_of([piece async for piece in request.stream()])


@app.get("/download")
async def download():
    return FileResponse(common.download_path(), filename="ü.bin")


async def sent(pieces):
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)


@app.get("/stream")
async def stream():
    return StreamingResponse(sent(common.stream()), media_type="text/event-stream")


@app.get("/endless")
async def endless():
    return StreamingResponse(sent(common.stream(common.ENDLESS)), media_type="text/event-stream")


@app.get("/count")
async def count(request: Request):
    request.session["count"] = request.session.get("count", 0) + 1
    return [request.session["count"], os.getpid()]


@app.get("/fails")
async def fails():
    raise KeyError("secret words")


@functools.cache
def bridge():
    """Starlette's redirects have no Content-Type, which the validator wants of every answer."""
    return common.judged(ASGIMiddleware(app), spared=("", "/to", "/folder"))


def application(environ, start_response):
    return bridge()(environ, start_response)
