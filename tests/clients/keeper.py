"""A server that keeps contents as docs/protocol.md says, and one that does not know them."""

import hashlib
import json
import re
import threading

from fake_server import FakeServer, bytes_of

OK = {
    "report": {"outputs": [{"type": "value", "media_type": "application/json"}], "stdout": "", "stderr": ""},
    "parts": [["application/json", "1"]],
}


class Keeper(FakeServer):
    """An engine that keeps contents, or does not know what that is; log: what each request did."""

    def __init__(self, knows=True):
        self.knows, self.contents, self.log = knows, {}, []
        self.lock = threading.Lock()
        super().__init__([{"act": self.act}])

    def act(self, connection):
        with self.lock:
            connection.sendall(bytes_of(self.answer(self.heads[-1], self.bodies[-1])))

    def answer(self, head, body):
        mark = re.escape(b"--" + re.search(r"boundary=(\S+)", head)[1].encode())
        files = re.findall(rb'name="file".*?\r\n\r\n(.*?)\r\n' + mark, body, re.DOTALL)
        options = re.search(rb'name="options"\r\n\r\n(.*?)\r\n', body)
        keep = json.loads(options[1]).get("keep", []) if options else []
        named = re.findall(r"[0-9a-f]{64}", "".join(re.findall(r"StandPy-Contents: (.*)\r", head)))
        if not self.knows:
            assert not named
            self.log.append("no option keep" if keep else "full")
            return problem(400, "malformed-request", 'options: there is no option "keep"') if keep else OK
        missing = [digest for digest in named if digest not in self.contents]
        if missing:
            self.log.append("missing")
            refused = problem(409, "contents-missing", "some contents are not kept")
            refused["problem"]["missing"] = missing
            return refused
        kept = [hashlib.sha256(files[place]).hexdigest() for place in keep]
        self.contents |= dict.fromkeys(kept)
        self.log.append("probe" if files and files[0] == b"0" else "kept" if keep else "named" if named else "full")
        return OK | {"headers": {"StandPy-Kept": ", ".join(kept)}} if kept else OK


def problem(status, kind, detail):
    return {"status": status, "problem": {"type": f"urn:standpy:problem:{kind}", "detail": detail}}
