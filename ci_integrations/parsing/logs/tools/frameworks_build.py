"""Bazel, Buck2, LLVM's lit and Terraform, which run what others wrote as tests."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import EVERY_OTHER, Example, Framework, rule

BAZEL: Final = Framework(
    "bazel",
    "https://bazel.build/docs/user-manual#test-summary",
    (
        rule(r"=+ Test output for @{0,2}[\w.~+-]*+//", "====", holds=" test output for ", begins=True),
        rule(
            r"(?P<name>@{0,2}[\w.~+-]*+//[^\s:]*+:\S++)\s++(?:\(cached\) )?"
            r"(?:FAILED(?: TO BUILD)?|TIMEOUT|REMOTE FAILURE)\b",
            ("//", "@//", "@@"),
            holds=(" failed", " timeout", " remote failure"),
            begins=True,
        ),
        rule(
            r"Executed \d+ out of (?P<total>\d+) tests?: (?P<counts>.+?)"
            r"(?:(?: and |, )(?P<skipped>\d+) w(?:as|ere) skipped)?\.$",
            words=("tests:", "test:"),
            holds="executed ",
            begins=True,
            ends=True,
        ),
    ),
    (
        Example(
            "//app:keeps                                              PASSED in 0.3s\n"
            "//app:adds                                               FAILED in 2 out of 2 in 3.1s\n"
            "  /tmp/testlogs/app/adds/test.log\n"
            "//app:waits                                              TIMEOUT in 60.0s\n"
            "//app:broken                                             FAILED TO BUILD\n"
            "//app:flaky                                              FLAKY, failed in 1 out of 2 in 3.0s\n"
            "//app:later                                              SKIPPED\n"
            "\n"
            "Executed 4 out of 6 tests: 2 tests pass, 1 fails to build, 2 fail locally and 1 was skipped.",
            failed=("//app:adds", "//app:waits", "//app:broken"),
            failures=3,
            total=6,
            skipped=1,
        ),
        Example("Executed 0 out of 2 tests: 2 tests pass.", failures=0, total=2, skipped=0),
    ),
    encloses=EVERY_OTHER,
)

BUCK2: Final = Framework(
    "buck2",
    "https://buck2.build/docs/users/commands/test/",
    (
        rule(
            r"(?:✗ )?(?:Fail|Fatal): (?P<name>[^\s/]*+//\S++ - .+?) \([\d.]+m?s\)$",
            ("✗ Fail: ", "✗ Fatal: ", "Fail: ", "Fatal: "),
            holds="//",
        ),
        rule(
            r"Tests finished: Pass (?P<passed>\d+)\. Fail (?P<failed>\d+)\. (?:.*\. )?Fatal (?P<errors>\d+)\. "
            r"Skip (?P<skipped>\d+)\.",
            "Tests finished: ",
            ends=True,
        ),
    ),
    (
        Example(
            "✓ Pass: root//app:adder - keeps (0.1s)\n"
            "✗ Fail: root//app:adder - adds (0.1s)\n"
            "Tests finished: Pass 1. Fail 1. Fatal 0. Skip 1. Build failure 0",
            failed=("root//app:adder - adds",),
            failures=1,
            total=3,
            skipped=1,
        ),
    ),
)

LIT: Final = Framework(
    "lit",
    "https://llvm.org/docs/CommandGuide/lit.html",
    (
        rule(r"-- Testing: (?P<total>\d+) (?:of \d+ )?tests, \d+ (?:workers|threads)", "-- Testing:", begins=True),
        rule(
            r"(?:Failed|Failing|Timed Out|Unresolved|Unexpectedly Passed|Unexpected Passing) Tests \(\d+\):$",
            ("Failed Tests", "Failing Tests", "Timed Out Tests", "Unresolved Tests", "Unexpected"),
            needs_begin=True,
            opens="failed",
        ),
        rule(r"\s+(?P<name>\S.* :: \S.*)$", inside="failed"),
        rule(r"\S", inside="failed", opens=""),
        rule(r"Testing Time: (?P<duration>[\d.]+s)", "Testing Time:", needs_begin=True, proves=True),
        rule(r"Total Discovered Tests: \d+$", "Total Discovered", needs_begin=True, opens="totals"),
        rule(r"(?!\s+\w[\w ]*+: )", inside="totals", opens=""),
        rule(
            r"\s+(?:Skipped|Unsupported) *: +(?P<skipped>\d+)\b", ("Skipped", "Unsupported"), inside="totals", adds=True
        ),
    ),
    (
        Example(
            "-- Testing: 100 tests, 16 workers --\n"
            "FAIL: Acme :: adder/adds.c (1 of 100)\n"
            "******************** TEST 'Acme :: adder/adds.c' FAILED ********************\n"
            "********************\n"
            "Timed Out Tests (1):\n"
            "  Acme :: adder/waits.c\n"
            "\n"
            "********************\n"
            "Failed Tests (1):\n"
            "  Acme :: adder/adds.c\n"
            "\n"
            "\n"
            "Testing Time: 12.50s\n"
            "\n"
            "Total Discovered Tests: 100\n"
            "  Skipped    :  1 (1.00%)\n"
            "  Unsupported:  2 (2.00%)\n"
            "  Passed     : 95 (95.00%)\n"
            "  Timed Out  :  1 (1.00%)\n"
            "  Failed     :  1 (1.00%)",
            failed=("Acme :: adder/waits.c", "Acme :: adder/adds.c"),
            failures=2,
            total=100,
            skipped=3,
            duration=12.5,
        ),
        Example(
            "-- Testing: 2 of 100 tests, 8 threads --\n"
            "Testing Time: 0.50s\n"
            "********************\n"
            "Failing Tests (1):\n"
            "    Acme :: adds.c\n"
            "\n"
            "  Expected Passes    : 1\n"
            "  Unexpected Failures: 1",
            failed=("Acme :: adds.c",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.5,
        ),
    ),
    counts_lines=True,
)

TERRAFORM: Final = Framework(
    "terraform test",
    "https://developer.hashicorp.com/terraform/cli/commands/test",
    (
        rule(r"(?P<scope>\S+\.tf(?:test|mock)\.hcl)\.\.\. in progress$", words="progress", holds=".hcl... in progress"),
        rule(r'\s+run "(?P<name>[^"]+)"\.\.\. fail$', 'run "'),
        rule(
            r"(?:Success|Failure)! (?P<counts>\d+ passed, \d+ failed(?:, \d+ skipped)?)\.$",
            ("Success! ", "Failure! "),
            ends=True,
        ),
    ),
    (
        Example(
            "tests/adder.tftest.hcl... in progress\n"
            '  run "keeps"... pass\n'
            '  run "adds"... fail\n'
            "tests/adder.tftest.hcl... tearing down\n"
            "tests/adder.tftest.hcl... fail\n"
            "\n"
            "Failure! 1 passed, 1 failed, 1 skipped.",
            failed=("tests/adder.tftest.hcl::adds",),
            failures=1,
            total=3,
            skipped=1,
        ),
    ),
)

FRAMEWORKS_BUILD: Final = (
    BAZEL,
    BUCK2,
    LIT,
    TERRAFORM,
)
