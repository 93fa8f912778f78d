"""Judges by its text what a script may do, once for each script. Pure.

Most scripts can neither reach a module nor make an object that runs code at its end. Their text shows
that, and then nobody needs to look at what they left. A wrong judgement costs time, or leaves a change
in place: this protects the next script from accidents, not from an author who means harm.
"""

import ast
import re


# Without these a script reaches a module only through an input.
_REACHES = rb"import|eval|exec|attr|vars|globals|locals|breakpoint|help|__|[^\x00-\x7f]"
_reaches = re.compile(_REACHES)
# Without these it makes no class and no generator either, so none of its objects runs code at its end.
_makes = re.compile(_REACHES + rb"|class|type|yield|async")

# Attributes of modules that changes.py puts back.
_PUT_BACK = re.compile(
    r"sys\.\w+$|os\.environ$|tempfile\.tempdir$|decimal\.|numpy\.random\.|time\.tzname$"
    r"|(pandas\.)?options\.|matplotlib\.(pyplot\.)?rcParams(Default)?$|pylab\.rcParams$"
    r"|threading\.excepthook$|warnings\.filters$"
)
# Calls that change a library for good, whatever they are called on.
_PATCHES = re.compile(
    r"setattr$|delattr$|__setattr__$|__delattr__$|patch|register_(\w+_)?(accessor|dtype|error|extension_type)$"
)
_IMPORTS = ("__import__", "import_module", "reload")


class _Names(ast.NodeVisitor):
    """The names that lead to a module or into one: {name: dotted path}."""

    def __init__(self):
        self.paths = {}

    def visit_Import(self, node):
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            self.paths[name] = alias.name if alias.asname else name

    def visit_ImportFrom(self, node):
        for alias in node.names:
            self.paths[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def visit_Assign(self, node):
        if self._leads(node.value):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    self.paths.setdefault(target.id, self.path(node.value) or "?")
        self.generic_visit(node)

    def visit_For(self, node):
        members = getattr(node.iter, "elts", ())
        if isinstance(node.target, ast.Name) and any(map(self._leads, members)):
            self.paths.setdefault(node.target.id, "?")
        self.generic_visit(node)

    def _leads(self, node):
        if isinstance(node, ast.Call):
            return _called(node) in _IMPORTS
        if isinstance(node, ast.Subscript):
            return self.path(node.value) == "sys.modules"
        return isinstance(node, (ast.Name, ast.Attribute)) and self.path(node) is not None

    def path(self, node):
        """The dotted path to which a chain of attributes leads; None if it does not start at a module."""
        if isinstance(node, ast.Name):
            return self.paths.get(node.id)
        if isinstance(node, ast.Subscript):
            return self.path(node.value)
        if isinstance(node, ast.Attribute):
            path = self.path(node.value)
            return None if path is None else f"{path}.{node.attr}"
        return "?" if self._leads(node) else None


def _called(node):
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _is_own(node):
    """True for setattr(self, ...), which changes an object of the script."""
    return bool(node.args) and getattr(node.args[0], "id", "") in ("self", "cls")


def _patches(node, names):
    if isinstance(node, ast.Call):
        return bool(_PATCHES.search(_called(node))) and not _is_own(node)
    if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
        path = names.path(node)
        return path is not None and not _PUT_BACK.match(path)
    return False


def patches(text):
    """Whether a script that compiles assigns to what it has imported."""
    tree = ast.parse(text)
    names = _Names()
    names.visit(tree)
    return any(_patches(node, names) for node in ast.walk(tree))


def reaches(source):
    """Whether it may reach a module."""
    return bool(_reaches.search(source))


def makes(source):
    """Whether it may make objects that do something when they end."""
    return bool(_makes.search(source))
