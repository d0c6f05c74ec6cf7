"""AVA, node-tap, hapi's lab and uvu."""

# The tools print these characters.
# ruff: noqa: RUF001

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

AVA: Final = Framework(
    "ava",
    "https://github.com/avajs/ava/blob/main/docs/05-command-line.md",
    (
        rule(
            r"\s+✘ \[fail\]: (?P<name>\S.*?)(?: \([\d.]+m?s\))?"
            r"(?: (?:Error thrown in test|Rejected promise returned by test))?$",
            "✘ [fail]: ",
            begins=True,
        ),
        # Of a run that failed it does not say how many passed.
        rule(r"  \d+ tests? failed$", ("0 test failed", "0 tests failed"), needs_begin=True, proves=True),
        rule(r"  (?P<passed>\d+) tests? passed$", ("0 test passed", "0 tests passed"), begins=True, proves=True),
        rule(r"  (?P<skipped>\d+) tests? skipped$", ("0 test skipped", "0 tests skipped")),
    ),
    (
        Example(
            "  - [skip] waits\n"
            "  ✘ [fail]: adder › adds\n"
            "  ✘ [fail]: adder › breaks Error thrown in test\n"
            "  ✔ adder › keeps (105ms)\n"
            "  ─\n"
            "\n"
            "  adder › adds\n"
            "\n"
            "  2 tests failed\n"
            "  1 test skipped",
            failed=("adder › adds", "adder › breaks"),
            failures=2,
            skipped=1,
        ),
        Example("  ✔ keeps\n  ─\n\n  1 test passed\n  1 test skipped", failures=0, total=2, skipped=1),
    ),
    counts_lines=True,
)

NODE_TAP: Final = Framework(
    "node-tap",
    "https://node-tap.org/reporter/",
    (
        rule(r" FAIL  \S.* \d+ failed", "FAIL ", holds=" failed ", opens="failed"),
        rule(r" PASS  \S", "PASS ", opens=""),
        rule(r" ✖ (?P<name>\S.*?)(?: \S+:\d+:\d+)?$", "✖ ", inside="failed"),
        rule(
            r"Asserts:  (?P<counts>\d+ pass.*?) of (?P<total>\d+) complete$",
            "Asserts:",
            begins=True,
            proves=True,
            opens="asserts",
        ),
        rule(r"# \{ total: \d+", "# { total:", inside="asserts", opens="done"),
        rule(r"# time=(?P<duration>[\d.]+ms)$", "# time=", inside="done", ends=True),
    ),
    (
        Example(
            " FAIL  test/adder.js 1 failed 1 skip of 3 1.074s\n"
            " ~ adder > waits\n"
            " ✖ adder > adds > one is two test/adder.js:2:48\n"
            "\n"
            "  🌈 TEST COMPLETE 🌈\n"
            "\n"
            " FAIL  test/adder.js 1 failed 1 skip of 3 1.074s\n"
            " ~ adder > waits\n"
            "\n"
            " ✖ adder > adds > one is two\n"
            "    test/adder.js\n"
            "\n"
            "Asserts:  1 pass  1 fail  1 skip  2 of 3 complete\n"
            "Suites:   0 pass  1 fail  0 skip  1 of 1 complete\n"
            "\n"
            "# { total: 3, pass: 1, fail: 1, skip: 1 }\n"
            "# time=1165.5ms",
            failed=("adder > adds > one is two",),
            failures=1,
            total=3,
            skipped=1,
            duration=1.1655,
        ),
    ),
    counts_checks=True,
)

LAB: Final = Framework(
    "lab",
    "https://hapi.dev/module/lab/",
    (
        rule(r"Failed tests:$", "Failed tests:", begins=True, opens="failed"),
        rule(r"  \d+\) (?P<name>\S.*):$", "0) ", inside="failed"),
        rule(r"(?P<failed>\d+) of (?P<total>\d+) tests? failed(?: \(|$)", "0 of ", holds=" failed", opens="done"),
        rule(r"(?P<total>\d+) tests? passed(?: \(|$)", ("0 test passed", "0 tests passed"), opens="done"),
        # Those that were skipped are not in the number before.
        rule(r"\d+ .*\((?P<total>\d+) skipped\)$", ("0 of ", "0 test"), holds=" skipped)", inside="done", adds=True),
        rule(r"\d+ .*\((?P<skipped>\d+) skipped\)$", ("0 of ", "0 test"), holds=" skipped)", inside="done"),
        rule(r"Test duration: (?P<duration>\d+ ms)$", "Test duration: ", inside="done", ends=True),
    ),
    (
        Example(
            "  x.-\n"
            "\n"
            "Failed tests:\n"
            "\n"
            "  1) adder adds:\n"
            "\n"
            "      1 == 2\n"
            "\n"
            "1 of 2 tests failed (1 skipped)\n"
            "Test duration: 12 ms\n"
            "Leaks: No issues",
            failed=("adder adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.012,
        ),
        Example("2 tests passed\nTest duration: 12 ms", failures=0, total=2, skipped=0, duration=0.012),
    ),
)

UVU: Final = Framework(
    "uvu",
    "https://github.com/lukeed/uvu#readme",
    (
        rule(r'\s+FAIL  (?P<suite>[^\s"][^"]*?)  "(?P<name>.+)"$', "FAIL ", holds='  "'),
        rule(r'\s+FAIL  "(?P<name>.+)"$', 'FAIL  "'),
        rule(r"  Total: +(?P<total>\d+)$", "Total: ", opens="total"),
        rule(r"  Passed: +\d+$", "Passed: ", inside="total", opens="passed"),
        # Those that were skipped are not in the total before.
        rule(r"  Skipped: +(?P<total>\d+)$", "Skipped: ", inside="passed", adds=True),
        rule(r"  Skipped: +(?P<skipped>\d+)$", "Skipped: ", inside="passed", opens="skipped"),
        rule(r"  Duration: +(?P<duration>[\d.]++\S++)$", "Duration: ", inside="skipped", ends=True),
    ),
    (
        Example(
            'adder.js\n   adder  ✘ •   (1 / 2)\n\n   FAIL  adder  "adds"\n'
            "    Expected values to be strictly equal:  (is)\n"
            "\n"
            "  Total:     2\n"
            "  Passed:    1\n"
            "  Skipped:   1\n"
            "  Duration:  1.5ms",
            failed=("adder::adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.0015,
        ),
    ),
    counts_lines=True,
)

FRAMEWORKS_NODE: Final = (
    AVA,
    NODE_TAP,
    LAB,
    UVU,
)
