"""Which tests take longest."""

import pytest
from pytest_django import DjangoAssertNumQueries

from ci_integrations.domain import Outcome
from ci_integrations.models import Job, Repository
from ci_integrations.selectors.slowtests import slowest_tests_of
from tests.factories import ago, make_case, make_job, make_passes, make_repository, make_result, make_run

pytestmark = pytest.mark.django_db


def job_of(repository: Repository, days_ago: float) -> Job:
    return make_job(make_run(repository=repository, created_at=ago(days=days_ago)))


def test_by_their_median_with_the_change_since_the_window_before() -> None:
    repository = make_repository()
    slow, grown, new = (make_case(repository, name) for name in ("slow", "grown", "new"))
    for day in (1, 2, 3):
        make_passes(job_of(repository, day), (slow, 10.0 * day), (grown, 3.0))
    make_result(job_of(repository, 1), new, Outcome.FAILED, duration=5.0)
    for day in (8, 9):
        make_passes(job_of(repository, day), (slow, 40.0), (grown, 2.0))
    make_passes(job_of(repository, 15), (grown, 100.0))
    found = slowest_tests_of(repository.name, days=7)
    assert (found.jobs, found.jobs_before) == (3, 2)
    told = [(one.case, one.spread.count, one.spread.median, one.before, one.change) for one in found.tests]
    assert told == [(slow, 3, 20.0, 40.0, -0.5), (new, 1, 5.0, None, None), (grown, 3, 3.0, 2.0, 0.5)]
    assert found.tests[0].spread.p95 == pytest.approx(29.0)
    assert [one.case for one in slowest_tests_of(repository.name, days=7, limit=1).tests] == [slow]


def test_of_one_repository_or_of_all() -> None:
    one, other = make_repository(), make_repository()
    make_passes(job_of(one, 1), (make_case(one, "a"), 1.0))
    make_passes(job_of(other, 1), (make_case(other, "b"), 2.0))
    assert [slow.case.name for slow in slowest_tests_of().tests] == ["b", "a"]
    assert [slow.case.name for slow in slowest_tests_of(one.name).tests] == ["a"]
    assert slowest_tests_of("acme/none").tests == []


def test_what_was_skipped_repeated_or_replaced_does_not_count() -> None:
    repository = make_repository()
    job, case = job_of(repository, 1), make_case(repository)
    make_result(job, case, Outcome.PASSED, duration=9.0, is_retried=True)
    make_result(job, case, Outcome.SKIPPED, duration=9.0, ordinal=1)
    make_result(job, case, Outcome.PASSED, duration=1.0, ordinal=2)
    replaced = make_job(job.run, is_superseded=True)
    make_result(replaced, case, Outcome.PASSED, duration=9.0)
    make_passes(replaced, (make_case(repository, "other"), 9.0))
    assert [(one.case, one.spread.median) for one in slowest_tests_of().tests] == [(case, 1.0)]


def test_so_many_jobs_are_looked_through(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    repository = make_repository()
    case = make_case(repository)
    for number in range(103):
        make_passes(job_of(repository, 1 + number / 1000), (case, float(number)))
    with django_assert_num_queries(6):
        found = slowest_tests_of(repository.name)
    assert (found.jobs, found.tests[0].spread.count, found.tests[0].spread.median) == (100, 100, 49.5)


def test_so_many_passes_are_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ci_integrations.selectors.slowtests.MOST_PASSES", 5)
    repository = make_repository()
    case, other = make_case(repository, "a"), make_case(repository, "b")
    for day in (1, 2, 3, 4):
        make_passes(job_of(repository, day), (case, float(day)), (other, 0.5))
    found = slowest_tests_of(repository.name)
    assert (found.jobs, found.tests[0].spread.median) == (3, 2.0)
