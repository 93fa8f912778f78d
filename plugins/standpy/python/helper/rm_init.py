"""rm_init: what it returns takes the place of the first inputs in the call of rm_main.

A runner that runs script after script keeps what it returned, for the next request with the same script and
the same of these inputs. The result of a request never depends on that, only its time: the module level runs
anew for each request, in the module of the run of rm_init, so functions that were kept see the globals of
the request. Then the globals that rm_init has set, and those that are connected with what it returned
(reach.py), are again what they were.
"""

import base64
import collections
import gc
import json
import types

try:
    from _hashlib import openssl_sha256 as _sha256  # twice as fast
except ImportError:
    from hashlib import sha256 as _sha256

from _standpy import marks, reach, script
from _standpy.failures import Problem

MOST_RESULTS = 16  # of one runner
MANY_OBJECTS = 20_000  # so many the collector should not look at after each script

_OBJECTS = "object", "collection"  # inputs that may run code when they end
_TAKES_REST = 0x04  # CO_VARARGS of a function's code
_MISSING = object()

_keeps = False  # whether this runner runs more than one script
_kept = collections.OrderedDict()  # key to Kept, least recently used first
_counts = {}  # source of each script in _kept to the number of parameters of its rm_init
_current = None  # the Kept whose module this request uses
_freezes = False  # after this request, whatever is there is hidden from the collector


class Kept:
    """What one call of rm_init has made."""

    __slots__ = ("source", "values", "is_large", "makes", "module", "globals", "gone", "after")

    def __init__(self, source, values, is_large, makes, module, bound, gone):
        self.source, self.values, self.module = source, values, module
        self.is_large, self.makes = is_large, makes  # makes: its end may run code
        self.globals, self.gone = bound, gone  # what changes once the module level has run
        self.after = dict(module.__dict__)  # all globals, once rm_init has run


def enter_runner(keeps):
    """In a new runner. keeps: it runs more than one script."""
    global _keeps
    _keeps = keeps


def _digest_of(argument):
    """Of the content of an input, in hexadecimal digits: the same whether it came or is kept already."""
    type_, _, is_base64, content, _, digest = argument
    if digest is not None:
        return digest
    if type_ == "value":
        content = json.dumps(content).encode("utf-8", "surrogatepass")
    elif is_base64:
        content = base64.b64decode(content)
    return _sha256(content).hexdigest().encode()


def _beside(argument):
    """Metadata, or which contents the items of a collection may name, and what these were kept as."""
    beside = argument[4]
    if isinstance(beside, dict):
        return tuple(sorted((digest, form) for digest, (form, _) in beside.items()))
    return beside


def _key(source, arguments):
    """Tells apart whatever rm_init could tell apart. None if that cannot be said."""
    try:
        inputs = tuple((*argument[:2], _digest_of(argument), _beside(argument)) for argument in arguments)
    except (MemoryError, RecursionError, ValueError):  # a value deeper than json goes, or no base64
        return None
    return source, inputs


def _count_parameters(function):
    """How many positional parameters it has."""
    if type(function) is types.FunctionType and not hasattr(function, "__wrapped__"):
        code = function.__code__
        if not code.co_flags & _TAKES_REST:
            return code.co_argcount
    import inspect  # imported late, so that a script finds a fresh interpreter

    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError) as error:
        raise Problem("run", f"rm_init does not say how many inputs it takes: {error}") from None
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            raise Problem("run", f"rm_init must say how many inputs it takes, and *{parameter.name} does not")
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    return sum(parameter.kind in kinds for parameter in parameters)


def is_named(source):
    """Whether the script seems to define it."""
    return b"rm_init" in source


class Call:
    """rm_init in one request. If it is already known what it returns, module is the one to run the script in."""

    def __init__(self, source, arguments):
        self.source = source
        self.module = self._kept = self._key = self._function = None
        self._parameters = self.taken = 0  # how many it has; how many inputs it gets
        self.returned = None  # number of values
        if source in _counts:
            self._find(arguments, _counts[source])
            self.module = self._kept and self._kept.module

    def _find(self, arguments, parameters):
        global _current
        self._parameters, self.taken = parameters, min(parameters, len(arguments))
        self._key = _key(self.source, arguments[: self.taken])
        self._kept = _current = None if self._key is None else _kept.get(self._key)

    def is_defined(self):
        return self.returned is not None

    def is_known(self):
        return self._kept is not None

    def may_keep(self):
        return self._key is not None

    def begin(self, module, arguments):
        """After the module level: finds out how many inputs it takes. False if there is no rm_init."""
        function = self._function = module.__dict__.get("rm_init", _MISSING)
        if function is _MISSING:
            self._drop()
            return False
        if not callable(function):
            kind = type(function).__name__
            raise Problem("parse", f"rm_init is not a function but of type {kind}", phase="parse")
        parameters = _count_parameters(function)
        if self._key is not None and parameters != self._parameters:
            self._drop()  # its module level does not define the same function each time
        self._parameters, self.taken = parameters, min(parameters, len(arguments))
        first = arguments[: self.taken]
        if self._key is None and _keeps and is_named(self.source):
            self._key = _key(self.source, first)
        self._makes = script.makes() or any(argument[0] in _OBJECTS for argument in first)
        return True

    def _drop(self):
        global _current
        if self._kept is not None:
            _forget(self._key)
        self._kept = self._key = _current = None

    def recall(self, module):
        """The values of an earlier call."""
        names = module.__dict__
        names.update(self._kept.globals)
        for name in self._kept.gone:
            names.pop(name, None)
        _kept.move_to_end(self._key)
        self.returned = len(self._kept.values)
        return self._kept.values

    def _mark(self):
        """None if nothing is to be kept."""
        try:
            return None if self._key is None else marks.Mark(script.reaches())
        except Exception:  # the module level has removed what is looked at
            return None

    def call(self, module, inputs):
        """Calls it: None is no value, a tuple is several, anything else is one."""
        mark = self._mark()
        before = module.__dict__.copy()
        returned = self._function(*inputs)
        if returned is None:
            values = ()
        else:
            values = returned if type(returned) is tuple else (returned,)
        self.returned = len(values)
        if mark is not None:
            try:
                if mark.is_same(self.source):
                    self._keep(module, before, values)
            except Exception:  # objects of the script, which may refuse any question
                pass
        return values

    def _keep(self, module, before, values):
        global _current, _freezes
        names = module.__dict__
        bound = {name: value for name, value in names.items() if before.get(name, _MISSING) is not value}
        others = {name: value for name, value in names.items() if name not in bound}
        reached = reach.connected(names, others, [*values, *bound.values()])
        if reached is None or any(hasattr(type(value), "__next__") for value in values):
            return
        connected, count = reached
        bound.update((name, names[name]) for name in connected)
        is_large = count > MANY_OBJECTS
        gone = before.keys() - names.keys()
        kept = Kept(self.source, values, is_large, self._makes, module, bound, gone)
        _freezes = _freezes or is_large
        _kept[self._key] = _current = kept
        _counts[self.source] = self._parameters

    def words(self):
        """For a rm_main that takes another number of arguments."""
        if self.returned is None:
            return ""
        values = "1 value" if self.returned == 1 else f"{self.returned} values"
        return f"; rm_init took {self.taken} of them and returned {values}"


def end():
    """After a request. Returns whether something was forgotten whose end may run code."""
    global _current
    if _current is not None:
        names = _current.module.__dict__
        names.clear()
        names.update(_current.after)
    _current = None
    makes = False
    while len(_kept) > MOST_RESULTS:
        makes = _forget(next(iter(_kept))) or makes
    return makes


def settle():
    """After a request, once its garbage is gone."""
    global _freezes
    if _freezes:
        gc.collect()
        gc.freeze()
        _freezes = False


def _forget(key):
    global _freezes
    kept = _kept.pop(key)
    if kept.is_large:
        gc.unfreeze()  # so that the collector finds its cycles
        _freezes = True
    if all(other.source != kept.source for other in _kept.values()):
        del _counts[kept.source]
    return kept.makes


def count():
    return len(_kept)


def forget(youngest):
    """Forgets the result that was not used for longest, or was just used. False if there is none."""
    if not _kept:
        return False
    _forget(next(reversed(_kept)) if youngest else next(iter(_kept)))
    return True
