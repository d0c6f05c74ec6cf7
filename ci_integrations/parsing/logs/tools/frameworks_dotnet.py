"""dotnet test, xUnit.net and NUnit."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

DOTNET: Final = Framework(
    "dotnet test",
    "https://learn.microsoft.com/dotnet/core/tools/dotnet-test",
    (
        rule(r"\s+(?:Failed|X) (?P<name>.+?) \[(?:< )?[\d.,]++ ?[A-Za-zµ]\w*\]$", ("Failed ", "X ")),
        rule(
            r"(?:Failed!|Passed!|Skipped!) +- (?P<counts>Failed: +\d+, Passed: +\d+, Skipped: +\d+, Total: +\d+), "
            r"Duration: (?:< )?(?P<duration>.+?)(?: - .*)?$",
            ("Failed!", "Passed!", "Skipped!"),
            ends=True,
        ),
        rule(
            r"Total tests: (?P<total>\d+)(?P<counts>\. Passed: \d+\. Failed: \d+\. Skipped: \d+)?",
            "Total tests: ",
            begins=True,
            proves=True,
        ),
        rule(r" +(?P<counts>(?:Passed|Failed|Skipped): \d+)$", ("Passed:", "Failed:", "Skipped:"), needs_begin=True),
        rule(
            r" *(?:Total|Test execution) time: (?P<duration>[\d.,]+ \w+)",
            ("Total time:", "Test execution time:"),
            needs_begin=True,
        ),
    ),
    (
        Example(
            "  Failed Acme.AdderTests.Adds(a: 1) [12 ms]\n"
            "  Error Message:\n"
            "Failed!  - Failed:     1, Passed:     1, Skipped:     1, Total:     3, Duration: 50 ms - acme.dll "
            "(net8.0)",
            failed=("Acme.AdderTests.Adds(a: 1)",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.05,
        ),
        Example(
            "  X Acme.AdderTests.Adds [12ms]\n"
            "Total tests: 3\n"
            "     Passed: 1\n"
            "     Failed: 1\n"
            "    Skipped: 1\n"
            " Total time: 1.5 Seconds",
            failed=("Acme.AdderTests.Adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=1.5,
        ),
    ),
    covers=("xunit",),
)

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
        rule(r"\d+\) (?:Failed|Error) : (?P<name>.+)$", "0) "),
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
    ),
)

FRAMEWORKS_DOTNET: Final = (
    DOTNET,
    XUNIT,
    NUNIT,
)
