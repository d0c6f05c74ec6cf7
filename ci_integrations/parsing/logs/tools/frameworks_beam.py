"""ExUnit (Elixir), EUnit and Common Test (Erlang)."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

EXUNIT: Final = Framework(
    "exunit",
    "https://hexdocs.pm/ex_unit/ExUnit.html",
    (
        rule(r"Running ExUnit with seed", "Running ExUnit", begins=True),
        rule(r"\s+\d+\) (?:test|property|doctest) (?P<name>.+) \((?P<suite>[\w.]+)\)$", "0) "),
        # EUnit, as rebar3 prints it: https://github.com/seancribbs/eunit_formatters
        rule(r"\s+\d+\) (?P<suite>\w+):(?P<name>\w+/\d+)\b", "0) "),
        rule(r"Finished in (?P<duration>[\d.]+ seconds)(?: \(|$)", "Finished in ", begins=True, opens="finished"),
        rule(r"(?!\d+ (?:doctest|propert|test))\s*+\S", inside="finished", opens=""),
        rule(
            r"(?P<counts>(?:\d+ (?:doctests?|properties|property|tests?), )+\d+ failures?.*)$",
            ("0 test", "0 doctest", "0 propert"),
            ends=True,
            inside="finished",
        ),
    ),
    (
        Example(
            "Running ExUnit with seed: 1, max_cases: 4\n"
            "  1) test adds (AdderTest)\n"
            "     test/adder_test.exs:5\n"
            "  2) doctest Adder.add/2 (1) (AdderTest)\n"
            "Finished in 0.03 seconds (0.00s async, 0.03s sync)\n"
            "1 doctest, 3 tests, 2 failures, 1 skipped",
            failed=("AdderTest::adds", "AdderTest::Adder.add/2 (1)"),
            failures=2,
            total=4,
            skipped=1,
            duration=0.03,
        ),
        Example(
            "===> Performing EUnit tests...\n"
            "F..\n"
            "Failures:\n"
            "\n"
            "  1) adder_tests:adds_test/0: module 'adder_tests'\n"
            "     Failure/Error: ?assertEqual(1, 2)\n"
            "\n"
            "Finished in 0.053 seconds\n"
            "3 tests, 1 failures",
            failed=("adder_tests::adds_test/0",),
            failures=1,
            total=3,
            skipped=0,
            duration=0.053,
        ),
    ),
)

COMMON_TEST: Final = Framework(
    "common test",
    "https://www.erlang.org/doc/apps/common_test/run_test_chapter.html",
    (
        rule(r"===> Running Common Test suites", "===> Running Common Test", begins=True),
        rule(r"%%% (?P<suite>\w+) ==> (?P<name>\S+): FAILED$", "%%% ", holds=": failed"),
        rule(r"Failed (?P<failed>\d+) tests\.", "Failed ", holds=" tests.", needs_begin=True),
        rule(r"(?:Failed \d+ tests\. )?Skipped (?P<skipped>\d+) \(", ("Failed ", "Skipped "), needs_begin=True),
        rule(
            r"(?:(?:Failed|Skipped) .*\. )?Passed (?P<passed>\d+) tests\.$",
            ("Failed ", "Skipped ", "Passed "),
            holds=" tests.",
            needs_begin=True,
            ends=True,
        ),
        rule(r"All (?P<total>\d+) tests passed\.$", "All ", holds=" tests passed.", needs_begin=True, ends=True),
        # without rebar3
        rule(
            r"Testing \S+: TEST COMPLETE, (?P<passed>\d+) ok, (?P<failed>\d+) failed(?:, (?P<skipped>\d+) skipped)? of "
            r"(?P<total>\d+) test cases",
            "Testing ",
            holds=" test complete, ",
            ends=True,
        ),
    ),
    (
        Example(
            "===> Running Common Test suites...\n"
            "%%% adder_SUITE ==> adds: FAILED\n"
            "%%% adder_SUITE ==> \n"
            "Failure/Error: ?assertEqual(1, 2)\n"
            "Failed 1 tests. Skipped 1 (1, 0) tests. Passed 2 tests.",
            failed=("adder_SUITE::adds",),
            failures=1,
            total=4,
            skipped=1,
        ),
        Example("===> Running Common Test suites...\nAll 3 tests passed.", failures=0, total=3, skipped=0),
        Example("Testing lib.acme: TEST COMPLETE, 3 ok, 1 failed of 4 test cases", failures=1, total=4, skipped=0),
    ),
)

FRAMEWORKS_BEAM: Final = (
    EXUNIT,
    COMMON_TEST,
)
