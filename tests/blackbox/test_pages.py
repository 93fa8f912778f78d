"""A new process has the pages that scripts write to before a request waits for them."""

import os

import pytest

from client import execute_script
from engine_process import Engine

# Counts a reference to everything that the loaded modules have, so it writes to the pages of all that.
TOUCH = """
import resource, sys
def rm_main():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    everything = [value for module in list(sys.modules.values()) for value in list(vars(module).values())]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
"""

# Runs code of several libraries for the first time in its process, and writes to little.
READ = """
import numpy, resource
def rm_main():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    numpy.linalg.eigh(numpy.eye(3)), numpy.fft.fft(numpy.ones(8)), numpy.sort(numpy.ones(9))
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
"""


def faults(engine, script=TOUCH):
    return execute_script(engine.endpoint, script).json()["outputs"][0]["value"]


def kernel_populates():
    return tuple(map(int, os.uname().release.split(".")[:2])) >= (5, 14)


@pytest.mark.skipif(not kernel_populates(), reason="Linux 5.14 has MADV_POPULATE_WRITE")
def test_a_process_for_each_request_finds_the_pages_of_those_before():
    engine = Engine(WORKERS="1", ISOLATION="process", PRELOAD="none")
    try:
        first = faults(engine)
        for _ in range(20):
            faults(engine)
        assert first > 100
        assert faults(engine) < first / 2
    finally:
        engine.stop()


@pytest.mark.skipif(not kernel_populates(), reason="Linux 5.14 has MADV_POPULATE_WRITE")
def test_so_does_a_process_that_takes_over_after_its_requests():
    engine = Engine(WORKERS="1", ISOLATION="namespace", MAX_REQUESTS="3", PRELOAD="none")
    try:
        counts = [faults(engine) for _ in range(40)]
        assert counts[0] > 100
        assert max(counts[-6:]) < counts[0] / 2
    finally:
        engine.stop()


@pytest.mark.skipif(not kernel_populates(), reason="Linux 5.14 has MADV_POPULATE_READ")
def test_the_code_of_libraries_is_there_as_well():
    engine = Engine(WORKERS="1", ISOLATION="process", PRELOAD="numpy")
    try:
        first = faults(engine, READ)
        for _ in range(20):
            faults(engine, READ)
        assert first > 20
        assert faults(engine, READ) < first / 8
    finally:
        engine.stop()
