"""Catch2 and doctest (C++)."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

_CATCH2_LINE: Final = r"\S.*?[:(]\d+\)?: "

CATCH2: Final = Framework(
    "catch2",
    "https://github.com/catchorg/Catch2/blob/devel/docs/reporters.md",
    (
        # Of each test that did not pass: a rule, its name, its sections, a rule, its place, dots, what happened.
        rule(
            r"\S+ is a Catch2? v\S+ host application\.$",
            words="application.",
            holds=" host application.",
            begins=True,
            opens="between",
        ),
        rule(r"-{79}$", "-----", inside="between", opens="heading"),
        rule(
            r"(?P<name>\S.*)$",
            inside="heading",
            opens="test",
            then=rf"(?P<last>{_CATCH2_LINE}FAILED:$)|(?P<drop>{_CATCH2_LINE})"
            r"|(?!-{79}$|\.{79}$|.*:\d+$|.*\(\d+\)$)(?P<name>\S.*)$",
            reach=60,
            needs_then=True,
        ),
        rule(
            rf"{_CATCH2_LINE}(?:FAILED|PASSED|SKIPPED|warning):$",
            inside="test",
            opens="between",
        ),
        rule(r"test cases: +(?P<total>\d+)(?P<counts>(?: \| +\d+ \w+(?: as expected)?)+)$", "test cases:", ends=True),
        rule(r"All tests passed \(\d+ assertions? in (?P<total>\d+) test cases?\)$", "All tests passed (", ends=True),
    ),
    (
        Example(
            "adder is a Catch2 v3.5.0 host application.\n"
            "Run with -? for options\n"
            "\n" + "-" * 79 + "\n"
            "adds one\n"
            "  when cold\n" + "-" * 79 + "\n"
            "/app/test.cpp:3\n" + "." * 79 + "\n"
            "\n"
            "/app/test.cpp:7: FAILED:\n"
            "  CHECK( add(1, 1) == 3 )\n"
            "\n"
            "/app/test.cpp:8: FAILED:\n"
            "  CHECK( add(1, 1) == 4 )\n"
            "\n" + "-" * 79 + "\n"
            "warns\n" + "-" * 79 + "\n"
            "/app/test.cpp:10\n" + "." * 79 + "\n"
            "\n"
            "/app/test.cpp:12: warning:\n"
            "  later\n"
            "\n" + "-" * 79 + "\n"
            "adds a great many\n"
            "numbers\n" + "-" * 79 + "\n"
            "/app/test.cpp(20)\n" + "." * 79 + "\n"
            "\n"
            "/app/test.cpp(22): FAILED:\n" + "=" * 79 + "\n"
            "test cases: 4 | 1 passed | 2 failed | 1 skipped\n"
            "assertions: 5 | 4 passed | 1 failed",
            failed=("adds one", "adds a great many numbers"),
            failures=2,
            total=4,
            skipped=1,
        ),
        Example("All tests passed (5 assertions in 2 test cases)", failures=0, total=2, skipped=0),
    ),
)

DOCTEST: Final = Framework(
    "doctest",
    "https://github.com/doctest/doctest/blob/master/doc/markdown/commandline.md",
    (
        rule(r"TEST CASE:  (?P<name>\S.*)$", "TEST CASE:  "),
        rule(
            r"\[doctest\] test cases: +(?P<total>\d+) \| +(?P<counts>\d+ passed \| +\d+ failed)\b",
            "[doctest] test cases:",
            ends=True,
        ),
    ),
    (
        Example(
            "TEST CASE:  adder\n"
            "\n"
            "/app/test.cpp:7: ERROR: CHECK( add(1, 1) == 3 ) is NOT correct!\n"
            "[doctest] test cases:  3 |  2 passed | 1 failed | 0 skipped",
            failed=("adder",),
            failures=1,
            total=3,
            skipped=0,
        ),
    ),
)

FRAMEWORKS_CATCH: Final = (
    CATCH2,
    DOCTEST,
)
