"""Codeception (PHP)."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

CODECEPTION: Final = Framework(
    "codeception",
    "https://codeception.com/docs/Reporting",
    (
        rule(r"Codeception PHP Testing Framework v", "Codeception PHP Testing Framework", begins=True),
        rule(
            r"There (?:was|were) \d+ (?:failure|error)s?:$",
            ("There was ", "There were "),
            needs_begin=True,
            opens="failed",
        ),
        rule(
            r"There (?:was|were) \d+ (?:\w+ ){1,3}\w+:$",
            ("There was ", "There were "),
            holds=(" test", " warning", " deprecation"),
            needs_begin=True,
            opens="other",
        ),
        rule(r"\d+\) (?P<name>\S.*)$", "0) ", inside="failed"),
        rule(r"Time: (?P<duration>[\d:.]+(?: \w+)?)", "Time: ", needs_begin=True),
        rule(r"OK \((?P<counts>\d+ tests?), \d+ assertions?\)", "OK (", ends=True, needs_begin=True),
        rule(r"(?P<counts>Tests: \d+, Assertions: \d++.*)\.$", "Tests: ", ends=True, needs_begin=True),
    ),
    (
        Example(
            "Codeception PHP Testing Framework v5.0.0 https://stand-with-ukraine.pp.ua\n"
            "E AdderCest: Adds one\n"
            "Time: 00:00.250, Memory: 12.00 MB\n"
            "\n"
            "There was 1 failure:\n"
            "1) AdderCest: Adds one\n"
            " Test  tests/Unit/AdderCest.php:addsOne\n"
            " Step  Assert equals 1,2\n"
            "\n"
            "There was 1 skipped test:\n"
            "1) AdderCest: Waits\n"
            "\n"
            "FAILURES!\n"
            "Tests: 3, Assertions: 2, Failures: 1, Skipped: 1.",
            failed=("AdderCest: Adds one",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.25,
        ),
    ),
)

FRAMEWORKS_PHP: Final = (CODECEPTION,)
