"""Robot Framework and behave; Automake and Meson, which run programs as tests."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

ROBOT: Final = Framework(
    "robot",
    "https://robotframework.org/robotframework/latest/RobotFrameworkUserGuide.html#console-output",
    (
        rule(
            r"(?P<name>\S(?:(?! :: ).)*?)(?: :: .*)?(?<!\s) ++\| FAIL \|$",
            words="|",
            holds="| fail |",
            then=r"(?P<drop>\d+ (?:critical )?tests?(?: total)?, \d+ passed, )",
        ),
        rule(
            r"(?P<total>\d+) tests?(?: total)?, (?P<passed>\d+) passed, (?P<failed>\d+) failed"
            r"(?:, (?P<skipped>\d+) skipped)?$",
            "0 test",
            proves=True,
            opens="total",
        ),
        rule(r"Output:  \S", "Output:  ", inside="total", ends=True),
    ),
    (
        Example(
            "Suite.Adder\n" + "=" * 78 + "\n"
            "Keeps                                                  | PASS |\n"
            "Adds One :: of two                                     | FAIL |\n"
            "1 != 2\n"
            "Waits                                                  | SKIP |\n"
            "Suite.Adder                                            | FAIL |\n"
            "3 tests, 1 passed, 1 failed, 1 skipped\n" + "=" * 78 + "\n"
            "Output:  /app/output.xml",
            failed=("Adds One",),
            failures=1,
            total=3,
            skipped=1,
        ),
    ),
)

BEHAVE: Final = Framework(
    "behave",
    "https://behave.readthedocs.io/en/latest/",
    (
        rule(r"Failing scenarios:$", "Failing scenarios:", begins=True, opens="failing"),
        rule(r"\s+(?P<suite>\S+\.feature):\d+ +(?P<name>\S.*)$", inside="failing"),
        rule(
            r"(?P<passed>\d+) scenarios? passed, (?P<failed>\d+) failed, (?:\d+ error, )?(?P<skipped>\d+) skipped",
            "0 scenario",
            begins=True,
            proves=True,
            opens="",
        ),
        rule(r"Took (?P<duration>\d+m(?:in )?[\d.]+s)$", "Took ", needs_begin=True, ends=True),
    ),
    (
        Example(
            "Failing scenarios:\n"
            "  features/a.feature:3  adds\n"
            "\n"
            "0 features passed, 1 failed, 0 skipped\n"
            "1 scenario passed, 1 failed, 0 skipped\n"
            "4 steps passed, 1 failed, 1 skipped, 0 undefined\n"
            "Took 0m0.012s",
            failed=("features/a.feature::adds",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.012,
        ),
    ),
)

AUTOMAKE: Final = Framework(
    "automake",
    "https://www.gnu.org/software/automake/manual/html_node/Scripts_002dbased-Testsuites.html",
    (
        rule(r"(?:FAIL|XPASS): (?P<name>\S.*)$", ("FAIL: ", "XPASS: ")),
        rule(r"Testsuite summary\b", "Testsuite summary", begins=True),
        rule(r"# TOTAL: +(?P<total>\d+)$", "# TOTAL:", needs_begin=True, proves=True),
        rule(r"# SKIP: +(?P<skipped>\d+)$", "# SKIP:", needs_begin=True),
        rule(r"# FAIL: +(?P<failed>\d+)$", "# FAIL:", needs_begin=True),
        rule(r"# ERROR: +(?P<errors>\d+)$", "# ERROR:", needs_begin=True, ends=True),
    ),
    (
        Example(
            "PASS: t/keeps.sh\n"
            "FAIL: t/adds.sh\n"
            "Testsuite summary for acme 1.0\n"
            "# TOTAL: 3\n"
            "# PASS:  1\n"
            "# SKIP:  1\n"
            "# XFAIL: 0\n"
            "# FAIL:  1\n"
            "# XPASS: 0\n"
            "# ERROR: 0",
            failed=("t/adds.sh",),
            failures=1,
            total=3,
            skipped=1,
        ),
    ),
)

MESON: Final = Framework(
    "meson test",
    "https://mesonbuild.com/Unit-tests.html",
    (
        rule(r"\s*\d+/\d+ (?P<name>\S.*?)(?<!\s) ++(?:FAIL|TIMEOUT|ERROR|UNEXPECTEDPASS) ++[\d.]++ ?s\b", "0/"),
        rule(r"Ok: +(?P<passed>\d+) *$", "Ok: ", begins=True),
        rule(r"Fail: +(?P<failed>\d+) *$", "Fail: ", needs_begin=True),
        rule(r"Skipped: +(?P<skipped>\d+) *$", "Skipped: ", needs_begin=True),
        rule(r"Timeout: +(?P<errors>\d+) *$", "Timeout: ", needs_begin=True, ends=True),
    ),
    (
        Example(
            "1/3 keeps      OK              0.01s\n"
            "2/3 adds       FAIL            0.01s   exit status 1\n"
            "3/3 waits      SKIP            0.01s\n"
            "\n"
            "Ok:                 1   \n"
            "Expected Fail:      0   \n"
            "Fail:               1   \n"
            "Unexpected Pass:    0   \n"
            "Skipped:            1   \n"
            "Timeout:            0   ",
            failed=("adds",),
            failures=1,
            total=3,
            skipped=1,
        ),
    ),
)

FRAMEWORKS_SUITES: Final = (
    ROBOT,
    BEHAVE,
    AUTOMAKE,
    MESON,
)
