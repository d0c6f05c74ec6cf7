"""Alcotest and OUnit (OCaml), HUnit (Haskell)."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

ALCOTEST: Final = Framework(
    "alcotest",
    "https://mirage.github.io/alcotest/alcotest/index.html",
    (
        rule(r"[> ]*\[FAIL\] +(?P<suite>\S.*?)(?<! ) {2,}+\d++ ++(?P<name>\S.*?)\.?$", ("> [FAIL]", "[FAIL] ")),
        rule(
            r"(?P<failed>\d+) (?:failures?|errors?)! (?:in (?P<duration>[\d.]+s)\. )?(?P<total>\d+) tests? run\.$",
            ("0 failure", "0 error"),
            holds="! ",
            ends=True,
        ),
        rule(
            r"Test Successful in (?P<duration>[\d.]+s)\. (?P<total>\d+) tests? run\.$",
            "Test Successful in ",
            ends=True,
        ),
    ),
    (
        Example(
            "Testing `adder'.\n"
            "  [OK]          core          0   keeps.\n"
            "> [FAIL]        core          1   adds one.\n"
            "\n"
            "1 failure! in 0.025s. 2 tests run.",
            failed=("core::adds one",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.025,
        ),
        Example("Test Successful in 0.025s. 2 tests run.", failures=0, total=2, skipped=0, duration=0.025),
    ),
)

HUNIT: Final = Framework(
    "hunit",
    "https://hackage.haskell.org/package/HUnit",
    (
        rule(r"### (?:Failure|Error) in: (?P<name>\S.*)$", ("### Failure in: ", "### Error in: ")),
        # OUnit
        rule(r"={70,}$", "====", then=r"(?:Failure|Error): (?P<name>(?P<last>\S+?))\.?$", needs_then=True),
        rule(r"Ran: \d+ tests in: (?P<duration>[\d.]+ seconds)\.$", "Ran: "),
        rule(
            r"(?:FAILED: )?Cases: (?P<total>\d+) +Tried: (?P=total) +Errors: (?P<errors>\d+) +Failures: (?P<failed>\d+)"
            r"(?: +Skip: +(?P<skipped>\d+))?",
            ("Cases: ", "FAILED: Cases: "),
            holds=" tried: ",
            ends=True,
        ),
    ),
    (
        Example(
            "### Failure in: 0:adds\nexpected: 2\nCases: 3  Tried: 3  Errors: 0  Failures: 1",
            failed=("0:adds",),
            failures=1,
            total=3,
            skipped=0,
        ),
        Example(
            "=" * 78 + "\n"
            "Error: adder:1:adds.\n"
            "\n"
            "expected: 2 but got: 1\n" + "-" * 78 + "\n"
            "Ran: 3 tests in: 0.11 seconds.\n"
            "FAILED: Cases: 3 Tried: 3 Errors: 0 Failures: 1 Skip:  1 Todo:  0 Timeouts:  0.",
            failed=("adder:1:adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.11,
        ),
    ),
)

FRAMEWORKS_ML: Final = (
    ALCOTEST,
    HUNIT,
)
