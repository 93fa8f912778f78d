"""What of a script an object leads to: decides what may be kept of a script once it is over.

An object may be kept if it holds nothing that ends with the script: no open file, no generator, no class of
a module that the script wrote. And the script's globals that are connected with it have to be kept, too,
else the next request would have two of what is one: a class and another class of the same name.
"""

import _io
import gc
import sys
import types

from _standpy import changes, files

# They lead to nothing of a script.
_ATOMS = (int, float, complex, str, bytes, bool, type(None), type(...), type(NotImplemented), range,
          types.BuiltinFunctionType, types.CodeType, types.ModuleType)  # fmt: skip
_CHANGING = dict, list, set
# Two that lead to the same one of these are not connected by it: it does not change, or is everybody's.
_UNCHANGING = tuple, frozenset, types.MethodType, types.MappingProxyType
_UNCHANGING_NAMES = {("numpy", "dtype"), ("re", "Pattern"), ("logging", "Logger")}
_ONE_SHOT = types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType
_OPEN_NAMES = {("mmap", "mmap"), ("_socket", "socket")}

# How to walk on from an object; or a function (thing, reached) that returns to what it leads.
_STOP, _PASS, _CONNECT, _END = range(4)

_module_of = type.__dict__["__module__"].__get__
_name_of = type.__dict__["__name__"].__get__
_mro_of = type.__dict__["__mro__"].__get__


_owned = None, frozenset()  # which modules there were, the ids of their dictionaries


def _owned_by_modules():
    """Cached, because it takes as long as a small script."""
    global _owned
    which = len(sys.modules), next(reversed(sys.modules))
    if which != _owned[0]:
        modules = [module for module in [*sys.modules.values()] if type(module) is types.ModuleType]
        _owned = which, frozenset(id(vars(module)) for module in modules)
    return _owned[1]


class Reached:
    """What some objects lead to."""

    __slots__ = ("things", "ends", "count")

    def __init__(self):
        self.things = set()  # ids of what connects
        self.ends = False  # something ends with the script
        self.count = 0


class Walk:
    """Walks from objects of one script to what they lead to, but into nothing that belongs to a library."""

    def __init__(self, names):
        """names: the dictionary of the script's globals."""
        self._names = names
        self._owned = _owned_by_modules()
        self._seen = id(names), id(files.open_in_scratch)
        self._forgotten = {}  # name of a module to whether it will be gone
        self._ways = {
            **dict.fromkeys(_ATOMS, _STOP),
            **dict.fromkeys(_UNCHANGING, _PASS),
            **dict.fromkeys(_CHANGING, _CONNECT),
            **dict.fromkeys(_ONE_SHOT, _END),
            types.FunctionType: self._from_function,
        }

    def _is_forgotten(self, name):
        if name not in self._forgotten:
            self._forgotten[name] = changes.forgets(name)
        return self._forgotten[name]

    def _from_class(self, thing, reached):
        owner = _module_of(thing)
        if owner != "__main__":
            reached.ends = reached.ends or self._is_forgotten(owner)
            return ()
        reached.things.add(id(thing))
        return gc.get_referents(thing)

    def _from_function(self, thing, reached):
        if thing.__globals__ is self._names:
            reached.things.add(id(thing))
        else:
            reached.ends = reached.ends or self._is_forgotten(thing.__globals__.get("__name__"))
        return gc.get_referents(thing)

    @staticmethod
    def _from_array(thing, reached):
        """numpy tells the collector nothing."""
        reached.things.add(id(thing))
        found = gc.get_referents(thing)
        found.append(thing.base)
        if thing.dtype.hasobject:
            found += thing.ravel().tolist()
        return found

    def _judge(self, kind):
        if issubclass(kind, type):
            return self._from_class
        names = {(_module_of(base), _name_of(base)) for base in _mro_of(kind)}
        if _io._IOBase in _mro_of(kind) or not names.isdisjoint(_OPEN_NAMES):
            return _END
        if ("numpy", "ndarray") in names:
            return self._from_array
        is_member = _name_of(type(kind)) in ("EnumMeta", "EnumType") and _module_of(kind) != "__main__"
        return _PASS if is_member or not names.isdisjoint(_UNCHANGING_NAMES) else _CONNECT

    def __call__(self, roots, wanted=None, through=False):
        """wanted: ids of what is asked for, if that is not everything. through: goes on behind what ends."""
        reached, ways, level = Reached(), self._ways, roots
        seen, owned = set(self._seen), self._owned
        while level and (through or not reached.ends):
            plain, found = [], []
            for thing in level:
                kind = type(thing)
                way = ways.get(kind)
                if way is None:
                    way = ways[kind] = self._judge(kind)
                number = id(thing)
                if way == _STOP or number in seen or number in owned:
                    continue
                seen.add(number)
                if way == _PASS or way == _CONNECT:
                    if way == _CONNECT and (wanted is None or number in wanted):
                        reached.things.add(number)
                    plain.append(thing)
                elif way == _END:
                    reached.ends = True
                else:
                    found += way(thing, reached)
            reached.count += len(plain)
            found += gc.get_referents(*plain)
            level = found
        return reached


def connected(names, candidates, roots):
    """(names of globals that are connected with what is to be kept, number of its objects).

    None if it cannot be kept. names: the dictionary of the globals. candidates: those in question, by name.
    roots: a list.
    """
    walk = Walk(names)
    held = walk(roots, walk([*candidates.values()], through=True).things)
    if held.ends:
        return None
    chosen = set()
    if not held.things:
        return chosen, held.count
    left = {name: walk([value]) for name, value in candidates.items() if type(value) not in _ATOMS}
    while more := [name for name, reached in left.items() if not held.things.isdisjoint(reached.things)]:
        for name in more:
            reached = left.pop(name)
            if reached.ends:
                return None
            held.things |= reached.things
            chosen.add(name)
    return chosen, held.count
