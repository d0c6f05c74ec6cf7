"""Attempts of runs whose server counts none."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from ci_integrations.domain import Capability, Delivery, JobData, JobRef, News, RepoRef, RetryScope, RunRef, State
from ci_integrations.models import Action, Repository, Run
from ci_integrations.services import control, follow, generations, inbox, sync
from tests.fakes.memory import EPOCH, EVERYTHING, MemoryServer

REF = RunRef(RepoRef("repo"), "7")


@pytest.fixture
def server() -> MemoryServer:
    """A server that goes on with the same run when it is retried."""
    return MemoryServer("one", capabilities=EVERYTHING | Capability.RESUMES)


@pytest.fixture
def failed(repository: Repository, server: MemoryServer) -> Run:
    """A run that failed, as it is known here."""
    server.add_run("7")
    server.resume("7", State.FAILURE, "a", finished_at=EPOCH)
    return sync.sync_run(repository, REF)


def attempts() -> list[tuple[int, str]]:
    return list(Run.objects.order_by("attempt").values_list("attempt", "state"))


def test_a_retry_by_somebody_else_is_the_next_attempt(
    repository: Repository, server: MemoryServer, failed: Run
) -> None:
    server.resume("7", State.RUNNING, "b")
    again = sync.sync_run(repository, REF)
    assert (again.attempt, again.state, again.retry_of) == (2, State.RUNNING, failed)
    server.resume("7", State.SUCCESS)
    sync.sync_run(repository, sync.run_ref(again))
    assert attempts() == [(1, "failure"), (2, "success")]
    assert [job.external_id for job in again.jobs.all()] == ["b"]


def test_a_retry_that_was_not_seen_to_run_is_seen_by_its_jobs(
    repository: Repository, server: MemoryServer, failed: Run
) -> None:
    server.resume("7", State.SUCCESS, "b")
    sync.sync_run(repository, REF)
    assert attempts() == [(1, "failure"), (2, "success")]


def test_the_same_answer_again_is_the_same_attempt(repository: Repository, server: MemoryServer, failed: Run) -> None:
    sync.sync_run(repository, REF)
    server.resume("7", State.FAILURE, later=1)
    sync.sync_run(repository, REF)
    assert attempts() == [(1, "failure")]


def test_a_foreign_status_that_makes_the_run_go_on_is_no_attempt(
    repository: Repository, server: MemoryServer, failed: Run
) -> None:
    run = server.runs[("7", 1)]
    run.data = replace(run.data, state=State.RUNNING, updated_at=EPOCH + timedelta(hours=1))
    sync.sync_run(repository, REF)
    assert attempts() == [(1, "failure")]


def test_an_older_answer_makes_no_attempt(repository: Repository, server: MemoryServer, failed: Run) -> None:
    server.resume("7", State.RUNNING, "old", later=-5)
    sync.sync_run(repository, REF)
    assert attempts() == [(1, "failure")]


def test_a_job_that_waited_and_was_let_go_on_begins_an_attempt(repository: Repository, server: MemoryServer) -> None:
    ref = JobRef(REF, "deploy")
    run = server.add_run("7", State.SUCCESS, finished_at=EPOCH, updated_at=EPOCH)
    run.data = replace(run.data, jobs=(JobData(ref, "deploy", State.BLOCKED),))
    sync.sync_run(repository, REF)
    run.data = replace(run.data, state=State.RUNNING, jobs=(JobData(ref, "deploy", State.RUNNING),))
    assert sync.sync_run(repository, REF).attempt == 2


def test_our_retry_waits_for_the_server_to_take_it_up(
    repository: Repository, server: MemoryServer, failed: Run
) -> None:
    before = server.runs[("7", 1)].data
    action = control.retry(failed, scope=RetryScope.FAILED, requested_by="ada")
    control.perform(action.pk)
    after = server.runs[("7", 1)].data
    second = Run.objects.get(attempt=2)
    assert Action.objects.get().result_run == second
    server.runs[("7", 1)].data = before
    sync.sync_run(repository, sync.run_ref(second))
    assert attempts() == [(1, "failure"), (2, "created")]
    server.runs[("7", 1)].data = after
    server.resume("7", State.SUCCESS)
    sync.sync_run(repository, sync.run_ref(second))
    assert attempts() == [(1, "failure"), (2, "success")]
    assert not Run.objects.get(attempt=1).jobs.filter(is_superseded=True).exists()


def test_a_retry_that_changes_nothing_ends_as_the_run_had(
    repository: Repository, server: MemoryServer, failed: Run
) -> None:
    second = sync.record_ref(repository, replace(REF, attempt=2), retry_of=failed)
    sync.sync_run(repository, sync.run_ref(second))
    assert attempts()[1] == (2, "created")
    with time_machine.travel(timezone.now() + generations.BEGINS_WITHIN + timedelta(seconds=1)):
        sync.sync_run(repository, sync.run_ref(second))
    assert attempts()[1] == (2, "failure")


def test_an_attempt_begins_with_its_first_new_job(repository: Repository, server: MemoryServer, failed: Run) -> None:
    began = EPOCH + timedelta(days=3)
    run = server.resume("7", State.RUNNING, "a", "b", created_at=EPOCH, started_at=EPOCH)
    jobs = run.data.jobs or ()
    run.data = replace(run.data, jobs=(replace(jobs[0], started_at=EPOCH), replace(jobs[1], started_at=began)))
    again = sync.sync_run(repository, REF)
    assert (again.attempt, again.started_at) == (2, began)
    assert again.created_at > failed.created_at


def test_what_is_repeated_within_an_attempt_is_superseded(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    server.resume("7", State.RUNNING, "a")
    run = sync.sync_run(repository, REF)
    server.resume("7", State.RUNNING, "b")
    sync.sync_run(repository, REF)
    assert list(run.jobs.order_by("external_id").values_list("external_id", "is_superseded")) == [
        ("a", True),
        ("b", False),
    ]


def test_a_listing_asks_again_for_an_ended_run_only_where_it_changed(
    repository: Repository, server: MemoryServer, failed: Run
) -> None:
    server.calls.clear()
    follow.list_repository(repository.pk)
    assert server.calls == ["list_runs"]
    server.resume("7", State.SUCCESS, "b")
    Repository.objects.update(list_at=None)
    follow.list_repository(repository.pk)
    assert attempts() == [(1, "failure"), (2, "success")]
    server.calls.clear()
    Repository.objects.update(list_at=None)
    follow.list_repository(repository.pk)
    assert server.calls == ["list_runs"]


def hear(repository: Repository, server: MemoryServer, name: str, news: News) -> str:
    server.news[name] = news
    row = inbox.receive(repository.connection, Delivery(name, "news", b"{}"))
    inbox.process(row.pk)
    row.refresh_from_db()
    return row.note


def test_news_of_an_ended_run_may_tell_of_the_next_attempt(
    repository: Repository, server: MemoryServer, failed: Run
) -> None:
    hear(repository, server, "late", News(stirred=(REF,)))
    assert attempts() == [(1, "failure")]
    server.resume("7", State.RUNNING, "b")
    hear(repository, server, "again", News(stirred=(REF,)))
    assert attempts() == [(1, "failure"), (2, "running")]


def test_news_of_a_live_run_bring_its_next_look_forward_once(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    run = sync.sync_run(repository, REF)
    Run.objects.update(poll_at=timezone.now() + timedelta(minutes=1))
    server.calls.clear()
    for number in range(3):
        assert hear(repository, server, f"{number}", News(stirred=(REF,))) == "7 is looked at soon"
    run.refresh_from_db()
    assert run.poll_at is not None
    assert timezone.now() < run.poll_at <= timezone.now() + sync.STIRRED
    assert "get_run" not in server.calls


def test_news_of_a_run_that_nobody_told_of_has_it_fetched_soon(repository: Repository, server: MemoryServer) -> None:
    hear(repository, server, "first", News(stirred=(REF,)))
    run = Run.objects.get()
    assert run.poll_at is not None
    assert run.poll_at <= run.created_at + sync.STIRRED
    elsewhere = News(stirred=(RunRef(RepoRef("else"), "9"),))
    assert hear(repository, server, "foreign", elsewhere) == "else is not followed"


def test_a_child_is_tied_to_the_job_that_started_it(repository: Repository, server: MemoryServer) -> None:
    server.add_run("8")
    run = server.add_run("7")
    job = JobData(JobRef(REF, "trigger"), "trigger", State.RUNNING, child=RunRef(RepoRef("repo"), "8"))
    run.data = replace(run.data, jobs=(job,))
    parent = sync.sync_run(repository, REF)
    child = Run.objects.get(external_id="8")
    assert child.parent_job == parent.jobs.get()
    assert (child.branch, child.commit_sha, child.workflow) == ("main", "c0ffee", "ci: trigger")
    server.resume("8", State.FAILURE, "x", finished_at=EPOCH)
    sync.sync_run(repository, sync.run_ref(child))
    server.resume("8", State.RUNNING, "y")
    again = sync.sync_run(repository, sync.run_ref(child))
    assert (again.attempt, again.parent_job) == (2, parent.jobs.get())


def test_a_child_that_was_heard_of_first_is_named_by_its_job(repository: Repository, server: MemoryServer) -> None:
    server.add_run("8", workflow="")
    sync.sync_run(repository, RunRef(RepoRef("repo"), "8"))
    run = server.add_run("7")
    job = JobData(JobRef(REF, "trigger"), "trigger", State.RUNNING, child=RunRef(RepoRef("repo"), "8"))
    run.data = replace(run.data, jobs=(job,))
    sync.sync_run(repository, REF)
    assert Run.objects.get(external_id="8").workflow == "ci: trigger"


def test_a_child_in_a_repository_that_is_not_followed_is_left_alone(
    repository: Repository, server: MemoryServer
) -> None:
    run = server.add_run("7")
    job = JobData(JobRef(REF, "trigger"), "trigger", State.RUNNING, child=RunRef(RepoRef("other"), "8"))
    run.data = replace(run.data, jobs=(job,))
    sync.sync_run(repository, REF)
    assert Run.objects.count() == 1
