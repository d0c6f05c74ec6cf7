"""Minitest and test-unit."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

MINITEST: Final = Framework(
    "minitest",
    "https://docs.seattlerb.org/minitest/",
    (
        rule(
            r"(?:Run options:|# Running|Started with run options)",
            ("Run options:", "# Running", "Started with run options"),
            begins=True,
        ),
        rule(
            r"\s*(?:\d+\) )?(?:Failure|Error):$",
            ("0) ", "Failure:", "Error:"),
            then=r"(?P<name>(?!\d)\S[^#]{0,300}#(?P<last>\S.*?)|\w+\([\w:]+\))"
            r"(?: \[[^\]]{0,500}\]:|:$)",
            needs_then=True,
        ),
        # https://github.com/minitest-reporters/minitest-reporters
        rule(r"\s*(?:FAIL|ERROR) (?P<name>\S[^#]{0,300}#\S.*?) \([\d.]+s\)$", ("FAIL ", "ERROR "), needs_begin=True),
        rule(
            r"\s+(?P<name>\S.*?)(?<!\s)\s++(?:FAIL|ERROR) \([\d.]+s\)$",
            words=("fail ", "error "),
            holds=(" fail (", " error ("),
            needs_begin=True,
            rank=2,
        ),
        rule(r"Finished in (?P<duration>[\d.]+s)(?:, |$)", "Finished in ", needs_begin=True),
        rule(
            r"(?P<total>\d+) (?:runs|tests), \d+ assertions, (?P<counts>\d+ failures, \d+ errors)"
            r"(?:, (?P<skipped>\d+) skips|$)",
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
        Example(
            "Started with run options --seed 1\n"
            "\n"
            " FAIL Acme::Adder#test_adds (0.01s)\n"
            "\n"
            "Finished in 0.01200s\n"
            "2 tests, 2 assertions, 1 failures, 0 errors, 0 skips",
            failed=("Acme::Adder#test_adds",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.012,
        ),
        Example(
            "Started with run options --seed 1\n"
            "\n"
            "Acme::Adder\n"
            "  test_adds                                                       FAIL (0.01s)\n"
            "        Expected: 2\n"
            "  test_keeps                                                      PASS (0.00s)\n"
            "\n"
            "Finished in 0.01200s\n"
            "2 tests, 2 assertions, 1 failures, 0 errors, 0 skips",
            failed=("test_adds",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.012,
        ),
        Example(
            "# Running:\n"
            "\n"
            "  1) Failure:\n"
            "Adder::when cold#test_0001_adds: two [test/adder_test.rb:12]:\n"
            "Expected: 76\n"
            "\n"
            "2 runs, 2 assertions, 1 failures, 0 errors, 0 skips",
            failed=("Adder::when cold#test_0001_adds: two",),
            failures=1,
            total=2,
            skipped=0,
        ),
        Example(
            "# Running tests:\n"
            "\n"
            "  1) Failure:\n"
            "test_adds(AdderTest) [test/adder_test.rb:12]:\n"
            "\n"
            "2 tests, 2 assertions, 1 failures, 0 errors",
            failed=("test_adds(AdderTest)",),
            failures=1,
            total=2,
            skipped=0,
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

FRAMEWORKS_MINITEST: Final = (
    MINITEST,
    TEST_UNIT,
)
