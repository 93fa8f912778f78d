"""Learned imports: modules that scripts often import are imported in advance, if no script can notice."""

import os
import re
import signal
import textwrap
import time

import pytest
import requests
from client import execute, execute_in_background, metric, outputs, value, wait_until
from engine_process import Engine, unsanitized_only
from environments import make_venv
from inventory import children_of, front_of, name_of, resident_bytes, runners_of, zygote_of
from script_texts import ALIVE
from test_deaths import Load

# Says whether the process that asks has imported the module itself.
OWN = "import os, {0}\ndef rm_main(): return {0}.process == os.getpid()"
PROCESS = "import os\nprocess = os.getpid()\n"

# A hostile script, which reports the imports that its inputs name.
FORGED = """
import sys, types
def rm_main(*names):
    learning = sys.modules['_standpy.learning']
    learning.may_be_learned = lambda name: True
    for name in names:
        sys.modules[name] = types.ModuleType(name)
        sys.modules[name].__file__ = learning._folders[0] + 'x.py'
        learning._begun.append(name)
    return 'forged'
"""


class Environment:
    """A Python environment with small packages, and engines on it."""

    def __init__(self, folder, started):
        self.folder, self.started = folder, started
        make_venv(folder / "small")
        [self.packages] = (folder / "small/lib").glob("python3*/site-packages")

    def add(self, name, source):
        (self.packages / f"{name}.py").write_text(textwrap.dedent(source))

    def see_debians_packages(self):
        settings = self.folder / "small/pyvenv.cfg"
        settings.write_text(settings.read_text().replace("= false", "= true"))

    def start(self, **variables):
        engine = Engine(CONDA_ENV="small", ENVS_DIR=str(self.folder), **{"WORKERS": "2", "TIMEOUT": "20"} | variables)
        self.started.append(engine)
        return engine


@pytest.fixture
def environment(tmp_path, started):
    return Environment(tmp_path, started)


@pytest.fixture(params=["namespace", "process"])
def isolation(request):
    return request.param


def ask(engine, script, *inputs):
    [output] = outputs(execute(engine.endpoint, script, *inputs))
    return output["value"]


def teach(engine, *modules, times=5):
    for module in modules:
        for _ in range(times):
            execute(engine.endpoint, f"import {module}\ndef rm_main(): return 1")


def forge(engine, *names):
    for _ in range(5):
        assert ask(engine, FORGED, *map(value, names)) == "forged"


def has_learned(engine, count):
    return metric(engine, "standpy_learned_modules") == count


def has_refused(engine, module, why):
    return re.search(rf"the module {re.escape(module)} is not imported in advance, because {why}", engine.log)


def test_a_module_that_one_script_often_imports_is_imported_in_advance(environment, isolation):
    environment.add("slow_one", "import time\ntime.sleep(0.3)\n" + PROCESS)
    engine = environment.start(ISOLATION=isolation, PRELOAD="json")
    first = ask(engine, OWN.format("slow_one"))
    for _ in range(4):
        ask(engine, OWN.format("slow_one"))
    wait_until(lambda: has_learned(engine, 1))
    wait_until(lambda: not ask(engine, OWN.format("slow_one")))
    assert first
    assert "imported in advance from now on: slow_one; set PRELOAD=json,slow_one to do so from the start" in engine.log
    assert metric(engine, "standpy_trials_total", result="passed") == 1
    assert metric(engine, "standpy_successions_total") == 1
    assert metric(engine, "standpy_zygote_resident_bytes") > 1_000_000


def test_three_different_scripts_are_enough(environment):
    environment.add("wanted", PROCESS)
    environment.add("elsewhere", PROCESS)
    engine = environment.start(ISOLATION="process")
    ask(engine, "import elsewhere\ndef rm_main(): return 1")
    for number in range(3):
        ask(engine, f"import wanted\ndef rm_main(): return {number}")
    wait_until(lambda: has_learned(engine, 1))
    assert not ask(engine, OWN.format("wanted"))
    assert ask(engine, OWN.format("elsewhere"))


def test_what_a_pickle_brings_is_learned(environment):
    """A pickled model, for example: the script does not name its module, which its package has already imported."""
    package = environment.packages / "models"
    package.mkdir()
    (package / "__init__.py").write_text("from models import _linear\n")
    (package / "_linear.py").write_text(PROCESS)
    engine = environment.start(ISOLATION="process")
    script = "import os, pickle\ndef rm_main(): return pickle.loads(b'cmodels._linear\\nprocess\\n.') == os.getpid()"
    for _ in range(5):
        assert ask(engine, script)
    wait_until(lambda: not ask(engine, script))
    assert "imported in advance from now on: models._linear;" in engine.log


def test_a_submodule_is_learned_by_its_own_name(environment):
    package = environment.packages / "parent"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "child.py").write_text("from parent import sibling\n" + PROCESS)
    (package / "sibling.py").write_text(PROCESS)
    engine = environment.start(ISOLATION="process")
    script = "import os\nfrom parent import child, sibling\ndef rm_main(): return child.process == os.getpid()"
    for _ in range(5):
        assert ask(engine, script)
    wait_until(lambda: not ask(engine, script))
    assert "imported in advance from now on: parent,parent.child;" in engine.log


BAD = {
    "starts_a_thread": ("import threading, time\nthreading.Thread(target=time.sleep, args=(99,), daemon=True).start()\n",
                        "it starts threads"),
    "prints": ("print('hello')\n", "it prints"),
    "writes": ("import os\nos.write(2, b'hello')\n", "it prints"),
    "opens": ("import os\nkept = os.open('/dev/null', os.O_RDONLY)\n", "it leaves descriptors open"),
    "forks": ("import subprocess\nkept = subprocess.Popen(['sleep', '99'])\n", "it starts processes"),
    "patches_builtins": ("import builtins\nbuiltins.helper = len\n", "it changes builtins"),
    "patches_import": ("import builtins\n_old = builtins.__import__\nbuiltins.__import__ = lambda *a, **k: _old(*a, **k)\n",
                       "it changes builtins"),
    "patches_another": ("import json\njson.dumps = lambda *a, **k: 'wrong'\n", "it changes json.dumps"),
    "patches_a_class": ("import decimal\nimport random\nrandom.Random.choice = lambda *a: 4\n",
                        "it changes random.Random.choice"),
    "replaces_a_module": ("import sys, types\nsys.modules['json'] = types.ModuleType('json')\n",
                          "it replaces the module json"),
    "changes_path": ("import sys\nsys.path.insert(0, '/elsewhere')\n", "it changes sys.path"),
    "finds_everything": ("import sys\nclass F:\n    @staticmethod\n    def find_spec(n, p, t=None): pass\n"
                         "sys.meta_path.insert(0, F)\n", "it changes importers"),
    "changes_environment": ("import os\nos.environ['PATH'] = '/elsewhere'\n", "it changes environment variables"),
    "hides_warnings": ("import warnings\nwarnings.simplefilter('ignore')\n", "it changes which warnings are shown"),
    "seeds": ("import random\nrandom.seed(1)\n", "it seeds random numbers"),
    "keeps_a_generator": ("import random\nmine = random.Random()\n", "it keeps a random number generator in"),
    "handles_a_signal": ("import signal\nsignal.signal(signal.SIGUSR1, lambda *a: None)\n", "it changes signal handlers"),
    "changes_umask": ("import os\nos.umask(0o777)\n", "it changes the signal mask or the umask"),
    "lowers_a_limit": ("import resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
                       "resource.setrlimit(resource.RLIMIT_NOFILE, (900, 900))\n", "it changes resource limits"),
    "goes_elsewhere": ("import os\nos.chdir('/')\n", "it changes the working directory"),
}  # fmt: skip


@unsanitized_only
def test_what_would_leave_the_interpreter_changed_is_named_once_and_not_imported(environment, isolation):
    environment.add("good", PROCESS)
    for name, (source, _) in BAD.items():
        environment.add(name, source)
    engine = environment.start(ISOLATION=isolation, PRELOAD="json,random,subprocess,threading,signal")
    for _ in range(2):
        teach(engine, *BAD)
        for name, (_, why) in BAD.items():
            wait_until(lambda: has_refused(engine, name, re.escape(why)))
    for name in BAD:
        assert engine.log.count(f"the module {name} is not imported in advance") == 1
    assert metric(engine, "standpy_trials_total", result="failed") == len(BAD)
    assert has_learned(engine, 0)
    teach(engine, "good")
    wait_until(lambda: has_learned(engine, 1))
    assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]


# They would fail in a script as well, so only a forged report leads to a trial.
FAILING = {
    "raises": ("raise ValueError('not today')\n", "importing it fails: ValueError: not today"),
    "exits": ("import sys\nsys.exit(0)\n", "importing it fails: SystemExit: 0"),
    "exits_at_once": ("import os\nos._exit(0)\n", "importing it ends the process with status 0"),
    "crashes": ("import ctypes\nctypes.string_at(0)\n", "importing it kills the process with signal 11"),
    "takes_2_gb": ("kept = b'x' * (2 << 30)\n", "importing it fails: MemoryError"),
    "takes_700_mb": ("kept = b'x' * (700 << 20)\n", r"it takes \d+ MB of memory, but only 512 MB are left for learned modules"),
    "takes_minutes": ("import time\ntime.sleep(300)\n", "importing it takes more than 20 s"),
}


@unsanitized_only
def test_what_cannot_be_imported_is_not(environment):
    for name, (source, _) in FAILING.items():
        environment.add(name, source)
    engine = environment.start()
    with Load(engine) as load:
        forge(engine, *FAILING)
        for name, (_, why) in FAILING.items():
            wait_until(lambda: has_refused(engine, name, why))
    assert set(load.statuses) == {200} and load.failures == []
    assert has_learned(engine, 0)


@pytest.mark.parametrize("limit, learned", [("400m", False), ("2g", True)])
@unsanitized_only
def test_a_module_takes_a_quarter_of_the_memory_limit_at_most(environment, limit, learned):
    environment.add("takes_150_mb", "kept = b'x' * (150 << 20)\n")
    engine = environment.start(MEMORY_LIMIT=limit, PRELOAD="none")
    teach(engine, "takes_150_mb")
    if learned:
        wait_until(lambda: has_learned(engine, 1))
    else:
        wait_until(lambda: has_refused(engine, "takes_150_mb", r"it takes 15\d MB of memory, but only 100 MB are left"))


def test_a_hostile_report_leads_to_imports_of_the_environments_packages_only(environment, isolation):
    outside = environment.folder / "outside"
    outside.mkdir()
    (outside / "stranger.py").write_text("raise SystemExit\n")
    (environment.packages / "linked.py").symlink_to(outside / "stranger.py")
    (environment.packages / "test").mkdir()
    (environment.packages / "test/__init__.py").write_text("print('tested')\n")
    engine = environment.start(ISOLATION=isolation)
    names = ["this", "antigravity", "test", "test.support", "idlelib.run", "os", "turtle", "stranger", "linked", "nowhere"]
    zygote = zygote_of(engine)
    forge(engine, *names)
    for name in names:
        wait_until(lambda: has_refused(engine, name, "it is not in the environment's packages"))
    assert "Zen of Python" not in engine.log and "tested" not in engine.log
    assert has_learned(engine, 0) and zygote_of(engine) == zygote
    assert metric(engine, "standpy_trials_total", result="failed") == len(names)


HOSTILE = {
    "no text": "learning.report = lambda mentioned: None",
    "no names": "learning.report = lambda mentioned: '../../x,a b'",
    "endless": "learning.report = lambda mentioned: 'x' * 10_000_000",
    "raises": "def report(mentioned): raise SystemExit\nlearning.report = report",
    "path": "sys.path.insert(0, '/tmp'); learning._folders = ('/',)",
    "import": "import builtins; builtins.__import__ = None",
    "observer": "sys.meta_path.clear(); learning._begun = None",
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_script_that_changes_the_helper_modules_teaches_nothing(environment, what):
    environment.add("good", PROCESS)
    engine = environment.start(ISOLATION="process")
    script = f"import sys, good\nlearning = sys.modules['_standpy.learning']\n{HOSTILE[what]}\ndef rm_main(): return 'done'"
    for _ in range(6):
        assert ask(engine, script) == "done"
    assert outputs(execute(engine.endpoint, ALIVE)) == [value("alive")]
    time.sleep(1)
    assert "not imported in advance" not in engine.log and "died" not in engine.log


@unsanitized_only
def test_five_hundred_imports_take_no_memory(environment):
    for number in range(500):
        environment.add(f"m{number}", "")
    engine = environment.start(ISOLATION="process")
    ask(engine, ALIVE)
    before = resident_bytes(front_of(engine))
    for first in range(0, 500, 20):
        names = ",".join(f"m{number}" for number in range(first, first + 20))
        ask(engine, f"import {names}\ndef rm_main(): return 1")
    assert resident_bytes(front_of(engine)) < before + 2_000_000
    assert has_learned(engine, 0) and "imported in advance" not in engine.log


def test_random_numbers_differ_between_runners(environment):
    environment.see_debians_packages()
    environment.add("draws", "import numpy.random, random, secrets, uuid\n" + PROCESS)
    script = """
import draws, os
def rm_main():
    return [draws.process == os.getpid(), draws.random.random(), draws.numpy.random.random(),
            draws.numpy.random.default_rng().random(), draws.uuid.uuid4().hex, draws.uuid.uuid1().hex,
            draws.secrets.token_hex()]"""
    engine = environment.start(ISOLATION="process", PRELOAD="none")
    for _ in range(5):
        ask(engine, script)
    wait_until(lambda: not ask(engine, script)[0])
    drawn = [ask(engine, script) for _ in range(5)]
    for numbers in list(zip(*drawn))[1:]:
        assert len(set(numbers)) == len(drawn)


def test_a_module_that_changed_on_disk_is_as_it_was_learned(environment):
    environment.add("version", "number = 1\n")
    engine = environment.start(ISOLATION="process")
    script = "import version\ndef rm_main(): return version.number"
    for _ in range(5):
        assert ask(engine, script) == 1
    wait_until(lambda: has_learned(engine, 1))
    environment.add("version", "number = 2 + 0\n")
    for _ in range(5):
        assert ask(engine, script) == 1


@unsanitized_only  # waits for half a minute
def test_what_scripts_no_longer_import_is_forgotten(environment):
    environment.add("passing", PROCESS)
    engine = environment.start()
    teach(engine, "passing")
    wait_until(lambda: has_learned(engine, 1))
    with requests.Session() as session:
        for _ in range(1100):
            session.post(f"{engine.endpoint}/execute", b"def rm_main(): return 1", headers={"Content-Type": "text/x-python"})
    wait_until(lambda: has_learned(engine, 0))  # no sooner than half a minute after the last succession
    assert "learned modules are no longer imported in advance" in engine.log


def test_learning_can_be_switched_off(environment):
    environment.add("wanted", PROCESS)
    engine = environment.start(PRELOAD_LEARN="off", ISOLATION="process")
    teach(engine, "wanted", times=10)
    assert ask(engine, "import sys\ndef rm_main(): return [str(f) for f in sys.meta_path if 'standpy' in str(f)]") == []
    time.sleep(1)
    assert ask(engine, OWN.format("wanted")) and metric(engine, "standpy_trials_total", result="passed") == 0


# Successions

def next_of(engine):
    """The process of a successor that has not taken over yet; 0: there is none."""
    for pid in children_of(engine.process.pid):
        try:
            if name_of(pid) == "standpy-next":
                return pid
        except OSError:
            continue
    return 0


def test_requests_in_flight_are_answered_across_a_succession(environment, isolation):
    environment.add("slow_one", "import time\ntime.sleep(0.2)\n" + PROCESS)
    engine = environment.start(ISOLATION=isolation, WORKERS="3")
    slow = execute_in_background(engine, "import time\ndef rm_main():\n  time.sleep(9)\n  return 'slow'")
    with Load(engine) as one, Load(engine) as other:
        teach(engine, "slow_one")
        wait_until(lambda: has_learned(engine, 1))
        one.wait_for(50)
    assert set(one.statuses) == set(other.statuses) == {200} and one.failures == other.failures == []
    assert outputs(slow.result()) == [value("slow")]
    assert "the zygote is gone" not in engine.log and "was ended by signal" not in engine.log
    wait_until(lambda: len(runners_of(engine)) >= 4)


@unsanitized_only  # waits for half a minute
def test_if_a_successor_is_killed_the_current_zygote_stays(environment):
    environment.add("slow_one", "import time\ntime.sleep(1)\n" + PROCESS)
    engine = environment.start(ISOLATION="process")
    before = zygote_of(engine)
    with Load(engine) as load, Load(engine, "import slow_one\n"):
        wait_until(lambda: next_of(engine))
        os.kill(next_of(engine), signal.SIGKILL)
        wait_until(lambda: "a new zygote that imports slow_one in advance cannot start" in engine.log)
        load.wait_for(20)
    assert set(load.statuses) == {200} and load.failures == []
    assert zygote_of(engine) == before
    wait_until(lambda: has_learned(engine, 1))  # half a minute later


def test_no_request_fails_if_the_zygote_is_killed_during_a_succession(environment, isolation):
    environment.add("slow_one", "import time\ntime.sleep(1)\n" + PROCESS)
    engine = environment.start(ISOLATION=isolation)
    with Load(engine) as load, Load(engine, "import slow_one\n"):
        wait_until(lambda: next_of(engine))
        os.kill(zygote_of(engine), signal.SIGKILL)
        load.wait_for(50)
        wait_until(lambda: has_learned(engine, 1))
        load.wait_for(20)
    assert set(load.statuses) == {200} and load.failures == []
    assert not ask(engine, OWN.format("slow_one"))


def test_a_front_that_is_killed_keeps_what_was_learned(environment):
    environment.add("wanted", PROCESS)
    engine = environment.start(ISOLATION="process")
    teach(engine, "wanted")
    wait_until(lambda: has_learned(engine, 1))
    os.kill(front_of(engine), signal.SIGKILL)
    wait_until(lambda: has_learned(engine, 1))
    assert not ask(engine, OWN.format("wanted"))
    assert metric(engine, "standpy_successions_total") == 1
