import http.server
import threading

import requests


class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *arguments):
        pass


def rm_main():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        answers = [requests.get(f"http://127.0.0.1:{server.server_port}/{i}", timeout=9).text for i in (1, 2)]
        server.shutdown()
        thread.join()
    return answers
