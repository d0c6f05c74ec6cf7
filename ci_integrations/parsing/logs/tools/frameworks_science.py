"""testthat (R), Julia's Test, Alcotest and OUnit (OCaml), HUnit (Haskell)."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

TESTTHAT: Final = Framework(
    "testthat",
    "https://testthat.r-lib.org/reference/index.html#reporters",
    (
        rule(
            r"\s*(?:[─-]+ )?(?:Failure|Error) \('?(?P<suite>[^\s:()']+\.[Rr])(?::\d+)*'?\): "
            r"(?P<name>\S.*?)(?: [─-]+)?$",
            ("── Failure (", "── Error (", "-- Failure (", "-- Error (", "Failure (", "Error ("),
        ),
        rule(
            r"\s*\[ FAIL (?P<failed>\d+) \| WARN \d+ \| SKIP (?P<skipped>\d+) \| PASS (?P<passed>\d+) \]",
            "[ FAIL ",
            proves=True,
        ),
        rule(r"\s*Duration: (?P<duration>[\d.]+ s)$", "Duration: "),
        # before version 3
        rule(r"\s*\d+\. (?:Failure|Error): (?P<name>.+?) \(@(?P<suite>[^\s()#]+)", ("0. Failure: ", "0. Error: ")),
        rule(
            r"\s*\d+\. (?:Failure|Error) \(at (?P<suite>[^\s()#]+)#\d+\): (?P<name>\S.*?)(?: -+)?$",
            ("0. Failure (at ", "0. Error (at "),
        ),
        rule(
            r"\s*\[? ?(?P<counts>OK: \d+ (?:\| )?SKIPPED: \d+ .*FAILED: \d+)",
            ("[ OK: ", "OK: "),
            holds=" failed: ",
            proves=True,
        ),
    ),
    (
        Example(
            "  [ FAIL 2 | WARN 0 | SKIP 1 | PASS 12 ]\n"
            "\n"
            "  ══ Failed tests ════════════════════════\n"
            "  ── Failure ('test-adder.R:3:3'): adds one ──────────\n"
            "  add(1, 1) not equal to 3.\n"
            "  ── Failure ('test-adder.R:4:3'): adds one ──────────\n"
            "  add(1, 2) not equal to 4.\n"
            "\n"
            "  [ FAIL 2 | WARN 0 | SKIP 1 | PASS 12 ]\n"
            "  Error: Test failures",
            failed=("test-adder.R::adds one",),
            failures=2,
            total=15,
            skipped=1,
        ),
        Example(
            "Error (test-adder.R:3:3): breaks\n"
            "== Results =====\n"
            "Duration: 1.2 s\n"
            "[ FAIL 1 | WARN 0 | SKIP 0 | PASS 2 ]",
            failed=("test-adder.R::breaks",),
            failures=1,
            total=3,
            skipped=0,
            duration=1.2,
        ),
        Example(
            "  == testthat results  =====\n"
            "  [ OK: 87 | SKIPPED: 1 | WARNINGS: 3 | FAILED: 1 ]\n"
            "  1. Failure: adds (@test-adder.R#3) \n",
            failed=("test-adder.R::adds",),
            failures=1,
            total=89,
            skipped=1,
        ),
        Example(
            "  testthat results ======\n  OK: 30 SKIPPED: 0 FAILED: 1\n  1. Failure (at test-adder.R#29): adds one \n",
            failed=("test-adder.R::adds one",),
            failures=1,
            total=31,
            skipped=0,
        ),
    ),
    counts_checks=True,
)

JULIA: Final = Framework(
    "julia",
    "https://docs.julialang.org/en/v1/stdlib/Test/",
    (
        rule(
            r"(?P<name>\S.*): (?:Test Failed|Error During Test) at (?P<suite>\S+):\d+$",
            words=("failed ", "during "),
            holds=(": test failed at ", ": error during test at "),
        ),
        rule(
            r"(?:ERROR: )?(?:LoadError: )?Some tests did not pass: (?P<passed>\d+) passed, (?P<failed>\d+) failed, "
            r"(?P<errors>\d+) errored(?:, (?P<skipped>\d+) broken)?\.",
            ("ERROR: ", "LoadError: ", "Some tests did not"),
            holds="some tests did not pass: ",
            ends=True,
        ),
    ),
    (
        Example(
            "adds: Test Failed at /app/test/runtests.jl:3\n"
            "  Expression: add(1, 1) == 3\n"
            "adds: Test Failed at /app/test/runtests.jl:4\n"
            "breaks: Error During Test at /app/test/runtests.jl:9\n"
            "Test Summary: | Pass  Fail  Error  Broken  Total  Time\n"
            "adder         |    2     2      1       1      6  0.5s\n"
            "ERROR: LoadError: Some tests did not pass: 2 passed, 2 failed, 1 errored, 1 broken.",
            failed=("/app/test/runtests.jl::adds", "/app/test/runtests.jl::breaks"),
            failures=3,
            total=6,
            skipped=1,
        ),
    ),
    counts_checks=True,
)

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
            r"(?:FAILED: )?Cases: (?P<total>\d+) +Tried: \d+ +Errors: (?P<errors>\d+) +Failures: (?P<failed>\d+)"
            r"(?: +Skip: +(?P<skipped>\d+))?",
            ("Cases: ", "FAILED: Cases: "),
            holds=" tried: ",
            proves=True,
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

FRAMEWORKS_SCIENCE: Final = (
    TESTTHAT,
    JULIA,
    ALCOTEST,
    HUNIT,
)
