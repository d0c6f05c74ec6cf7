"""What a signed delivery says is believed, whatever the order in which deliveries come."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django_q.models import OrmQ

from ci_integrations.domain import (
    Change,
    Command,
    CommandKind,
    Delivery,
    JobData,
    JobRef,
    News,
    RepoRef,
    RunData,
    RunRef,
    State,
)
from ci_integrations.models import Delivery as Row
from ci_integrations.models import Job, Repository, Run
from ci_integrations.services import inbox, sync
from ci_integrations.signals import news_heard
from tests.fakes.memory import MemoryServer

REF = RunRef(RepoRef("repo"), "7")


@pytest.fixture
def heard() -> Iterator[list[int]]:
    """The ids of the deliveries that the rest of the house was told of."""
    ids: list[int] = []

    def note(sender: object, *, delivery_id: int, **_: object) -> None:
        ids.append(delivery_id)

    news_heard.connect(note)
    yield ids
    news_heard.disconnect(note)


def deliver(repository: Repository, server: MemoryServer, news: News, *, name: str = "d1") -> Row:
    """One delivery from the doorbell to its end."""
    server.news[name] = news
    row = inbox.receive(repository.connection, Delivery(name, "news", json.dumps({}).encode()))
    inbox.process(row.pk)
    row.refresh_from_db()
    return row


def told(state: State) -> RunData:
    return RunData(ref=REF, state=state, workflow="ci.yml", branch="main", commit_sha="c0ffee")


def test_a_live_run_is_recorded_without_a_request(repository: Repository, server: MemoryServer) -> None:
    row = deliver(repository, server, News(runs=(told(State.RUNNING),)))
    assert Run.objects.get().state == State.RUNNING
    assert server.calls == ["read_webhook"]
    assert row.note == f"run {Run.objects.get().pk}: running"


def test_a_run_that_ended_costs_one_request_for_its_jobs(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    server.finish("7", State.SUCCESS)
    deliver(repository, server, News(runs=(told(State.SUCCESS),)))
    assert server.calls == ["read_webhook", "get_run"]
    assert Run.objects.get().jobs.get().state == State.SUCCESS


def test_completed_before_in_progress_changes_nothing(repository: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    server.finish("7", State.FAILURE)
    deliver(repository, server, News(runs=(told(State.FAILURE),)))
    deliver(repository, server, News(runs=(told(State.RUNNING),)), name="d2")
    assert Run.objects.get().state == State.FAILURE
    assert server.calls.count("get_run") == 1


def test_a_delivery_that_is_done_is_not_worked_on_again(repository: Repository, server: MemoryServer) -> None:
    deliver(repository, server, News(runs=(told(State.RUNNING),)))
    Run.objects.all().delete()
    deliver(repository, server, News(runs=(told(State.RUNNING),)))
    assert Run.objects.count() == 0


def test_a_job_is_shown_while_its_run_goes_on(repository: Repository, server: MemoryServer) -> None:
    deliver(repository, server, News(runs=(told(State.RUNNING),)))
    job = JobData(JobRef(REF, "70"), "unit", State.RUNNING)
    deliver(repository, server, News(jobs=(job,)), name="d2")
    deliver(repository, server, News(jobs=(replace(job, state=State.FAILURE),)), name="d3")
    deliver(repository, server, News(jobs=(job,)), name="d4")
    assert [(row.name, row.state) for row in Job.objects.all()] == [("unit", State.FAILURE)]
    assert "get_run" not in server.calls


def test_a_job_before_its_run_leaves_the_run_time_to_be_told(repository: Repository, server: MemoryServer) -> None:
    deliver(repository, server, News(jobs=(JobData(JobRef(REF, "70"), "unit", State.QUEUED),)))
    run = Run.objects.get()
    assert run.poll_at is not None
    assert run.poll_at - run.created_at == sync.AFTER_JOB
    assert "get_run" not in server.calls


def test_the_letters_of_a_name_may_differ(repository: Repository, server: MemoryServer) -> None:
    data = replace(told(State.RUNNING), ref=RunRef(RepoRef("REPO"), "7"))
    deliver(repository, server, News(runs=(data,)))
    assert Run.objects.get().repository == repository


def test_a_repository_that_is_not_followed_is_noted(repository: Repository, server: MemoryServer) -> None:
    data = replace(told(State.RUNNING), ref=RunRef(RepoRef("else"), "7"))
    row = deliver(repository, server, News(runs=(data,)))
    assert (row.note, Run.objects.count()) == ("else is not followed", 0)
    assert row.done_at is not None


def test_why_nothing_was_done_is_noted(repository: Repository, server: MemoryServer) -> None:
    assert deliver(repository, server, News(ignored="the event star is not used")).note == "the event star is not used"


def test_commands_and_changes_are_passed_on_once(
    repository: Repository, server: MemoryServer, heard: list[int]
) -> None:
    command = Command(CommandKind.RETRY, RepoRef("repo"), "ada", change=3)
    row = deliver(repository, server, News(commands=(command,)))
    deliver(repository, server, News(commands=(command,)))
    change = Change(RepoRef("repo"), 3, "c0ffee", "topic", "main")
    other = deliver(repository, server, News(changes=(change,)), name="d2")
    deliver(repository, server, News(runs=(told(State.RUNNING),)), name="d3")
    assert heard == [row.pk, other.pk]
    assert row.note == "retry asked for by ada"


def test_when_we_last_heard_is_known_to_the_minute(repository: Repository, server: MemoryServer) -> None:
    deliver(repository, server, News(ignored="ping"))
    repository.connection.refresh_from_db()
    first = repository.connection.heard_at
    deliver(repository, server, News(ignored="ping"), name="d2")
    repository.connection.refresh_from_db()
    assert first is not None
    assert repository.connection.heard_at == first
    assert OrmQ.objects.count() == 2
