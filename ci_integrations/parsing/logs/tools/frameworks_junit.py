"""JUnit and TestNG as their own runners print them."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

JUNIT_CONSOLE: Final = Framework(
    "junit console",
    "https://docs.junit.org/current/user-guide/#running-tests-console-launcher",
    (
        rule(
            r"\s*MethodSource \[className = '(?P<suite>[^']+)', methodName = '(?P<name>[^']+)'",
            "MethodSource [",
        ),
        rule(r"\s*\[ +(?P<total>\d+) tests found +\]$", "[   ", proves=True),
        rule(r"\s*\[ +(?P<skipped>\d+) tests skipped +\]$", "[   "),
        rule(r"\s*\[ +(?P<failed>\d+) tests failed +\]$", "[   ", ends=True),
        rule(r"Test run finished after (?P<duration>\d+ ms)$", "Test run finished"),
    ),
    (
        Example(
            "  JUnit Jupiter:AdderTest:adds()\n"
            "    MethodSource [className = 'com.acme.AdderTest', methodName = 'adds', methodParameterTypes = '']\n"
            "Test run finished after 1500 ms\n"
            "[         3 tests found           ]\n"
            "[         1 tests skipped         ]\n"
            "[         1 tests successful      ]\n"
            "[         1 tests failed          ]",
            failed=("com.acme.AdderTest.adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=1.5,
        ),
    ),
    glue=".",
)

JUNIT_TEXT: Final = Framework(
    "junit text",
    "https://junit.org/junit4/javadoc/latest/org/junit/runner/JUnitCore.html",
    (
        rule(r"Time: (?P<duration>[\d.,]+)$", "Time: ", begins=True),
        rule(r"There (?:was|were) \d+ failures?:$", "There w", opens="failed", needs_begin=True),
        rule(r"\d+\) (?P<name>[\w\[\]$]+\([\w.$]+\))", "0) ", inside="failed"),
        rule(r"OK \((?P<counts>\d+ tests?)\)$", "OK (", ends=True, needs_begin=True),
        rule(r"Tests run: (?P<total>\d+),  Failures: (?P<failed>\d+)$", "Tests run:", ends=True, needs_begin=True),
    ),
    (
        Example(
            "JUnit version 4.13\n"
            "Time: 1.5\n"
            "There was 1 failure:\n"
            "1) adds(com.acme.AdderTest)\n"
            "java.lang.AssertionError\n"
            "\n"
            "FAILURES!!!\n"
            "Tests run: 3,  Failures: 1",
            failed=("adds(com.acme.AdderTest)",),
            failures=1,
            total=3,
            skipped=0,
            duration=1.5,
        ),
    ),
)

TESTNG: Final = Framework(
    "testng",
    "https://testng.org/",
    (
        rule(r"FAILED: (?P<name>[\w.$]+)", "FAILED: "),
        rule(
            r"(?:Total tests run: +|Tests run: )(?P<total>\d+),(?: Passes: \d+,)? Failures: (?P<failed>\d+), "
            r"Skips: (?P<skipped>\d+)$",
            ("Total tests run:", "Tests run:"),
            ends=True,
        ),
    ),
    (
        Example(
            "FAILED: com.acme.AdderTest.adds\n"
            "java.lang.AssertionError\n"
            "===============================================\n"
            "Total tests run: 3, Passes: 1, Failures: 1, Skips: 1",
            failed=("com.acme.AdderTest.adds",),
            failures=1,
            total=3,
            skipped=1,
        ),
    ),
)

FRAMEWORKS_JUNIT: Final = (
    JUNIT_CONSOLE,
    JUNIT_TEXT,
    TESTNG,
)
