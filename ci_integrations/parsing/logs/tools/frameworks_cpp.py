"""GoogleTest, Catch2, doctest, Qt Test and CTest."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

GOOGLETEST: Final = Framework(
    "googletest",
    "https://google.github.io/googletest/advanced.html#controlling-test-output",
    (
        rule(r"\[==========\] Running \d+ tests?", "[===", begins=True),
        rule(
            r"\[==========\] (?P<total>\d+) tests? from .* ran\.(?: \((?P<duration>\d+ ms) total\))?",
            "[===",
            proves=True,
            opens="done",
        ),
        rule(r"\[  FAILED  \] (?P<name>[^,]+?)(?:, where .*)?$", "[  FAILED  ]", inside="done"),
        rule(r"\[  FAILED  \] (?P<name>[^,]+?)(?:, where .*)? \(\d+ ms\)$", "[  FAILED  ]", rank=2),
        rule(r"\[  SKIPPED \] (?P<skipped>\d+) tests?, listed below:$", "[  SKIPPED ]"),
        rule(r" *(?P<failed>\d+) FAILED TESTS?$", "0 FAILED TEST"),
    ),
    (
        Example(
            "[==========] Running 3 tests from 1 test suite.\n"
            "[ RUN      ] Adder.Adds/1\n"
            "[  FAILED  ] Adder.Adds/1, where GetParam() = 2 (0 ms)\n"
            "[==========] 3 tests from 1 test suite ran. (250 ms total)\n"
            "[  PASSED  ] 1 test.\n"
            "[  SKIPPED ] 1 test, listed below:\n"
            "[  SKIPPED ] Adder.Waits\n"
            "[  FAILED  ] 1 test, listed below:\n"
            "[  FAILED  ] Adder.Adds/1, where GetParam() = 2\n"
            "\n"
            " 1 FAILED TEST",
            failed=("Adder.Adds/1",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.25,
        ),
    ),
)

CTEST: Final = Framework(
    "ctest",
    "https://cmake.org/cmake/help/latest/manual/ctest.1.html",
    (
        rule(r"Test project ", "Test project ", begins=True),
        rule(
            r"\d+% tests passed, (?P<failed>\d+) tests? failed out of (?P<total>\d+)$", "0% tests passed", proves=True
        ),
        rule(r"Total Test time \(real\) = +(?P<duration>[\d.]+ sec)", "Total Test time"),
        rule(r"The following tests FAILED:$", "The following tests FAILED", opens="failed"),
        rule(r"The following tests did not run:$", "The following tests did", opens=""),
        rule(r"\s+\d+ - (?P<name>.+?) \([A-Z][^()]*\)(?: {2,}.*)?$", "0 - ", inside="failed"),
        rule(r"\s*\d+/\d+ +Test +#\d+: .*\*\*\*(?:Skipped|Not Run \(Disabled\))", "0/", verdict="skipped"),
    ),
    (
        Example(
            "Test project /build\n"
            "1/2 Test #1: adder ..................***Failed    0.01 sec\n"
            "2/2 Test #2: waits ..................***Skipped   0.01 sec\n"
            "\n"
            "50% tests passed, 1 tests failed out of 2\n"
            "\n"
            "Total Test time (real) =   0.25 sec\n"
            "\n"
            "The following tests did not run:\n"
            "\t  2 - waits (Skipped)\n"
            "\n"
            "The following tests FAILED:\n"
            "\t  1 - adder (SEGFAULT)                                 unit slow",
            failed=("adder",),
            failures=1,
            total=2,
            skipped=1,
            duration=0.25,
        ),
    ),
)

CATCH2: Final = Framework(
    "catch2",
    "https://github.com/catchorg/Catch2/blob/devel/docs/reporters.md",
    (
        rule(r"test cases: +(?P<total>\d+)(?P<counts>(?: \| +\d+ \w+(?: as expected)?)+)$", "test cases:", ends=True),
        rule(r"All tests passed \(\d+ assertions? in (?P<total>\d+) test cases?\)$", "All tests passed (", ends=True),
    ),
    (
        Example(
            "/app/test.cpp:7: FAILED:\n"
            "  CHECK( add(1, 1) == 3 )\n"
            "test cases: 4 | 2 passed | 1 failed | 1 skipped\n"
            "assertions: 5 | 4 passed | 1 failed",
            failures=1,
            total=4,
            skipped=1,
        ),
        Example("All tests passed (5 assertions in 2 test cases)", failures=0, total=2, skipped=0),
    ),
)

DOCTEST: Final = Framework(
    "doctest",
    "https://github.com/doctest/doctest/blob/master/doc/markdown/commandline.md",
    (
        rule(r"TEST CASE:  (?P<name>\S.*)$", "TEST CASE:  "),
        rule(
            r"\[doctest\] test cases: +(?P<total>\d+) \| +(?P<counts>\d+ passed \| +\d+ failed)\b",
            "[doctest] test cases:",
            ends=True,
        ),
    ),
    (
        Example(
            "TEST CASE:  adder\n"
            "\n"
            "/app/test.cpp:7: ERROR: CHECK( add(1, 1) == 3 ) is NOT correct!\n"
            "[doctest] test cases:  3 |  2 passed | 1 failed | 0 skipped",
            failed=("adder",),
            failures=1,
            total=3,
            skipped=0,
        ),
    ),
)

QT_TEST: Final = Framework(
    "qt test",
    "https://doc.qt.io/qt-6/qttest-index.html",
    (
        rule(r"(?:FAIL!|XPASS) +: (?P<name>\w+::\w+\(.*?\))(?: |$)", ("FAIL!  : ", "XPASS  : ")),
        rule(
            r"Totals: (?P<counts>\d+ passed, \d+ failed, \d+ skipped)(?:, \d+ blacklisted)?(?:, (?P<duration>\d+ms))?$",
            "Totals: ",
            ends=True,
        ),
    ),
    (
        Example(
            "********* Start testing of TestAdder *********\n"
            "FAIL!  : TestAdder::adds(row one) Compared values are not the same\n"
            "SKIP   : TestAdder::waits() later\n"
            "Totals: 2 passed, 1 failed, 1 skipped, 0 blacklisted, 12ms",
            failed=("TestAdder::adds(row one)",),
            failures=1,
            total=4,
            skipped=1,
            duration=0.012,
        ),
    ),
)

FRAMEWORKS_CPP: Final = (
    GOOGLETEST,
    CATCH2,
    DOCTEST,
    QT_TEST,
    CTEST,
)
