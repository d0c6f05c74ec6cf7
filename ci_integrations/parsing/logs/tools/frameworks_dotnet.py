"""dotnet test and Microsoft.Testing.Platform."""

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
        # the terminal logger of .NET 9
        rule(
            r".*: error TESTERROR: *$",
            words="testerror",
            then=r"\s+(?P<name>(?P<last>\S.*?)) \([^()]*\): Error Message:",
            needs_then=True,
        ),
        rule(
            r"Test summary: (?P<counts>total: \d+, failed: \d+, succeeded: \d+, skipped: \d+), "
            r"duration: (?P<duration>\S+)$",
            "Test summary: ",
            ends=True,
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
        Example(
            "  Failed Acme.AdderTests.Adds [1 s]\nTotal tests: 1\n     Failed: 1\n Total time: 1.5 Minutes",
            failed=("Acme.AdderTests.Adds",),
            failures=1,
            total=1,
            skipped=0,
            duration=90.0,
        ),
        Example(
            "    /app/AdderTests.cs(12): error TESTERROR: \n"
            "      Acme.AdderTests.Adds (3ms): Error Message: Assert.Equal() Failure\n"
            "Test summary: total: 3, failed: 1, succeeded: 1, skipped: 1, duration: 1.2s",
            failed=("Acme.AdderTests.Adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=1.2,
        ),
    ),
    covers=("xunit",),
)

TESTING_PLATFORM: Final = Framework(
    "Microsoft.Testing.Platform",
    "https://learn.microsoft.com/dotnet/core/testing/microsoft-testing-platform-intro",
    (
        rule(r"failed (?P<name>\S.*?) \((?:\d+h )?(?:\d+m )?(?:\d+s )?\d+m?s\)$", "failed "),
        rule(r"Test run summary: ", "Test run summary: ", begins=True, opens="summary"),
        rule(r"  total: (?P<total>\d+)$", "total: ", inside="summary", proves=True),
        rule(r"  failed: (?P<failed>\d+)$", "failed: ", inside="summary"),
        rule(r"  skipped: (?P<skipped>\d+)$", "skipped: ", inside="summary"),
        rule(r"  duration: (?P<duration>\S.*)$", "duration: ", inside="summary", ends=True),
    ),
    (
        Example(
            "Running tests from bin/acme.dll (net9.0|x64)\n"
            "failed Adds (3ms)\n"
            "  Assert.AreEqual failed. Expected:<2>. Actual:<1>.\n"
            "\n"
            "Test run summary: Failed! - bin/acme.dll (net9.0|x64)\n"
            "  total: 3\n"
            "  failed: 1\n"
            "  succeeded: 1\n"
            "  skipped: 1\n"
            "  duration: 520ms",
            failed=("Adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.52,
        ),
    ),
)

FRAMEWORKS_DOTNET: Final = (
    DOTNET,
    TESTING_PLATFORM,
)
