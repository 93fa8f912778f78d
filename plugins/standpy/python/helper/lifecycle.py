"""The interpreter's life: preload in the zygote, then fork runners."""

import faulthandler
import gc
import importlib
import importlib.util
import os
import sys

from _standpy import changes, failures, files, helper_processes, learning, leftovers, rehearsal, rm_init, state, tables


def _is_installed(name):
    """True for a module that can be imported, but not for an empty folder of that name."""
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None


def _closed_folder():
    """The first folder of sys.path that may not be read; every import from it would fail."""
    for path in sys.path:
        if os.path.isdir(path) and not os.access(path, os.R_OK | os.X_OK):
            return path
    return None


def _in_one_line(error):
    """The cause of an exception in one line: numpy's own messages say everything but that."""
    while cause := error.__cause__ or (not error.__suppress_context__ and error.__context__):
        error = cause
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def preload(names, required, learned, learns):
    """Imports modules in the zygote. Returns None, or why the engine must not start.

    names: module names with commas between, or "none". learned: likewise, "" for none; startup goes on
    if one fails. learns: whether runners report what their scripts import.
    """
    if closed := _closed_folder():
        return f"{sys.prefix} is not readable by user {os.geteuid()}: {closed}"
    if names == "none":
        names, required = "", False
    for name in filter(None, names.split(",")):
        try:
            if not required and not _is_installed(name):
                continue
            importlib.import_module(name)
            learning.preloaded.append(name)
        except Exception as error:
            if required:
                return f"PRELOAD={names} is not allowed: {name}: {_in_one_line(error)}"
            print(f"standpy: preload of {name} failed: {_in_one_line(error)}", file=sys.stderr)
    learning.find_folders()
    learning.import_learned(learned.split(",") if learned else [])
    if learns:
        learning.watch()
    tables.warm()
    rehearsal.run()
    leftovers.watch()
    state.watch()
    changes.watch()
    files.let_read(_readable_folders())
    # What is there now stays, so the collector never looks at it again, and its pages stay shared.
    gc.collect()
    gc.freeze()
    return None


def imported():
    """What this zygote has imported in advance: PRELOAD's modules, a semicolon, learned modules."""
    return f"{','.join(learning.preloaded)};{','.join(learning.learned)}"


def after_fork():
    """Gives every child random numbers of its own."""
    leftovers.reseed_all()


def enter_runner(scratch, stack_descriptor, stack_signal, confined, reused):
    """Call it in a new runner, which already has a scratch folder.

    confined: no other folder can be written, so libraries keep their caches there, too. reused: another
    script may follow, so the runner has to undo what each one changes, and keeps what rm_init returns.

    stack_signal makes faulthandler write the stacks of all threads to stack_descriptor, without the GIL.
    """
    faulthandler.register(stack_signal, stack_descriptor, all_threads=True)
    folder, script_file = files.enter_scratch(scratch)
    failures.name_script(script_file)
    sys.argv[:] = [script_file]
    sys.path.insert(0, folder)
    os.environ["TMPDIR"] = scratch
    os.environ["STANDPY_SHM"] = scratch + "/.shm"  # plugins/standpy/names
    if confined:
        os.environ["HOME"] = scratch
    if reused:
        leftovers.enter_runner()
        changes.enter_runner()
    learning.enter_runner()
    rm_init.enter_runner(reused)


def _readable_folders():
    prefixes = sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix
    folders = [os.path.realpath(path) for path in (*prefixes, *sys.path) if os.path.isabs(path)]
    # A prefix of "/" would allow everything; Debian's is /usr.
    return dict.fromkeys(folder for folder in folders if folder != "/")


def readable_paths():
    """The folders of the environment and its base, one per line."""
    return "\n".join(_readable_folders())


def end_helper_processes():
    """After a script that left processes: ends those of libraries in their own way."""
    helper_processes.end()


def collect():
    """Call it after a request that left much memory behind."""
    gc.collect()
