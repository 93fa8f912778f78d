"""What the applications of test_wsgi_frameworks.py share. Each has the same paths:

/          links to itself and to the static file, made by the framework
/to        redirects to /
/say/X     X and the parameter "text" of the query
/upload    a form with a file: what arrived, and the most memory that the process has had
/raw       a body that is no form, read in pieces
/download  DOWNLOAD, from a file
/stream    pieces with the time of their yield
/endless   more of them than anyone waits for
/count     how often this session was here, and the number of the process
/fails     raises
"""

import hashlib
import json
import os
import re
import time
import wsgiref.validate

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "static")
DOWNLOAD = bytes(range(256)) * 40_000
PIECES, ENDLESS = 5, 100_000


def judged(application, spared=()):
    """The application within wsgiref's validator, but for the spared paths.

    With the query "plain" as well: the validator hides the engine's own wsgi.file_wrapper.
    """
    validated = wsgiref.validate.validator(application)

    def choose(environ, start_response):
        is_spared = environ["PATH_INFO"] in spared or environ["QUERY_STRING"] == "plain"
        return (application if is_spared else validated)(environ, start_response)

    return choose


def digest_of(pieces):
    digest = hashlib.sha256()
    length = 0
    for piece in pieces:
        digest.update(piece)
        length += len(piece)
    return {"sha256": digest.hexdigest(), "length": length}


def pieces_of(read):
    """What read(size) gives, until it gives nothing more."""
    return iter(lambda: read(1 << 16), b"")


def most_memory():
    with open("/proc/self/status") as status:
        return int(re.search(r"^VmHWM:\s+([0-9]+) kB", status.read(), re.M).group(1)) * 1024


def received(name, read, field):
    """The answer to /upload."""
    seen = digest_of(pieces_of(read)) | {"name": name, "field": field, "memory": most_memory()}
    return json.dumps(seen)


def download_path():
    """A file with DOWNLOAD, in the folder that all processes of the application share."""
    path = os.path.join(os.environ["TMPDIR"], "download.bin")
    if not os.path.exists(path):
        with open(f"{path}.{os.getpid()}", "wb") as file:
            file.write(DOWNLOAD)
        os.rename(file.name, path)
    return path


def stream(pieces=PIECES):
    for _ in range(pieces):
        yield f"{time.time():.6f}\n"
        time.sleep(0.1)
