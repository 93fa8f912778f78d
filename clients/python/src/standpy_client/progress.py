"""What is going on, in words, for notebooks and terminals. Pure."""

from __future__ import annotations

import time

_WORDS = {
    "": "connecting",
    "sending": "sending",
    "waiting": "the script runs",
    "receiving": "receiving",
    "busy": "the engine is busy; waiting",
}


class Progress:
    """Told by the transport, read by whoever shows it."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._state = ("", 0, 0)

    def __call__(self, phase: str, done: int, total: int) -> None:
        self._state = phase, done, total

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    @property
    def share(self) -> float | None:
        """From 0 to 1; None if nobody knows."""
        _, done, total = self._state
        return done / total if total else None

    def __str__(self) -> str:
        phase, done, total = self._state
        text = f"{self.seconds:.1f} s: {_WORDS.get(phase, phase)}"
        if total > 1 << 20:
            text += f" {done / 1e6:.0f} of {total / 1e6:.0f} MB"
        return text
