"""trial (Twisted), stestr, zope.testrunner and green: runners of Python's unittest."""

from typing import Final

from ci_integrations.parsing.logs.tools.frameworks_python import method_name
from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

TRIAL: Final = Framework(
    "trial",
    "https://docs.twisted.org/en/stable/core/howto/trial.html",
    (
        rule(r"={79}$", "====", opens="heading"),
        rule(r"\[(?:FAIL|SUCCESS!\?!\?)\]$", inside="heading", opens="failed", begins=True),
        # "[ERROR]" alone is taken for a build tool's mark before an empty line.
        rule(r"$", inside="heading", opens="error"),
        rule(r"Traceback ", inside="error", opens="failed", begins=True),
        rule(r"", inside="heading", opens=""),
        rule(r"", inside="error", opens=""),
        # Tests that failed alike stand one below the other.
        rule(r"(?P<name>\w++(?:\.\w++)++)$", inside="failed"),
        rule(r"-{79}$", "-----", opens="line"),
        rule(r"Ran (?P<total>\d+) tests? in (?P<duration>[\d.]+s)$", inside="line", opens="summary", begins=True),
        rule(r"", inside="line", opens=""),
        rule(r"(?:PASSED|FAILED)(?: \((?P<counts>[^)]*)\))?$", inside="summary", ends=True),
        rule(r"\S", inside="summary", opens=""),
    ),
    (
        Example(
            "=" * 79 + "\n"
            "[SKIPPED]\n"
            "later\n"
            "\n"
            "acme.test_adder.Adder.test_waits\n" + "=" * 79 + "\n"
            "[FAIL]\n"
            "Traceback (most recent call last):\n"
            '  File "acme/test_adder.py", line 3, in test_adds\n'
            "twisted.trial.unittest.FailTest: 1 != 2\n"
            "\n"
            "acme.test_adder.Adder.test_adds\n"
            "acme.test_adder.Adder.test_adds_more\n" + "=" * 79 + "\n"
            "[ERROR]\n"
            "Traceback (most recent call last):\n"
            "builtins.ValueError: bad\n"
            "\n"
            "acme.test_adder.Adder.test_breaks\n" + "-" * 79 + "\n"
            "Ran 5 tests in 0.250s\n"
            "\n"
            "FAILED (skips=1, failures=2, errors=1, successes=1)",
            failed=(
                "acme.test_adder.Adder.test_adds",
                "acme.test_adder.Adder.test_adds_more",
                "acme.test_adder.Adder.test_breaks",
            ),
            failures=3,
            total=5,
            skipped=1,
            duration=0.25,
        ),
        Example(
            "-" * 79 + "\nRan 2 tests in 0.250s\n\nPASSED (successes=2)",
            failures=0,
            total=2,
            skipped=0,
            duration=0.25,
        ),
    ),
    encloses=("unittest",),
)

STESTR: Final = Framework(
    "stestr",
    "https://stestr.readthedocs.io/en/latest/MANUAL.html",
    (
        rule(
            r"\{\d+\} (?P<name>\S.*?) \[[\d.]+s\] \.\.\. FAILED$",
            words="failed ",
            holds="s] ... failed",
        ),
        rule(r"Ran: (?P<total>\d+) tests? in (?P<duration>[\d.]+ sec)\.$", "Ran: ", proves=True, opens="totals"),
        rule(r" - (?P<counts>(?:Passed|Skipped|Failed): \d+)$", inside="totals"),
        rule(r"Sum of execute time for each test:", "Sum of execute", inside="totals", ends=True),
    ),
    (
        Example(
            "{0} acme.test_adder.Adder.test_adds [0.000175s] ... FAILED\n"
            "{1} acme.test_adder.Adder.test_keeps [0.000070s] ... ok\n"
            "{0} acme.test_adder.Adder.test_waits ... SKIPPED: later\n"
            "\n"
            "======\n"
            "Totals\n"
            "======\n"
            "Ran: 3 tests in 0.0250 sec.\n"
            " - Passed: 1\n"
            " - Skipped: 1\n"
            " - Expected Fail: 0\n"
            " - Unexpected Success: 0\n"
            " - Failed: 1\n"
            "Sum of execute time for each test: 0.0003 sec.",
            failed=("acme.test_adder.Adder.test_adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.025,
        ),
    ),
)

ZOPE: Final = Framework(
    "zope.testrunner",
    "https://zopetestrunner.readthedocs.io/en/latest/",
    (
        rule(r"(?:Failure|Error) in test (?P<name>\S.*)$", ("Failure in test ", "Error in test ")),
        rule(
            r"\s+Ran (?P<total>\d+) tests? with (?P<counts>\d+ failures?(?:(?:,| and) \d+ \w+)*) in "
            r"(?P<duration>[\d.]+ \w+(?: [\d.]+ \w+)*)\.$",
            "Ran ",
            holds=" with ",
            ends=True,
        ),
    ),
    (
        Example(
            "Running zope.testrunner.layer.UnitTests tests:\n"
            "Failure in test test_adds (acme.test_adder.Adder.test_adds)\n"
            "Traceback (most recent call last):\n"
            "AssertionError: 1 != 2\n"
            "\n"
            "  Ran 3 tests with 1 failures, 0 errors and 1 skipped in 0.250 seconds.",
            failed=("acme.test_adder.Adder::test_adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.25,
        ),
    ),
    shape=method_name,
)

GREEN: Final = Framework(
    "green",
    "https://github.com/CleanCut/green#readme",
    (
        rule(
            r"(?:Failure|Error) in (?P<name>\w++(?:\.\w++)++(?: \(.*\))?)$",
            ("Failure in ", "Error in "),
        ),
        rule(
            r"Ran (?P<total>\d+) tests? in (?P<duration>[\d.]+s) using \d+ process(?:es)?$",
            "Ran ",
            holds=" using ",
            begins=True,
            proves=True,
        ),
        rule(r"(?:OK|FAILED) \((?P<counts>[^)]*)\)$", ("OK (", "FAILED ("), needs_begin=True, ends=True),
    ),
    (
        Example(
            "F.s\n"
            "\n"
            "Failure in acme.test_adder.Adder.test_adds\n"
            "AssertionError: 1 != 2\n"
            "\n"
            "Ran 3 tests in 0.250s using 2 processes\n"
            "\n"
            "FAILED (failures=1, passes=1, skips=1)",
            failed=("acme.test_adder.Adder.test_adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.25,
        ),
    ),
)

FRAMEWORKS_UNITTEST: Final = (
    TRIAL,
    STESTR,
    ZOPE,
    GREEN,
)
