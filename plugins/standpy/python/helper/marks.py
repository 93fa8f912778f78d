"""What rm_init may have changed besides the script's globals: then its result cannot be kept.

Random seeds, options of libraries, variables of the environment and the like are put back after each script,
so a later request would find a result without them.
"""

import os
import pickle
import sys

from _standpy import changes, leftovers, state


class Mark:
    """How things are before rm_init. reaches: the script may reach a module."""

    __slots__ = ("_folder", "_modules", "_state", "_left", "_generators", "_rows")

    def __init__(self, reaches):
        self._folder = os.getcwd()
        self._modules = len(sys.modules)
        self._state, self._left, self._generators = state.mark(), leftovers.mark(), _generators()
        self._rows = changes.mark() if reaches else None

    def is_same(self, source):
        """Whether they are still so. What changes with the import of a module would not change again."""
        imported = len(sys.modules) != self._modules
        return (
            os.getcwd() == self._folder
            and (imported or state.mark() == self._state)
            and leftovers.mark() == self._left
            and _generators() == self._generators
            and (self._rows is None or changes.is_marked(self._rows, source, imported))
        )


def _generators():
    """The state of random generators whose numbers the script has determined."""
    return {name: pickle.dumps(get()) for name, get in leftovers.seeded_generators()}
