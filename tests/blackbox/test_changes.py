"""What a script changes in modules: put back, or its process is replaced; the next one sees nothing."""

import pytest
from client import csv, execute, outputs, value
from engine_process import engine_on, namespace_only, unsanitized_only

POLITE = "import sys\ndef rm_main():\n  print('ä'); sys.stderr.write('ö')"
FIGURE = (
    "import matplotlib.pyplot as plt\n"
    "def rm_main():\n"
    "  plt.plot([3, 4])\n"
    "  return [plt.get_fignums(), [len(line.get_ydata()) for line in plt.gca().lines], plt.rcParams['font.size']]"
)
PARALLEL = (
    "import math\n"
    "from joblib import Parallel, delayed\n"
    "def rm_main(): return Parallel(n_jobs=2)(delayed(math.sqrt)(i) for i in (1, 4))"
)
SHARED = (
    "from multiprocessing import shared_memory\n"
    "def rm_main():\n"
    "  memory = shared_memory.SharedMemory(create=True, size=10)\n"
    "  memory.close()\n"
    "  memory.unlink()\n"
    "  return 1"
)
SERVER = (
    "import math, multiprocessing\n"
    "def rm_main():\n"
    "  with multiprocessing.get_context('forkserver').Pool(1) as pool: return pool.map(math.sqrt, [9])"
)
LOGGER = (
    "import logging, sys\n"
    "log = logging.getLogger('steps')\n"
    "log.setLevel(logging.INFO)\n"
    "log.addHandler(logging.StreamHandler(sys.stdout))\n"
    "def rm_main(): log.info('step')"
)
PROCESS = "import ctypes, resource\nlibc = ctypes.CDLL(None)\n"

# What the first script does at its module level; the next script; its outputs, stdout and stderr.
NEXT = {
    "a wrapper over sys.stdout.buffer": (
        "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, 'latin-1')", POLITE, [], "ä\n", "ö"),
    "a detached stream": (
        "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.detach(), 'utf-8')\nsys.stderr.detach()",
        POLITE, [], "ä\n", "ö"),
    "a reconfigured stream": (
        "import sys\nfor s in (sys.stdout, sys.stderr): s.reconfigure(encoding='ascii', errors='replace', newline='\\r\\n')",
        POLITE, [], "ä\n", "ö"),
    "fdopen of a stream": ("import os\nfile = os.fdopen(1, 'w')\nfile.write('x')", POLITE, [], "ä\n", "ö"),
    "open of a descriptor": ("file = open(2, 'w')", POLITE, [], "ä\n", "ö"),
    "closed streams": ("import sys\nsys.stdout.close(); sys.stderr.close()", POLITE, [], "ä\n", "ö"),
    "workers of joblib": (PARALLEL, PARALLEL, [[1, 2]], "", ""),
    "shared memory": (SHARED, SHARED, [1], "", ""),
    "shared memory that is left": (
        "from multiprocessing import shared_memory\nkept = shared_memory.SharedMemory(create=True, size=10)",
        SHARED, [1], "", ""),
    "a fork server": (SERVER, SERVER, [[3]], "", ""),
    "a start method": (
        "import multiprocessing\nmultiprocessing.set_start_method('spawn')",
        "import multiprocessing\n"
        "def rm_main():\n"
        "  multiprocessing.set_start_method('fork')\n"
        "  return multiprocessing.Process().name", ["Process-1"], "", ""),
    "a figure and parameters": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.rcParams['font.size'] = 30", FIGURE,
        [[[1], [2], 10]], "", ""),
    "a style": ("import matplotlib.pyplot as plt\nplt.style.use('ggplot')\nplt.figure(7)", FIGURE, [[[1], [2], 10]], "", ""),
    "a backend": (
        "import matplotlib\nmatplotlib.use('svg')\nimport matplotlib.pyplot as plt\nplt.figure()",
        "import matplotlib.pyplot as plt\ndef rm_main(): return plt.get_backend().lower()", ["agg"], "", ""),
    "a logger with a handler": (LOGGER, LOGGER, [], "step\n", ""),
    "levels and factories of logging": (
        "import logging\n"
        "logging.addLevelName(20, 'NOTE')\n"
        "logging.getLogger('asyncio').setLevel(5)\n"
        "logging.setLoggerClass(type('Own', (logging.Logger,), {}))\n"
        "logging.raiseExceptions = False",
        "import logging\n"
        "def rm_main():\n"
        "  return [logging.getLevelName(20), logging.getLogger('asyncio').level, logging.getLoggerClass().__name__,"
        " logging.raiseExceptions]", [["INFO", 0, "Logger", True]], "", ""),
    "an event loop": (
        "import asyncio\nasyncio.run(asyncio.sleep(0))\nasyncio.set_event_loop(asyncio.new_event_loop())",
        "import asyncio\n"
        "def rm_main():\n"
        "  try: asyncio.get_running_loop()\n"
        "  except RuntimeError: pass\n"
        "  return asyncio.events._event_loop_policy is None", [True], "", ""),
    "a temporary folder": (
        "import tempfile\ntempfile.tempdir = tempfile.mkdtemp()",
        "import tempfile\n"
        "def rm_main():\n"
        "  with tempfile.TemporaryFile(): return tempfile.tempdir is not None", [True], "", ""),
    "a module of the scratch folder": (
        "import os, sys\nwith open('helper.py', 'w') as file: file.write('NUMBER = 1')\nimport helper",
        "def rm_main():\n"
        "  with open('helper.py', 'w') as file: file.write('NUMBER = 2')\n"
        "  import helper\n"
        "  return helper.NUMBER", [2], "", ""),
    "a module that was made": (
        "import sys, types\nsys.modules['made'] = types.ModuleType('made')",
        "def rm_main():\n  try: import made\n  except ImportError: return 1", [1], "", ""),
    "a module that was replaced": (
        "import sys, types\nsys.modules['json'] = types.ModuleType('json')",
        "import json\ndef rm_main(): return json.dumps(1)", ["1"], "", ""),
    "a module that was removed": (
        "import sys\nimport json\ndel sys.modules['json']",
        "import sys\ndef rm_main(): return 'json' in sys.modules", [True], "", ""),
    "settings of threads": (
        "import threading\nthreading.stack_size(1 << 20)\nthreading.excepthook = print\nthreading.settrace(print)\n"
        "threading.Thread().start()",
        "import threading\n"
        "def rm_main(): return [threading.stack_size(), threading.excepthook is threading.__excepthook__,"
        " threading.gettrace() if hasattr(threading, 'gettrace') else None, threading.Thread().name]",
        [[0, True, None, "Thread-1"]], "", ""),
    "attributes of the process": (
        PROCESS + "for what, value in ((15, b'other'), (29, 10**9), (4, 0), (41, 1)): libc.prctl(what, value, 0, 0, 0)\n"
        "libc.personality(0x40000)\nlibc.syscall(251, 1, 0, 3 << 13)\n"
        "for limit in (resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_NICE):\n"
        "  resource.setrlimit(limit, (0, resource.getrlimit(limit)[1]))\n"
        "for _ in range(3): libc.timer_create(1, None, ctypes.byref(ctypes.c_void_p()))",
        PROCESS + "def rm_main():\n"
        "  soft = lambda limit: resource.getrlimit(limit)[0]\n"
        "  return [libc.prctl(30) < 10**9, libc.prctl(3), libc.prctl(42, 0, 0, 0, 0), libc.personality(0xffffffff),\n"
        "    libc.syscall(252, 1, 0) >> 13 == 3, open('/proc/self/comm').read() == 'other\\n',\n"
        "    open('/proc/self/timers').read(), soft(resource.RLIMIT_MEMLOCK) > 0]",
        [[True, 1, 0, 0, False, False, "", True]], "", ""),
    "settings of sys": (
        "import sys\nsys.setswitchinterval(1)\nsys.set_int_max_str_digits(0)\nsys.tracebacklimit = 0\nsys.added = 1\n"
        "sys.dont_write_bytecode = 7\nsys.meta_path.append(None)",
        "import sys\n"
        "def rm_main(): return [sys.getswitchinterval(), sys.get_int_max_str_digits(), hasattr(sys, 'tracebacklimit'),"
        " hasattr(sys, 'added'), sys.dont_write_bytecode == 7, None in sys.meta_path]",
        [[0.005, 4300, False, False, False, False]], "", ""),
    "a timeout of sockets": (
        "import socket\nsocket.setdefaulttimeout(3)",
        "import socket\ndef rm_main(): return [socket.getdefaulttimeout()]", [[None]], "", ""),
    "settings of csv and calendar": (
        "import calendar, csv\ncsv.field_size_limit(10)\ncsv.register_dialect('own')\ncalendar.setfirstweekday(6)",
        "import calendar, csv\ndef rm_main(): return [csv.field_size_limit(), len(csv.list_dialects()), calendar.firstweekday()]",
        [[131072, 3, 0]], "", ""),
    "tracing of faults and memory": (
        "import faulthandler, tracemalloc\nfaulthandler.enable()\ntracemalloc.start()",
        "import faulthandler, tracemalloc\ndef rm_main(): return [faulthandler.is_enabled(), tracemalloc.is_tracing()]",
        [[False, False]], "", ""),
    "options of numpy": (
        "import numpy\nnumpy.seterr(all='raise')\nnumpy.set_printoptions(precision=1)",
        "import numpy\ndef rm_main(): return [numpy.geterr()['divide'], numpy.get_printoptions()['precision']]",
        [["warn", 8]], "", ""),
    "options of pandas": (
        "import pandas\npandas.set_option('display.max_rows', 3)\npandas.options.mode.chained_assignment = None",
        "import pandas\ndef rm_main(): return [pandas.get_option('display.max_rows'), pandas.options.mode.chained_assignment]",
        [[60, "warn"]], "", ""),
    "options of scikit-learn": (
        "import sklearn\nsklearn.set_config(assume_finite=True)",
        "import sklearn\ndef rm_main(): return sklearn.get_config()['assume_finite']", [False], "", ""),
    "a patched function": (
        "import json\njson.dumps = None", "import json\ndef rm_main(): return json.dumps(1)", ["1"], "", ""),
    "a patched class": (
        "from pandas import DataFrame as Frame\nFrame.sum = None",
        "import pandas\ndef rm_main(): return int(pandas.DataFrame({'a': [1, 2]}).sum().iloc[0])", [3], "", ""),
    "a patch by setattr": (
        "import json\nfor name in ('dumps',): setattr(json, name, None)",
        "import json\ndef rm_main(): return json.dumps(1)", ["1"], "", ""),
    "a patch by another name": (
        "import importlib\nmodule = importlib.import_module('json')\nmodule.dumps = None",
        "import json\ndef rm_main(): return json.dumps(1)", ["1"], "", ""),
    "a mock": (
        "from unittest import mock\nmock.patch('json.dumps').start()",
        "import json\ndef rm_main(): return json.dumps(1)", ["1"], "", ""),
    "certificates that are not checked": (
        "import ssl\nssl._create_default_https_context = ssl._create_unverified_context",
        "import ssl\ndef rm_main(): return ssl._create_default_https_context().check_hostname", [True], "", ""),
    "warnings that were shown": (
        "import warnings\nfor _ in (1, 2): warnings.warn_explicit('w', UserWarning, 'f', 1, registry=warnings.__dict__.setdefault('r', {}))\n"
        "warnings.showwarning = None\nwarnings.simplefilter('error')",
        "import warnings\ndef rm_main(): warnings.showwarning('shown', UserWarning, 'file', 1)", [], "",
        "file:1: UserWarning: shown\n"),
}  # fmt: skip


@pytest.mark.parametrize("what", NEXT)
@pytest.mark.parametrize("ending", ["return 1", "raise ValueError"])
def test_the_next_script_sees_nothing_of_it(endpoint, what, ending):
    change, look, expected, out, err = NEXT[what]
    if "def rm_main" not in change:
        change += f"\ndef rm_main():\n  {ending}"
    for _ in range(2):
        response = execute(endpoint, change)
        assert response.status_code == (422 if ending in change and "raise" in ending else 200)
        report = execute(endpoint, look)
        assert outputs(report) == [value(content) for content in expected]
        assert (report.json()["stdout"], report.json()["stderr"]) == (out, err)


@namespace_only
@unsanitized_only  # those have nothing preloaded, and of a library that comes later too little is known
@pytest.mark.parametrize(
    "what",
    ["a logger with a handler", "a figure and parameters", "options of pandas", "options of numpy",
     "an event loop", "workers of joblib", "a fork server", "a detached stream"],
)  # fmt: skip
def test_what_is_put_back_costs_no_process(start, what):
    engine = start(WORKERS="1")
    who = "import os\ndef rm_main(): return os.getpid()"
    change = NEXT[what][0]
    [before] = outputs(execute(engine.endpoint, who))
    execute(engine.endpoint, change if "rm_main" in change else change + "\ndef rm_main(): pass")
    assert outputs(execute(engine.endpoint, who)) == [before]


@namespace_only
def test_a_process_with_patched_modules_is_replaced(start):
    engine = start(WORKERS="1")
    execute(engine.endpoint, "import json\ndef rm_main(): json.dumps = None")
    execute(engine.endpoint, "def rm_main(): pass")
    assert "changed attributes of modules" in engine.log


def test_a_figure_that_a_table_drew_is_not_seen_by_the_next(endpoint):
    """Without an import: an input leads to modules as well."""
    draw = "def rm_main(table): table.plot()"
    assert execute(endpoint, draw, csv("a\n1\n2\n")).status_code == 200
    assert outputs(execute(endpoint, FIGURE)) == [value([[1], [2], 10])]


THREADED = (
    "import numpy\n"
    "from sklearn.ensemble import HistGradientBoostingRegressor as Model\n"
    "def fit(seed):\n"
    "  x = numpy.random.RandomState(seed).rand(400, 4)\n"
    "  return round(float(Model(max_iter=3).fit(x, x[:, 0]).score(x, x[:, 0])), 3)\n"
)


def test_a_fork_after_another_script_s_native_threads_goes_on(endpoint):
    """OpenMP's pool is not in the child, which would wait for it for ever."""
    alone = THREADED + "def rm_main(): return fit(1)"
    forks = (
        THREADED + "import multiprocessing\n"
        "def rm_main():\n"
        "  with multiprocessing.get_context('fork').Pool(2) as pool: return pool.map_async(fit, [1, 2]).get(30)"
    )
    for _ in range(2):
        [first] = outputs(execute(endpoint, alone))
        [both] = outputs(execute(endpoint, forks))
        assert both["value"][0] == first["value"]


NATIVE_THREAD = (
    "import ctypes\n"
    "def rm_main():\n"
    "  c, thread = ctypes.CDLL(None), ctypes.c_ulong()\n"
    "  c.pthread_create(ctypes.byref(thread), None, ctypes.cast(c.sleep, ctypes.c_void_p), ctypes.c_void_p(600))"
)


@namespace_only
def test_a_process_whose_native_threads_go_on_is_replaced(start):
    engine = start(WORKERS="1")
    assert execute(engine.endpoint, NATIVE_THREAD).status_code == 200
    look = "import os\ndef rm_main(): return len(os.listdir('/proc/self/task'))"
    assert outputs(execute(engine.endpoint, look)) == [value(1)]
    assert "changed threads of a library" in engine.log


@namespace_only
@unsanitized_only  # there jemalloc is none
def test_a_thread_that_survives_a_fork_stays_and_hides_no_other():
    """jemalloc's, which pyarrow starts as it is imported."""
    engine = engine_on("arrow", WORKERS="1", PRELOAD="none")
    threads = "import os, pyarrow\ndef rm_main(): return [os.getpid(), len(os.listdir('/proc/self/task'))]"
    try:
        look = lambda: outputs(execute(engine.endpoint, threads))[0]["value"]
        first, _ = look()  # also OpenBLAS's, which ends
        assert look() == [first, 2]
        assert execute(engine.endpoint, NATIVE_THREAD).status_code == 200
        assert look()[0] != first
        assert engine.log.count("changed threads of a library") == 1
    finally:
        engine.stop()
