"""PHPUnit and Pest (PHP), busted (Lua)."""

# The tools print these characters.
# ruff: noqa: RUF001

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule


def _code_name(suite: str, name: str) -> str:
    """PHPUnit's --testdox says "Keeps token 1" in "Cache" for CacheTest::testKeepsToken1; others are as printed."""
    if not suite:
        return name
    title, _, data = name.partition(" with ") if "·" in name or " #" in name else (name, "", "")
    method = "test" + "".join(word[:1].upper() + word[1:] for word in title.split())
    return f"{suite}::{method}" + (f' with data set "{data.replace("·", " ")}"' if data else "")


PHPUNIT: Final = Framework(
    "phpunit",
    "https://docs.phpunit.de/en/11.5/textui.html",
    (
        rule(r"(?:ParaTest v\S+ upon )?PHPUnit \d", ("PHPUnit ", "ParaTest v"), begins=True),
        rule(r"There (?:was|were) \d+ (?:failure|error)s?:$", "There ", opens="failed"),
        rule(r"There (?:was|were) \d+ (?:\w+ ){1,3}\w+:$", "There w", opens="other"),
        rule(r"There (?:was|were) \d+ (?:failure|error)s?:$", "There w", opens="failed"),
        rule(
            r"\d+\) (?P<name>[\w\\]+::\S(?:(?:(?! \().)*+(?= \(.*\)$|$)|.*+))(?: \(.*\))?$",
            "0) ",
            inside="failed",
            then=r"(?P<message>(?P<last>\S.*))$",
        ),
        rule(
            r" ✘ (?P<name>.+?)(?: \[[\d.]+ ms\])?$",
            "✘ ",
            then=r"\s*[╵│|] (?:.*\W)?(?P<suite>(?P<last>\w+))\.php:\d+$",
            reach=60,
            needs_then=True,
            rank=2,
        ),
        rule(r"Time: (?P<duration>[\d:.]+(?: \w+)?)", "Time: ", needs_begin=True),
        rule(r"OK \((?P<counts>\d+ tests?), \d+ assertions?\)", "OK (", ends=True, needs_begin=True),
        rule(r"(?P<counts>Tests: \d+, Assertions: \d++.*)\.$", "Tests: ", ends=True, needs_begin=True),
    ),
    (
        Example(
            "PHPUnit 9.6.7 by Sebastian Bergmann and contributors.\n"
            "Time: 00:00.017, Memory: 6.00 MB\n"
            "\n"
            "There was 1 error:\n"
            "\n"
            "1) App\\AdderTest::testAdds\n"
            "RuntimeException: bad\n"
            "\n"
            "--\n"
            "\n"
            "There was 1 failure:\n"
            "\n"
            '1) App\\AdderTest::testProv with data set "second #2" (2)\n'
            "Failed asserting that 2 is not identical to 2.\n"
            "\n"
            "--\n"
            "\n"
            "There was 1 skipped test:\n"
            "\n"
            "1) App\\AdderTest::testLater\n"
            "\n"
            "ERRORS!\n"
            "Tests: 4, Assertions: 3, Errors: 1, Failures: 1, Skipped: 1.",
            failed=("App\\AdderTest::testAdds", 'App\\AdderTest::testProv with data set "second #2"'),
            failures=2,
            total=4,
            skipped=1,
            duration=0.017,
        ),
        Example(
            "ParaTest v7.3.1 upon PHPUnit 10.5.3 by Sebastian Bergmann and contributors.\n"
            "\n"
            "Time: 00:00.250, Memory: 16.00 MB\n"
            "\n"
            "There was 1 failure:\n"
            "\n"
            "1) App\\AdderTest::testAdds\n"
            "Failed asserting that 2 is identical to 1.\n"
            "\n"
            "FAILURES!\n"
            "Tests: 2, Assertions: 2, Failures: 1.",
            failed=("App\\AdderTest::testAdds",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.25,
        ),
        Example(
            "PHPUnit 9.6.7 by Sebastian Bergmann and contributors.\n"
            "Adder\n"
            " ✘ Adds token 1\n"
            "   ├ RuntimeException: bad\n"
            "   ╵ /app/tests/AdderTest.php:5\n"
            "\n"
            "Time: 00:00.012, Memory: 6.00 MB\n"
            "Tests: 2, Assertions: 1, Errors: 1.",
            failed=("AdderTest::testAddsToken1",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.012,
        ),
    ),
    shape=_code_name,
)

PEST: Final = Framework(
    "pest",
    "https://pestphp.com/docs/writing-tests",
    (
        rule(r"\s+(?:FAILED|•) +(?P<name>[\w\\]+ > .+?)(?: {2,}.*)?$", ("FAILED ", "• "), holds=" > "),
        rule(
            r"\s+Tests:\s+(?P<counts>(?:\d+ (?!total)\w+(?:, )?)+)(?: \(\d+ assertions?\))?$",
            "Tests:",
            begins=True,
            proves=True,
        ),
        rule(r"\s+(?:Duration|Time):\s+(?P<duration>[\d.]+s)$", ("Duration:", "Time:"), needs_begin=True, ends=True),
    ),
    (
        Example(
            "   FAIL  Tests\\AdderTest\n"
            "  ⨯ it adds\n"
            "  ✓ it keeps\n"
            "   FAILED  Tests\\AdderTest > it adds\n"
            "  Failed asserting that 2 is identical to 1.\n"
            "\n"
            "  Tests:    1 failed, 1 skipped, 1 passed (3 assertions)\n"
            "  Duration: 0.12s",
            failed=("Tests\\AdderTest > it adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.12,
        ),
    ),
)

BUSTED: Final = Framework(
    "busted",
    "https://lunarmodules.github.io/busted/",
    (
        rule(
            r"(?:Failure|Error) → (?P<suite>\S+) @ \d+$",
            ("Failure → ", "Error → "),
            then=r"(?P<name>(?P<last>\S.*))$",
            needs_then=True,
        ),
        rule(
            r"(?P<counts>\d+ success(?:es)? / \d+ failures? / \d+ errors? / \d+ pending) : (?P<duration>[\d.]+ "
            r"seconds)",
            "0 success",
            begins=True,
            proves=True,
        ),
    ),
    (
        Example(
            "2 successes / 1 failure / 0 errors / 1 pending : 0.25 seconds\n"
            "\n"
            "Failure → spec/a_spec.lua @ 12\n"
            "adder adds\n"
            "spec/a_spec.lua:13: Expected objects to be equal.",
            failed=("spec/a_spec.lua::adder adds",),
            failures=1,
            total=4,
            skipped=1,
            duration=0.25,
        ),
    ),
)

FRAMEWORKS_SCRIPT: Final = (
    PHPUNIT,
    PEST,
    BUSTED,
)
