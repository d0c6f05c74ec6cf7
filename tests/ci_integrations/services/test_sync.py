"""Refetch and upsert."""

from datetime import timedelta

from django.utils import timezone
from django_q.models import OrmQ

from ci_integrations.domain import Capability, RepoRef, RunRef, State
from ci_integrations.errors import AuthFailed, Unavailable
from ci_integrations.models import Connection, Repository, Run
from ci_integrations.services import sync
from tests.fakes.memory import EVERYTHING, MemoryServer


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
    sync.discover_runs(repository.connection_id)
    run = Run.objects.get()
    assert run.state != State.SUCCESS
    sync.poll_run(run.pk)
    run.refresh_from_db()
    assert run.state == State.SUCCESS
    assert run.jobs.get().state == State.SUCCESS


def test_a_server_that_cannot_list_is_not_asked_to(repository: Repository, server: MemoryServer) -> None:
    server.capabilities = EVERYTHING & ~Capability.LIST_RUNS
    sync.discover_runs(repository.connection_id)
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
        sync.poll_run(run.pk)
    assert server.calls.count("get_run") == 1


def test_however_often_a_run_is_looked_at_one_wake_up_is_queued(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7", State.RUNNING, created_at=timezone.now())
    run = sync.sync_run(repository, ref())
    for _ in range(2):
        sync.sync_run(repository, ref())
    assert queued(sync.POLL_TASK) == 1
    OrmQ.objects.all().delete()
    sync.poll_run(run.pk)
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
        sync.poll_run(run.pk)
        run.refresh_from_db()
        assert run.poll_at is not None
        waits.append(run.poll_at - timezone.now())
        Run.objects.update(poll_at=timezone.now())
    assert waits[0] < timedelta(seconds=20)
    assert waits[-1] > timedelta(seconds=500)
    assert "no answer" in Connection.objects.get().trouble
    sync.poll_run(run.pk)
    run.refresh_from_db()
    assert run.state == State.RUNNING
    assert run.poll_failures == 0
    assert Connection.objects.get().trouble == ""


def test_refused_credentials_are_not_tried_every_second(repository: Repository, server: MemoryServer) -> None:
    run = sync.record_ref(repository, ref())
    server.fail_next("get_run", AuthFailed("401"))
    sync.poll_run(run.pk)
    run.refresh_from_db()
    assert run.poll_at is not None
    assert run.poll_at > timezone.now() + timedelta(minutes=4)


def test_a_provider_that_says_less_does_not_wipe_what_is_known(repository: Repository, server: MemoryServer) -> None:
    sync.record_ref(repository, ref(), workflow="deploy", branch="main", commit_sha="abc")
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
