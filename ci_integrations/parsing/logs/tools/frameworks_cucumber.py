"""Cucumber (also Behat)."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

CUCUMBER: Final = Framework(
    "cucumber",
    "https://cucumber.io/docs/cucumber/reporting/",
    (
        rule(r"Failing Scenarios:$", "Failing Scenarios:", begins=True, opens="failing"),
        rule(
            r"cucumber (?:-p \S+ )?\S+:\d+ # (?:Scenario(?: Outline)?: )?(?P<name>.+)$", "cucumber ", inside="failing"
        ),
        # cucumber-js
        rule(
            r"\d+\) Scenario(?: Outline)?: (?P<name>.+?)(?: \(attempt \d+\))? # \S+:\d+$",
            "0) Scenario",
            begins=True,
            rank=2,
        ),
        # Behat
        rule(r"--- Failed scenarios:$", "--- Failed scenarios:", begins=True, opens="behat"),
        rule(r"\s+(?P<name>\S+\.feature:\d+)(?: \(on line \d+\))?$", inside="behat"),
        rule(
            r"(?P<total>\d+) scenarios? \((?=[^)]*\bfailed\b)(?P<counts>[^)]++)\)$",
            "0 scenario",
            begins=True,
            proves=True,
            opens="time",
        ),
        # A run that passed ends here.
        rule(r"(?P<total>\d+) scenarios? \((?P<counts>(?:(?!failed\b)[^)])+)\)$", "0 scenario", begins=True, ends=True),
        rule(r"(?P<duration>\d+m[\d.]+s)", "0m", inside="time", ends=True),
    ),
    (
        Example(
            "Failing Scenarios:\n"
            "cucumber features/a.feature:3 # Scenario: adds\n"
            "\n"
            "2 scenarios (1 failed, 1 passed)\n"
            "4 steps (1 failed, 3 passed)\n"
            "0m0.5s",
            failed=("adds",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.5,
        ),
        Example(
            "Failures:\n"
            "\n"
            "1) Scenario: adds # features/a.feature:3\n"
            "   ✖ When b # features/steps.js:2\n"
            "\n"
            "2 scenarios (1 failed, 1 passed)\n"
            "5 steps (1 failed, 1 skipped, 3 passed)\n"
            "0m00.012s (executing steps: 0m00.005s)",
            failed=("adds",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.012,
        ),
        Example(
            "--- Failed scenarios:\n"
            "\n"
            "    features/adder.feature:6 (on line 8)\n"
            "\n"
            "2 scenarios (1 passed, 1 failed)\n"
            "6 steps (4 passed, 1 failed, 1 skipped)\n"
            "0m0.12s (9.51Mb)",
            failed=("features/adder.feature:6",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.12,
        ),
    ),
)

FRAMEWORKS_CUCUMBER: Final = (CUCUMBER,)
