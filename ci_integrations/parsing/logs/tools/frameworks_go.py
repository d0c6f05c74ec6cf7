"""Ginkgo and gocheck (Go), Foundry (Solidity)."""

import re
from typing import Final

from ci_integrations.parsing.logs.tools.testing import Example, Framework, rule

# The node of a spec that failed stands before its text: "adder when cold [It] adds".
_NODE: Final = re.compile(
    r"(?:^|(?<= ))(?:TOP-LEVEL )?\[(?:It|Measure|Measurement|(?:Just)?(?:Before|After)(?:Each|All))\] "
)

GINKGO: Final = Framework(
    "ginkgo",
    "https://onsi.github.io/ginkgo/",
    (
        rule(r"Summarizing \d+ Failures?:$", "Summarizing ", begins=True, opens="failed"),
        rule(
            r"\s*\[(?:FAIL|Fail|PANICKED!?|Panic!|TIMEDOUT|Timeout\.\.\.|INTERRUPTED|ABORTED)\] (?P<name>\S.*)$",
            ("[FAIL]", "[Fail]", "[PANICKED", "[Panic!]", "[TIMEDOUT]", "[Timeout...]", "[INTERRUPTED]", "[ABORTED]"),
            inside="failed",
        ),
        rule(
            r"Ran \d+ of (?P<total>\d+) Specs in (?P<duration>[\d.]+ seconds)$",
            "Ran ",
            holds=" specs in ",
            proves=True,
            opens="",
        ),
        rule(
            r"(?:(?:SUCCESS|FAIL)!(?: - .+?)? -- )?(?P<counts>\d+ Passed \| \d+ Failed \|.*? \d+ Skipped)\b",
            ("SUCCESS! ", "FAIL! ", "0 Passed |"),
            holds=" passed | ",
            ends=True,
        ),
        rule(
            r"\[\d+\] .*? - \d+/(?P<total>\d+) specs .*?SUCCESS! (?P<duration>[\d.]+\S+)",
            words="specs",
            holds=" success! ",
            ends=True,
        ),
    ),
    (
        Example(
            "Summarizing 2 Failures:\n"
            "  [FAIL] Adder when cold [It] adds\n"
            "  /app/adder_test.go:12\n"
            "  [PANICKED!] Adder when warm [BeforeEach] keeps\n"
            "  /app/adder_test.go:20\n"
            "\n"
            "Ran 3 of 5 Specs in 0.250 seconds\n"
            "FAIL! -- 1 Passed | 2 Failed | 1 Pending | 1 Skipped",
            failed=("Adder when cold adds", "Adder when warm keeps"),
            failures=2,
            total=5,
            skipped=2,
            duration=0.25,
        ),
        Example(
            "Summarizing 1 Failure:\n"
            "\n"
            "[Fail] Adder [It] adds \n"
            "/app/adder_test.go:12\n"
            "\n"
            "Ran 2 of 2 Specs in 0.250 seconds\n"
            "FAIL! -- 1 Passed | 1 Failed | 0 Flaked | 0 Pending | 0 Skipped --- FAIL: TestAdder (0.25s)\n"
            "FAIL",
            failed=("Adder adds",),
            failures=1,
            total=2,
            skipped=0,
            duration=0.25,
        ),
        Example(
            "Summarizing 1 Failure:\n"
            "  [FAIL] [It] adds [slow]\n"
            "  /app/adder_test.go:12\n"
            "\n"
            "Ran 1 of 1 Specs in 0.250 seconds\n"
            "FAIL! - Interrupted by User -- 0 Passed | 1 Failed | 0 Pending | 0 Skipped\n"
            "[1630] Keeper Suite - 3/3 specs ••• SUCCESS! 250ms PASS",
            failed=("adds [slow]",),
            failures=1,
            total=4,
            skipped=0,
            duration=0.5,
        ),
    ),
    shape=lambda suite, name: _NODE.sub("", name),
)

FORGE: Final = Framework(
    "forge",
    "https://getfoundry.sh/forge/tests/overview",
    (
        rule(
            r"(?:Ran|Running) \d+ tests? for (?P<scope>\S+)$",
            ("Ran ", "Running "),
            holds=(" test for ", " tests for "),
            opens="suite",
        ),
        rule(
            r"\[FAIL(?:[.:] ?(?P<message>.*))?\] (?P<name>\w+\([^()]*\)) \((?:gas|runs): ",
            "[FAIL",
            inside="suite",
        ),
        rule(
            r"(?:Suite|Test) result: \w+\. (?P<counts>\d+ passed; \d+ failed; \d+ skipped); "
            r"finished in (?P<duration>[\d.]+\S+)",
            ("Suite result: ", "Test result: "),
            adds=True,
            proves=True,
        ),
        rule(r"Failing tests:$", "Failing tests:", opens=""),
        rule(
            r"Ran \d+ test suites? in (?P<duration>\d\S*+) .*?: (?P<counts>\d+ tests? passed, .*)$",
            "Ran ",
            holds=" test suite",
            ends=True,
        ),
    ),
    (
        Example(
            "Ran 3 tests for test/Adder.t.sol:AdderTest\n"
            "[FAIL: assertion failed: 1 != 2] test_Adds() (gas: 12345)\n"
            "[PASS] test_Keeps() (gas: 12345)\n"
            "[SKIP] test_Waits() (gas: 0)\n"
            "Suite result: FAILED. 1 passed; 1 failed; 1 skipped; finished in 5.11ms (1.12ms CPU time)\n"
            "\n"
            "Ran 1 test suite in 6.50ms (5.11ms CPU time): 1 tests passed, 1 failed, 1 skipped (3 total tests)\n"
            "\n"
            "Failing tests:\n"
            "Encountered 1 failing test in test/Adder.t.sol:AdderTest\n"
            "[FAIL: assertion failed: 1 != 2] test_Adds() (gas: 12345)",
            failed=("test/Adder.t.sol:AdderTest::test_Adds()",),
            failures=1,
            total=3,
            skipped=1,
            duration=0.0065,
        ),
        Example(
            "Running 2 tests for test/Adder.t.sol:AdderTest\n"
            "[FAIL. Reason: Assertion failed.] testFuzz(uint256) (runs: 3, μ: 123, ~: 123)\n"
            "Test result: FAILED. 1 passed; 1 failed; 0 skipped; finished in 1.50s\n"
            "Running 1 test for test/Keeper.t.sol:KeeperTest\n"
            "[PASS] testKeeps() (gas: 123)\n"
            "Test result: ok. 1 passed; 0 failed; 0 skipped; finished in 0.50s",
            failed=("test/Adder.t.sol:AdderTest::testFuzz(uint256)",),
            failures=1,
            total=3,
            skipped=0,
            duration=2.0,
        ),
    ),
)

GOCHECK: Final = Framework(
    "gocheck",
    "https://labix.org/gocheck",
    (
        rule(r"(?:FAIL|PANIC): \S+?\.go:\d+: (?P<name>\S+)$", ("FAIL: ", "PANIC: "), holds=".go:"),
        rule(
            r"(?:OK|OOPS): (?P<passed>\d+) passed(?:, (?P<skipped>\d+) skipped)?(?:, \d+ expected failures?)?"
            r"(?:, (?P<failed>\d+) FAILED)?(?:, (?P<errors>\d+) PANICKED)?(?:, \d+ FIXTURE-PANICKED)?"
            r"(?:, \d+ MISSED)?$",
            ("OK: ", "OOPS: "),
            holds=" passed",
            ends=True,
        ),
    ),
    (
        Example(
            "----------------------------------------------------------------------\n"
            "FAIL: adder_test.go:12: AdderSuite.TestAdds\n"
            "\n"
            "adder_test.go:13:\n"
            "    c.Assert(1, Equals, 2)\n"
            "OOPS: 1 passed, 1 skipped, 1 FAILED",
            failed=("AdderSuite.TestAdds",),
            failures=1,
            total=3,
            skipped=1,
        ),
    ),
)

FRAMEWORKS_GO: Final = (
    GINKGO,
    GOCHECK,
    FORGE,
)
