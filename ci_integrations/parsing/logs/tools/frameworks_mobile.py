"""Swift (XCTest, also by xcpretty and xcbeautify; Swift Testing) and Dart."""

from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

XCTEST: Final = Framework(
    "xctest",
    "https://developer.apple.com/documentation/xctest",
    (
        rule(r"Test Suite '(?:All|Selected) tests' started", "Test Suite '", begins=True),
        rule(r"Test Case '(?:-\[)?(?P<name>[^'\]]+)\]?' failed \(", "Test Case '"),
        # of tests in parallel xcodebuild sums nothing up
        rule(r"Test case '(?P<name>[^']+)' failed on '", "Test case '", begins=True),
        rule(
            r"\s*Executed (?P<total>\d+) tests?, with (?:(?P<skipped>\d+) tests? skipped and )?(?P<failed>\d+) "
            r"failures?"
            r" \(\d+ unexpected\) in (?P<duration>[\d.]+) ",
            words=("test,", "tests,"),
            holds=("executed 1 test, with ", " tests, with "),
            proves=True,
        ),
        # https://github.com/xcpretty/xcpretty and https://github.com/cpisciotta/xcbeautify
        rule(
            r"\s+[✗✖x] (?P<name>\w+(?:\(\))?)(?:, (?P<message>.*)| on '[^']+' \([\d.]+ seconds\))$",
            ("✗ ", "✖ ", "x "),
            rank=2,
        ),
        rule(
            r"Tests (?:Passed|Failed): (?P<counts>\d+ failed, \d+ skipped, \d+ total) "
            r"\((?P<duration>[\d.]+ seconds)\)$",
            ("Tests Passed: ", "Tests Failed: "),
            proves=True,
        ),
    ),
    (
        Example(
            "Test Case '-[AcmeTests.AdderTests testAdds]' failed (0.001 seconds).\n"
            "\t Executed 2 tests, with 1 failure (0 unexpected) in 0.2 (0.2) seconds\n"
            "Test Suite 'All tests' failed at 2024-05-01 12:00:00.000.\n"
            "\t Executed 3 tests, with 1 test skipped and 1 failure (0 unexpected) in 0.25 (0.26) seconds",
            failed=("AcmeTests.AdderTests testAdds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.25,
        ),
        Example(
            "Test case 'AdderTests.testAdds()' failed on 'iPhone 14' (0.012 seconds)\n"
            "Test case 'AdderTests.testKeeps()' passed on 'iPhone 14' (0.012 seconds)",
            failed=("AdderTests.testAdds()",),
            failures=1,
        ),
        Example(
            "AdderTests\n"
            "    ✗ testAdds, XCTAssertEqual failed: (1) is not equal to (2)\n"
            "    ✓ testKeeps (0.001 seconds)\n"
            "\n"
            "\n"
            "AcmeTests.AdderTests\n"
            "  testAdds, XCTAssertEqual failed: (1) is not equal to (2)\n"
            "  /app/AdderTests.swift:12\n"
            "\n"
            "\n"
            "Executed 2 tests, with 1 failure (0 unexpected) in 0.250 (0.260) seconds",
            failed=("testAdds",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.25,
        ),
        Example(
            "    ✖ testAdds on 'iPhone 14' (0.012 seconds)\nTests Failed: 1 failed, 1 skipped, 3 total (0.250 seconds)",
            failed=("testAdds",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.25,
        ),
    ),
)

SWIFT_TESTING: Final = Framework(
    "swift testing",
    "https://developer.apple.com/documentation/testing",
    (
        rule(
            r"[✘􀢄] +Test (?!run |case )(?P<name>.+?)(?: with \d+ test cases?)? failed after [\d.]+ seconds",
            ("✘ ", "􀢄 "),
        ),
        rule(r"[➜􀙟] +Test .* skipped", ("➜ ", "􀙟 "), verdict="skipped"),
        rule(
            r"\S +Test run with (?P<total>\d+) tests?.*? (?:failed|passed) after (?P<duration>[\d.]+ seconds)",
            holds=" test run with ",
            starts=("✘ ", "✔ ", "􀢄 ", "􁁛 "),
            ends=True,
        ),
    ),
    (
        Example(
            "✘ Test adds() with 2 test cases failed after 0.001 seconds with 1 issue.\n"
            "➜ Test waits() skipped.\n"
            "✘ Test run with 3 tests failed after 0.25 seconds with 1 issue.",
            failed=("adds()",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.25,
        ),
    ),
    counts_lines=True,
)

DART: Final = Framework(
    "dart test",
    "https://dart.dev/tools/dart-test",
    (
        rule(
            r"(?P<duration>\d+:\d+) \+(?P<passed>\d+)(?: ~(?P<skipped>\d+))?(?: -(?P<failed>\d+))?: "
            r"(?:(?P<name>.+) \[E\]|.*)$",
            "0:",
            holds=" +",
        ),
        rule(
            r"\d+:\d+ \+\d+(?: ~\d+)?(?: -\d+)?: (?:Some tests failed\.|All tests passed!)$",
            "0:",
            holds=" tests ",
            ends=True,
        ),
        # --reporter=github
        rule(r"❌ (?P<name>.+?) \(failed(?:, retried)?\)$", "❌ "),
        rule(
            r"(?:::error::|🎉 )?(?P<counts>\d+ tests? passed(?:, \d+ failed)?(?:, \d+ skipped)?)\.$",
            ("0 test passed", "0 tests passed", "::error::", "🎉 "),
            ends=True,
        ),
    ),
    (
        Example(
            "00:00 +0: test/a_test.dart: keeps\n"
            "00:01 +1 -1: test/a_test.dart: adds [E]\n"
            "  Expected: <1>\n"
            "00:02 +1 ~1 -1: Some tests failed.",
            failed=("test/a_test.dart: adds",),
            failures=1,
            total=3,
            skipped=1,
            duration=2.0,
        ),
        Example(
            "✅ test/a_test.dart: keeps\n"
            "❌ test/a_test.dart: adds (failed)\n"
            "  Expected: <1>\n"
            "::error::1 test passed, 1 failed, 1 skipped.",
            failed=("test/a_test.dart: adds",),
            failures=1,
            total=3,
            skipped=1,
        ),
    ),
)

FRAMEWORKS_MOBILE: Final = (
    XCTEST,
    SWIFT_TESTING,
    DART,
)
