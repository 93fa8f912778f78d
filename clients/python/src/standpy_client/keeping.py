"""Contents that the engine keeps: which paths are named by their digest instead of being sent again."""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import threading
import time
from typing import NamedTuple

LEAST = 65_536  # bytes; less is sent as fast as it is looked up
_SETTLED = 2.0  # seconds; a file that changed later than that may change again with the same times


class _Stamp(NamedTuple):
    size: int
    device: int
    inode: int
    modified: int
    changed: int


class Digests:
    """SHA-256 of files, computed again only if a file may have changed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[_Stamp, str]] = {}

    def of(self, path: os.PathLike[str]) -> str:
        name = str(pathlib.Path(path).absolute())
        known = self._known.get(name)
        if known and known[0] == _stamp(name):
            return known[1]
        began = time.time()
        with open(name, "rb") as file:
            before = _stamp(file.fileno())
            digest = hashlib.sha256()
            while chunk := file.read(1 << 20):
                digest.update(chunk)
            settled = (
                _stamp(file.fileno()) == before
                and max(before.modified, before.changed) < (began - _SETTLED) * 1e9
            )
        if settled:
            self._known[name] = before, digest.hexdigest()
        else:
            self._known.pop(name, None)
        return digest.hexdigest()


def _stamp(file: str | int) -> _Stamp:
    found = os.stat(file)
    return _Stamp(found.st_size, found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns)


class Kept:
    """What an engine is known to have.

    supported: whether it keeps contents at all; None as long as nobody asked.
    """

    def __init__(self) -> None:
        self.supported: bool | None = None
        self._lock = threading.Lock()
        self._has: set[str] = set()

    def has(self, digest: str) -> bool:
        with self._lock:
            return digest in self._has

    def learn(self, header: str) -> None:
        """From the answer's StandPy-Kept."""
        found = digests_in(header)
        if found:
            with self._lock:
                self.supported = True
                self._has |= found

    def forget(self, digests: set[str]) -> None:
        """They are contents-missing."""
        with self._lock:
            self._has -= digests


def digests_in(text: str) -> set[str]:
    return set(re.findall(r"\b[0-9a-f]{64}\b", text.lower()))
