"""Memory that processes share by its name."""

import multiprocessing
import os
import pathlib
import sys
from multiprocessing import managers, shared_memory

WORK = """
from multiprocessing import shared_memory


def add(name, length):
    block = shared_memory.SharedMemory(name=name)
    for i in range(length):
        block.buf[i] += i
    block.close()


def rename(name):
    items = shared_memory.ShareableList(name=name)
    items[1] = "after"
    items.shm.close()
"""


def rm_main(method):
    pathlib.Path("memory_work.py").write_text(WORK)
    sys.path.insert(0, os.getcwd())
    import memory_work

    context = multiprocessing.get_context(method)

    def run(function, *arguments):
        process = context.Process(target=function, args=arguments)
        process.start()
        process.join()
        return process.exitcode

    with managers.SharedMemoryManager() as manager:
        block = manager.SharedMemory(200_000)
        items = manager.ShareableList([1, "before", 2.5, None])
        codes = [run(memory_work.add, block.name, 100), run(memory_work.rename, items.shm.name)]
        total, listed = sum(block.buf), list(items)

    named = shared_memory.SharedMemory("blackboard", create=True, size=1000)
    try:
        codes.append(run(memory_work.add, "blackboard", 50))
        code = sum(named.buf)
        try:
            shared_memory.SharedMemory("blackboard", create=True, size=1000)
            twice = "made"
        except FileExistsError as error:
            twice = type(error).__name__
    finally:
        named.close()
        named.unlink()
    try:
        gone = shared_memory.SharedMemory("blackboard").size
    except FileNotFoundError as error:
        gone = type(error).__name__
    return [total, listed, codes, code, twice, gone]
