"""How one test did lately."""

import pytest
from pytest_django import DjangoAssertNumQueries

from ci_integrations.domain import Outcome, State
from ci_integrations.errors import NotFound
from ci_integrations.models import Repository, TestCase
from ci_integrations.selectors import testhistory
from tests.factories import ago, make_case, make_job, make_passes, make_repository, make_result, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> TestCase:
    return make_case(make_repository())


def passed(repository: Repository, case: TestCase, days_ago: float, *seconds: float) -> None:
    """A run of so long ago in which the test passed in as many jobs."""
    run = make_run(repository=repository, created_at=ago(days=days_ago))
    for one in seconds:
        make_passes(make_job(run), (make_case(repository, "other"), 50.0), (case, one))


def test_results_are_rows_and_packed_passes_newest_first(case: TestCase) -> None:
    failed = make_job(make_run(State.FAILURE, repository=case.repository, created_at=ago(days=2)))
    make_result(failed, case, Outcome.FAILED, message="\n  boom\nmore", duration=2.0)
    passed(case.repository, case, 1, 1.0)
    passed(case.repository, case, 3, 4.0)
    found = testhistory.history_of(case)
    assert [(one.outcome, one.seconds, one.message) for one in found.results] == [
        ("passed", 1.0, ""),
        ("failed", 2.0, "  boom"),
        ("passed", 4.0, ""),
    ]
    assert (found.jobs, found.results[1].job) == (2, failed)


def test_only_the_window_and_the_repository_are_looked_at(case: TestCase) -> None:
    passed(case.repository, case, 6, 1.0)
    passed(case.repository, case, 8, 2.0)
    passed(make_repository(), case, 1, 3.0)
    replaced = make_job(make_run(repository=case.repository), is_superseded=True)
    make_passes(replaced, (case, 9.0))
    make_result(replaced, case, Outcome.FAILED, duration=9.0)
    assert [one.seconds for one in testhistory.history_of(case, days=7).results] == [1.0]


def test_the_trend_has_the_median_of_each_run_oldest_first(case: TestCase) -> None:
    passed(case.repository, case, 1, 3.0)
    passed(case.repository, case, 2, 1.0, 2.0, 9.0)
    trend = testhistory.history_of(case).trend
    assert [point.seconds for point in trend.points] == [2.0, 3.0]
    assert trend.points[0].at < trend.points[1].at
    assert trend.spread is not None
    assert (trend.spread.count, trend.spread.median, trend.change) == (4, 2.5, None)


def test_a_test_that_grows_is_seen(case: TestCase) -> None:
    for day in range(10):
        passed(case.repository, case, 10 - day, 1.0 if day < 5 else 1.5)
    assert testhistory.history_of(case).trend.change == pytest.approx(0.5)


def test_skipped_and_repeated_results_tell_nothing_of_a_duration(case: TestCase) -> None:
    job = make_job(make_run(repository=case.repository))
    make_result(job, case, Outcome.FAILED, duration=30.0, is_retried=True)
    make_result(job, case, Outcome.PASSED, duration=2.0, ordinal=1)
    make_result(job, case, Outcome.SKIPPED, duration=0.0, ordinal=2)
    make_result(job, case, Outcome.PASSED, duration=None, ordinal=3)
    found = testhistory.history_of(case)
    assert len(found.results) == 4
    assert [point.seconds for point in found.trend.points] == [2.0]


def test_a_test_without_results(case: TestCase) -> None:
    found = testhistory.history_of(case)
    assert (found.results, found.jobs, found.trend) == ([], 0, testhistory.Trend([], None, None))


def test_so_many_jobs_are_looked_through(case: TestCase, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    run = make_run(repository=case.repository)
    for _ in range(103):
        make_passes(make_job(run), (case, 1.0))
    with django_assert_num_queries(3):
        found = testhistory.history_of(case)
    assert (found.jobs, len(found.results)) == (100, 100)


def test_a_test_is_found_or_not(case: TestCase) -> None:
    assert testhistory.get_case(case.pk) == case
    with pytest.raises(NotFound, match="no test 4711"):
        testhistory.get_case(4711)
