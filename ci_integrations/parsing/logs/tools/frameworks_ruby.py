"""RSpec (also Hspec, Crystal, ShellSpec) and Cucumber (also Behat)."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

RSPEC: Final = Framework(
    "rspec",
    "https://rspec.info/features/3-13/rspec-core/command-line/",
    (
        rule(r"Failures:$", "Failures:", begins=True),
        rule(
            r"Finished in (?P<duration>.+? (?:(?:milli|micro)?seconds?|minutes?))(?: \((?:files|user) |$)",
            "Finished in ",
            begins=True,
        ),
        rule(
            r"(?P<total>\d+) examples?, (?P<counts>\d+ failures?(?:, \d+ (?:pending|errors?))*)",
            "0 example",
            proves=True,
        ),
        rule(r"Failed examples:$", "Failed examples:", opens="failed", needs_begin=True),
        rule(r"(?:rspec|crystal spec) (?:'[^']+'|\S+) # (?P<name>.+)$", ("rspec ", "crystal spec "), inside="failed"),
        # https://github.com/shellspec/shellspec
        rule(r"shellspec \S+ # \d+\) (?P<name>.+?) FAILED$", "shellspec ", needs_begin=True),
        # https://hspec.github.io/
        rule(r'\s*To rerun use: --match "/?(?P<name>.+?)/?"(?: |$)', "To rerun use: --match"),
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
        Example(
            "Failures:\n"
            "\n"
            "  test/AdderSpec.hs:5:17: \n"
            "  1) Adder adds\n"
            "\n"
            '  To rerun use: --match "/Adder/adds/" --seed 1\n'
            "\n"
            "Finished in 0.0012 seconds\n"
            "3 examples, 1 failure, 1 pending",
            failed=("Adder/adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.0012,
        ),
        Example(
            "Failures:\n"
            "Finished in 12 milliseconds\n"
            "2 examples, 1 failures, 0 errors, 0 pending\n"
            "\n"
            "Failed examples:\n"
            "\n"
            "crystal spec spec/adder_spec.cr:4 # Adder adds",
            failed=("Adder adds",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.012,
        ),
        Example(
            "Finished in 0.25 seconds (user 0.12 seconds, sys 0.03 seconds)\n"
            "3 examples, 1 failure\n"
            "\n"
            "\n"
            "Failure examples / Errors: (Listed here affect your suite's status)\n"
            "\n"
            "shellspec spec/adder_spec.sh:5 # 1) Adder adds one FAILED",
            failed=("Adder adds one",),
            failures=1,
            total=3,
            skipped=0,
            duration=0.25,
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

FRAMEWORKS_RUBY: Final = (
    RSPEC,
    CUCUMBER,
)
