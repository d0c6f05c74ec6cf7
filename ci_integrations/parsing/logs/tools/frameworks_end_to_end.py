"""TestCafe, Nightwatch and CodeceptJS."""

# The tools print these characters.
# ruff: noqa: RUF001

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

_REMARKS: Final = r"(?: \(unstable\))?(?: \(screenshots: .*\))?"

TESTCAFE: Final = Framework(
    "testcafe",
    "https://testcafe.io/documentation/402825/guides/intermediate-guides/reporters",
    (
        rule(r" Running tests in:$", "Running tests in:", begins=True),
        rule(
            rf" ✖ (?P<name>\S(?:(?:(?! \((?:unstable\)|screenshots: )).)*+(?={_REMARKS}$)|.*+)){_REMARKS}$",
            "✖ ",
            needs_begin=True,
        ),
        rule(
            r" (?P<failed>\d+)/(?P<total>\d+) failed \((?P<duration>[^()]+)\)$",
            "0/",
            holds=" failed (",
            needs_begin=True,
            proves=True,
        ),
        rule(r" (?P<total>\d+) passed \((?P<duration>[^()]+)\)$", "0 passed (", needs_begin=True, proves=True),
        rule(r" (?P<skipped>\d+) skipped$", "0 skipped", needs_begin=True),
    ),
    (
        Example(
            " Running tests in:\n"
            " - Chrome 120.0 / Linux\n"
            "\n"
            " adder\n"
            " ✖ adds (screenshots: /app/screenshots)\n"
            "\n"
            "   1) AssertionError: expected 1 to equal 2\n"
            "\n"
            " ✓ keeps\n"
            " - waits\n"
            "\n"
            "\n"
            " 1/3 failed (1m 05s)\n"
            " 1 skipped",
            failed=("adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=65.0,
        ),
    ),
)

NIGHTWATCH: Final = Framework(
    "nightwatch",
    "https://nightwatchjs.org/guide/reporters/use-nightwatch-reporters.html",
    (
        rule(
            r"\s*\ufe0f?TEST FAILURE \((?P<duration>[^()]+)\):",
            ("\ufe0fTEST FAILURE (", "TEST FAILURE ("),
            begins=True,
            proves=True,
            opens="failure",
        ),
        rule(r"\s+- (?P<failed>\d+) tests failed;", inside="failure"),
        rule(r"\s+- (?P<errors>\d+) errors? during execution;", inside="failure"),
        rule(r"\s+- \d+/(?P<total>\d+) tests passed", inside="failure"),
        rule(r"\s+- (?P<skipped>\d+) skipped$", inside="failure"),
        rule(r"\s+✖ \d+\) (?P<scope>\S.*)$", inside="failure"),
        rule(r"\s+– (?P<name>\S.*) \([\d.]+m?s\)$", inside="failure"),
    ),
    (
        Example(
            "  \ufe0fTEST FAILURE (459ms):  \n"
            "   - 1 tests failed; \n"
            "   - 1/3 tests passed\n"
            "   - 1 skipped\n"
            "\n"
            "   ✖ 1) adder\n"
            "\n"
            "   – adds (54ms)\n"
            "\n"
            "   ✖ AssertionError",
            failed=("adder::adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.459,
        ),
    ),
)

CODECEPT_JS: Final = Framework(
    "codeceptjs",
    "https://codecept.io/reports/",
    (
        rule(r"-- FAILURES:$", "-- FAILURES:", begins=True, opens="failures"),
        rule(
            r"  \d+\) (?P<name>.+?)(?P<last>:)?$",
            "0) ",
            inside="failures",
            then=r" +(?P<name>\S.*?)(?P<last>:)?$",
            reach=12,
        ),
        rule(
            r"\s+(?:OK|FAIL) +\| (?P<counts>\d+ passed(?:, \d+ \w+)*) +// (?P<duration>\S+)$",
            ("OK ", "FAIL "),
            holds=" | ",
            ends=True,
        ),
    ),
    (
        Example(
            "adder --\n"
            "  ✖ adds in 5ms\n"
            "\n"
            "-- FAILURES:\n"
            "\n"
            "  1) adder\n"
            "       adds:\n"
            "     \n"
            "  bad\n"
            "\n"
            "  FAIL  | 1 passed, 1 failed, 1 skipped   // 10ms",
            failed=("adder adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.01,
        ),
        Example("  OK  | 2 passed   // 1s", failures=0, total=2, skipped=0, duration=1.0),
    ),
)

FRAMEWORKS_END_TO_END: Final = (
    TESTCAFE,
    NIGHTWATCH,
    CODECEPT_JS,
)
