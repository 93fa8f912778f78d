"""A server that answers with the bytes of a conformance case (clients/cases/README.md)."""

import json
import socket
import ssl
import threading


class FakeServer:
    """answers: what it says to each request, the last one again. heads, bodies: those of the requests."""

    def __init__(self, answers, certificate=None):
        self.answers = answers
        self.heads, self.bodies, self.connections = [], [], 0
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate["TLS_CERT"], certificate["TLS_KEY"])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def endpoint(self):
        return f"{'https' if self.context else 'http'}://127.0.0.1:{self.port}/example"

    @property
    def requests(self):
        return len(self.heads)

    def stop(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as file:
                while self._exchange(connection, file):
                    pass
        except OSError:
            pass

    def _exchange(self, connection, file):
        """Whether the connection goes on."""
        head = b""
        while (line := file.readline()) != b"\r\n":
            if not line:
                return False
            head += line
        answer = self.answers[min(len(self.heads), len(self.answers) - 1)]
        self.heads.append(head.decode("latin-1"))
        if not answer.get("early"):
            self.bodies.append(file.read(length_of(head)))
        if answer.get("hang_up"):
            return False
        answer["act"](connection) if "act" in answer else connection.sendall(bytes_of(answer))
        if answer.get("early"):
            connection.shutdown(socket.SHUT_WR)
            while file.read1(65_536):
                pass
        ends = ("early", "cut", "raw", "raw_repeat")
        return not any(name in answer for name in ends)


def length_of(head):
    for line in head.split(b"\r\n"):
        name, _, content = line.partition(b":")
        if name.lower() == b"content-length":
            return int(content)
    return 0


def bytes_of(answer):
    if "raw" in answer:
        return answer["raw"].encode()
    if "raw_repeat" in answer:
        begin, text, times = answer["raw_repeat"]
        return (begin + text * times + "\r\n").encode()
    media_type, body = _body(answer)
    status = answer.get("status", 200)
    headers = {"Content-Type": media_type, "Content-Length": len(body), **answer.get("headers", {})}
    lines = [f"HTTP/1.1 {status} {answer.get('reason', 'Any')}"]
    lines += [f"{name}: {content}" for name, content in headers.items() if content != ""]
    head = "\r\n".join([*lines, "\r\n"]).encode()
    return head + body[: answer["cut"]] if "cut" in answer else head + body


def _body(answer):
    if "problem" in answer:
        return "application/problem+json", json.dumps(answer["problem"]).encode()
    if "report" in answer:
        parts = [("application/json", json.dumps(answer["report"]).encode())]
        parts += [(kind, part if isinstance(part, bytes) else part.encode()) for kind, part in answer.get("parts", ())]
        return "multipart/mixed; boundary=mark", multipart(parts)
    if "repeat" in answer:
        return "", (answer["repeat"]["text"] * answer["repeat"]["times"]).encode()
    return "", answer.get("text", "").encode()


def multipart(parts):
    body = b""
    for media_type, content in parts:
        body += f"--mark\r\nContent-Type: {media_type}\r\nContent-Length: {len(content)}\r\n\r\n".encode()
        body += content + b"\r\n"
    return body + b"--mark--\r\n"
