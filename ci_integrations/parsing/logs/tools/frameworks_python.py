"""pytest, unittest (nose, Django)."""

import re
from typing import Final

from ci_integrations.parsing.logs.tools.frameworks_pytest import PYTEST
from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

# "test_a (tests.test_app.AppTest.test_a) (n=1)"; before Python 3.11 the parentheses hold the class alone.
_METHOD: Final = re.compile(r"^(?P<name>\w+) \((?P<suite>[\w.]+?)(?:\.(?P=name))?\)(?P<more>.*)$")


def method_name(suite: str, name: str) -> str:
    """The name of a test as its class and method, given as unittest prints it; no suite stands before it."""
    return _METHOD.sub(r"\g<suite>::\g<name>\g<more>", name)


UNITTEST: Final = Framework(
    "unittest",
    "https://docs.python.org/3/library/unittest.html#command-line-interface",
    (
        rule(r"={70}$", "====", then=r"(?:FAIL|ERROR): (?P<name>\S.*)$", needs_then=True),
        rule(r"Ran (?P<total>\d+) tests? in (?P<duration>[\d.]+s)$", "Ran ", begins=True, proves=True),
        # trial ends with "PASSED".
        rule(
            r"(?:OK|FAILED|PASSED)(?: \((?P<counts>[^)]*)\))?$", ("OK", "FAILED", "PASSED"), ends=True, needs_begin=True
        ),
    ),
    (
        Example(
            "=" * 70 + "\n"
            "FAIL: test_sub (tests.test_a.AppTest.test_sub) (n=1)\n" + "-" * 70 + "\n"
            "Traceback (most recent call last):\n"
            "AssertionError: 1 != 2\n" + "-" * 70 + "\n"
            "Ran 3 tests in 0.012s\n"
            "\n"
            "FAILED (failures=1, skipped=1)",
            failed=("tests.test_a.AppTest::test_sub (n=1)",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.012,
        ),
    ),
    shape=method_name,
)

FRAMEWORKS_PYTHON: Final = (
    PYTEST,
    UNITTEST,
)
