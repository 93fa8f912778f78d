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
MOST = 32  # contents that one request may name, or have kept
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

    keep: False for never; True to name contents that an earlier program may have sent; None for those that
    this one sent. supported: whether the engine keeps contents at all; None as long as nobody asked.
    """

    def __init__(self, keep: bool | None) -> None:
        self.supported: bool | None = False if keep is False else None
        self._is_hopeful = bool(keep)
        self._lock = threading.Lock()
        self._digests = Digests()
        self._has: set[str] = set()
        self._has_not: set[str] = set()
        self._sent: set[str] = set()

    def digest(self, path: os.PathLike[str]) -> str:
        """How to name the path's content; empty if it has to be sent, with the option keep."""
        name = str(pathlib.Path(path).absolute())
        with self._lock:
            comes_again = name in self._sent
            self._sent.add(name)
        if not comes_again and not self._is_hopeful:
            return ""  # to be read once: its digest would take longer than the engine's
        digest = self._digests.of(path)
        with self._lock:
            is_there = digest in self._has or (self._is_hopeful and digest not in self._has_not)
        return digest if is_there else ""

    def learn(self, header: str) -> None:
        """From the answer's StandPy-Kept."""
        found = digests_in(header)
        if found:
            with self._lock:
                self.supported = True
                self._has |= found
                self._has_not -= found

    def forget(self, missing: set[str]) -> None:
        """What is contents-missing; of an empty set, everything is."""
        with self._lock:
            self._is_hopeful = self._is_hopeful and bool(missing)
            self._has_not |= missing
            self._has = self._has - missing if missing else set()


def digests_in(text: str) -> set[str]:
    return set(re.findall(r"\b[0-9a-f]{64}\b", text.lower()))
