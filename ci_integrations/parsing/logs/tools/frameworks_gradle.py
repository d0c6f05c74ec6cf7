"""JUnit, TestNG and Kotest as Gradle prints them."""

from string import ascii_letters
from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

GRADLE: Final = Framework(
    "gradle",
    "https://docs.gradle.org/current/userguide/java_testing.html#sec:test_detection",
    (
        # before Gradle 4 the name alone
        rule(
            r"(?:> Task )?:(?:[\w.-]+:)*+(?!compile|process|generate|merge|package|assemble|java|pre|lint|testClasses)"
            r"(?:test|(?=\w*Tests?\b))\w*+(?: FAILED)?$",
            ("> Task :", *(f":{letter}" for letter in ascii_letters)),
            holds="test",
            begins=True,
        ),
        rule(r"(?P<suite>[^\s>:][^>]*?) > (?P<name>\S.*) FAILED$", words="failed ", holds=" > ", verdict="failed"),
        rule(r"[^\s>:][^>]* > \S.* PASSED$", words="passed ", holds=" > ", verdict="passed"),
        rule(r"[^\s>:][^>]* > \S.* SKIPPED$", words="skipped ", holds=" > ", verdict="skipped"),
        # Told only where tests failed, of one task: lines may tell of those before as well.
        rule(
            r"(?P<completed>\d+) tests? completed(?:, (?P<failed>\d+) failed)?(?:, (?P<skipped>\d+) skipped)?$",
            ("0 tests completed", "0 test completed"),
            ends=True,
        ),
        rule(r"BUILD (?:SUCCESSFUL|FAILED)\b", "BUILD ", needs_begin=True, ends=True),
        # https://github.com/radarsh/gradle-test-logger-plugin
        rule(r"\s+Test (?P<name>\S.*?) FAILED(?: \([\d.]+m?s\))?$", "Test ", holds=" failed", rank=2, verdict="failed"),
        rule(r"\s+Test \S.*? PASSED(?: \([\d.]+m?s\))?$", "Test ", holds=" passed", verdict="passed"),
        rule(r"\s+Test \S.*? SKIPPED$", "Test ", holds=" skipped", verdict="skipped"),
        rule(
            r"(?:FAILURE|SUCCESS): Executed \d+ tests? in (?P<duration>[\d.]+s|\d+m [\d.]+s)\b",
            ("FAILURE: Executed ", "SUCCESS: Executed "),
            begins=True,
        ),
    ),
    (
        Example(
            "> Task :test FAILED\n"
            "com.acme.AdderTest > adds() FAILED\n"
            "    java.lang.AssertionError at AdderTest.java:12\n"
            "AdderTest > Nested > waits for it FAILED\n"
            "4 tests completed, 2 failed, 1 skipped",
            failed=("com.acme.AdderTest.adds()", "AdderTest.Nested > waits for it"),
            failures=2,
            total=4,
            skipped=1,
        ),
        Example(
            "com.acme.AdderTest\n"
            "\n"
            "  Test adds() FAILED (1.2s)\n"
            "  Test waits() SKIPPED\n"
            "\n"
            "FAILURE: Executed 3 tests in 1.5s (1 failed, 1 skipped)\n"
            "\n"
            "3 tests completed, 1 failed, 1 skipped",
            failed=("adds()",),
            failures=1,
            total=3,
            skipped=1,
            duration=1.5,
        ),
        Example(
            "> Task :test\n"
            "\n"
            "AdderTest > adds() PASSED\n"
            "\n"
            "AdderTest > Nested > waits for it SKIPPED\n"
            "\n"
            "BUILD SUCCESSFUL in 3s",
            failures=0,
            total=2,
            skipped=1,
        ),
        Example(
            "> Task :a:test\n"
            "AdderTest > adds() PASSED\n"
            "AdderTest > adds more() PASSED\n"
            "> Task :b:test FAILED\n"
            "KeeperTest > keeps() PASSED\n"
            "KeeperTest > waits() FAILED\n"
            "2 tests completed, 1 failed",
            failed=("KeeperTest.waits()",),
            failures=1,
            total=4,
            skipped=0,
        ),
    ),
    covers=("ant",),
    glue=".",
    counts_lines=True,
)
