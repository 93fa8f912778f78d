"""Calls that run in the background. To cancel one stops its script."""

from __future__ import annotations

import contextlib
from concurrent.futures import CancelledError, Future, InvalidStateError, ThreadPoolExecutor
from typing import Callable

from .cancellation import Cancellation
from .results import Result


class Submission(Future[Result]):
    """A Future of a Result. cancel() closes the connection, which stops the script."""

    def __init__(self, cancellation: Cancellation) -> None:
        super().__init__()
        self._cancellation = cancellation

    def cancel(self) -> bool:
        # Never "running" to the base class, so it can be cancelled until it is done.
        if not super().cancel():
            return False
        self._cancellation.cancel()
        self.set_running_or_notify_cancel()
        return True


def submit(executor: ThreadPoolExecutor, work: Callable[[Cancellation], Result]) -> Submission:
    cancellation = Cancellation()
    future = Submission(cancellation)

    def run() -> None:
        if future.cancelled():
            return
        try:
            result = work(cancellation)
        except CancelledError:
            return
        except BaseException as error:
            _settle(future.set_exception, error)
        else:
            _settle(future.set_result, result)

    executor.submit(run)
    return future


def _settle(set_to: Callable[..., None], outcome: object) -> None:
    with contextlib.suppress(InvalidStateError):  # it was cancelled meanwhile
        set_to(outcome)
