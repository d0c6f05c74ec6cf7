"""Karma, Jasmine, Playwright."""

# The tools print these characters.
# ruff: noqa: RUF001

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

KARMA: Final = Framework(
    "karma",
    "https://karma-runner.github.io/latest/config/configuration-file.html#reporters",
    (
        rule(
            r".*?: Executed (?P<ran>\d+) of (?P<total>\d+) (?:\((?P<failed>\d+) FAILED\) ?)?"
            r"(?:\(skipped (?P<skipped>\d+)\) ?)?(?:SUCCESS |DISCONNECTED )?(?:ERROR )?\((?P<duration>[\d.]+ \w+)",
            words="secs)",
            holds=": executed ",
            proves=True,
            begins=False,
        ),
        rule(r"(?:\S++ ){1,3}[\d.]+ \([^)]++\) (?P<name>.+) FAILED$", words="failed ", rank=1),
        # Of all browsers, but without what was skipped.
        rule(r"TOTAL: (?:(?P<failed>\d+) FAILED, )?(?P<passed>\d+) SUCCESS$", "TOTAL: ", ends=True),
    ),
    (
        Example(
            "Chrome 90.0 (Linux x86_64) adder adds FAILED\n"
            "Chrome 90.0 (Linux x86_64): Executed 3 of 3 (1 FAILED) (0.1 secs / 0.05 secs)\n"
            "Firefox 121.0 (Linux x86_64): Executed 3 of 3 SUCCESS (0.2 secs / 0.05 secs)\n"
            "TOTAL: 1 FAILED, 5 SUCCESS\n"
            "Chrome 90.0 (Linux x86_64): Executed 1 of 2 (skipped 1) SUCCESS (0.1 secs / 0.05 secs)\n"
            "TOTAL: 1 SUCCESS",
            failed=("adder adds",),
            failures=1,
            total=8,
            skipped=1,
            duration=0.3,
        ),
        Example(
            "Chrome 90.0 (Linux x86_64) adder when cold adds FAILED\n"
            "Chrome 90.0 (Linux x86_64): Executed 1 of 3 (1 FAILED) (0.01 secs / 0.01 secs)\n"
            "Chrome 90.0 (Linux x86_64): Executed 2 of 3 (1 FAILED) (skipped 1) (0.1 secs / 0.05 secs)",
            failed=("adder when cold adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.1,
        ),
        Example(
            "Chrome Headless 120.0.6099.109 (Linux x86_64) adder adds FAILED\n"
            "Chrome Headless 120.0.6099.109 (Linux x86_64): Executed 3 of 3 (1 FAILED) (0.1 secs / 0.05 secs)",
            failed=("adder adds",),
            failures=1,
            total=3,
            skipped=0,
            duration=0.1,
        ),
    ),
)

KARMA_MOCHA: Final = Framework(
    "karma-mocha-reporter",
    "https://github.com/litixsoft/karma-mocha-reporter",
    (
        rule(r"Finished in (?P<duration>[\d.]+ secs) / ", "Finished in ", begins=True),
        rule(
            r"[✔✓] (?P<passed>\d+) tests? completed$", ("✔ ", "✓ "), holds=" completed", proves=True, needs_begin=True
        ),
        rule(r"[ℹi] (?P<skipped>\d+) tests? skipped$", ("ℹ ", "i "), holds=" skipped", needs_begin=True),
        rule(r"[✖x] (?P<failed>\d+) tests? failed$", ("✖ ", "x "), holds=" failed", proves=True, needs_begin=True),
        rule(r"FAILED TESTS:$", "FAILED TESTS:", opens="failed", needs_begin=True),
        rule(r"\s*[✖x] (?P<name>.+)$", ("✖ ", "x "), inside="failed"),
    ),
    (
        Example(
            "Finished in 1.5 secs / 0.5 secs @ 10:39:36 GMT+0000\n"
            "\n"
            "SUMMARY:\n"
            "✔ 2 tests completed\n"
            "ℹ 1 test skipped\n"
            "✖ 1 test failed\n"
            "\n"
            "FAILED TESTS:\n"
            "  adder\n"
            "    ✖ adds\n"
            "      Firefox 72.0 (Linux)\n",
            failed=("adds",),
            failures=1,
            total=4,
            skipped=1,
            duration=1.5,
        ),
    ),
)

JASMINE: Final = Framework(
    "jasmine",
    "https://jasmine.github.io/setup/nodejs.html",
    (
        rule(r"(?:Randomized with seed \d+|Started)$", ("Rand", "Started"), begins=True),
        rule(r"Failures:$", "Failures:", begins=True, opens="failures"),
        rule(r"Pending:$", "Pending:", opens=""),
        rule(
            r"\d+\) (?P<name>\S.*)$",
            "0) ",
            inside="failures",
            then=r"  (?P<last>Message:)$",
            needs_then=True,
        ),
        rule(
            r"(?P<total>\d+) specs?, (?P<counts>\d+ failures?(?:, \d+ pending specs?)?)",
            "0 spec",
            proves=True,
            opens="done",
        ),
        rule(r"Finished in (?P<duration>[\d.]+ seconds?)$", "Finished in ", ends=True, inside="done"),
    ),
    (
        Example(
            "Started\n"
            "F..\n"
            "Failures:\n"
            "1) adder adds\n"
            "  Message:\n"
            "    Expected 1 to be 2.\n"
            "\n"
            "3 specs, 1 failure, 1 pending spec\n"
            "Finished in 0.012 seconds",
            failed=("adder adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.012,
        ),
    ),
)

PLAYWRIGHT: Final = Framework(
    "playwright",
    "https://playwright.dev/docs/test-reporters",
    (
        rule(r"Running (?P<total>\d+) tests? using \d+ workers?", "Running ", begins=True),
        rule(r"  (?P<failed>\d+) failed$", "0 failed", needs_begin=True, opens="failed", proves=True),
        rule(
            r"  \d+ (?:flaky|skipped|did not run|interrupted)$",
            ("0 flaky", "0 skipped", "0 did not run", "0 interrupted"),
            opens="",
        ),
        rule(r"  (?P<skipped>\d+) skipped$", "0 skipped", needs_begin=True),
        rule(r"    (?P<name>(?:\[[^\]]+\] › )?\S+:\d+:\d+ › .*?[^ ─])[ ─]*+$", words="›", inside="failed"),
        rule(r"  (?P<passed>\d+) passed \((?P<duration>[^)]+)\)$", "0 passed (", needs_begin=True, ends=True),
    ),
    (
        Example(
            "Running 3 tests using 2 workers\n"
            "  1 failed\n"
            "    [chromium] › tests/a.spec.ts:3:5 › adder › adds ───────\n"
            "  1 skipped\n"
            "  1 passed (3.2s)",
            failed=("[chromium] › tests/a.spec.ts:3:5 › adder › adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=3.2,
        ),
    ),
)

FRAMEWORKS_BROWSER: Final = (
    KARMA,
    KARMA_MOCHA,
    JASMINE,
    PLAYWRIGHT,
)
