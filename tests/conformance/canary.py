"""What a script finds on a fresh engine: the same after every other script."""

import asyncio
import builtins
import decimal
import gc
import locale
import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
import warnings


def rm_main():
    print("out")
    print("err", file=sys.stderr)
    policy = asyncio.events._event_loop_policy
    return {
        "files": sorted(os.listdir()),
        "environment": sorted(os.environ),
        "streams": [type(sys.stdout).__name__, sys.stdout.encoding, sys.stdout.errors,
                    sys.stdout is sys.__stdout__, sys.stderr.encoding],
        "path": len(sys.path),
        "importers": [len(sys.path_hooks), len(sys.meta_path)],
        "sys": sorted(sys.__dict__),
        "builtins": sorted(builtins.__dict__),
        "limits": [sys.getrecursionlimit(), sys.getswitchinterval(), sys.get_int_max_str_digits()],
        "collector": [gc.isenabled(), list(gc.get_threshold()), gc.get_debug(), len(gc.callbacks)],
        "hooks": [sys.gettrace(), sys.getprofile(), sys.excepthook is sys.__excepthook__,
                  threading.excepthook is threading.__excepthook__],
        "threads": [threading.active_count(), threading.stack_size(), threading.Thread().name],
        "signals": [str(signal.getsignal(number)) for number in range(1, 32)],
        "arithmetic": str(decimal.getcontext()),
        "locale": locale.setlocale(locale.LC_ALL),
        "logging": [len(logging.root.handlers), logging.root.level, logging.root.manager.disable],
        "filters": [str(entry) for entry in warnings.filters],
        "asyncio": policy is None,
        "multiprocessing": multiprocessing.get_start_method(allow_none=True),
        "sockets": socket.getdefaulttimeout(),
        "tempfile": tempfile.tempdir,
        "umask": os.umask(0o22),
    }  # fmt: skip
