"""xUnit.net and NUnit as their own runners print them."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

XUNIT: Final = Framework(
    "xunit",
    "https://xunit.net/docs/getting-started/v3/getting-started",
    (
        rule(r"\s+(?P<name>\S.*) \[FAIL\]$", words="[fail]"),
        rule(
            r"\s+\S+ +(?P<counts>Total: \d+, Errors: \d+, Failed: \d+, Skipped: \d+).*, Time: (?P<duration>[\d.]+s)",
            words="failed:",
            holds=", failed: ",
            ends=True,
        ),
    ),
    (
        Example(
            "    Acme.AdderTests.Adds [FAIL]\n"
            "=== TEST EXECUTION SUMMARY ===\n"
            "   acme  Total: 3, Errors: 0, Failed: 1, Skipped: 1, Time: 0.250s",
            failed=("Acme.AdderTests.Adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.25,
        ),
    ),
)

NUNIT: Final = Framework(
    "nunit",
    "https://docs.nunit.org/articles/nunit/running-tests/Console-Runner.html",
    (
        rule(r"Errors, Failures and Warnings$", "Errors, Failures", begins=True),
        rule(r"\d+\) (?:Failed|Error|Test Failure|Test Error) : (?P<name>.+)$", "0) "),
        # version 2
        rule(
            r"Tests run: (?P<total>\d+), Errors: (?P<errors>\d+), Failures: (?P<failed>\d+), Inconclusive: \d+, Time: "
            r"(?P<duration>[\d.]+ seconds)$",
            "Tests run:",
            begins=True,
            opens="version 2",
            proves=True,
        ),
        rule(r" *Not run: (?P<skipped>\d+), ", "Not run: ", inside="version 2"),
        rule(
            r" *Test Count: (?P<total>\d+), (?P<counts>Passed: \d+, Failed: \d+, .*)$",
            "Test Count: ",
            begins=True,
            proves=True,
        ),
        rule(r" *Duration: (?P<duration>[\d.]+ seconds)$", "Duration: ", needs_begin=True),
    ),
    (
        Example(
            "1) Failed : Acme.AdderTests.Adds\n"
            "  Expected: 1\n"
            "  Test Count: 3, Passed: 1, Failed: 1, Warnings: 0, Inconclusive: 0, Skipped: 1\n"
            "    Duration: 0.5 seconds",
            failed=("Acme.AdderTests.Adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.5,
        ),
        Example(
            "Tests run: 3, Errors: 1, Failures: 1, Inconclusive: 0, Time: 0.5 seconds\n"
            "  Not run: 1, Invalid: 0, Ignored: 1, Skipped: 0\n"
            "\n"
            "Errors and Failures:\n"
            "1) Test Error : Acme.AdderTests.Breaks\n"
            "   System.Exception : bad\n"
            "2) Test Failure : Acme.AdderTests.Adds",
            failed=("Acme.AdderTests.Breaks", "Acme.AdderTests.Adds"),
            failures=2,
            total=3,
            skipped=1,
            duration=0.5,
        ),
    ),
)

FRAMEWORKS_NUNIT: Final = (
    XUNIT,
    NUNIT,
)
