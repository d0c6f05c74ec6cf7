"""Failed tests, counts and durations from console output: declarations are tested by their own examples."""

# ruff: noqa: RUF001

import pytest

from ci_integrations.parsing.logs.findings import Findings
from ci_integrations.parsing.logs.model import FailedTest, TestTally
from ci_integrations.parsing.logs.results import TestResults
from ci_integrations.parsing.logs.results_counts import seconds
from ci_integrations.parsing.logs.results_run import MAX_MESSAGE
from ci_integrations.parsing.logs.tools.frameworks import FRAMEWORKS
from ci_integrations.parsing.logs.tools.testing import Example


def names(found: TestResults) -> tuple[str, ...]:
    return tuple(test.name for test in found.failed_tests)


def results_of(log: str) -> TestResults:
    lines = log.split("\n")
    findings = Findings()
    findings.feed(range(1, len(lines) + 1), lines)
    results, _ = findings.results()
    return results


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(example, id=f"{framework.name} {number}")
        for framework in FRAMEWORKS
        for number, example in enumerate(framework.examples, start=1)
    ],
)
def test_framework_says_what_its_example_tells(example: Example) -> None:
    found = results_of(example.log)

    assert names(found) == example.failed
    assert found.tally.failed == example.failures
    assert found.tally.total == example.total
    assert found.tally.skipped == example.skipped
    assert found.duration_s == example.duration


def test_output_that_looks_like_a_failure_names_none() -> None:
    found = results_of(
        "collected 2 items\n"
        "--- FAIL: TestFake (0.00s)\n"
        "test_fake.py::test_not_real FAILED\n"
        "FAILED precondition ignored\n"
        "  1) not a failure\n"
        "● suite › not a failure\n"
        "====== 2 passed in 0.01s ======"
    )

    assert names(found) == ()
    assert (found.tally.failed, found.tally.total) == (0, 2)


def test_a_failed_test_is_told_with_its_message_and_the_line_of_the_log() -> None:
    found = results_of(
        "====== test session starts ======\n"
        "tests/test_a.py::test_b FAILED [ 50%]\n"
        "====== short test summary info ======\n"
        "FAILED tests/test_a.py::test_b - assert 1 == 2\n"
        "FAILED tests/test_a.py::test_c[x - y] - assert 1 == 2\n"
        "FAILED tests/test_a.py::test_d\n"
        "ERROR tests/test_x.py - ModuleNotFoundError: No module named 'foo'\n"
        "ERROR tests/test_y.py\n"
        "ERROR tests/test_a.py::test_e - fixture 'f' not found\n"
        "====== 3 failed, 1 passed, 3 errors in 0.12s ======"
    )

    assert found.failed_tests == (
        FailedTest("tests/test_a.py::test_b", 4, "assert 1 == 2"),
        FailedTest("tests/test_a.py::test_c[x - y]", 5, "assert 1 == 2"),
        FailedTest("tests/test_a.py::test_d", 6),
        FailedTest("tests/test_x.py", 7, "ModuleNotFoundError: No module named 'foo'"),
        FailedTest("tests/test_y.py", 8, "collection failure"),
        FailedTest("tests/test_a.py::test_e", 9, "fixture 'f' not found"),
    )


@pytest.mark.parametrize(
    ("log", "line", "message"),
    [
        (
            " RUN  v2\n FAIL  a.test.ts > adds\nAssertionError: expected 1 to be 2\n      Tests  1 failed (1)",
            2,
            "AssertionError: expected 1 to be 2",
        ),
        (" RUN  v2\n FAIL  a.test.ts > adds\n FAIL  a.test.ts > b\n      Tests  2 failed (2)", 2, ""),
        (
            "PHPUnit 9\nThere was 1 failure:\n\n1) A::testB\nFailed asserting that 2 is 1.\n\nTests: 1, Failures: 1.",
            4,
            "Failed asserting that 2 is 1.",
        ),
        ("1 success / 1 failure / 0 errors / 0 pending : 0.25 seconds\nFailure → a_spec.lua @ 12\nadds", 2, ""),
        (
            "#   Failed test 'adds'\n#   at t/a.t line 2.\nFailed 1/3 subtests\nFiles=1, Tests=3,  2 wallclock secs",
            1,
            "",
        ),
    ],
)
def test_where_a_failed_test_is_named_and_what_stands_behind(log: str, line: int, message: str) -> None:
    first = results_of(log).failed_tests[0]

    assert (first.line, first.message) == (line, message)


def test_what_a_log_says_of_tests_is_bounded() -> None:
    found = results_of(
        "====== short test summary info ======\n"
        f"FAILED tests/test_a.py::test_b - {'x' * 4000}\n====== 1 failed in 0.1s ======"
    )

    assert found.failed_tests == (FailedTest("tests/test_a.py::test_b", 2, "x" * MAX_MESSAGE),)


def test_runs_of_several_frameworks_are_summed() -> None:
    found = results_of(
        "FAIL src/a.test.js\n  ● adder › adds\n\nTests:       1 failed, 1 passed, 2 total\nTime:        1.5 s\n"
        "======================================================================\n"
        "FAIL: test_b (tests.test_a.AppTest)\n"
        "----------------------------------------------------------------------\n"
        "Ran 3 tests in 0.500s\n\nFAILED (failures=1)\n"
        "Ran 2 tests in 0.250s\n\nOK (skipped=1)"
    )

    assert set(names(found)) == {"adder › adds", "tests.test_a.AppTest::test_b"}
    assert (found.tally.total, found.tally.failed, found.tally.skipped) == (7, 2, 1)
    assert found.duration_s == 2.25


@pytest.mark.parametrize(
    ("log", "total", "failed", "skipped"),
    [
        ("ok  \texample.com/a\t0.5s\n====== 2 passed, 1 skipped in 0.01s ======", 3, 0, 1),
        ("--- FAIL: TestA (0.00s)\nFAIL\texample.com/a\t0.5s\n====== 2 passed in 0.01s ======", 3, 1, 0),
        (
            "====== test session starts ======\ntests/test_a.py::test_b FAILED [ 50%]\nKilled\n\nRan 2 tests in 0.1s",
            3,
            1,
            0,
        ),
        ("ok  \texample.com/a\t0.5s\nok  \texample.com/b\t0.5s", None, 0, None),
    ],
    ids=["passed", "failed", "cut off", "none told"],
)
def test_total_is_of_the_tests_that_are_told_where_a_run_tells_none(
    log: str, total: int | None, failed: int, skipped: int | None
) -> None:
    assert results_of(log).tally == TestTally(total, failed, skipped)


def test_names_come_from_the_report_that_agrees_with_the_count() -> None:
    found = results_of(
        "====== test session starts ======\n"
        "tests/test_a.py::test_real FAILED [ 50%]\n"
        "tests/test_a.py::test_other PASSED [100%]\n"
        "====== FAILURES ======\n"
        "______ test_real ______\n"
        "prints tests/test_b.py::test_not_real FAILED\n"
        "====== short test summary info ======\n"
        "FAILED tests/test_a.py::test_real - assert 0\n"
        "====== 1 failed, 1 passed in 0.01s ======"
    )

    assert names(found) == ("tests/test_a.py::test_real",)


def test_tests_of_one_name_are_numbered_where_the_count_says_that_they_are_several() -> None:
    found = results_of("Suite > case FAILED\nSuite > case FAILED\n3 tests completed, 2 failed")

    assert names(found) == ("Suite.case", "Suite.case (2)")


def test_a_test_that_was_run_again_is_named_once() -> None:
    again = "[ERROR] com.acme.AdderTest.adds  Time elapsed: 0.1 s  <<< FAILURE!\n"
    found = results_of(
        f"[INFO]  T E S T S\n{again}{again}[INFO] Results:\n[ERROR] Tests run: 3, Failures: 1, Errors: 0, Skipped: 0"
    )

    assert names(found) == ("com.acme.AdderTest.adds",)


def test_a_run_that_was_cut_off_tells_what_it_had_told() -> None:
    found = results_of("====== test session starts ======\ntests/test_a.py::test_real FAILED [ 50%]\nKilled")

    assert names(found) == ("tests/test_a.py::test_real",)
    assert (found.tally.failed, found.tally.total) == (1, None)


def test_a_log_without_tests_tells_none() -> None:
    assert results_of("make: nothing to do") == TestResults((), TestTally(total=None, failed=0, skipped=None), None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.5", 1.5),
        ("120 ms", 0.12),
        ("1m 2.5s", 62.5),
        ("1 minute 2 seconds", 62.0),
        ("1.5 Minutes", 90.0),
        ("250 microseconds", 0.00025),
        ("00:01.250", 1.25),
        ("1:02:03", 3723.0),
    ],
)
def test_times_are_read_as_tools_print_them(text: str, expected: float) -> None:
    assert seconds(text) == pytest.approx(expected)


def test_tests_that_another_framework_repeats_are_counted_once() -> None:
    found = results_of(
        "#   Failed test 'adds'\n#   at t/adder.t line 2.\nt/adder.t ..\n1..2\nnot ok 1 - adds\nok 2 - keeps\n"
        "Failed 1/2 subtests\nFiles=1, Tests=2,  1 wallclock secs ( 0.02 usr)\nResult: FAIL"
    )

    assert names(found) == ("t/adder.t::adds",)
    assert (found.tally.failed, found.tally.total) == (1, 2)
