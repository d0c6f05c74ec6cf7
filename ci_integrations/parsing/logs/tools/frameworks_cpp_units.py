"""Boost.Test, CppUnit and CppUTest (C++)."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

BOOST_TEST: Final = Framework(
    "boost.test",
    "https://www.boost.org/doc/libs/release/libs/test/doc/html/boost_test/test_output.html",
    (
        rule(r"Running (?P<total>\d+) test cases?\.\.\.$", "Running ", holds=" test case", begins=True),
        rule(
            r'.*?: (?:fatal )?error:? in "(?P<name>[^"]+)": (?P<message>.*)$',
            words=("error:", "error "),
            holds=('error: in "', 'error in "'),
        ),
        rule(r'Leaving test module ".*?"; testing time: (?P<duration>\d+ ?\w+)', "Leaving test module "),
        rule(
            r"\*\*\* (?:\d+ failures? (?:is|are) detected|No errors detected|errors detected in test)",
            ("*** No errors", "*** error", *(f"*** {digit}" for digit in range(1, 10))),
            holds=" detected",
            ends=True,
        ),
    ),
    (
        Example(
            "Running 3 test cases...\n"
            'adder.cpp(5): error: in "adder/adds": check 1 == 2 has failed [1 != 2]\n'
            'adder.cpp(6): error: in "adder/adds": check 1 == 3 has failed [1 != 3]\n'
            'unknown location(0): fatal error: in "adder/breaks": std::runtime_error: bad\n'
            'Leaving test module "adder"; testing time: 500us\n'
            "\n"
            '*** 3 failures are detected in the test module "adder"',
            failed=("adder/adds", "adder/breaks"),
            failures=2,
            total=3,
            skipped=0,
            duration=0.0005,
        ),
        Example("Running 3 test cases...\n\n*** No errors detected", failures=0, total=3, skipped=0),
    ),
    counts_lines=True,
)

CPPUNIT: Final = Framework(
    "cppunit",
    "https://freedesktop.org/wiki/Software/cppunit/",
    (
        rule(r"\d+\) test: (?P<name>\S.*?) \([FE]\)", "0) test: "),
        rule(r"Test name: (?P<name>\S+)$", "Test name: ", begins=True),
        rule(
            r"Run: +(?P<total>\d+) +(?:Failure total: \d+ +)?Failures: (?P<failed>\d+) +Errors: (?P<errors>\d+)$",
            "Run: ",
            holds=" failures: ",
            begins=True,
            proves=True,
        ),
    ),
    (
        Example(
            "!!!FAILURES!!!\n"
            "Test Results:\n"
            "Run:  3   Failures: 1   Errors: 1\n"
            "\n"
            "1) test: AdderTest::adds (F) line: 7 adder.cpp\n"
            "equality assertion failed\n"
            "2) test: AdderTest::breaks (E) \n",
            failed=("AdderTest::adds", "AdderTest::breaks"),
            failures=2,
            total=3,
            skipped=0,
        ),
        Example(
            "adder.cpp:7:Assertion\n"
            "Test name: AdderTest::adds\n"
            "equality assertion failed\n"
            "Failures !!!\n"
            "Run: 3   Failure total: 1   Failures: 1   Errors: 0",
            failed=("AdderTest::adds",),
            failures=1,
            total=3,
            skipped=0,
        ),
    ),
)

CPPUTEST: Final = Framework(
    "cpputest",
    "https://cpputest.github.io/manual.html",
    (
        rule(
            r".*?: error: Failure in (?:IGNORE_)?TEST\((?P<suite>\w+), (?P<name>\w+)\)$",
            words="error:",
            holds="error: failure in ",
        ),
        rule(
            r"(?:OK|Errors) \((?:(?P<failed>\d+) failures, )?(?P<total>\d+) tests, \d+ ran, \d+ checks, "
            r"(?P<skipped>\d+) ignored, \d+ filtered out, (?P<duration>\d+ ms)\)$",
            ("OK (", "Errors ("),
            holds=" checks, ",
            ends=True,
        ),
    ),
    (
        Example(
            "adder.cpp:4: error: Failure in TEST(Adder, adds)\n"
            "\texpected <1>\n"
            "Errors (1 failures, 3 tests, 2 ran, 2 checks, 1 ignored, 0 filtered out, 12 ms)",
            failed=("Adder::adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.012,
        ),
    ),
)

FRAMEWORKS_CPP_UNITS: Final = (
    BOOST_TEST,
    CPPUNIT,
    CPPUTEST,
)
