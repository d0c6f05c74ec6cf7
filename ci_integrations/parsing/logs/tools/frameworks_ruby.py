"""RSpec, Minitest, test-unit, Cucumber."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

RSPEC: Final = Framework(
    "rspec",
    "https://rspec.info/features/3-13/rspec-core/command-line/",
    (
        rule(r"Failures:$", "Failures:", begins=True),
        rule(r"Finished in (?P<duration>.+? (?:seconds?|minutes?))(?: \(files|$)", "Finished in ", begins=True),
        rule(
            r"(?P<total>\d+) examples?, (?P<counts>\d+ failures?(?:, \d+ pending)?(?:, \d+ errors?)?)",
            "0 example",
            proves=True,
        ),
        rule(r"Failed examples:$", "Failed examples:", opens="failed", needs_begin=True),
        rule(r"rspec (?:'[^']+'|\S+) # (?P<name>.+)$", "rspec ", inside="failed"),
    ),
    (
        Example(
            "Finished in 1 minute 2.5 seconds (files took 0.1 seconds to load)\n"
            "3 examples, 1 failure, 1 pending\n"
            "\n"
            "Failed examples:\n"
            "\n"
            "rspec ./spec/a_spec.rb:3 # Adder when cold adds",
            failed=("Adder when cold adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=62.5,
        ),
    ),
)

MINITEST: Final = Framework(
    "minitest",
    "https://docs.seattlerb.org/minitest/",
    (
        rule(r"(?:Run options:|# Running)", ("Run options:", "# Running"), begins=True),
        rule(
            r"\s*(?:\d+\) )?(?:Failure|Error):$",
            ("0) ", "Failure:", "Error:"),
            then=r"(?P<name>[^\s#]++#(?P<last>[^:\[]*[^:\[\s]))(?: \[.*\])?:",
            needs_then=True,
        ),
        rule(r"Finished in (?P<duration>[\d.]+s), ", "Finished in ", needs_begin=True),
        rule(
            r"(?P<total>\d+) (?:runs|tests), \d+ assertions, (?P<counts>\d+ failures, \d+ errors, \d+ skips)",
            ("0 runs, ", "0 tests, "),
            ends=True,
        ),
    ),
    (
        Example(
            "Run options: --seed 58025\n"
            "# Running:\n"
            "\n"
            "Finished in 0.0013s, 16096.4264 runs/s, 11706.4919 assertions/s.\n"
            "\n"
            "  1) Failure:\n"
            "TestAdder#test_adds [t.rb:30]:\n"
            "Expected: 76\n"
            "\n"
            "  2) Error:\n"
            "TestAdder#test_breaks:\n"
            "RuntimeError: bad\n"
            "\n"
            "3 runs, 2 assertions, 1 failures, 1 errors, 1 skips",
            failed=("TestAdder#test_adds", "TestAdder#test_breaks"),
            failures=2,
            total=3,
            skipped=1,
            duration=0.0013,
        ),
    ),
)

TEST_UNIT: Final = Framework(
    "test-unit",
    "https://test-unit.github.io/",
    (
        rule(r"Finished in (?P<duration>[\d.]+ seconds)\.$", "Finished in ", begins=True),
        rule(r"(?:Failure|Error): (?P<name>test[^(]*\([^)]+\))", ("Failure: ", "Error: ")),
        rule(
            r"(?P<total>\d+) tests, \d+ assertions, (?P<counts>\d+ failures, \d+ errors, \d+ pendings.*)$",
            ("0 runs, ", "0 tests, "),
            ends=True,
        ),
    ),
    (
        Example(
            "Failure: test_adds(AdderTest)\n"
            "Finished in 0.5 seconds.\n"
            "3 tests, 2 assertions, 1 failures, 0 errors, 1 pendings, 0 omissions, 0 notifications",
            failed=("test_adds(AdderTest)",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.5,
        ),
    ),
)

CUCUMBER: Final = Framework(
    "cucumber",
    "https://cucumber.io/docs/cucumber/reporting/",
    (
        rule(r"Failing Scenarios:$", "Failing Scenarios:", begins=True, opens="failing"),
        rule(
            r"cucumber (?:-p \S+ )?\S+:\d+ # (?:Scenario(?: Outline)?: )?(?P<name>.+)$", "cucumber ", inside="failing"
        ),
        rule(r"(?P<total>\d+) scenarios? \((?P<counts>[^)]+)\)$", "0 scenario", proves=True, opens=""),
        rule(r"(?P<duration>\d+m[\d.]+s)", "0m", ends=True, needs_begin=True),
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
    ),
)

FRAMEWORKS_RUBY: Final = (
    RSPEC,
    MINITEST,
    TEST_UNIT,
    CUCUMBER,
)
