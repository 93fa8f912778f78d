"""Scripts that break the interpreter they run in: what they get themselves, and that the next one works."""

import os
import re

import pytest
from client import assert_problem, execute, outputs, value
from engine_process import Engine, namespace_only

# What a script does before it returns 1.
SABOTAGE = {
    "sys.argv deleted": "del sys.argv",
    "sys.argv replaced": "sys.argv = None",
    "sys.path replaced": "sys.path = ('x',)",
    "sys.path deleted": "del sys.path",
    "sys.stdout deleted": "del sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__",
    "warning filters replaced": "warnings.filters = None",
    "os.environ replaced": "os.environ = None",
    "the environment emptied": "os.environ.clear()",
    "__main__ deleted": "del sys.modules['__main__']",
    "builtins emptied": "builtins.__dict__.clear()",
    "builtins replaced": "builtins.isinstance = builtins.getattr = builtins.type = builtins.Exception = None",
    "the module table emptied": "sys.modules.clear()",
    "an audit hook that refuses to run code": "sys.addaudithook(refuse)",
    "a stream whose flush ends the process": "sys.stdout = Stream(SystemExit)",
    "a stream whose flush interrupts": "sys.stdout = Stream(KeyboardInterrupt)",
    "a limit of open files": "resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))",
    "a limit of file sizes": "resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))",
    "a lower priority": "os.nice(7)",
    "hooks that fail": "sys.excepthook = sys.unraisablehook = int; atexit.register(int, 'x')",
    "streams and handlers that end the process":
        "sys.stderr = Stream(SystemExit); atexit.register(int, 'x')",
}  # fmt: skip

PRELUDE = (
    "import atexit, builtins, os, resource, sys, warnings\n"
    "ERROR = ValueError('after it')\n"
    "class Stream:\n"
    "  def __init__(self, error): self.error = error\n"
    "  def write(self, text): raise self.error\n"
    "  def flush(self): raise self.error\n"
    "def refuse(event, arguments):\n"
    "  if event in ('compile', 'exec', 'import'): raise RuntimeError('refused')\n"
    "def rm_main():\n"
)

# Looks at all of it.
INTACT = (
    "import io, os, resource, sys, warnings\n"
    "def rm_main():\n"
    "  print('out')\n"
    "  warnings.warn('err')\n"
    "  return 'PATH' in os.environ, isinstance(sys.path, list), sys.argv == [__file__], __name__ in sys.modules,"
    " type(sys.modules['sys']).__name__, resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 20,"
    " resource.getrlimit(resource.RLIMIT_FSIZE)[0] == -1, os.nice(0)"
)


@pytest.mark.parametrize("what", SABOTAGE)
def test_the_next_script_is_not_hurt(endpoint, what):
    expected = [value(v) for v in (True, True, True, True, "module", True, True, os.nice(0))]
    for after in ("return 1", "raise ERROR"):
        response = execute(endpoint, PRELUDE + f"  {SABOTAGE[what]}\n  {after}")
        if after == "return 1":
            assert outputs(response) == [value(1)]
        else:
            problem = assert_problem(response, 422, "script-failed", "ValueError: after it")
            assert problem["exception"]["line"] == 11
        report = execute(endpoint, INTACT)
        assert outputs(report) == expected
        assert report.json()["stdout"] == "out\n"
        assert "UserWarning: err" in report.json()["stderr"]


@namespace_only
def test_a_worker_that_cannot_be_put_right_is_replaced(start):
    engine = start()
    pid = "import os, sys\ndef rm_main():\n  return os.getpid()"
    [first] = outputs(execute(engine.endpoint, pid))
    hook = pid.replace("  return", "  sys.addaudithook(lambda *a: None)\n  return")
    response = execute(engine.endpoint, hook)
    assert outputs(response) == [first]
    assert outputs(execute(engine.endpoint, pid)) != [first]
    who = f"the script of request {response.headers['X-Request-Id']}"
    assert f"{who} changed an audit hook, its process is replaced" in engine.log


@pytest.mark.parametrize(
    "statements, name, message, line",
    [
        ("raise SyntaxError('m', ('<script>', 'one', 1, ''))", "SyntaxError", "m", None),
        ("raise SyntaxError('m', ('<script>', 10**30, 1, ''))", "SyntaxError", "m", None),
        ("raise SyntaxError(5, ('<script>', 7, 1, ''))", "SyntaxError", "5", 7),
        ("raise Odd", "Odd", "odd", 12),
        ("raise GeneratorExit", "GeneratorExit", "", 12),
    ],
)
def test_odd_exceptions_are_shown_as_far_as_they_can_be(endpoint, statements, name, message, line):
    script = (
        "class Meta(type):\n"
        "  @property\n"
        "  def __name__(self): return 5\n"
        "class Text(str):\n"
        "  def __format__(self, spec): raise KeyError\n"
        "  def __len__(self): raise KeyError\n"
        "  def encode(self, *a): return 5\n"
        "class Odd(Exception, metaclass=Meta):\n"
        "  def __str__(self): return Text('odd')\n"
        "def rm_main():\n"
        "  # here\n"
        f"  {statements}\n"
    )
    problem = assert_problem(execute(endpoint, script), 422, "script-failed", name)
    assert problem["exception"] == {"type": name, "message": message, "line": line}


def test_a_failure_within_the_engine_is_in_its_log():
    """Made by taking the engine's own modules to pieces; the client is told no more than that."""
    engine = Engine()
    script = (
        "import sys\n"
        "def rm_main():\n"
        "  sys.modules['_standpy.outputs'].encode = lambda *a: ([7], [])\n"
    )
    try:
        response = execute(engine.endpoint, script)
        assert_problem(response, 500, "internal", "its log has the traceback")
        request = re.escape(response.headers["X-Request-Id"])
        assert re.search(rf"request {request} failed within:\n( .*\n)*? +TypeError: ", engine.log)
        assert outputs(execute(engine.endpoint, "def rm_main(): return 1")) == [value(1)]
    finally:
        engine.stop()
