"""A script takes all there is of something; others are answered all the same."""

import concurrent.futures
import pathlib
import re
import subprocess

import pytest
from client import execute, outputs, value, wait_until
from engine_process import ContainedEngine, unsanitized_only
from inventory import children_of, front_of, runners_of, zygote_of
from starving import ENDLESS, SCRIPTS

pytestmark = unsanitized_only

ERRORS = {
    "10,000 threads": "RuntimeError",
    "a full scratch folder": "OSError",
    "a million small files": "OSError",
    "a memory bomb": "MemoryError",
    "descriptors in flight": "OSError",
    "pending signals": "BlockingIOError",
    "pages of pipes": "PermissionError",
    "descriptors": "OSError",
    "names of shared memory": "OSError",
}


@pytest.fixture(scope="module", params=["namespace", "process"])
def contained(request):
    engine = ContainedEngine(
        WORKERS="2", TIMEOUT="6", PRELOAD="none", ISOLATION=request.param, MEMORY_LIMIT="200m"
    )
    yield engine
    engine.stop()


def ordinary(engine, number):
    answer = execute(engine.endpoint, f"def rm_main(x): return [x, {number}]", value("own"))
    assert outputs(answer) == [value(["own", number])]


@pytest.mark.parametrize("what", [what for what in SCRIPTS if what != "places in epoll"])
def test_who_takes_all_of_something_leaves_the_others_theirs(contained, what):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        attack = pool.submit(execute, contained.endpoint, SCRIPTS[what])
        beside = 0
        while not attack.done():
            ordinary(contained, beside)
            beside += 1
    # Answered while it went on, and not one after the other behind it.
    assert beside > 5
    assert "cannot make a scratch folder" not in contained.log
    answer = attack.result()
    if what in ENDLESS:
        assert answer.status_code == 504
    elif what in ERRORS:
        assert answer.json()["exception"]["type"] == ERRORS[what], answer.text
    else:  # on a busy machine its end may be the deadline's
        assert answer.status_code in (200, 504), answer.text
    for number in range(100):
        ordinary(contained, number)


class Uwsgi:
    """The engine within its container, for the inventory."""

    def __init__(self, contained):
        [pid] = children_of(contained.process.pid)
        self.process = type("Process", (), {"pid": pid})


def count_all(contained):
    """The processes of its container."""
    [pid] = children_of(contained.process.pid)
    count = subprocess.run(["pgrep", "-c", "--ns", str(pid), "--nslist", "pid"], capture_output=True)
    return int(count.stdout)


def limits_of(pid):
    """The hard ones."""
    text = pathlib.Path(f"/proc/{pid}/limits").read_text()
    return {name: float(hard.replace("unlimited", "inf"))
            for name, hard in re.findall(r"^(Max [a-z ]+?) {2,}\S+ +(\S+)", text, re.M)}  # fmt: skip


def test_runners_have_less_of_everything_than_there_is(contained):
    """So that something is left for front and zygote, and a script is the first to go."""
    engine = Uwsgi(contained)
    zygote = zygote_of(engine)
    # One that is just forked has the zygote's still, and one that has done its work ends.
    wait_until(lambda: all(has_less(runner, zygote) for runner in runners_of(engine)))


def has_less(runner, zygote):
    try:
        scores = [int(pathlib.Path(f"/proc/{pid}/oom_score_adj").read_text()) for pid in (runner, zygote)]
        runners, zygotes = limits_of(runner), limits_of(zygote)
    except OSError:
        return False
    names = ("Max processes", "Max open files", "Max pending signals")
    return scores[0] > scores[1] and all(runners[name] < zygotes[name] for name in names)


def test_front_and_zygote_cannot_be_looked_into(contained):
    """Not even by another process of their user that is in no sandbox: they are not dumpable."""
    engine = Uwsgi(contained)
    user = ["setpriv", f"--reuid={contained.user}", f"--regid={contained.user}", "--clear-groups", "--bounding-set=-all"]
    for pid in (engine.process.pid, front_of(engine), zygote_of(engine)):
        for name in ("environ", "maps", "fd/0"):
            done = subprocess.run([*user, "cat", f"/proc/{pid}/{name}"], capture_output=True)
            assert done.returncode != 0 and done.stdout == b"", (pid, name)


def test_nothing_is_left_of_a_fork_bomb(contained):
    """Although it forks faster than its processes can be ended one after the other."""
    answer = execute(contained.endpoint, SCRIPTS["a fork bomb in sessions of their own"])
    assert answer.status_code == 504
    wait_until(lambda: count_all(contained) < 20)
