"""cmocka, Check, Criterion, CUnit and Unity (C)."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

CMOCKA: Final = Framework(
    "cmocka",
    "https://api.cmocka.org/",
    (
        rule(r"\[==========\] (?:\S+: )?Running \d+ test\(s\)\.$", "[===", begins=True),
        rule(r"\[==========\] (?:\S+: )?(?P<total>\d+) test\(s\) run\.$", "[===", proves=True, opens="done"),
        rule(r"\[  SKIPPED \] (?:\S+: )?(?P<skipped>\d+) test\(s\), listed below:$", "[  SKIPPED ]", inside="done"),
        rule(r"\[  FAILED  \] (?:\S+: )?(?P<failed>\d+) test\(s\), listed below:$", "[  FAILED  ]", inside="done"),
        rule(r"\[  FAILED  \] (?P<name>(?!.*\d test\(s\)).+)$", "[  FAILED  ]", inside="done"),
    ),
    (
        Example(
            "[==========] Running 3 test(s).\n"
            "[ RUN      ] adds\n"
            "[  FAILED  ] adds\n"
            "[==========] 3 test(s) run.\n"
            "[  PASSED  ] 1 test(s).\n"
            "[  SKIPPED ] 1 test(s), listed below:\n"
            "[  SKIPPED ] waits\n"
            "[  FAILED  ] 1 test(s), listed below:\n"
            "[  FAILED  ] adds\n"
            "\n"
            " 1 FAILED TEST(S)",
            failed=("adds",),
            failures=1,
            total=3,
            skipped=1,
        ),
        Example(
            "[==========] adder: Running 1 test(s).\n[==========] adder: 1 test(s) run.\n[  PASSED  ] 1 test(s).",
            failures=0,
            total=1,
            skipped=0,
        ),
    ),
)

CHECK: Final = Framework(
    "check",
    "https://libcheck.github.io/check/doc/check_html/",
    (
        rule(
            r"\d+%: Checks: (?P<total>\d+), Failures: (?P<failed>\d+), Errors: (?P<errors>\d+)$",
            "0%: Checks: ",
            begins=True,
            proves=True,
            opens="failed",
        ),
        rule(r"\S+?:\d+:[FE]:(?P<suite>[^:]+):(?P<name>[^:]+):\d+: (?P<message>.*)$", inside="failed"),
        rule(r"", inside="failed", opens=""),
    ),
    (
        Example(
            "Running suite(s): adder\n"
            "33%: Checks: 3, Failures: 1, Errors: 1\n"
            "adder.c:2:F:core:adds:0: Assertion '1 == 2' failed: 1 == 1, 2 == 2\n"
            "adder.c:4:E:core:breaks:0: (after this point) Received signal 11 (Segmentation fault)",
            failed=("core::adds", "core::breaks"),
            failures=2,
            total=3,
            skipped=0,
        ),
    ),
)

CRITERION: Final = Framework(
    "criterion",
    "https://criterion.readthedocs.io/",
    (
        rule(r"\[FAIL\] (?P<suite>[^\s:]+)::(?P<name>\S+): ", "[FAIL] "),
        rule(
            r"\[====\] Synthesis: Tested: (?P<total>\d+) \| Passing: (?P<passed>\d+) \| Failing: (?P<failed>\d+) \|",
            "[====] Synthesis: ",
            ends=True,
        ),
    ),
    (
        Example(
            "[----] adder.c:2: Assertion Failed\n"
            "[FAIL] adder::adds: (0.00s)\n"
            "[FAIL] adder::breaks: CRASH!\n"
            "[====] Synthesis: Tested: 3 | Passing: 1 | Failing: 2 | Crashing: 1 ",
            failed=("adder::adds", "adder::breaks"),
            failures=2,
            total=3,
            skipped=0,
        ),
    ),
)

CUNIT: Final = Framework(
    "cunit",
    "https://cunit.sourceforge.net/doc/running_tests.html",
    (
        rule(r"Suite: (?P<scope>\S.*)$", "Suite: ", begins=True),
        rule(r"  Test: (?P<name>\S.*?) \.\.\.FAILED$", "Test: ", holds=" ...failed"),
        rule(r"Run Summary: +Type +Total +Ran ", "Run Summary:", opens="summary"),
        rule(
            r" +tests +(?P<total>\d+) +\d+ +(?P<passed>\d+) +(?P<failed>\d+) +(?P<skipped>\d+)$",
            inside="summary",
            proves=True,
        ),
        rule(r"Elapsed time = +(?P<duration>[\d.]+ seconds)$", "Elapsed time = ", inside="summary", ends=True),
    ),
    (
        Example(
            "Suite: adder\n"
            "  Test: adds one ...FAILED\n"
            "    1. adder.c:3  - CU_ASSERT_EQUAL(1,2)\n"
            "  Test: keeps ...passed\n"
            "\n"
            "Run Summary:    Type  Total    Ran Passed Failed Inactive\n"
            "              suites      1      1    n/a      0        0\n"
            "               tests      3      2      1      1        1\n"
            "             asserts      3      3      1      2      n/a\n"
            "\n"
            "Elapsed time =    0.250 seconds",
            failed=("adder::adds one",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.25,
        ),
    ),
)

UNITY: Final = Framework(
    "unity",
    "https://github.com/ThrowTheSwitch/Unity/blob/master/docs/UnityGettingStartedGuide.md",
    (
        # Ceedling names the tests
        rule(r"  Test: (?P<name>\w+)$", "Test: ", then=r"  (?P<last>At line \()", needs_then=True),
        rule(r"\S+?:\d+:(?P<name>\w+):FAIL(?:: (?P<message>.*))?$", at_place=":", holds=":fail"),
        rule(r"TESTED: +(?P<total>\d+)$", "TESTED: ", begins=True, opens="summary"),
        rule(r"FAILED: +(?P<failed>\d+)$", "FAILED: ", inside="summary", proves=True),
        rule(r"IGNORED: +(?P<skipped>\d+)$", "IGNORED: ", inside="summary", ends=True),
        rule(
            r"(?P<total>\d+) Tests (?P<failed>\d+) Failures (?P<skipped>\d+) Ignored *$",
            "0 Tests ",
            holds=" failures ",
            ends=True,
        ),
    ),
    (
        Example(
            "FAILED TEST SUMMARY\n"
            "-------------------\n"
            "[test_adder.c]\n"
            "  Test: test_adds\n"
            '  At line (12): "Expected 1 Was 2"\n'
            "\n"
            "OVERALL TEST SUMMARY\n"
            "--------------------\n"
            "TESTED:  3\n"
            "PASSED:  1\n"
            "FAILED:  1\n"
            "IGNORED: 1",
            failed=("test_adds",),
            failures=1,
            total=3,
            skipped=1,
        ),
        Example(
            "test_adder.c:12:test_adds:FAIL: Expected 1 Was 2\n"
            "test_adder.c:15:test_keeps:PASS\n"
            "test_adder.c:18:test_waits:IGNORE: later\n"
            "\n"
            "-----------------------\n"
            "3 Tests 1 Failures 1 Ignored \n"
            "FAIL",
            failed=("test_adds",),
            failures=1,
            total=3,
            skipped=1,
        ),
    ),
)

FRAMEWORKS_C: Final = (
    CMOCKA,
    CHECK,
    CRITERION,
    CUNIT,
    UNITY,
)
