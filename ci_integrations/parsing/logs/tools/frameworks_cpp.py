"""GoogleTest, Qt Test and CTest."""

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
    QT_TEST,
    CTEST,
)
