"""Runs one module of CPython's own tests: as a script of the engine, or by python3 itself.

The module's name is the input. Returns {test: outcome}; python3 prints that as JSON.
"""

import json
import sys
import unittest


class Outcomes(unittest.TestResult):
    """What became of each test; of one with subtests the worst counts."""

    def __init__(self):
        super().__init__()
        self.by_test = {}

    def _note(self, test, outcome):
        name = getattr(test, "test_case", test).id()
        if self.by_test.get(name) not in ("failed", "error"):
            self.by_test[name] = outcome

    def addSuccess(self, test):
        self._note(test, "passed")

    def addFailure(self, test, error):
        self._note(test, "failed")
        self.say(test, error)

    def addError(self, test, error):
        self._note(test, "error")
        self.say(test, error)

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error is not None:
            self._note(test, "failed")
            self.say(test, error)

    def addSkip(self, test, reason):
        self._note(test, "skipped")

    def addExpectedFailure(self, test, error):
        self._note(test, "expected failure")

    def addUnexpectedSuccess(self, test):
        self._note(test, "unexpected success")

    def say(self, test, error):
        print(f"{test}: {error[0].__name__}: {error[1]}"[:300], file=sys.__stderr__)


def rm_main(name):
    from test import support

    support.verbose = 0
    try:
        suite = unittest.defaultTestLoader.loadTestsFromName(f"test.{name}")
    except unittest.SkipTest:
        return {"the module": "skipped"}
    outcomes = Outcomes()
    try:
        suite.run(outcomes)
    except Exception as error:  # a suite that no loader but its own runs
        outcomes.by_test["the module"] = type(error).__name__
    return outcomes.by_test


if __name__ == "__main__" and len(sys.argv) == 2:
    found = rm_main(sys.argv[1])
    print("\nOUTCOMES " + json.dumps(found))
