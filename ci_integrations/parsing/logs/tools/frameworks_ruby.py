"""RSpec (also Hspec, Crystal, ShellSpec)."""

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

PARALLEL_RSPEC: Final = Framework(
    "parallel_rspec",
    "https://github.com/grosser/parallel_tests",
    (
        rule(r"\d+ process(?:es)? for \d+ specs?\b", "0 process", begins=True),
        rule(r"rspec (?:'[^']+'|\S+) # (?P<name>.+)$", "rspec ", needs_begin=True),
        # Each process sums up what it ran; the last sum is of all.
        rule(
            r"(?P<total>\d+) examples?, (?P<counts>\d+ failures?(?:, \d+ (?:pendings?|errors?))*)",
            "0 example",
            needs_begin=True,
            proves=True,
        ),
        rule(r"Took (?P<duration>\d+ seconds)\b", "Took ", needs_begin=True, ends=True),
    ),
    (
        Example(
            "2 processes for 4 specs, ~ 2 specs per process\n"
            "Finished in 1.5 seconds (files took 0.1 seconds to load)\n"
            "3 examples, 1 failure\n"
            "\n"
            "Failed examples:\n"
            "\n"
            "rspec ./spec/a_spec.rb:3 # Adder adds\n"
            "\n"
            "Finished in 2.5 seconds (files took 0.1 seconds to load)\n"
            "4 examples, 0 failures, 1 pending\n"
            "\n"
            "7 examples, 1 failure, 1 pending\n"
            "\n"
            "Took 3 seconds",
            failed=("Adder adds",),
            failures=1,
            total=7,
            skipped=1,
            duration=3.0,
        ),
    ),
    encloses=("rspec",),
)

FRAMEWORKS_RUBY: Final = (
    RSPEC,
    PARALLEL_RSPEC,
)
