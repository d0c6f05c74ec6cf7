"""Refetch and upsert."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import DjangoAssertNumQueries

from ci_integrations import selectors
from ci_integrations.configfile import ConnectionSpec, RepositorySpec
from ci_integrations.domain import Capability, JobData, JobRef, RepoRef, RunData, RunRef, State, StepData
from ci_integrations.errors import AuthFailed, Unavailable
from ci_integrations.models import Connection, Repository, Run
from ci_integrations.services import follow, sync
from ci_integrations.services.connections import connect
from ci_integrations.wiring import provider_of
from tests.fakes.memory import EVERYTHING, MemoryServer


class Crash(BaseException):
    """No answer and no error: the end of the worker."""


def ref(external_id: str = "7", attempt: int = 1) -> RunRef:
    return RunRef(RepoRef("repo"), external_id, attempt)


def queued(task: str) -> int:
    return sum(row.task["func"] == task for row in OrmQ.objects.all())


def test_a_run_seen_twice_is_one_row_with_its_jobs(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7", State.RUNNING)
    sync.sync_run(repository, ref())
    run = sync.sync_run(repository, ref())
    assert Run.objects.count() == 1
    assert run.state == State.RUNNING
    assert [job.name for job in run.jobs.all()] == ["test"]


def test_a_terminal_state_is_final_within_the_attempt(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    server.finish("7", State.FAILURE)
    sync.sync_run(repository, ref())
    server.finish("7", State.RUNNING)
    run = sync.sync_run(repository, ref())
    run.refresh_from_db()
    assert run.state == State.FAILURE
    assert run.jobs.get().state == State.FAILURE


def test_a_listing_does_not_end_a_run_whose_jobs_are_not_known(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    server.finish("7", State.SUCCESS)
    server.fail_next("get_run", Unavailable("503"))
    follow.list_repository(repository.pk)
    run = Run.objects.get()
    assert run.state != State.SUCCESS
    follow.poll_run(run.pk)
    run.refresh_from_db()
    assert run.state == State.SUCCESS
    assert run.jobs.get().state == State.SUCCESS


def test_a_server_that_cannot_list_is_not_asked_to(repository: Repository, server: MemoryServer) -> None:
    server.capabilities = EVERYTHING & ~Capability.LIST_RUNS
    follow.list_repository(repository.pk)
    assert "list_runs" not in server.calls


def test_the_end_of_a_run_enqueues_its_collection_once(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    server.finish("7", State.SUCCESS)
    sync.sync_run(repository, ref())
    sync.sync_run(repository, ref())
    assert queued(sync.COLLECT_TASK) == 1
    assert Run.objects.get().poll_at is None


def test_a_live_run_is_asked_for_again_later(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7", State.RUNNING, created_at=timezone.now())
    run = sync.sync_run(repository, ref())
    assert run.poll_at is not None
    assert timezone.now() < run.poll_at < timezone.now() + timedelta(seconds=10)


def test_many_wake_ups_ask_the_provider_once(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    run = sync.record_ref(repository, ref())
    for _ in range(3):
        follow.poll_run(run.pk)
    assert server.calls.count("get_run") == 1


def test_however_often_a_run_is_looked_at_one_wake_up_is_queued(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7", State.RUNNING, created_at=timezone.now())
    run = sync.sync_run(repository, ref())
    for _ in range(2):
        sync.sync_run(repository, ref())
    assert queued(sync.POLL_TASK) == 1
    OrmQ.objects.all().delete()
    follow.poll_run(run.pk)
    assert server.calls.count("get_run") == 3, "it is not due yet"
    assert queued(sync.POLL_TASK) == 1, "but it is not forgotten"


def test_an_unanswered_poll_is_put_off_longer_each_time_and_never_given_up(
    repository: Repository, server: MemoryServer
) -> None:
    server.add_run("7")
    run = sync.record_ref(repository, ref())
    waits = []
    for _ in range(12):
        server.fail_next("get_run", Unavailable("no answer"))
        follow.poll_run(run.pk)
        run.refresh_from_db()
        assert run.poll_at is not None
        waits.append(run.poll_at - timezone.now())
        Run.objects.update(poll_at=timezone.now())
    assert waits[0] < timedelta(seconds=20)
    assert waits[-1] > timedelta(seconds=500)
    assert "no answer" in Connection.objects.get().trouble
    follow.poll_run(run.pk)
    run.refresh_from_db()
    assert run.state == State.RUNNING
    assert run.poll_failures == 0
    assert Connection.objects.get().trouble == ""


def test_refused_credentials_are_not_tried_every_second(repository: Repository, server: MemoryServer) -> None:
    run = sync.record_ref(repository, ref())
    server.fail_next("get_run", AuthFailed("401"))
    follow.poll_run(run.pk)
    run.refresh_from_db()
    assert run.poll_at is not None
    assert run.poll_at > timezone.now() + timedelta(minutes=4)


def test_a_provider_that_says_less_does_not_wipe_what_is_known(repository: Repository, server: MemoryServer) -> None:
    sync.record_ref(repository, ref(), known={"workflow": "deploy", "branch": "main", "commit_sha": "abc"})
    run_on_server = server.add_run("7")
    run_on_server.data = type(run_on_server.data)(ref=ref(), state=State.RUNNING, jobs=())
    run = sync.sync_run(repository, ref())
    assert (run.workflow, run.branch, run.commit_sha) == ("deploy", "main", "abc")


def test_a_second_attempt_points_at_the_first(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    server.add_run("7", attempt=2)
    first = sync.sync_run(repository, ref())
    second = sync.sync_run(repository, ref(attempt=2))
    assert second.retry_of == first


def test_whatever_a_server_says_can_be_stored(repository: Repository, server: MemoryServer) -> None:
    long = "x" * 5000
    job = JobData(JobRef(ref(), long), long, State.RUNNING, raw_state=long, url=long, steps=(
        StepData(1, long, State.RUNNING, raw_state=long, external_id=long),
    ))  # fmt: skip
    server.add_run("7").data = RunData(
        ref(), State.RUNNING, long, long, long, long, long, long, long, long, jobs=(job,)
    )
    run = sync.sync_run(repository, ref())
    sync.sync_run(repository, ref())
    run.refresh_from_db()
    run.full_clean(exclude=["url"])
    assert (len(run.branch), run.jobs.get().steps.count()) == (300, 1)


def test_an_id_that_cannot_be_stored_is_refused_and_the_others_are_listed(
    repository: Repository, server: MemoryServer
) -> None:
    server.add_run("x" * 201)
    server.add_run("8")
    follow.list_repository(repository.pk)
    assert Run.objects.get().external_id == "8"


def test_a_listing_that_fails_is_told_and_does_not_raise(repository: Repository, server: MemoryServer) -> None:
    server.fail_next("list_runs", Unavailable("503"))
    follow.list_repository(repository.pk)
    assert "503" in Connection.objects.get().trouble


def test_runs_known_to_have_ended_are_not_written_again(
    repository: Repository, server: MemoryServer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        server.add_run(str(number))
        server.finish(str(number), State.SUCCESS)
        sync.sync_run(repository, ref(str(number)))
    Repository.objects.update(listed_at=timezone.now())
    with django_assert_max_num_queries(16):
        follow.list_repository(repository.pk)


def test_a_listing_does_not_put_off_the_next_look(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7", State.RUNNING, created_at=timezone.now() - timedelta(hours=1))
    run = sync.sync_run(repository, ref())
    soon = timezone.now() + timedelta(seconds=1)
    Run.objects.update(poll_at=soon)
    follow.list_repository(repository.pk)
    run.refresh_from_db()
    assert run.poll_at == soon


def test_a_poll_that_never_comes_back_is_counted(repository: Repository, server: MemoryServer) -> None:
    run = sync.record_ref(repository, ref())
    server.fail_next("get_run", Crash("killed"))
    with pytest.raises(Crash):
        follow.poll_run(run.pk)
    run.refresh_from_db()
    assert run.poll_failures == 1


def test_a_configuration_that_no_longer_works_is_told_and_put_off(repository: Repository, server: MemoryServer) -> None:
    run = sync.record_ref(repository, ref())
    connection = Connection.objects.get()
    connection.config = {"server": "other"}
    connection.save()
    follow.poll_run(run.pk)
    run.refresh_from_db()
    assert "server is 'other'" in Connection.objects.get().trouble
    assert run.poll_at is not None
    assert run.poll_at > timezone.now()


def test_a_run_that_the_server_no_longer_knows_is_let_go_in_the_end(
    repository: Repository, server: MemoryServer
) -> None:
    run = sync.record_ref(repository, ref())
    for _ in range(follow.GONE_AFTER):
        Run.objects.update(poll_at=timezone.now())
        follow.poll_run(run.pk)
    run.refresh_from_db()
    assert (run.state, run.raw_state, run.poll_at) == (State.UNKNOWN, "gone", None)
    assert run.settled_at is not None


def test_an_attempt_that_the_server_went_on_from_is_let_go(repository: Repository, server: MemoryServer) -> None:
    run = sync.record_ref(repository, ref())
    server.add_run("7").data = server.add_run("7", attempt=2).data
    follow.poll_run(run.pk)
    run.refresh_from_db()
    assert (run.raw_state, run.poll_at) == ("superseded", None)
    assert Run.objects.get(attempt=2).state == State.RUNNING


def test_a_retry_that_answers_with_an_earlier_run_makes_no_circle(repository: Repository, server: MemoryServer) -> None:
    first = sync.record_ref(repository, ref("1"))
    second = sync.record_ref(repository, ref("2"), retry_of=first)
    sync.record_ref(repository, ref("1"), retry_of=second)
    assert selectors.attempts(second) == [first, second]


def test_a_run_first_seen_at_its_end_did_not_end_now(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    run_on_server = server.finish("7", State.FAILURE)
    run_on_server.data = replace(run_on_server.data, finished_at=None)
    assert sync.sync_run(repository, ref()).finished_at == run_on_server.data.created_at


def test_a_repository_that_is_no_longer_named_is_not_followed(repository: Repository, server: MemoryServer) -> None:
    connection = repository.connection
    other = RepositorySpec("other", "acme/other")
    connect(ConnectionSpec(connection.name, connection.provider, connection.config, (other,), "orchestrate.yaml"))
    assert [row.name for row in selectors.repositories()] == ["acme/other"]
    assert provider_of(connection).capabilities


def test_no_coverage_at_all_is_a_coverage(repository: Repository, server: MemoryServer) -> None:
    data = server.add_run("7").data
    for told, stored in ((81.5, 81.5), (None, 81.5), (0.0, 0.0)):
        assert sync.record_run(repository, replace(data, coverage=told)).coverage == stored


def test_since_when_a_job_waits_is_kept(repository: Repository, server: MemoryServer) -> None:
    run = server.add_run("7", State.RUNNING)
    begin = timezone.now()
    job = JobData(JobRef(ref(), "70"), "unit", State.QUEUED, created_at=begin)
    run.data = replace(run.data, jobs=(job,))
    assert sync.sync_run(repository, ref()).jobs.get().created_at == begin
    later = replace(job, state=State.RUNNING, created_at=None, started_at=begin + timedelta(seconds=9))
    run.data = replace(run.data, jobs=(later,))
    row = sync.sync_run(repository, ref()).jobs.get()
    assert (row.created_at, row.started_at) == (begin, begin + timedelta(seconds=9))
