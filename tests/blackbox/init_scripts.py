"""Scripts with rm_init, each with the inputs of a few requests in a row. Each must answer the same whether
what rm_init returned is kept or not; test_init.py runs them.
"""

from client import csv, text_file, value

_CLASSES = """
import abc, collections, copy, dataclasses, enum, functools, pickle, typing
class Color(enum.Enum):
    RED = 1
    BLUE = 2
class Base(abc.ABC):
    made = 0
    def __init__(self, text): self.text = text
    @abc.abstractmethod
    def __call__(self, n): ...
class Model(Base):
    def __call__(self, n):
        if n < 0: raise Refused(n)
        return super().__class__.__name__ + self.text * n
class Refused(Exception): pass
@dataclasses.dataclass
class Point:
    x: int
    tags: list = dataclasses.field(default_factory=list)
Pair = collections.namedtuple('Pair', 'a b')
class Slotted:
    __slots__ = ('a',)
class Meta(type): pass
class Odd(metaclass=Meta):
    class Inner: pass
"""
_THREE = [[text_file("ab"), value(n)] for n in (1, 2, -1)]
_SAME = [[text_file("ab"), value(2)]] * 3

_OPTIONS = """import decimal, numpy, os, pandas, sys, warnings
def rm_init(f):
    CHANGE
    return f.read()
def rm_main(m, n):
    warnings.warn('seen')
    return (str(decimal.Decimal(1) / 3), pandas.get_option('display.precision'), str(numpy.array([1 / 3])),
            os.environ.get('MODE'), sys.path[0] == 'x', os.path.basename(os.getcwd()), sys.getrecursionlimit())
"""
_CHANGES = (
    "pass",
    "decimal.getcontext().prec = 5",
    "pandas.set_option('display.precision', 3)",
    "numpy.set_printoptions(precision=2)",
    "os.environ['MODE'] = 'x'",
    "sys.path.insert(0, 'x')",
    "os.mkdir('folder'); os.chdir('folder')",
    "warnings.filterwarnings('ignore')",
    "sys.setrecursionlimit(500)",
)

SEQUENCES = {
    **{f"rm_init changes: {change}": (_OPTIONS.replace("CHANGE", change), _SAME) for change in _CHANGES},
    "a class is one class": (
        _CLASSES + "def rm_init(f): return Model(f.read())\n"
        "def rm_main(m, n):\n"
        "    try: return m(n), isinstance(m, Model), type(m) is Model, isinstance(m, Base)\n"
        "    except Refused as error: return repr(error)\n",
        _THREE,
    ),
    "its objects can be pickled and copied": (
        _CLASSES + "def helper(x): return x + 1\n"
        "def rm_init(f): return Model(f.read()), Point(1), Pair(1, Color.RED), Odd.Inner(), helper\n"
        "def rm_main(m, p, q, o, h, n):\n"
        "    back = pickle.loads(pickle.dumps((m, p, q, o, h)))\n"
        "    return [type(a) is type(b) for a, b in zip(back, (m, p, q, o, h))], copy.deepcopy(p) == p, h(n)\n",
        _SAME,
    ),
    "members of an enumeration are keys of a table of the script": (
        _CLASSES + "WORDS = {Color.RED: 'red'}\n"
        "def rm_init(f): return {'color': Color.RED, 'point': Point(2)}\n"
        "def rm_main(m, n): return WORDS[m['color']], m['color'] is Color.RED, m['point'] == Point(2)\n",
        _SAME,
    ),
    "a subclass and an instance of the module level": (
        _CLASSES + "class Special(Model): pass\nDEFAULT = Special('d')\n"
        "def rm_init(f): return Model(f.read())\n"
        "def rm_main(m, n, other=Special('e')):\n"
        "    return issubclass(Special, type(m)), isinstance(DEFAULT, type(m)), isinstance(other, type(m))\n",
        _SAME,
    ),
    "arrays hold objects of the script": (
        _CLASSES + "import numpy, pandas\n"
        "def rm_init(f): return numpy.array([Point(1), Color.RED], dtype=object)[::-1], "
        "pandas.DataFrame({'a': [Point(3)]})\n"
        "def rm_main(a, d, n): return isinstance(a[1], Point), a[0] is Color.RED, isinstance(d.a[0], Point)\n",
        _SAME,
    ),
    "functions see the globals of the request": (
        "import functools\nfactor = 1\ncalls = []\n"
        "def times(n):\n    calls.append(n)\n    return factor * n\n"
        "def rm_init(f): return functools.partial(times), lambda n: times(n) + 1, [times]\n"
        "def rm_main(p, l, t, n):\n"
        "    global factor\n"
        "    factor = n * 10\n"
        "    return p(n), l(n), t[0](n), t[0] is times, calls\n",
        _THREE,
    ),
    "rm_init sets globals": (
        "model, gone = None, 1\n"
        "def rm_init(f):\n    global model, gone, new\n    model = f.read()\n    new = [model]\n    del gone\n"
        "def rm_main(n):\n    return model * n, new[0], new[0] is model, 'gone' in globals()\n",
        _THREE,
    ),
    "rm_main sets globals": (
        "count = 0\nseen = []\n"
        "def rm_init(f): return f.read()\n"
        "def rm_main(m, n):\n"
        "    global count, late\n"
        "    before = count, list(seen), 'late' in globals()\n"
        "    count += 1\n    seen.append(n)\n    late = m\n"
        "    return before\n",
        _SAME,
    ),
    "what the module level sets up": (
        "import decimal, random, numpy, os, warnings, pandas\n"
        "decimal.getcontext().prec = 5\nrandom.seed(1)\nnumpy.random.seed(2)\nos.environ['MODE'] = 'x'\n"
        "pandas.set_option('display.precision', 3)\nprint('module level')\n"
        "def rm_init(f): return f.read()\n"
        "def rm_main(m, n):\n"
        "    return str(decimal.Decimal(1) / 3), random.random(), numpy.random.rand(), os.environ['MODE'], "
        "pandas.get_option('display.precision')\n",
        _SAME,
    ),
    "rm_init sets seeds": (
        "import random, numpy\n"
        "def rm_init(f):\n    random.seed(1)\n    numpy.random.seed(2)\n    return f.read()\n"
        "def rm_main(m, n): return random.random(), numpy.random.rand()\n",
        _SAME,
    ),
    "rm_init draws numbers": (
        "import random, numpy\nrandom.seed(1)\nnumpy.random.seed(2)\n"
        "def rm_init(f): return random.random(), numpy.random.rand()\n"
        "def rm_main(a, b, n): return a, b, random.random(), numpy.random.rand()\n",
        _SAME,
    ),
    "a file": ("def rm_init(f): return f\ndef rm_main(f, n): return f.read(), f.name != ''\n", _SAME),
    "a file in an object": (
        "import io\ndef rm_init(f): return {'a': [f, io.StringIO('text')]}\n"
        "def rm_main(m, n): return [each.read() for each in m['a']]\n",
        _SAME,
    ),
    "a generator": (
        "def rm_init(f): return (c for c in f.read()), iter([1, 2])\ndef rm_main(g, i, n): return list(g), list(i)\n",
        _SAME,
    ),
    "a class of a module that the script wrote": (
        "import sys\ndef rm_init(f):\n"
        "    open('mine.py', 'w').write('class A: pass\\n')\n"
        "    import mine\n    return mine.A()\n"
        "def rm_main(a, n):\n"
        "    mine = sys.modules.get('mine')\n"
        "    return type(a).__module__, getattr(mine, 'A', None) is type(a)\n",
        _SAME,
    ),
    "memory that maps its file": (
        "import joblib, numpy\ndef rm_init(f):\n"
        "    joblib.dump(numpy.arange(100000), 'array')\n"
        "    return joblib.load('array', mmap_mode='r')\n"
        "def rm_main(a, n): return int(a[n * 100]), type(a).__name__\n",
        [[text_file(""), value(n)] for n in (1, 2, 3)],
    ),
    "a socket": (
        "import socket\ndef rm_init(f): return socket.socketpair()\n"
        "def rm_main(a, b, n):\n    a.sendall(b'x' * n)\n    return len(b.recv(10))\n",
        _SAME,
    ),
    "a thread": (
        "import threading\ndef rm_init(f):\n"
        "    event = threading.Event()\n"
        "    thread = threading.Thread(target=event.wait, daemon=True)\n    thread.start()\n    return thread\n"
        "def rm_main(t, n): return t.is_alive()\n",
        _SAME,
    ),
    "a child process": (
        "import subprocess\ndef rm_init(f): return subprocess.Popen(['sleep', '1234'])\n"
        "def rm_main(p, n): return p.poll()\n",
        _SAME,
    ),
    "a fork": (
        "import os\ndef rm_init(f):\n    if os.fork() == 0: os._exit(0)\n    return f.read()\n"
        "def rm_main(t, n): return t\n",
        _SAME,
    ),
    "a table": (
        "def rm_init(t): return t, len(t)\ndef rm_main(t, size, n): return t, size, t.rm_metadata['a'][0], n\n",
        [[csv("a,b\n1,x\n2,y\n"), value(n)] for n in range(3)],
    ),
    "values of several types": (
        "def rm_init(a, b): return [a, b, type(a).__name__]\ndef rm_main(m): return m\n",
        [[value(a), value(b)] for a in (1, 1.0, True, "1", None, [1], {"a": 1, "b": 2}, {"b": 2, "a": 1})
         for b in (0, False)],
    ),
    "fewer and more inputs": (
        "def rm_init(a, b='b'): return [a, b]\ndef rm_main(m, *rest): return m, list(rest)\n",
        [[value(n) for n in range(count)] for count in (0, 1, 2, 3, 1, 2)],
    ),
    "no inputs": ("def rm_init(): return 7\ndef rm_main(m, *rest): return m, list(rest)\n", [[], [value(1)], []]),
    "nothing, a tuple in a tuple, a named tuple": (
        "import collections\nPair = collections.namedtuple('Pair', 'a b')\n"
        "def rm_init(n): return [None, (), (None,), ((1, 2),), Pair(1, 2)][n]\n"
        "def rm_main(*all): return len(all), repr(all)\n",
        [[value(n)] for n in (0, 1, 2, 3, 4, 0, 1, 2, 3, 4)],
    ),
    "too few values": ("def rm_init(a): pass\ndef rm_main(m, n): return 1\n", _SAME),
    "too many values": ("def rm_init(a): return 1, 2, 3\ndef rm_main(m, n): return 1\n", _SAME),
    "too few inputs": ("def rm_init(a, b, c): return 1\ndef rm_main(m, n): return 1\n", _SAME),
    "rm_init fails": ("def rm_init(f): return 1 / 0\ndef rm_main(m, n): return 1\n", _SAME),
    "rm_init fails every other time": (
        "def rm_init(a): return 1 / a\ndef rm_main(m): return m\n",
        [[value(n)] for n in (1, 0, 1, 0, 1)],
    ),
    "rm_init exits": ("import sys\ndef rm_init(f): sys.exit(3)\ndef rm_main(m, n): return 1\n", _SAME),
    "rm_main fails": ("def rm_init(f): return 0\ndef rm_main(m, n): return n / m\n", _SAME),
    "it is not a function": ("rm_init = 5\ndef rm_main(m, n): return 1\n", _SAME),
    "it takes any number": ("def rm_init(*files): return 1\ndef rm_main(m): return 1\n", _SAME),
    "parameters that have to be named": (
        "def rm_init(f, *, a=2): return a\ndef rm_main(m, n): return m\n",
        _SAME,
    ),
    "parameters that have to be named, and nobody does": (
        "def rm_init(f, *, a): return a\ndef rm_main(m, n): return m\n",
        _SAME,
    ),
    "a decorated function": (
        "import functools\ndef log(function):\n"
        "    @functools.wraps(function)\n"
        "    def wrapper(*args): return function(*args)\n    return wrapper\n"
        "@log\ndef rm_init(f): return f.read()\n@log\ndef rm_main(m, n): return m * n\n",
        _SAME,
    ),
    "an object that can be called": (
        "class Init:\n    def __call__(self, f): return f.read()\nrm_init = Init()\n"
        "def rm_main(m, n): return m, n\n",
        _SAME,
    ),
    "the last input is malformed": (
        "def rm_init(f): return 1\ndef rm_main(m, t): return 1\n",
        [[text_file("ab"), csv("a\n1\n")], [text_file("ab"), csv("a,b\n1,2,3\n")], [text_file("ab"), csv("a\n2\n")]],
    ),
}
