"""Deno, Bun and Zig, which bring a test runner along."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

DENO: Final = Framework(
    "deno test",
    "https://docs.deno.com/runtime/fundamentals/testing/",
    (
        rule(r"running \d+ tests? from \S+$", "running ", begins=True),
        rule(r"(?P<name>\S.*?) => (?P<suite>\S+?):\d+:\d+$", words="=>", needs_begin=True),
        rule(
            r"(?:ok|FAILED) \| (?P<counts>\d+ passed\b.*) \((?P<duration>[^()]+)\)$",
            ("ok | ", "FAILED | "),
            needs_begin=True,
            ends=True,
        ),
    ),
    (
        Example(
            "running 3 tests from ./a_test.ts\n"
            "adds ... FAILED (4ms)\n"
            "waits ... ignored (0ms)\n"
            "\n"
            " FAILURES\n"
            "\n"
            "adds => ./a_test.ts:3:6\n"
            "\n"
            "FAILED | 1 passed (2 steps) | 1 failed | 1 ignored (12ms)",
            failed=("./a_test.ts::adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.012,
        ),
    ),
)

BUN: Final = Framework(
    "bun test",
    "https://bun.sh/docs/cli/test",
    (
        rule(r"bun test v\d", "bun test v", begins=True),
        rule(r"(?:✗|\(fail\)) (?P<name>\S.*?)(?: \[[\d.]+m?s\])?$", ("✗ ", "(fail) "), needs_begin=True),
        rule(r" +(?P<passed>\d+) pass$", "0 pass", needs_begin=True),
        rule(r" +(?P<skipped>\d+) skip$", "0 skip", needs_begin=True),
        rule(r" +(?P<failed>\d+) fail$", "0 fail", needs_begin=True),
        rule(
            r"Ran (?P<total>\d+) tests? across \d+ files?\. \[(?P<duration>[\d.]+m?s)\]$",
            "Ran ",
            needs_begin=True,
            ends=True,
        ),
    ),
    (
        Example(
            "bun test v1.2.0 (5903a614)\n"
            "(pass) adder > keeps [0.10ms]\n"
            "(fail) adder > adds [0.52ms]\n"
            " 1 pass\n"
            " 1 skip\n"
            " 1 fail\n"
            "Ran 3 tests across 1 file. [8.00ms]",
            failed=("adder > adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.008,
        ),
    ),
)

ZIG: Final = Framework(
    "zig test",
    "https://ziglang.org/documentation/master/#Zig-Test",
    (
        rule(r"\d+/\d+ (?P<name>\S.*?) ?\.\.\. ?FAIL\b", "0/", holds="fail"),
        rule(r"(?P<counts>\d+ passed; \d+ skipped; \d+ failed)\.$", "0 passed;", ends=True),
    ),
    (
        Example(
            "1/3 main.test.adds...FAIL (TestUnexpectedResult)\n"
            "2/3 main.test.keeps...OK\n"
            "3/3 main.test.waits...SKIP\n"
            "1 passed; 1 skipped; 1 failed.",
            failed=("main.test.adds",),
            failures=1,
            total=3,
            skipped=1,
        ),
    ),
)

FRAMEWORKS_RUNTIMES: Final = (
    DENO,
    BUN,
    ZIG,
)
