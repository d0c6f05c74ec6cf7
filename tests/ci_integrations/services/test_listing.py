"""Following many runs by listing their repositories."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from ci_integrations.domain import Capability, InstallationState, State
from ci_integrations.errors import AuthFailed, RateLimited, Unavailable
from ci_integrations.models import Connection, Installation, Repository, Run
from ci_integrations.services import follow, sweep, sync
from tests.fakes.memory import EVERYTHING, MemoryServer

LISTED = EVERYTHING | Capability.LISTED_STATES


@pytest.fixture(autouse=True)
def _listed(server: MemoryServer) -> None:
    server.capabilities = LISTED


def list_now(repository: Repository) -> timedelta:
    """List; gives the time until the next listing."""
    Repository.objects.update(list_at=None)
    follow.list_repository(repository.pk)
    repository.refresh_from_db()
    assert repository.list_at is not None
    return repository.list_at - timezone.now()


def test_live_runs_cost_listings_and_no_request_of_their_own(repository: Repository, server: MemoryServer) -> None:
    for number in range(10):
        server.add_run(str(number), State.RUNNING, created_at=timezone.now())
    for _ in range(3):
        list_now(repository)
        for run in Run.objects.all():
            follow.poll_run(run.pk)
    assert server.calls == ["list_runs"] * 3
    assert set(Run.objects.values_list("state", flat=True)) == {State.RUNNING}


def test_a_run_that_a_listing_shows_ended_is_fetched_once(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7", State.RUNNING)
    list_now(repository)
    server.finish("7", State.FAILURE)
    list_now(repository)
    list_now(repository)
    run = Run.objects.get()
    assert (run.state, run.jobs.get().state) == (State.FAILURE, State.FAILURE)
    assert server.calls.count("get_run") == 1


def test_a_run_that_listings_are_silent_about_is_asked_for(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7", State.RUNNING)
    list_now(repository)
    run = Run.objects.get()
    assert run.poll_at is not None
    assert timedelta(minutes=14) < run.poll_at - timezone.now() < timedelta(minutes=16)


def test_how_often_is_told_by_news_and_by_webhooks(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7", State.RUNNING)
    assert list_now(repository) < timedelta(seconds=31)
    Repository.objects.update(news_at=timezone.now() - timedelta(hours=2))
    assert timedelta(minutes=4) < list_now(repository) < timedelta(minutes=6)
    Repository.objects.update(news_at=timezone.now() - timedelta(days=3))
    assert list_now(repository) > timedelta(minutes=29)
    Repository.objects.update(news_at=timezone.now())
    Connection.objects.update(heard_at=timezone.now())
    assert timedelta(minutes=4) < list_now(repository) < timedelta(minutes=6)


def test_the_past_of_a_new_repository_is_not_fetched_whole(repository: Repository, server: MemoryServer) -> None:
    for number in range(follow.FIRST_LISTED + 15):
        server.add_run(str(number))
        server.finish(str(number), State.SUCCESS)
    list_now(repository)
    assert Run.objects.count() == follow.FIRST_LISTED
    assert server.calls.count("get_run") == follow.FIRST_LISTED


def test_one_listing_at_a_time_and_the_next_is_queued(repository: Repository, server: MemoryServer) -> None:
    for _ in range(3):
        follow.list_repository(repository.pk)
    assert server.calls == ["list_runs"]
    assert [row.task["func"] for row in OrmQ.objects.all()] == [follow.LIST_TASK]


@pytest.mark.parametrize(
    ("error", "least"),
    [
        (Unavailable("503"), timedelta(seconds=50)),
        (AuthFailed("401"), timedelta(minutes=4)),
        (RateLimited("429", retry_after=900), timedelta(minutes=14)),
    ],
)
def test_trouble_is_told_and_waited_out(
    repository: Repository, server: MemoryServer, error: Exception, least: timedelta
) -> None:
    server.fail_next("list_runs", error)
    assert list_now(repository) > least
    assert str(error) in Connection.objects.get().trouble
    list_now(repository)
    assert Connection.objects.get().trouble == ""


def test_the_sweep_takes_up_listings_that_were_lost(repository: Repository) -> None:
    Repository.objects.update(list_at=timezone.now() - timedelta(hours=1))
    sweep.sweep()
    assert follow.LIST_TASK in [row.task["func"] for row in OrmQ.objects.all()]


@pytest.mark.parametrize("state", [InstallationState.SUSPENDED, InstallationState.REMOVED])
def test_nothing_is_asked_for_an_installation_that_is_shut(
    repository: Repository, server: MemoryServer, state: InstallationState
) -> None:
    run = sync.record_ref(repository, server.add_run("7").data.ref)
    installation = Installation.objects.create(connection=repository.connection, external_id="1", account="acme")
    Repository.objects.update(installation=installation)
    Installation.objects.update(state=state)
    follow.list_repository(repository.pk)
    follow.poll_run(run.pk)
    assert server.calls == []


def test_a_run_that_somebody_looks_at_is_asked_for_soon(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7", State.RUNNING)
    list_now(repository)
    run = Run.objects.get()
    follow.hurry(run)
    follow.poll_run(run.pk)
    assert "get_run" not in server.calls, "it was seen a moment ago"
    Run.objects.update(synced_at=timezone.now() - timedelta(minutes=1))
    run.refresh_from_db()
    follow.hurry(run)
    follow.poll_run(run.pk)
    assert server.calls.count("get_run") == 1


def test_an_earlier_attempt_that_nobody_told_of_is_fetched_too(repository: Repository, server: MemoryServer) -> None:
    now = timezone.now()
    server.add_run("7", created_at=now)
    server.finish("7", State.FAILURE)
    ref = server.add_run("7", attempt=2, created_at=now).data.ref
    second = sync.record_run(repository, server.runs[("7", 2)].data)
    first = Run.objects.get(attempt=1)
    follow.poll_run(first.pk)
    first.refresh_from_db()
    assert (first.state, second.retry_of, ref.attempt) == (State.FAILURE, first, 2)
