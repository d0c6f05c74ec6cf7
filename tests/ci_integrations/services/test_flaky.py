"""Evidence of flaky tests, from rows to rows."""

from collections.abc import Mapping

import pytest
from pytest_django import DjangoAssertNumQueries

from ci_integrations.domain import Outcome, State
from ci_integrations.models import FlakyEvidence, FlakyVerdict, Repository, Run, TestCase, TestResult
from ci_integrations.services import flaky
from tests.factories import ago, make_job, make_repository, make_run

pytestmark = pytest.mark.django_db
FAILED, PASSED, SKIPPED = Outcome.FAILED, Outcome.PASSED, Outcome.SKIPPED


@pytest.fixture
def repository(db: None) -> Repository:
    return make_repository()


def cases(repository: Repository, count: int) -> list[TestCase]:
    rows = [TestCase(repository=repository, fingerprint=f"{n}", name=f"t{n}") for n in range(count)]
    return TestCase.objects.bulk_create(rows)


def ran(
    repository: Repository, outcomes: Mapping[TestCase, Outcome], *, minutes: int, commit: str = "c0ffee", **fields: str
) -> Run:
    """A settled run with these results, `minutes` ago."""
    run = make_run(State.FAILURE, repository=repository, commit_sha=commit, created_at=ago(minutes=minutes), **fields)
    job = make_job(run, State.FAILURE)
    TestResult.objects.bulk_create([TestResult(job=job, case=case, outcome=one) for case, one in outcomes.items()])
    return run


def pairs() -> list[tuple[str, int, int]]:
    return list(FlakyEvidence.objects.order_by("pk").values_list("case__name", "failed_run_id", "passed_run_id"))


def test_a_pass_after_a_failure_is_evidence_once(repository: Repository) -> None:
    flips, breaks = cases(repository, 2)
    first = ran(repository, {flips: FAILED, breaks: FAILED}, minutes=9)
    flaky.record_evidence(first)
    second = ran(repository, {flips: PASSED, breaks: FAILED}, minutes=8)
    flaky.record_evidence(second)
    flaky.record_evidence(second)
    assert pairs() == [("t0", first.pk, second.pk)]
    states = FlakyVerdict.objects.order_by("case__name").values_list("state", flat=True)
    assert list(states) == ["flaky", "broken"]
    assert "failed in all 2 results" in FlakyVerdict.objects.get(case=breaks).reason


def test_a_failure_after_a_pass_is_evidence_too(repository: Repository) -> None:
    (flips,) = cases(repository, 1)
    first = ran(repository, {flips: PASSED}, minutes=9)
    second = ran(repository, {flips: FAILED}, minutes=8)
    flaky.record_evidence(second)
    assert pairs() == [("t0", second.pk, first.pk)]


def test_what_this_run_did_not_run_is_not_judged(repository: Repository) -> None:
    flips, other, skipped = cases(repository, 3)
    ran(repository, {flips: FAILED, other: FAILED, skipped: FAILED}, minutes=9)
    ran(repository, {flips: FAILED, other: PASSED, skipped: PASSED}, minutes=8)
    flaky.record_evidence(ran(repository, {flips: PASSED, skipped: SKIPPED}, minutes=7))
    assert set(FlakyVerdict.objects.values_list("case__name", flat=True)) == {"t0"}


def test_another_workflow_or_commit_brings_nobody_in(repository: Repository) -> None:
    (flips,) = cases(repository, 1)
    ran(repository, {flips: FAILED}, minutes=9, workflow="windows")
    ran(repository, {flips: FAILED}, minutes=9, commit="other")
    flaky.record_evidence(ran(repository, {flips: PASSED}, minutes=8))
    assert not FlakyVerdict.objects.exists()


def test_a_run_of_no_known_commit_says_nothing(repository: Repository) -> None:
    (flips,) = cases(repository, 1)
    ran(repository, {flips: FAILED}, minutes=9, commit="")
    flaky.record_evidence(ran(repository, {flips: PASSED}, minutes=8, commit=""))
    assert not FlakyVerdict.objects.exists()


def test_only_the_newest_results_are_looked_at(repository: Repository) -> None:
    (flips,) = cases(repository, 1)
    ran(repository, {flips: PASSED}, minutes=999)
    for number in range(flaky.HISTORY):
        ran(repository, {flips: FAILED}, minutes=998 - number)
    flaky.record_evidence(ran(repository, {flips: FAILED}, minutes=1))
    assert pairs() == []


def test_many_failures_take_few_queries(
    repository: Repository, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tests = cases(repository, 400)
    ran(repository, dict.fromkeys(tests, FAILED), minutes=9)
    run = ran(repository, dict.fromkeys(tests[:200], PASSED) | dict.fromkeys(tests[200:], FAILED), minutes=8)
    with django_assert_max_num_queries(15):
        flaky.record_evidence(run)
    assert FlakyEvidence.objects.count() == 200
    assert FlakyVerdict.objects.filter(state="flaky").count() == 200
    assert FlakyVerdict.objects.filter(state="broken").count() == 200


def test_where_everything_failed_no_test_is_to_blame(
    repository: Repository, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    tests = cases(repository, flaky.MOST_FAILED + 1)
    run = ran(repository, dict.fromkeys(tests, FAILED), minutes=9)
    with django_assert_max_num_queries(5):
        flaky.record_evidence(run)
    flaky.record_evidence(ran(repository, dict.fromkeys(tests, PASSED), minutes=8))
    assert not FlakyVerdict.objects.exists()
    assert not FlakyEvidence.objects.exists()
