"""Runs of test frameworks in one log: which there are, and which repeat others."""

# ruff: noqa: RUF001

import pytest

from tests.ci_integrations.parsing.logs.test_results import names, results_of

UNITTEST = (
    "=" * 70
    + "\nFAIL: test_a (tests.test_a.AppTest.test_a)\n"
    + "-" * 70
    + "\nAssertionError: 1 != 2\n\n"
    + "-" * 70
    + "\n"
    "Ran 2 tests in 0.010s\n\nFAILED (failures=1)"
)
TRIAL = "-" * 79 + "\nRan 3 tests in 0.100s\n\nPASSED (successes=3)"


@pytest.mark.parametrize(
    ("log", "total"),
    [
        ("-" * 79 + "\nwarns\n" + UNITTEST, 2),
        (UNITTEST + "\n" + "-" * 79 + "\nFAILED", 2),
        (UNITTEST + "\n" + TRIAL, 5),
        (TRIAL + "\n" + UNITTEST, 5),
    ],
    ids=["after a line", "before a line", "before trial", "after trial"],
)
def test_runs_that_another_framework_does_not_repeat_are_told(log: str, total: int) -> None:
    found = results_of(log)

    assert names(found) == ("tests.test_a.AppTest::test_a",)
    assert (found.tally.total, found.tally.failed) == (total, 1)


NEXTEST = (
    "    Starting 3 tests across 1 binary\n"
    "        FAIL [   0.005s] adder tests::adds\n"
    "running 1 test\ntest tests::adds ... FAILED\n\nfailures:\n    tests::adds\n\n"
    "test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 2 filtered out; finished in 0.00s\n"
    "     Summary [   0.250s] 3 tests run: 2 passed, 1 failed, 0 skipped\n"
    "        FAIL [   0.005s] adder tests::adds\n"
)
DOC_TESTS = (
    "   Doc-tests adder\nrunning 2 tests\ntest src/lib.rs - add (line 3) ... FAILED\n\n"
    "failures:\n    src/lib.rs - add (line 3)\n\n"
    "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.10s"
)


def test_what_nextest_does_not_run_is_told_beside_it() -> None:
    found = results_of(NEXTEST + DOC_TESTS)

    assert names(found) == ("src/lib.rs - add (line 3)", "adder::tests::adds")
    assert (found.tally.total, found.tally.failed) == (5, 2)


@pytest.mark.parametrize(
    ("log", "failed", "total", "failures"),
    [
        (
            (
                "### Failure in: 0:adds\nexpected: 2\nCases: 3  Tried: 3  Errors: 0  Failures: 1\n"
                "Cases: 5  Tried: 1  Errors: 0  Failures: 0\nCases: 5  Tried: 5  Errors: 0  Failures: 0"
            ),
            ("0:adds",),
            8,
            1,
        ),
        (
            (
                f"{'=' * 78}\nError: adder:1:adds.\n\nRan: 3 tests in: 0.11 seconds.\n"
                "FAILED: Cases: 3 Tried: 3 Errors: 0 Failures: 1 Skip:  0 Todo:  0 Timeouts:  0.\n"
                "Ran: 5 tests in: 0.10 seconds.\n"
                "Cases: 5 Tried: 5 Errors: 0 Failures: 0 Skip:  0 Todo:  0 Timeouts:  0."
            ),
            ("adder:1:adds",),
            8,
            1,
        ),
        (
            (
                "── Failure ('test-adder.R:3:3'): adds ──────────\n[ FAIL 1 | WARN 0 | SKIP 0 | PASS 12 ]\n"
                "Error: Test failures\n* checking b\n[ FAIL 0 | WARN 0 | SKIP 0 | PASS 4 ]"
            ),
            ("test-adder.R::adds",),
            17,
            1,
        ),
        (
            (
                "[ FAIL 1 | WARN 0 | SKIP 0 | PASS 12 ]\n\n══ Failed tests ═════════\n"
                "── Failure ('test-adder.R:3:3'): adds ──────────\n\n[ FAIL 1 | WARN 0 | SKIP 0 | PASS 12 ]\n"
                "Error: Test failures\n[ FAIL 0 | WARN 0 | SKIP 1 | PASS 4 ]\n\n"
                "══ Skipped tests (1) ═════════\n• On CRAN (1): 'test-a.R:3:3'\n\n[ FAIL 0 | WARN 0 | SKIP 1 | PASS 4 ]"
            ),
            ("test-adder.R::adds",),
            18,
            1,
        ),
        (
            (
                "══ Results ═════════\nDuration: 1.2 s\n\n[ FAIL 0 | WARN 0 | SKIP 0 | PASS 3 ]\n"
                "Failure (test-adder.R:3:3): adds\n"
                "══ Results ═════════\nDuration: 1.2 s\n\n[ FAIL 1 | WARN 0 | SKIP 0 | PASS 3 ]"
            ),
            ("test-adder.R::adds",),
            7,
            1,
        ),
        (
            (
                "[ OK: 87 | SKIPPED: 1 | WARNINGS: 3 | FAILED: 1 ]\n  1. Failure: adds (@test-adder.R#3) \n"
                "[ OK: 3 | SKIPPED: 0 | WARNINGS: 0 | FAILED: 0 ]"
            ),
            ("test-adder.R::adds",),
            92,
            1,
        ),
        (
            (
                "test/adder.test.js:\n\n ❌ adder > adds (failed on Chrome)\n"
                "      AssertionError: expected 1 to equal 2\n\n"
                "Chrome:  |███| 1/2 test files | 2 passed, 0 failed\n"
                "Chrome:  |███| 2/2 test files | 4 passed, 1 failed\n"
                "Firefox: |███| 2/2 test files | 5 passed, 0 failed\n"
                "Finished running tests in 1.5s with 1 failed tests."
            ),
            ("adder > adds",),
            10,
            1,
        ),
        ("  ✔ keeps\n  ─\n\n  1 test passed\n> b@1 test\n  ✔ x\n  ─\n\n  4 tests passed", (), 5, 0),
        (
            "  ✘ [fail]: adder › adds\n  ─\n\n  1 test failed\n  ✔ x\n  ─\n\n  4 tests passed",
            ("adder › adds",),
            5,
            1,
        ),
        (
            "2 scenarios (2 passed)\n4 steps (4 passed)\n0m0.5s\n3 scenarios (3 passed)\n4 steps (4 passed)\n0m0.5s",
            (),
            5,
            0,
        ),
        (
            (
                "Failing Scenarios:\ncucumber features/a.feature:3 # Scenario: adds\n\n"
                "2 scenarios (1 failed, 1 passed)\n"
                "3 scenarios (3 passed)"
            ),
            ("adds",),
            5,
            1,
        ),
        (
            (
                "  TEST FAILURE (459ms):  \n   - 1 tests failed; \n   - 2/3 tests passed\n   ✖ 1) adder\n"
                "   – adds (54ms)\n"
                "  TEST FAILURE (400ms):  \n   - 1 tests failed; \n   - 1/2 tests passed\n   ✖ 1) other\n"
                "   – keeps (5ms)"
            ),
            ("adder::adds", "other::keeps"),
            5,
            2,
        ),
        (
            "Asserts:  1 pass  1 fail  2 of 2 complete\nAsserts:  3 pass  0 fail  3 of 3 complete",
            (),
            5,
            1,
        ),
        (
            (
                "Run: 3   Failure total: 0   Failures: 0   Errors: 0\nadder.cpp:7:Assertion\n"
                "Test name: AdderTest::adds\n"
                "Failures !!!\nRun: 3   Failure total: 1   Failures: 1   Errors: 0"
            ),
            ("AdderTest::adds",),
            6,
            1,
        ),
        (
            "PASS: 3/3\ndata.adder.test_adds: FAIL (250µs)\n----\nFAIL: 2/2",
            ("data.adder.test_adds",),
            5,
            2,
        ),
        (
            (
                "Test Suite 'All tests' started at 2024-05-01 12:00:00.000.\n"
                "Test Case '-[AcmeTests.AdderTests testAdds]' failed (0.001 seconds).\n"
                "Test Suite 'All tests' failed at 2024-05-01 12:00:00.000.\n"
                "\t Executed 3 tests, with 1 failure (0 unexpected) in 0.25 (0.26) seconds\n"
                "Test Suite 'All tests' started at 2024-05-01 12:00:00.000.\n"
                "Test Suite 'OtherTests.xctest' started at 2024-05-01 12:00:00.000.\n"
                "\t Executed 2 tests, with 0 failures (0 unexpected) in 0.25 (0.26) seconds\n"
                "Test Suite 'MoreTests.xctest' started at 2024-05-01 12:00:00.000.\n"
                "\t Executed 2 tests, with 0 failures (0 unexpected) in 0.25 (0.26) seconds\n"
                "Test Suite 'All tests' passed at 2024-05-01 12:00:00.000.\n"
                "\t Executed 4 tests, with 0 failures (0 unexpected) in 0.25 (0.26) seconds"
            ),
            ("AcmeTests.AdderTests testAdds",),
            7,
            1,
        ),
    ],
    ids=[
        *("HUnit", "OUnit", "testthat", "testthat twice each", "testthat results", "testthat 2", "browsers", "AVA"),
        *("AVA failed", "cucumber", "cucumber failed", "nightwatch", "node-tap", "CppUnit", "OPA", "XCTest"),
    ],
)
def test_each_run_of_a_framework_counts(log: str, failed: tuple[str, ...], total: int, failures: int) -> None:
    found = results_of(log)

    assert names(found) == failed
    assert (found.tally.total, found.tally.failed) == (total, failures)


PYTEST = (
    "===== test session starts =====\n===== short test summary info =====\n"
    "FAILED test/test_a.py::test_b - assert\n===== 1 failed, 2 passed in 0.1s =====\n"
)
GOOGLETEST = (
    "[==========] Running 2 tests from 1 test suite.\n[ RUN      ] A.b\n[  FAILED  ] A.b (0 ms)\n"
    "[==========] 2 tests from 1 test suite ran. (0 ms total)\n[  PASSED  ] 1 test.\n"
    "[  FAILED  ] 1 test, listed below:\n[  FAILED  ] A.b\n\n 1 FAILED TEST\n"
)
COLCON = (
    "build/adder/pytest.xml: 3 tests, 0 errors, 1 failure, 0 skipped\n- adder.test_a test_b\n"
    "  <<< failure message\n    1 != 2\n  >>>\n\n"
)
COLCON_SUMMARY = "Summary: 3 tests, 0 errors, 1 failure, 0 skipped\n"
BAZEL = (
    "==================== Test output for //app:adds:\n"
    f"{GOOGLETEST}"
    "================================================================================\n"
    "//app:adds               FAILED in 0.3s\nExecuted 1 out of 1 test: 1 fails locally.\n"
)
GINKGO = (
    "=== RUN   TestAdder\nSummarizing 1 Failure:\n  [FAIL] Adder [It] adds\n  /app/adder_test.go:12\n\n"
    "Ran 3 of 3 Specs in 0.250 seconds\nFAIL! -- 2 Passed | 1 Failed | 0 Pending | 0 Skipped\n"
)
GOCHECK = "FAIL: adder_test.go:12: AdderSuite.TestAdds\n\nOOPS: 1 passed, 1 FAILED\n--- FAIL: Test (0.00s)\n"
PLAIN = "--- FAIL: TestPlain (0.00s)\n--- PASS: TestOther (0.00s)\n"
PACKAGE = "FAIL\nFAIL\texample.com/adder\t0.30s\n"
BATS = " ✓ adds\n ✗ x\n   (in test file a.bats, line 3)\n2 tests, 1 failure"


@pytest.mark.parametrize(
    ("log", "failed", "total", "duration"),
    [
        (f"Starting >>> adder\n{PYTEST}{COLCON}{COLCON_SUMMARY}", ("adder.test_a test_b",), 3, None),
        (PYTEST + COLCON + COLCON_SUMMARY, ("adder.test_a test_b",), 3, None),
        (GOOGLETEST + COLCON + COLCON_SUMMARY, ("adder.test_a test_b",), 3, None),
        (f"Starting >>> adder\n{PYTEST}{COLCON_SUMMARY}", ("test/test_a.py::test_b",), 3, None),
        (
            f"{PYTEST}Starting >>> adder\n{COLCON}{COLCON_SUMMARY}",
            ("test/test_a.py::test_b", "adder.test_a test_b"),
            6,
            0.1,
        ),
        (BAZEL, ("//app:adds",), 1, None),
        (PYTEST + BAZEL, ("test/test_a.py::test_b", "//app:adds"), 4, 0.1),
        (f"{GINKGO}--- FAIL: TestAdder (0.25s)\n{PACKAGE}", ("Adder adds",), 3, 0.25),
        (
            f"{GINKGO}--- FAIL: TestAdder (0.25s)\n{PLAIN}{PACKAGE}ok  \texample.com/other\t0.50s",
            ("Adder adds", "example.com/adder::TestPlain"),
            5,
            0.75,
        ),
        (
            f"{GINKGO.strip()} --- FAIL: TestAdder (0.25s)\n{PLAIN}{PACKAGE}",
            ("Adder adds", "example.com/adder::TestPlain"),
            5,
            0.25,
        ),
        (
            (
                "Ran 3 of 3 Specs in 0.250 seconds\nSUCCESS! -- 3 Passed | 0 Failed | 0 Pending | 0 Skipped\n"
                "--- PASS: TestAdder (0.25s)\nPASS\nok  \texample.com/adder\t0.30s"
            ),
            (),
            3,
            0.25,
        ),
        ("[1630] Keeper Suite - 3/3 specs ••• SUCCESS! 250ms PASS\nok  \texample.com/k\t0.3s", (), 3, 0.25),
        (GOCHECK + PACKAGE, ("AdderSuite.TestAdds",), 2, 0.3),
        (GOCHECK + PLAIN + PACKAGE, ("example.com/adder::TestPlain", "AdderSuite.TestAdds"), 4, 0.3),
        (
            f"Finished in 0.25 seconds (files took 0.1 seconds to load)\n3 examples, 0 failures\n{BATS}",
            ("a.bats::x",),
            5,
            0.25,
        ),
        (f"3 specs, 0 failures\nFinished in 0.1 seconds\n\n{BATS}", ("a.bats::x",), 5, 0.1),
    ],
    ids=[
        *("colcon", "colcon cut off", "colcon and GoogleTest", "colcon without names", "before colcon"),
        *(
            "Bazel",
            "before Bazel",
            "Ginkgo",
            "Ginkgo and Go",
            "Ginkgo 1",
            "Ginkgo passed",
            "Ginkgo in short",
            "gocheck",
            "gocheck and Go",
        ),
        *("RSpec and Bats", "Jasmine and Bats"),
    ],
)
def test_each_test_counts_once(log: str, failed: tuple[str, ...], total: int, duration: float | None) -> None:
    found = results_of(log)

    assert sorted(names(found)) == sorted(failed)
    assert (found.tally.total, found.tally.failed, found.duration_s) == (total, len(failed), duration)


DEJAGNU = (
    "\t\t=== libffi tests ===\n\nRunning /app/libffi.call/call.exp ...\nFAIL: libffi.call/a.c\n\n"
    "\t\t=== libffi Summary ===\n\n# of expected passes\t\t10\n# of unexpected failures\t1\n"
)
AUTOMAKE = (
    "FAIL: t/adds.sh\nTestsuite summary for acme 1.0\n# TOTAL: 2\n# PASS:  1\n# SKIP:  0\n# XFAIL: 0\n# FAIL:  1\n"
    "# XPASS: 0\n# ERROR: 0"
)


@pytest.mark.parametrize(
    ("log", "failed", "total"),
    [
        ("=== e2e tests ===\nFAIL: x did not start, retrying\nok x", (), None),
        (f"=== unit tests ===\n{AUTOMAKE}", ("t/adds.sh",), 2),
        (f"{DEJAGNU}FAIL: check-DEJAGNU", ("libffi.call/a.c",), 11),
        ("❌ no .env found, using defaults\nFinished running tests in 1.5s, all tests passed!", (), None),
        (" ❌ no .env found, using defaults\nFinished running tests in 1.5s, all tests passed!", (), None),
        ("  Skipped: 5\n  Unsupported: 3\n-- Testing: 2 tests, 8 threads --\nTesting Time: 0.50s", (), 2),
        (
            (
                "-- Testing: 2 tests, 8 threads --\nTesting Time: 0.50s\n\nTotal Discovered Tests: 2\n"
                "  Passed     : 2 (100.00%)\n\n  Total:     2\n  Passed:    1\n  Skipped:   1\n  Duration:  1.5ms"
            ),
            (),
            5,
        ),
        ("> build FAILED\nuser > admin PASSED\nstep 1 > step 2 FAILED\nBUILD FAILED", (), None),
        ("> Task :compileTestJava FAILED\nstep 1 > step 2 FAILED\nBUILD FAILED in 3s", (), None),
        ("> Task :app:test\nAdderTest > adds() PASSED\n\nBUILD SUCCESSFUL in 3s", (), 1),
        (":app:testDebugUnitTest\nAdderTest > adds() PASSED\n\nBUILD SUCCESSFUL", (), 1),
        (
            "> Task :test FAILED\nAdderTest > adds() FAILED\n    java.lang.E\n\nBUILD FAILED in 3s",
            ("AdderTest.adds()",),
            None,
        ),
    ],
    ids=[
        *("banner", "banner and automake", "DejaGnu and make", "mark", "indented mark", "before lit", "after lit"),
        *("no Gradle", "Gradle without tests", "Gradle", "Gradle 3", "Gradle cut off"),
    ],
)
def test_only_lines_of_a_run_tell_of_it(log: str, failed: tuple[str, ...], total: int | None) -> None:
    found = results_of(log)

    assert names(found) == failed
    assert (found.tally.total, found.tally.failed) == (total, len(failed))


def test_skipped_tests_are_those_of_the_run() -> None:
    found = results_of("  Skipped: 5\n  Unsupported: 3\n-- Testing: 2 tests, 8 threads --\nTesting Time: 0.50s")

    assert found.tally.skipped == 0
