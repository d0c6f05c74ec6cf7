"""Test results in the database: news as rows, the rest packed, and the other way round once it is evidence."""

import pytest
from pytest_django.fixtures import Settings

from ci_integrations import selectors
from ci_integrations.domain import Outcome, ResultSource, State, TestData
from ci_integrations.models import FlakyEvidence, Job, PassedTests, Repository, Run, TestCase, TestResult
from ci_integrations.packing import Passes
from ci_integrations.parsing.reports import Retried
from ci_integrations.services import flaky, results
from ci_integrations.services.collect import settle
from ci_integrations.services.results import JobResults, store_results
from tests.factories import ago, make_job, make_repository, make_run

pytestmark = pytest.mark.django_db
PASSED, FAILED, SKIPPED = Outcome.PASSED, Outcome.FAILED, Outcome.SKIPPED


@pytest.fixture
def repository(db: None) -> Repository:
    return make_repository()


def one(name: str, outcome: Outcome = PASSED, message: str = "") -> TestData:
    return TestData("suite", name, outcome, 0.5, message)


def ran(repository: Repository, *tests: TestData, commit: str = "c0ffee", minutes: int = 9) -> Run:
    """A settled run of one job with these results."""
    run = make_run(
        State.FAILURE, repository=repository, commit_sha=commit, created_at=ago(minutes=minutes), settled_at=None
    )
    job = make_job(run, State.FAILURE, name="unit")
    store_results(run, {job: JobResults(tests=list(tests))})
    settle(run)
    return run


def names(run: Run) -> dict[str, list[str]]:
    """The outcomes of a run's rows by test."""
    found: dict[str, list[str]] = {}
    for row in TestResult.objects.filter(job__run=run).select_related("case").order_by("case__name", "ordinal"):
        found.setdefault(row.case.name, []).append(row.outcome)
    return found


def packed(run: Run) -> dict[int, list[float | None]]:
    passes = Passes.unpack(bytes(PassedTests.objects.get(job__run=run).packed))
    return {case: passes.of(case) for case, _ in passes}


def test_plain_passes_are_one_row_of_their_job(repository: Repository) -> None:
    run = ran(repository, one("a"), one("b"), one("c", SKIPPED), one("d", FAILED))
    assert names(run) == {"c": ["skipped"], "d": ["failed"]}
    assert packed(run) == {TestCase.objects.get(name=name).pk: [0.5] for name in "ab"}
    assert selectors.test_counts(run) == {"passed": 2, "failed": 1, "skipped": 1}


def test_a_second_collection_takes_the_place_of_the_first(repository: Repository) -> None:
    run = ran(repository, one("a"), one("d", FAILED))
    store_results(run, {Job.objects.get(): JobResults(tests=[one("d", FAILED), one("e")])})
    assert selectors.test_counts(run) == {"passed": 1, "failed": 1}
    assert packed(run) == {TestCase.objects.get(name="e").pk: [0.5]}


def test_a_row_for_each_pass_can_be_asked_for(repository: Repository, settings: Settings) -> None:
    settings.ORCHESTRATE_ROW_PER_PASS = True
    run = ran(repository, one("a"), one("b"))
    assert names(run) == {"a": ["passed"], "b": ["passed"]}
    assert not PassedTests.objects.exists()


def test_from_its_first_failure_on_a_test_has_rows_and_those_before_it_come_back(repository: Repository) -> None:
    before = ran(repository, one("a"), one("b"), commit="old", minutes=30)
    same = ran(repository, one("a"), one("b"), minutes=20)
    failing = ran(repository, one("a", FAILED), one("b"), minutes=10)
    after = ran(repository, one("a"), one("b"), commit="new", minutes=5)
    assert [names(run) for run in (before, same, failing, after)] == [
        {"a": ["passed"]},
        {"a": ["passed"]},
        {"a": ["failed"]},
        {"a": ["passed"]},
    ]
    assert [PassedTests.objects.get(job__run=run).count for run in (before, same, failing, after)] == [1, 1, 1, 1]
    assert selectors.test_counts(same) == {"passed": 2}
    evidence = FlakyEvidence.objects.get()
    assert (evidence.case.name, evidence.failed_run, evidence.passed_run) == ("a", failing, same)


def test_a_pass_that_is_stored_while_the_failure_is_not_yet_known_is_found_all_the_same(repository: Repository) -> None:
    failing = ran(repository, one("a", FAILED), minutes=20)
    TestCase.objects.update(has_failed=False)  # as the other run saw it, which was collected at the same time
    passing = ran(repository, one("a"), minutes=10)
    assert names(passing) == {"a": ["passed"]}
    assert FlakyEvidence.objects.get().failed_run == failing


def test_attempts_within_a_report_are_kept_and_the_last_one_counts(repository: Repository) -> None:
    again = Retried("suite", "a", PASSED, 0.5, earlier=(one("a", FAILED, message="no"), one("a", FAILED)))
    run = ran(repository, again)
    rows = TestResult.objects.order_by("ordinal").values_list("ordinal", "outcome", "is_retried")
    assert list(rows) == [(0, "failed", True), (1, "failed", True), (2, "passed", False)]
    assert selectors.test_counts(run) == {"passed": 1}
    assert list(selectors.failed_tests(run)) == []
    assert FlakyEvidence.objects.get().failed_run == run


def test_a_test_that_a_job_skips_and_passes_is_not_packed_and_does_no_harm_later(repository: Repository) -> None:
    before = ran(repository, one("a"), one("a", SKIPPED), one("b"), one("b", message="slow"), minutes=20)
    failing = ran(repository, one("a", FAILED), one("b", FAILED), minutes=10)
    assert names(before) == {"a": ["passed", "skipped"], "b": ["passed", "passed"]}
    assert Run.objects.filter(settled_at=None).count() == 0
    assert names(failing) == {"a": ["failed"], "b": ["failed"]}
    assert FlakyEvidence.objects.count() == 2


def test_an_attempt_that_was_repeated_counts_no_more_though_it_passed(repository: Repository) -> None:
    run = ran(repository, Retried("suite", "a", PASSED, 0.5, earlier=(one("a"),)))
    assert selectors.test_counts(run) == {"passed": 1}
    assert names(run) == {"a": ["passed", "passed"]}


def test_a_run_in_which_all_fails_does_not_end_the_packing(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "MOST_FAILED", 2)
    ran(repository, *(one(name, FAILED) for name in "abc"), commit="1", minutes=30)
    assert names(ran(repository, *map(one, "abc"), commit="2", minutes=20)) == {}
    ran(repository, *(one(name, FAILED) for name in "ab"), commit="3", minutes=10)
    assert names(ran(repository, *map(one, "abc"), commit="4", minutes=5)) == {"a": ["passed"], "b": ["passed"]}


def test_history_comes_from_the_jobs_that_failed_however_many_others_there_are(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flaky, "PACKS", 2)
    outcomes = {"1": PASSED, "2": PASSED, "3": FAILED}
    for commit, outcome in outcomes.items():
        run = make_run(State.FAILURE, repository=repository, commit_sha=commit, branch="main", settled_at=None)
        jobs = {make_job(run, name=name): JobResults(tests=[one(f"in {name}")]) for name in ("x", "y", "z")}
        jobs[make_job(run, State.FAILURE, name="unit")] = JobResults(tests=[one("a", outcome)])
        store_results(run, jobs)
        settle(run)
    assert names(Run.objects.get(commit_sha="1")) == names(Run.objects.get(commit_sha="2")) == {"a": ["passed"]}


def test_more_results_than_are_kept_leave_room_for_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "RESULTS_PER_JOB", 2)
    monkeypatch.setattr(results, "MORE_FAILURES", 1)
    room = results.Room()
    tests = [one("a"), one("b"), one("c"), one("d", FAILED), one("e", FAILED)]
    assert [test.name for test in tests if room.admits(test)] == ["a", "b", "d"]
    assert room.note == "2 more results were left out: 2 of a job are kept"
    assert results.Room().note == ""


def test_the_same_failure_has_one_signature_in_every_run(repository: Repository) -> None:
    said = ("timed out after 3.2 s at 0x7f3a11 in /tmp/pytest-1/x", "timed out after 9 s at 0x7fab in /tmp/pytest-22/y")
    for commit, message in enumerate(said):
        ran(repository, one("a", FAILED, message=message), commit=f"{commit}")
    ran(repository, one("a", FAILED, message="wrong answer"), commit="other")
    signatures = list(TestResult.objects.order_by("pk").values_list("signature", flat=True))
    assert signatures[0] == signatures[1] != signatures[2]
    assert all(signatures)


def test_where_a_result_was_read_is_kept(repository: Repository) -> None:
    run = make_run(State.FAILURE, repository=repository)
    job = make_job(run, State.FAILURE)
    store_results(run, {job: JobResults(ResultSource.API, [one("a", FAILED)])})
    assert TestResult.objects.get().source == "api"
