"""Long-lived processes that libraries start beside a script, ended in the way their library ends them.

They hold what nobody else removes: names of shared memory and semaphores, folders of memory maps.
"""

import os
import sys


def _end_executor(name):
    """Of loky: joblib's workers."""
    module = sys.modules.get(name)
    executor = getattr(module, "_executor", None)
    if executor is None:
        return
    module._executor = None
    end = getattr(executor, "terminate", executor.shutdown)  # joblib's own removes its folders too
    end(kill_workers=True)


def _close(tracker):
    """A tracker of resources ends, and removes what is left, when its pipe is closed."""
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
    """Of what the script's objects would end themselves, and now need not: it is gone."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util._finalizer_registry.clear()


def end():
    """While they still run. What does not end in its own way is killed afterwards."""
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
    _forget_finalizers()  # which may tell a tracker, and would start a new one
    for tracker in _trackers():  # last: the others have a copy of its pipe
        try:
            _close(tracker)
        except Exception:
            pass


def forget():
    """Once no process is left: none of them is taken to run."""
    server = _forkserver()
    if server is not None and server._forkserver_pid is not None:
        server._forkserver_pid = server._forkserver_address = server._forkserver_alive_fd = None
    for tracker in _trackers():
        if tracker._fd is not None:
            _close(tracker)
