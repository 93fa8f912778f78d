"""requests asks a server that the script itself runs on loopback."""

import http.server
import io
import json
import threading

import requests


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(404 if "missing" in self.path else 200, self.path)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(201, {"length": len(body), "type": self.headers["Content-Type"].split(";")[0]})

    def log_message(self, *arguments):
        pass


def rm_main():
    server = http.server.ThreadingHTTPServer(("localhost", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    base = f"http://localhost:{server.server_port}"
    try:
        with requests.Session() as session:
            paths = [session.get(f"{base}/{i}", params={"q": "ä b"}).json() for i in range(5)]
            posted = session.post(base, json={"a": 1}).json()
            sent = session.post(base, files={"file": io.BytesIO(bytes(300_000))}).json()
            missing = session.get(f"{base}/missing").status_code
            streamed = b"".join(session.get(base, stream=True).iter_content(1)).decode()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    try:
        requests.get(base, timeout=10)
        refused = None
    except requests.ConnectionError as error:
        refused = type(error).__name__
    return [paths, posted, sent["type"], sent["length"] > 300_000, missing, streamed, refused]
