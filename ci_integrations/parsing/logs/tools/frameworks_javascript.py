"""jest, vitest, mocha (Cypress), node:test."""

# The tools print these characters.
# ruff: noqa: RUF001

import re
from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

JEST: Final = Framework(
    "jest",
    "https://jestjs.io/docs/cli#--verbose",
    (
        rule(r"\s*FAIL\s+\S.*\.\w+(?: \([\d.]+ ?m?s\))?$", "FAIL ", opens="failed", begins=True),
        rule(r"\s*(?:PASS\s+\S|Summary of all failing tests)", ("PASS ", "Summ"), opens=""),
        # What programs print stands deeper.
        rule(
            r"  ● (?P<name>(?!Console$|Test suite failed |Cannot log |Validation |Deprecation |process\.exit )\S.*)$",
            "● ",
            inside="failed",
        ),
        rule(r"Tests:\s+(?P<counts>(?:\d+ \w+, )*\d+ total)", "Tests:", proves=True, opens=""),
        rule(r"Time:\s+(?P<duration>[\d.]+ ?m?s)", "Time:", ends=True, needs_begin=True),
        rule(r"Test Suites:\s+(?P<suites>\d+)", "Test", begins=True),
    ),
    (
        Example(
            "FAIL src/a.test.js\n"
            "  ● Console\n"
            "\n"
            "    console.error\n"
            "      ● adder › prints\n"
            "\n"
            "  ● adder › when cold › adds\n"
            "\n"
            "    expect(received).toEqual(expected)\n"
            "\n"
            "  ● adds alone\n"
            "\n"
            "  console.log\n"
            "    ● adder › prints more\n"
            "\n"
            "● adder › writes\n"
            "Test Suites: 1 failed, 1 total\n"
            "Tests:       2 failed, 1 skipped, 2 passed, 5 total\n"
            "Snapshots:   0 total\n"
            "Time:        0.61 s, estimated 1 s\n",
            failed=("adder › when cold › adds", "adds alone"),
            failures=2,
            total=5,
            skipped=1,
            duration=0.61,
        ),
    ),
)

VITEST: Final = Framework(
    "vitest",
    "https://vitest.dev/guide/reporters.html",
    (
        rule(r"\s*RUN\s+v\d", "RUN ", begins=True),
        rule(
            r"\s*FAIL\s+(?:\|[^|]+\| )?(?P<name>\S+ (?:> .+|\[ .+ \]))$",
            "FAIL ",
            then=r"(?P<message>(?P<last>\w*Error: .+))$",
        ),
        rule(r"\s*[×✗] (?P<name>.+?)(?: \d+m?s)?$", ("× ", "✗ "), rank=2),
        rule(r"\s*Tests\s+(?P<counts>\d+ \w+(?: \| \d+ \w+)*) \((?P<total>\d+)\)$", "Tests", proves=True),
        rule(r"\s*Tests\s+no tests", "Tests", proves=True),
        rule(r"\s*Duration\s+(?P<duration>[\d.]+m?s)\b", "Duration", ends=True, needs_begin=True),
    ),
    (
        Example(
            " RUN  v2.1.9 /app\n"
            "   × adder > adds 4ms\n"
            " FAIL  a.test.ts > adder > adds\n"
            " Test Files  1 failed (1)\n"
            "      Tests  1 failed | 2 passed | 1 skipped (4)\n"
            "   Duration  853ms (transform 47ms, setup 0ms)",
            failed=("a.test.ts > adder > adds",),
            failures=1,
            total=4,
            skipped=1,
            duration=0.853,
        ),
    ),
)

MOCHA: Final = Framework(
    "mocha",
    "https://mochajs.org/#spec",
    (
        rule(r"\s+(?P<passed>\d+) passing\b(?: \((?P<duration>[^)]+)\))?$", "0 passing", begins=True, proves=True),
        rule(r"\s+(?P<skipped>\d+) pending$", "0 pending", needs_begin=True),
        rule(r"\s+(?P<failed>\d+) failing$", "0 failing", needs_begin=True, opens="failing"),
        rule(
            r"\s+\d+\) (?P<name>.+?)(?P<last>:)?$",
            "0) ",
            inside="failing",
            then=r" +(?P<name>\S.*?)(?P<last>:)?$",
            reach=12,
        ),
    ),
    (
        Example(
            "  2 passing (8ms)\n"
            "  1 pending\n"
            "  2 failing\n"
            "\n"
            "  1) adder\n"
            "       when cold\n"
            "         adds:\n"
            "     TypeError: bad\n"
            "\n"
            '  2) adder "after all" hook:\n'
            "     Error: hook\n",
            failed=("adder when cold adds", 'adder "after all" hook'),
            failures=2,
            total=4,
            skipped=1,
            duration=0.008,
        ),
    ),
    not_tests=re.compile(r'"(?:before|after) (?:all|each)" hook'),
)

NODE_TEST: Final = Framework(
    "node:test",
    "https://nodejs.org/api/test.html#test-reporters",
    (
        rule(r"ℹ tests (?P<total>\d+)$", "ℹ te", begins=True, proves=True),
        rule(r"ℹ fail (?P<failed>\d+)$", "ℹ fa"),
        rule(r"ℹ skipped (?P<skipped>\d+)$", "ℹ sk"),
        rule(r"ℹ duration_ms (?P<milliseconds>[\d.]+)$", "ℹ du"),
        rule(r"✖ failing tests:$", "✖ fa", opens="failing"),
        rule(
            r"test at (?P<suite>.+):\d+:\d+$",
            "test at ",
            inside="failing",
            then=r"✖ (?P<name>(?P<last>.+?))(?: \([\d.]+ms\))?$",
            needs_then=True,
        ),
    ),
    (
        Example(
            "▶ adder\n"
            "  ✖ adds (1.09ms)\n"
            "✖ adder (4.17ms)\n"
            "ℹ tests 3\n"
            "ℹ suites 1\n"
            "ℹ pass 1\n"
            "ℹ fail 1\n"
            "ℹ skipped 1\n"
            "ℹ duration_ms 364.39\n"
            "\n"
            "✖ failing tests:\n"
            "\n"
            "test at a.test.js:3:3\n"
            "✖ adds (1.09ms)\n"
            "  TypeError: bad",
            failed=("a.test.js::adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.36439,
        ),
    ),
)

FRAMEWORKS_JAVASCRIPT: Final = (
    JEST,
    VITEST,
    MOCHA,
    NODE_TEST,
)
