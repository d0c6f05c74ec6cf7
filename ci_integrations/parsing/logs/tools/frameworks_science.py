"""testthat (R) and Julia's Test."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

_TOTALS: Final = r"\s*\[ FAIL (?P<failed>\d+) \| WARN \d+ \| SKIP (?P<skipped>\d+) \| PASS (?P<passed>\d+) \]"
_HEADING: Final = ("══ ", "== ")

TESTTHAT: Final = Framework(
    "testthat",
    "https://testthat.r-lib.org/reference/index.html#reporters",
    (
        rule(
            r"\s*(?:[─-]+ )?(?:Failure|Error) \('?(?P<suite>[^\s:()']+\.[Rr])(?::\d+)*'?\): "
            r"(?P<name>\S.*?)(?: [─-]+)?$",
            ("── Failure (", "── Error (", "-- Failure (", "-- Error (", "Failure (", "Error ("),
        ),
        rule(_TOTALS, "[ FAIL ", outside=("results", "list"), begins=True, proves=True, opens="totals"),
        # What checks a package prints them once more behind its lists, other reporters once, behind a heading.
        rule(r"\s*(?:══|==) (?:Skipped|Failed) tests|\s*(?:══|==) Warnings", _HEADING, inside="totals", opens="list"),
        rule(_TOTALS, "[ FAIL ", inside="list", ends=True),
        rule(r"(?:══|==) Results ", _HEADING, holds=" results ", opens="results"),
        rule(_TOTALS, "[ FAIL ", inside="results", ends=True),
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
            begins=True,
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

FRAMEWORKS_SCIENCE: Final = (
    TESTTHAT,
    JULIA,
)
