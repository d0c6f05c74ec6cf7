"""Runs that go on at the server: answers that cross, jobs that do not run again, children, what may be asked for."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from ci_integrations import selectors
from ci_integrations.domain import Capability, JobData, JobRef, RepoRef, RetryScope, RunRef, State
from ci_integrations.errors import Conflict, Unavailable
from ci_integrations.flaky.engine import FlakyState
from ci_integrations.models import Action, FlakyVerdict, Job, JobLog, Repository, Run, TestResult
from ci_integrations.models.action import ActionState
from ci_integrations.services import collect, control, follow, logs, sync
from fixers import selectors as decisions
from fixers import services as fixes
from fixers.models import Decision
from tests.fakes.memory import EPOCH, EVERYTHING, MemoryRun, MemoryServer

REF = RunRef(RepoRef("repo"), "7")
CHILD = RunRef(RepoRef("repo"), "8")
FAILED = b'<testsuite name="s"><testcase name="%s"><failure message="boom"/></testcase></testsuite>'
PASSED = b'<testsuite name="s"><testcase name="%s"/></testsuite>'


@pytest.fixture
def server() -> MemoryServer:
    """A server that goes on with the same run, and repeats failed jobs only, as GitLab does."""
    return MemoryServer("one", capabilities=(EVERYTHING | Capability.RESUMES) & ~Capability.RETRY_ALL)


def job(name: str, state: State, external_id: str = "", **fields: Any) -> JobData:
    return JobData(JobRef(REF, external_id or name), name, state, **fields)


def put(server: MemoryServer, state: State, *jobs: JobData, later: int = 1, **fields: Any) -> MemoryRun:
    """What the server says from now on, `later` minutes after what it said before."""
    run = server.runs.get(("7", 1)) or server.add_run("7")
    updated = (run.data.updated_at or EPOCH) + timedelta(minutes=later)
    ended = {"finished_at": timezone.now()} if state.is_terminal else {}
    run.data = replace(run.data, state=state, jobs=jobs, updated_at=updated, **(ended | fields))
    for attempt in (2, 3):
        server.runs[("7", attempt)] = run
    return run


def attempts() -> list[tuple[str, int, str]]:
    return list(Run.objects.order_by("external_id", "attempt").values_list("external_id", "attempt", "state"))


def collected(repository: Repository, ref: RunRef = REF) -> Run:
    run = sync.sync_run(repository, ref)
    collect.collect_run(run.pk)
    run.refresh_from_db()
    return run


def results() -> list[tuple[int, str, str]]:
    rows = TestResult.objects.order_by("job__run__attempt", "case__name")
    return list(rows.values_list("job__run__attempt", "case__name", "outcome"))


def test_an_older_answer_that_is_stored_later_changes_nothing(repository: Repository, server: MemoryServer) -> None:
    older = put(server, State.RUNNING, job("a", State.RUNNING)).data
    run = sync.sync_run(repository, REF)
    put(server, State.RUNNING, job("a", State.RUNNING), job("b", State.RUNNING))
    sync.sync_run(repository, REF)
    sync.record_run(repository, older)
    put(server, State.FAILURE, job("a", State.SUCCESS), job("b", State.FAILURE))
    sync.sync_run(repository, REF)
    assert not run.jobs.filter(is_superseded=True).exists()


def test_a_late_copy_of_an_earlier_end_is_no_third_attempt(repository: Repository, server: MemoryServer) -> None:
    first = put(server, State.FAILURE, job("a", State.FAILURE)).data
    sync.sync_run(repository, REF)
    put(server, State.SUCCESS, job("a", State.SUCCESS, "a2"))
    sync.sync_run(repository, REF)
    sync.record_run(repository, replace(first, updated_at=None))
    assert attempts() == [("7", 1, "failure"), ("7", 2, "success")]


def test_a_server_that_counts_attempts_supersedes_no_job(repository: Repository, storage: None) -> None:
    counting = MemoryServer("one")
    run = put(counting, State.RUNNING, job("a", State.RUNNING))
    row = sync.sync_run(repository, REF)
    answer = run.data
    sync.record_job(repository, job("b", State.QUEUED))
    sync.record_run(repository, answer)
    assert not row.jobs.filter(is_superseded=True).exists()


def test_a_listing_that_could_not_fetch_a_retry_finds_it_the_next_time(
    repository: Repository, server: MemoryServer
) -> None:
    put(server, State.FAILURE, job("a", State.FAILURE))
    collected(repository)
    put(server, State.SUCCESS, job("a", State.SUCCESS, "a2"))
    before = timezone.now() - timedelta(minutes=1)
    Repository.objects.update(list_at=None, listed_at=before)
    server.fail_next("get_run", Unavailable("502"))
    follow.list_repository(repository.pk)
    repository.refresh_from_db()
    assert repository.listed_at == before
    Repository.objects.update(list_at=None)
    follow.list_repository(repository.pk)
    assert attempts() == [("7", 1, "failure"), ("7", 2, "success")]
    repository.refresh_from_db()
    assert repository.listed_at is not None
    assert repository.listed_at > before


def test_a_job_that_did_not_run_again_has_no_second_result(repository: Repository, server: MemoryServer) -> None:
    run = put(server, State.FAILURE, job("a", State.FAILURE), job("b", State.FAILURE))
    run.artifacts |= {"a/junit.xml": FAILED % b"t1", "b/junit.xml": FAILED % b"t2"}
    run.logs["b"] = b"boom\n"
    collected(repository)
    put(server, State.FAILURE, job("a", State.SUCCESS, "a2"), job("b", State.FAILURE))
    del run.artifacts["a/junit.xml"]
    run.artifacts["a2/junit.xml"] = PASSED % b"t1"
    second = collected(repository)
    assert results() == [(1, "t1", "failed"), (1, "t2", "failed"), (2, "t1", "passed")]
    assert [(one.name, one.carried_from is None) for one in second.jobs.order_by("name")] == [("a", True), ("b", False)]
    assert FlakyVerdict.objects.get(state=FlakyState.FLAKY).case.name == "t1"
    # What is known of it is shown all the same, and its log is kept once.
    assert [result.case.name for result in selectors.failed_tests(second)] == ["t2"]
    assert selectors.test_counts(second) == {"failed": 1, "passed": 1}
    stored = logs.ensure_log(second.jobs.get(name="b"))
    assert stored is not None
    assert JobLog.objects.filter(job__name="b").count() == 1


def test_an_attempt_in_which_nothing_failed_anew_is_not_answered_again(
    repository: Repository, server: MemoryServer
) -> None:
    run = put(server, State.FAILURE, job("a", State.FAILURE), job("deploy", State.BLOCKED, allow_failure=True))
    run.artifacts["a/junit.xml"] = FAILED % b"t1"
    collected(repository)
    put(server, State.FAILURE, job("a", State.FAILURE), job("deploy", State.SUCCESS, allow_failure=True))
    second = collected(repository)
    made = fixes.triage(second.pk)
    assert made is not None
    assert (second.attempt, made.decision) == (2, Decision.NOTHING)
    assert "answered there" in made.reason
    assert TestResult.objects.count() == 1


def test_what_was_skipped_may_run_within_the_attempt(repository: Repository, server: MemoryServer) -> None:
    put(server, State.RUNNING, job("a", State.FAILURE), job("t", State.SKIPPED), job("slow", State.RUNNING))
    run = sync.sync_run(repository, REF)
    put(server, State.FAILURE, job("a", State.SUCCESS, "a2"), job("t", State.FAILURE), job("slow", State.SUCCESS))
    sync.sync_run(repository, REF)
    assert Job.objects.get(run=run, name="t").state == State.FAILURE


def family(server: MemoryServer, parent: State, child: State, *child_jobs: str) -> None:
    """A run whose one job started another run."""
    if ("8", 1) not in server.runs:
        server.add_run("8", State.RUNNING, workflow="child")
    resumed = server.resume("8", child, *child_jobs)
    if child.is_terminal:
        resumed.data = replace(resumed.data, finished_at=timezone.now())
    put(server, parent, job("trigger", parent, child=CHILD))


def test_a_child_that_is_repeated_has_its_parent_go_on(repository: Repository, server: MemoryServer) -> None:
    family(server, State.FAILURE, State.FAILURE, "x")
    sync.sync_run(repository, REF)
    sync.sync_run(repository, CHILD)
    family(server, State.SUCCESS, State.SUCCESS, "y")
    sync.sync_run(repository, CHILD)
    parent = sync.sync_run(repository, REF)
    assert attempts() == [("7", 1, "failure"), ("7", 2, "success"), ("8", 1, "failure"), ("8", 2, "success")]
    assert Run.objects.get(external_id="8", attempt=2).parent_job == parent.jobs.get()
    assert parent.jobs.get().carried_from is None


def test_a_parent_waits_for_its_child_before_it_is_answered(repository: Repository, server: MemoryServer) -> None:
    family(server, State.RUNNING, State.RUNNING, "x")
    sync.sync_run(repository, REF)
    family(server, State.FAILURE, State.FAILURE, "x")
    parent = collected(repository)
    assert fixes.triage(parent.pk) is None
    server.runs[("8", 2)] = server.runs[("8", 1)]
    child = collected(repository, CHILD)
    of_child, of_parent = fixes.triage(child.pk), fixes.triage(parent.pk)
    assert of_child is not None
    assert of_parent is not None
    assert (of_child.decision, of_parent.decision) == (Decision.RETRY, Decision.NOTHING)
    assert Action.objects.get().run == child


def test_a_parent_whose_child_never_ends_is_answered_in_the_end(repository: Repository, server: MemoryServer) -> None:
    family(server, State.FAILURE, State.RUNNING, "x")
    parent = collected(repository)
    assert fixes.triage(parent.pk) is None
    Run.objects.filter(pk=parent.pk).update(finished_at=timezone.now() - decisions.WAITS_BELOW)
    assert fixes.triage(parent.pk) is not None


def test_a_failed_run_without_a_failed_job_is_answered_where_only_failed_jobs_can_be_repeated(
    repository: Repository, server: MemoryServer
) -> None:
    put(server, State.ERROR, job("a", State.SUCCESS))
    run = collected(repository)
    made = fixes.triage(run.pk)
    assert made is not None
    assert (made.decision, decisions.retry_scope(run)) == (Decision.REPORT, None)
    assert not Action.objects.exists()


def test_a_canceled_run_may_be_repeated_by_its_failed_jobs(repository: Repository, server: MemoryServer) -> None:
    put(server, State.CANCELED, job("a", State.CANCELED))
    assert decisions.retry_scope(sync.sync_run(repository, REF)) is RetryScope.FAILED


def test_an_attempt_that_was_repeated_is_not_repeated_again(repository: Repository, server: MemoryServer) -> None:
    put(server, State.FAILURE, job("a", State.FAILURE))
    first = sync.sync_run(repository, REF)
    put(server, State.FAILURE, job("a", State.FAILURE, "a2"))
    second = sync.sync_run(repository, REF)
    with pytest.raises(Conflict, match=f"repeated as run {second.pk}"):
        control.retry(first, scope=RetryScope.FAILED, requested_by="ada")
    assert control.retry(second, scope=RetryScope.FAILED, requested_by="ada").run == second


def test_a_job_that_somebody_else_let_go_on_is_not_started_a_second_time(
    repository: Repository, server: MemoryServer
) -> None:
    put(server, State.BLOCKED, job("deploy", State.BLOCKED))
    run = sync.sync_run(repository, REF)
    action = control.approve(run.jobs.get(), requested_by="ada")
    put(server, State.SUCCESS, job("deploy", State.SUCCESS))
    action = control.perform(action.pk)
    assert (action.state, server.calls.count("approve")) == (ActionState.FAILED, 0)
    assert "does not wait any more" in action.last_error


def test_a_waiting_job_of_an_attempt_that_went_on_is_left_alone(repository: Repository, server: MemoryServer) -> None:
    put(server, State.SUCCESS, job("a", State.SUCCESS), job("deploy", State.BLOCKED))
    first = sync.sync_run(repository, REF)
    put(server, State.SUCCESS, job("a", State.SUCCESS), job("deploy", State.SUCCESS))
    second = sync.sync_run(repository, REF)
    with pytest.raises(Conflict, match=f"went on as run {second.pk}"):
        control.approve(first.jobs.get(name="deploy"), requested_by="ada")


def test_what_is_let_go_on_after_the_end_is_the_next_attempt(repository: Repository, server: MemoryServer) -> None:
    put(server, State.SUCCESS, job("a", State.SUCCESS), job("deploy", State.BLOCKED))
    first = collected(repository)
    action = control.perform(control.approve(first.jobs.get(name="deploy"), requested_by="ada").pk)
    assert action.state == ActionState.DONE, action.last_error
    assert action.result_run is not None
    assert (action.result_run.attempt, action.result_run.retry_of) == (2, first)
    assert action.result_run.poll_at is not None


def test_news_that_come_while_the_server_is_asked_are_not_lost(repository: Repository, server: MemoryServer) -> None:
    data = put(server, State.BLOCKED, job("deploy", State.BLOCKED)).data
    run = sync.sync_run(repository, REF)
    Run.objects.update(poll_at=timezone.now() + follow.POLL_LEASE)
    asked_at = timezone.now()
    follow.stir(repository, REF)
    sync.record_run(repository, data, asked_at=asked_at)
    run.refresh_from_db()
    assert run.poll_at is not None
    assert run.poll_at <= timezone.now() + sync.STIRRED


def test_results_of_no_job_are_those_of_a_failed_one_that_counts(repository: Repository, server: MemoryServer) -> None:
    put(server, State.RUNNING, job("a", State.FAILURE))
    sync.sync_run(repository, REF)
    run = put(
        server,
        State.FAILURE,
        job("a", State.SUCCESS, "a2"),
        job("soft", State.FAILURE, allow_failure=True),
        job("b", State.FAILURE),
    )
    run.artifacts["junit.xml"] = FAILED % b"t"
    collected(repository)
    assert TestResult.objects.get().job.name == "b"
