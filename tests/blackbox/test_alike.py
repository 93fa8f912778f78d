"""A script behaves as under python3, which runs the same text from a file of its own."""

import json
import subprocess

import pytest
from client import execute, outputs, text_file, value
from engine_process import PYTHON_PATH, base_environment

# The same result as by python3.
ALIKE = {
    "the source of a function": (
        "import inspect\n"
        "def double(x):\n"
        "  # a comment\n"
        "  return 2 * x\n"
        "class Empty: pass\n"
        "def rm_main(): return [inspect.getsource(double), inspect.getsource(Empty)]"
    ),
    "the file of the script": (
        "import inspect, linecache, os, sys\n"
        "def rm_main():\n"
        "  main = sys.modules['__main__']\n"
        "  with open(__file__) as file: text = file.read()\n"
        "  return [inspect.getfile(rm_main) == __file__ == main.__file__ == sys.argv[0],\n"
        "    os.path.basename(__file__), linecache.getline(__file__, 2), text.count('rm_main'),\n"
        "    inspect.getmodule(rm_main) is main, type(__loader__).__name__, __spec__, os.listdir()]"
    ),
    "a function in spawned processes": (
        "import multiprocessing\n"
        "def double(x): return 2 * x\n"
        "def rm_main():\n"
        "  with multiprocessing.get_context('spawn').Pool(2) as pool: return pool.map(double, [1, 2])"
    ),
    "a function in processes of a fork server": (
        "import concurrent.futures, multiprocessing\n"
        "def double(x): return 2 * x\n"
        "def rm_main():\n"
        "  context = multiprocessing.get_context('forkserver')\n"
        "  with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:\n"
        "    return list(pool.map(double, [1, 2]))"
    ),
    "temporary files of other programs": (
        "import os, sqlite3, subprocess, tempfile\n"
        "def rm_main():\n"
        "  run = lambda command: subprocess.run(command, shell=True, capture_output=True, text=True)\n"
        "  base = sqlite3.connect(':memory:')\n"
        "  base.execute('create table t (a text)')\n"
        "  base.executemany('insert into t values (?)', (('%050d' % (i * 7919 % 99991),) for i in range(99991)))\n"
        "  base.execute('pragma cache_size = 10')\n"
        "  with tempfile.NamedTemporaryFile() as file: inside = os.path.exists(file.name)\n"
        "  return [base.execute('select a from t order by a desc limit 1').fetchone()[0],\n"
        "    run('mktemp').stderr, run('seq 99999 | sort -S 100k -r | head -n 1').stdout, inside]"
    ),
    "how children end": (
        "import multiprocessing, os, signal, subprocess, time\n"
        "def rm_main():\n"
        "  process = multiprocessing.Process(target=time.sleep, args=(60,))\n"
        "  process.start()\n"
        "  process.terminate()\n"
        "  process.join()\n"
        "  ended = [process.exitcode]\n"
        "  for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGPIPE, signal.SIGINT):\n"
        "    child = subprocess.Popen(['sleep', '60'])\n"
        "    child.send_signal(number)\n"
        "    ended.append(child.wait())\n"
        "  return ended"
    ),
    "an interrupt": (
        "import os, signal, time\n"
        "def rm_main():\n"
        "  try:\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(9)\n"
        "  except KeyboardInterrupt: return 'interrupted'"
    ),
    "a broken pipe": (
        "import os\n"
        "def rm_main():\n"
        "  reader, writer = os.pipe()\n"
        "  os.close(reader)\n"
        "  try: os.write(writer, b'x')\n"
        "  except BrokenPipeError as error: return error.errno"
    ),
    "what is printed to nowhere": (
        "import contextlib, os\n"
        "def rm_main():\n"
        "  with open(os.devnull, 'w') as sink, contextlib.redirect_stdout(sink): print('unseen')\n"
        "  return 'seen'"
    ),
    "what the system says of itself": (
        "import json.decoder\n"
        "def rm_main():\n"
        "  with open('/proc/cpuinfo') as file: model = 'processor' in file.read()\n"
        "  with open('/proc/self/status') as file: name = 'Threads:' in file.read()\n"
        "  with open(json.decoder.__file__) as file: package = 'JSONDecoder' in file.read()\n"
        "  return [model, name, package]"
    ),
    "a module that the script writes": (
        "import os\n"
        "def rm_main():\n"
        "  import sys\n"
        "  sys.path.insert(0, os.getcwd())\n"
        "  with open('beside.py', 'w') as file: file.write('NUMBER = 7')\n"
        "  import beside\n"
        "  return beside.NUMBER"
    ),
    "a warning": (
        "import warnings\n"
        "def rm_main():\n"
        "  with warnings.catch_warnings(record=True) as caught:\n"
        "    warnings.simplefilter('always')\n"
        "    warnings.warn('careful')\n"
        "  return [caught[0].lineno, warnings.formatwarning('careful', UserWarning, __file__, 5).splitlines()[1]]"
    ),
}  # fmt: skip


# Under python3 it runs, in the engine __main__ only defines: both have the same text.
TAIL = "\nif __name__ == '__main__' and 'PLAIN' in __import__('os').environ:\n  print(__import__('json').dumps(rm_main()))"


def by_python(script, folder):
    (folder / "work").mkdir()
    (folder / "script.py").write_text(script)
    # What nohup or a shell ignores for the tests would be ignored by the script, too.
    start = ["env", "--default-signal", f"{PYTHON_PATH}/python3", folder / "script.py"]
    done = subprocess.run(start, cwd=folder / "work",
                          env=base_environment() | {"PLAIN": "1"}, capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("what", ALIKE)
def test_the_result_is_that_of_python3(endpoint, what, tmp_path):
    script = ALIKE[what] + TAIL
    assert outputs(execute(endpoint, script)) == [value(by_python(script, tmp_path))]


def test_temporary_files_lie_in_the_scratch_folder(endpoint):
    script = (
        "import os, tempfile\n"
        "def rm_main():\n"
        "  scratch = os.path.dirname(os.getcwd())\n"
        "  return tempfile.gettempdir() == os.environ['TMPDIR'] == scratch == os.path.dirname(__file__)"
    )
    assert outputs(execute(endpoint, script)) == [value(True)]


def test_a_module_beside_an_input_can_be_imported(endpoint):
    script = (
        "import os, shutil\n"
        "def rm_main(f):\n"
        "  shutil.copy(f.name, 'beside.py')\n"
        "  import beside\n"
        "  return beside.NUMBER"
    )
    for number in (1, 2):
        answer = execute(endpoint, script, text_file(f"NUMBER = {number}"))
        assert outputs(answer) == [value(number)]
