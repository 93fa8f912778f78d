"""Ends long-lived processes that libraries start beside a script, as their library would end them.

Only they remove what they hold: names of shared memory and semaphores, folders of memory maps.
"""

import os
import sys


def _end_executor(name):
    """Ends loky's executor: joblib's workers."""
    module = sys.modules.get(name)
    executor = getattr(module, "_executor", None)
    if executor is None:
        return
    module._executor = None
    end = getattr(executor, "terminate", executor.shutdown)  # joblib's own also removes its folders
    end(kill_workers=True)


def _close(tracker):
    """A resource tracker whose pipe is closed removes what is left, and ends."""
    descriptor, process = getattr(tracker, "_fd", None), getattr(tracker, "_pid", None)
    if descriptor is None:
        return
    tracker._fd = tracker._pid = None
    os.close(descriptor)
    if process is not None:
        try:
            os.waitpid(process, 0)
        except ChildProcessError:
            pass


def _forkserver():
    module = sys.modules.get("multiprocessing.forkserver")
    return getattr(module, "_forkserver", None)


def _trackers():
    for name in (
        "joblib.externals.loky.backend.resource_tracker",
        "loky.backend.resource_tracker",
        "multiprocessing.resource_tracker",
    ):
        tracker = getattr(sys.modules.get(name), "_resource_tracker", None)
        if tracker is not None:
            yield tracker


def _forget_finalizers():
    """Drops the finalizers of the script's objects: it is gone, and what they would end is ended here."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util._finalizer_registry.clear()


def end():
    """Call it while they still run. The runner afterwards kills what does not end in its own way."""
    for name in ("joblib.externals.loky.reusable_executor", "loky.reusable_executor"):
        try:
            _end_executor(name)
        except Exception:
            pass
    try:
        server = _forkserver()
        if server is not None:
            server._stop()
    except Exception:
        pass
    _forget_finalizers()  # they may call a tracker, which would start a new one
    for tracker in _trackers():  # last: the others have a copy of its pipe
        try:
            _close(tracker)
        except Exception:
            pass


def forget():
    """Call it once no process is left: libraries then know that none of theirs runs."""
    server = _forkserver()
    if server is not None and server._forkserver_pid is not None:
        server._forkserver_pid = server._forkserver_address = server._forkserver_alive_fd = None
    for tracker in _trackers():
        if tracker._fd is not None:
            _close(tracker)
