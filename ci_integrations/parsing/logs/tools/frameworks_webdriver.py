"""WebdriverIO and Web Test Runner."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

_WORKER: Final = r"\[[^\]]* #\d+-\d+\] +"

WEBDRIVERIO: Final = Framework(
    "webdriverio",
    "https://webdriver.io/docs/spec-reporter/",
    (
        rule(rf"{_WORKER}(?P<passed>\d+) passing\b", words="passing", holds=" #", adds=True, opens="counts"),
        rule(rf"{_WORKER}(?P<failed>\d+) failing\b", words="failing", holds=" #", adds=True, opens="counts"),
        rule(rf"{_WORKER}(?P<skipped>\d+) (?:skipped|pending)\b", inside="counts", adds=True),
        rule(rf"{_WORKER}\d+\) (?P<name>\S.*)$", inside="counts"),
        rule(r"-{66}$", "-----", inside="counts", opens=""),
        rule(
            r"Spec Files:\s+\d[^()]*\(\d+% completed\) in (?P<duration>[\d:]+)$",
            "Spec Files:",
            ends=True,
        ),
    ),
    (
        Example(
            "-" * 66 + "\n"
            "[chrome 120.0 linux #0-0] Running: chrome (v120.0) on linux\n"
            "[chrome 120.0 linux #0-0]\n"
            "[chrome 120.0 linux #0-0] adder\n"
            "[chrome 120.0 linux #0-0]    ✖ adds\n"
            "[chrome 120.0 linux #0-0]    - waits\n"
            "[chrome 120.0 linux #0-0]\n"
            "[chrome 120.0 linux #0-0] 1 failing (1.2s)\n"
            "[chrome 120.0 linux #0-0] 1 skipped\n"
            "[chrome 120.0 linux #0-0]\n"
            "[chrome 120.0 linux #0-0] 1) adder adds\n"
            "[chrome 120.0 linux #0-0] Expected: 2\n" + "-" * 66 + "\n"
            "[chrome 120.0 linux #0-1] 2 passing (1.2s)\n"
            "\n"
            "Spec Files:\t 1 passed, 1 failed, 2 total (100% completed) in 00:00:05",
            failed=("adder adds",),
            failures=1,
            total=4,
            skipped=1,
            duration=5.0,
        ),
    ),
)

WEB_TEST_RUNNER: Final = Framework(
    "web test runner",
    "https://modern-web.dev/docs/test-runner/reporters/overview/",
    (
        rule(
            r" (?:❌|𐄂) (?P<name>\S.*?)(?: \(failed on .*\))?$",
            ("❌ ", "𐄂 "),
            then=r" {4,}(?P<last>\S)",
            needs_then=True,
        ),
        # of each browser
        rule(
            r"\S[^|]*: +\|[^|]*\| (\d+)/\1 test files \| (?P<counts>\d+ passed, \d+ failed(?:, \d+ skipped)?)$",
            words="passed,",
            holds=" test files | ",
            adds=True,
        ),
        rule(r"Finished running tests in (?P<duration>[\d.]+s)\b", "Finished running tests in ", ends=True),
    ),
    (
        Example(
            "test/adder.test.js:\n"
            "\n"
            " ❌ adder > adds (failed on Firefox)\n"
            "      AssertionError: expected 1 to equal 2\n"
            "\n"
            "Chrome: |██████████████████████████████| 1/1 test files | 2 passed, 1 failed, 1 skipped\n"
            "\n"
            "Finished running tests in 1.5s with 1 failed tests.",
            failed=("adder > adds",),
            failures=1,
            total=4,
            skipped=1,
            duration=1.5,
        ),
    ),
)

FRAMEWORKS_WEBDRIVER: Final = (
    WEBDRIVERIO,
    WEB_TEST_RUNNER,
)
