"""The Test Anything Protocol and those that print it: prove (Perl), Bats (shell)."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

TAP: Final = Framework(
    "tap",
    "https://testanything.org/tap-version-14-specification.html",
    (
        rule(r"TAP version \d+$", "TAP version ", begins=True),
        rule(r"1\.\.(?P<plan>\d+)(?: #.*)?$", "0..", proves=True, adds=True),
        rule(r"(?P<indent>(?: {4})*)(?P<point>ok) \d+\b(?! .*# (?i:skip|todo))", "ok ", verdict="passed"),
        rule(
            r"(?P<indent>(?: {4})*)(?P<point>(?:not )?ok) \d+\b.*# (?i:skip|todo)\b",
            ("ok ", "not ok "),
            verdict="skipped",
        ),
        rule(
            r"(?P<indent>(?: {4})*)not ok \d++(?: ++[-+](?= ))? ++"
            # testem names the browser and says how long it took
            r"(?:[A-Za-z][A-Za-z ]*+[\d.]+ - \[\d+ ms\] - )?"
            r"(?P<name>(?!.*# (?i:skip|todo)\b).+?)(?: # time=.*|(?<! ) ++\d+ ms)?$",
            "not ok ",
            then=r"# \(in test file (?P<suite>(?P<last>\S+)), line \d+\)",
            verdict="failed",
        ),
        rule(r"# tests (?P<total>\d+)$", "# tests ", proves=True),
        rule(r"# fail +(?P<failed>\d+)$", "# fail "),
        rule(r"# skip(?:ped)? +(?P<skipped>\d+)$", "# skip"),
        rule(r"# duration_ms (?P<milliseconds>[\d.]+)$", "# duration_ms "),
    ),
    (
        Example(
            "TAP version 13\n"
            "    ok 1 - keeps\n"
            "    not ok 2 - adds\n"
            "    1..2\n"
            "not ok 1 - adder\n"
            "ok 2 - later # SKIP\n"
            "not ok 3 - some day # TODO\n"
            "1..3\n"
            "# tests 4\n"
            "# fail 1\n"
            "# skipped 1\n"
            "# duration_ms 24.5",
            failed=("adds",),
            failures=1,
            total=4,
            skipped=1,
            duration=0.0245,
        ),
        Example(
            "1..2\nnot ok 1 adds\n# (in test file test/a.bats, line 3)\nok 2 waits # skip later",
            failed=("test/a.bats::adds",),
            failures=1,
            total=2,
            skipped=1,
        ),
        Example(
            "not ok 1 Chrome Headless 120.0 - [12 ms] - adder: adds\n"
            "ok 2 Chrome Headless 120.0 - [10 ms] - adder: keeps\n"
            "\n"
            "1..2\n"
            "# tests 2\n"
            "# fail  1",
            failed=("adder: adds",),
            failures=1,
            total=2,
            skipped=0,
        ),
        # PostgreSQL's pg_regress
        Example(
            "ok 1         - keeps                                       8 ms\n"
            "not ok 2     - adds                                       12 ms\n"
            "not ok 3     + waits                                      14 ms\n"
            "1..3\n"
            "# 2 of 3 tests failed.",
            failed=("adds", "waits"),
            failures=2,
            total=3,
            skipped=0,
        ),
    ),
    counts_lines=True,
)

PROVE: Final = Framework(
    "prove",
    "https://perldoc.perl.org/prove",
    (
        rule(
            r"\s*#   Failed (?:\(TODO\) )?test (?:'(?P<name>.*)'|at )(?: at (?P<suite>\S+) line \d+\.)?$",
            "#   Failed test",
            then=r"\s*#   at (?P<suite>(?P<last>\S+)) line \d+\.$",
        ),
        rule(r"Failed (?P<failed>\d+)/\d+ subtests", "Failed ", adds=True),
        rule(r"\s+\(less (?P<skipped>\d+) skipped subtests?:", "(less ", adds=True),
        rule(r"Files=\d+, Tests=(?P<total>\d+), +(?P<duration>\d+) wallclock", "Files=", proves=True),
        rule(r"Result: (?:PASS|FAIL|NOTESTS)$", "Result: ", ends=True),
    ),
    (
        Example(
            "#   Failed test 'adds'\n"
            "#   at t/adder.t line 2.\n"
            "# Looks like you failed 1 test of 3.\n"
            "t/adder.t ....\n"
            "Failed 1/3 subtests\n"
            "\t(less 1 skipped subtest: 1 okay)\n"
            "Files=1, Tests=3,  2 wallclock secs ( 0.02 usr  0.01 sys)\n"
            "Result: FAIL",
            failed=("t/adder.t::adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=2.0,
        ),
    ),
    encloses=("tap",),
)

BATS: Final = Framework(
    "bats",
    "https://bats-core.readthedocs.io/en/stable/usage.html",
    (
        rule(
            r".*✗ (?P<name>.+?)(?: \[\d+\])?$",
            words="✗",
            then=r"\s+\((?:in test file (?P<suite>(?P<last>\S+)), line \d+|from function )",
            begins=True,
            needs_then=True,
        ),
        rule(r".*?(?<!\d)\d++/\d++ [✓✗-] ", words=("✓", "✗"), holds="/", begins=True),
        rule(r"\s*✓ ", "✓ ", begins=True),
        rule(
            r"(?P<total>\d+) tests?, (?P<counts>\d+ failures?(?:, \d+ skipped)?)",
            "0 test",
            needs_begin=True,
            ends=True,
        ),
    ),
    (
        Example(
            "a.bats\n"
            " ✗ adds\n"
            "   (in test file test/a.bats, line 6)\n"
            " ✓ keeps\n"
            " - waits (skipped: later)\n"
            "\n"
            "3 tests, 1 failure, 1 skipped",
            failed=("test/a.bats::adds",),
            failures=1,
            total=3,
            skipped=1,
        ),
    ),
)

FRAMEWORKS_TAP: Final = (
    TAP,
    PROVE,
    BATS,
)
