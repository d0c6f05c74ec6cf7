"""JUnit beyond the common form."""

from ci_integrations.parsing.reports import Retried
from tests.ci_integrations.parsing.reports.reading import E, F, P, read


def test_a_flaky_test_is_a_pass_with_its_failed_attempts() -> None:
    report = read(
        "<testsuite><testcase classname='c' name='t'><flakyFailure message='first'><stackTrace>at 1</stackTrace>"
        "<system-out>noise</system-out></flakyFailure><flakyError message='second'/></testcase></testsuite>"
    )
    (test,) = report.tests
    assert isinstance(test, Retried)
    assert (test.outcome, test.message, test.details) == (P, "first", "at 1")
    assert [(one.outcome, one.message) for one in test.earlier] == [(F, "first"), (E, "second")]


def test_a_test_that_failed_each_time_is_one_failure_with_its_attempts() -> None:
    (test,) = read(
        "<testsuite><testcase name='t'><failure message='f'/><rerunError message='again'/></testcase></testsuite>"
    ).tests
    assert isinstance(test, Retried)
    assert (test.outcome, test.is_flaky, len(test.earlier)) == (F, False, 1)


def test_totals_count_only_where_suites_hold_no_case() -> None:
    stated = read("<testsuites><testsuite tests='10' failures='2' errors='1' skipped='3'/></testsuites>").reading.stated
    assert stated is not None
    assert (stated.tests, stated.failures, stated.errors, stated.skipped) == (10, 2, 1, 3)
    twice = read("<testsuites tests='4'><testsuite tests='4'><testsuite tests='4'/></testsuite></testsuites>").reading
    assert twice.stated is not None
    assert twice.stated.tests == 4
    assert read("<testsuites tests='9'><testsuite><testcase name='a'/></testsuite></testsuites>").reading.stated is None
    assert read("<testsuite tests='1' failures='1'></testsuite>").reading.stated is None


def test_what_fails_a_suite_outside_of_its_cases_is_a_problem() -> None:
    report = read("<testsuite name='s'><error message='not loaded'/><testcase name='a'/></testsuite>")
    assert report.counts.tests == 1
    assert report.reading.problems == ("s: not loaded",)


def test_a_case_that_holds_a_case_is_no_second_one() -> None:
    report = read("<testsuite><testcase name='a'><properties><testcase name='x'/></properties></testcase></testsuite>")
    assert [test.name for test in report.tests] == ["a"]
