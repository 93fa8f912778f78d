"""Ends a request from another thread: its connection is closed, and that stops the script."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from typing import Protocol


class Abortable(Protocol):
    def abort(self) -> None: ...


class Cancellation:
    """One for each request. Holds the connection while there is one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._event = threading.Event()
        self._connection: Abortable | None = None

    def cancel(self) -> None:
        with self._lock:
            self._event.set()
            if self._connection:
                self._connection.abort()

    def is_cancelled(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        if self._event.is_set():
            raise CancelledError()

    def hold(self, connection: Abortable | None) -> None:
        with self._lock:
            self._connection = connection
            if connection and self._event.is_set():
                connection.abort()

    def sleep(self, seconds: float) -> None:
        self._event.wait(seconds)
        self.check()
