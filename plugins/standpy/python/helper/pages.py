"""The WSGI application (PEP 3333): loads it, hands it requests, and sends on what it answers."""

import faulthandler
import gc
import importlib
import io
import json
import operator
import os
import signal
import sys
import threading
import traceback

import _standpy
from _standpy import environ, leftovers, page_answer

_application = None


def _in_one_line(error):
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _warn_of_threads():
    """A fork has only the thread that forks, and what waits for another one waits for ever."""
    others = threading.active_count() - 1
    if others > 0:
        print(
            f"standpy: warning: the import of the application has started threads ({others}), which its"
            " processes do not have; start them in a request",
            file=sys.stderr,
        )


def load(spec, folder, mount, workers):
    """Loads module:callable, in the process that the application's runners are forked from.

    folder: where to look before the environment; "" for nowhere. Returns None, or in one line why not.
    """
    global _application
    module, _, name = spec.partition(":")
    if folder:
        sys.path.insert(0, folder)
    try:
        found = operator.attrgetter(name or "application")(importlib.import_module(module))
    except BaseException as error:  # an application that calls sys.exit() must not end the engine
        traceback.print_exc()
        return f"WSGI_APP={spec} is not allowed: {_in_one_line(error)}"
    if not callable(found):
        return f"WSGI_APP={spec} is not allowed: it is no callable, but of type {type(found).__name__}"
    _application = found
    environ.prepare(mount, workers > 1)
    _warn_of_threads()
    sys.stdout.flush()
    gc.collect()
    gc.freeze()  # as in lifecycle.preload
    return None


def _make_stream(descriptor):
    return io.TextIOWrapper(
        io.FileIO(descriptor, "w", closefd=False),
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=True,
        write_through=True,
    )


# A child of the application ends by SIGTERM, as its parent expects, from its first moment on.

_held = threading.local()  # the mask of the thread that forks


def _hold_stops():
    _held.mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])


def _release_stops():
    signal.pthread_sigmask(signal.SIG_SETMASK, _held.mask)


def _forget_stops():
    if signal.getsignal(signal.SIGTERM) is page_answer.stop:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _release_stops()


def enter_runner(scratch, kept, stack_descriptor, stack_signal, confined):
    """Call it in a new runner. kept: the application's folder, which lives as long as the engine."""
    faulthandler.register(stack_signal, stack_descriptor, all_threads=True)
    os.chdir(os.path.join(scratch, "work"))
    os.environ["TMPDIR"] = kept
    os.environ["STANDPY_SHM"] = scratch + "/.shm"  # plugins/standpy/names
    if confined:
        os.environ["HOME"] = kept
    import tempfile

    tempfile.tempdir = None  # what the import found out
    sys.stdout = sys.__stdout__ = _make_stream(1)
    sys.stderr = sys.__stderr__ = _make_stream(2)
    leftovers.reseed_all()
    signal.signal(signal.SIGTERM, page_answer.stop)
    os.register_at_fork(
        before=_hold_stops, after_in_parent=_release_stops, after_in_child=_forget_stops
    )


def _fail(answer, errors, request_id):
    """The log gets the traceback, the client no word of it: who sees a page need not know its code."""
    errors.write(traceback.format_exc())
    if answer.is_over:
        return
    if answer.is_sent:
        _standpy.send_piece(b"", page_answer.BREAKS)
        return
    name = type(sys.exc_info()[1]).__name__
    problem = {
        "type": "urn:standpy:problem:internal",
        "title": "Internal error of the engine",
        "status": 500,
        "detail": f"the application failed: {name}; the log has the traceback",
        "request_id": request_id,
    }
    text = b"Internal Server Error\r\nContent-Type: application/problem+json\r\n"
    _standpy.send_head(500, text, json.dumps(problem).encode(), page_answer.ENDS)


def _close(result, errors):
    try:
        if hasattr(result, "close"):
            result.close()
    except BaseException:
        errors.write(traceback.format_exc())


def serve(variables, content, descriptor, length, is_trusted, request_id):
    """One request, from its environ to the end of its answer.

    variables: a dict, which becomes the environ. descriptor: of a file with the body; -1: content has it.
    """
    page_answer.begin()
    if descriptor >= 0:
        body = os.fdopen(os.dup(descriptor), "rb")
        body.seek(0)
    else:
        body = io.BytesIO(content)
    environ.complete(variables, body, length, is_trusted, request_id)
    errors = variables["wsgi.errors"]
    answer = page_answer.Answer(variables.get("REQUEST_METHOD") == "HEAD")
    result = None
    try:
        page_answer.let_stop(True)
        result = _application(variables, answer.start_response)
        page_answer.give(answer, result, errors)
    except page_answer.Stopped:
        pass
    except BaseException:  # SystemExit as well: the process is not the application's to end
        page_answer.let_stop(False)
        if not page_answer.is_stopped():
            _fail(answer, errors, request_id)
    finally:
        page_answer.let_stop(False)
        _close(result, errors)
        answer.is_closed = True
        errors.end()
        body.close()
