"""The sweep brings back what lost its task, and leaves alone what has one."""

import json

import pytest
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from ci_integrations import schedules
from ci_integrations.domain import Delivery as Heard
from ci_integrations.domain import RepoRef, RunRef
from ci_integrations.models import Action, Connection, Delivery, Repository, Run
from ci_integrations.services import control, follow, inbox, sweep, sync
from tests.fakes.memory import MemoryServer


def enqueued() -> list[str]:
    return [row.task["func"] for row in OrmQ.objects.all()]


def lose_all_tasks() -> None:
    OrmQ.objects.all().delete()


def long_ago() -> timezone.datetime:  # type: ignore[name-defined]  # re-exported without stubs
    return timezone.now() - 4 * sweep.GRACE


@pytest.fixture
def lost(repository: Repository, server: MemoryServer) -> Repository:
    """A delivery, an action and a run whose tasks are gone."""
    body = json.dumps({"id": "d", "run": "7"}).encode()
    inbox.receive(repository.connection, Heard(delivery_id="d", event="run", body=body))
    control.trigger(repository, workflow="ci", branch="main", requested_by="me")
    sync.record_ref(repository, RunRef(RepoRef("repo"), "7"))
    lose_all_tasks()
    Delivery.objects.update(received_at=long_ago())
    Action.objects.update(created_at=long_ago())
    Run.objects.update(poll_at=long_ago())
    return repository


def test_lost_work_is_enqueued_again(lost: Repository) -> None:
    sweep.sweep()
    assert {inbox.TASK, control.TASK, sync.POLL_TASK} <= set(enqueued())


def test_work_that_somebody_holds_is_left_alone(lost: Repository) -> None:
    soon = timezone.now() + sweep.GRACE
    Delivery.objects.update(leased_until=soon)
    Action.objects.update(not_before=soon)
    Run.objects.update(poll_at=soon)
    sweep.sweep()
    assert not {inbox.TASK, control.TASK, sync.POLL_TASK} & set(enqueued())


def test_finished_and_dead_work_is_left_alone(lost: Repository) -> None:
    Delivery.objects.update(done_at=timezone.now())
    Action.objects.update(state="failed", dead_at=timezone.now())
    Run.objects.update(settled_at=timezone.now())
    sweep.sweep()
    assert not {inbox.TASK, control.TASK, sync.POLL_TASK} & set(enqueued())


def test_a_dead_action_that_nobody_ended_is_ended(lost: Repository) -> None:
    Action.objects.update(state="sending", dead_at=timezone.now())
    sweep.sweep()
    assert control.TASK in enqueued()
    assert control.perform(Action.objects.get().pk).state == "failed"


def test_overdue_polls_do_not_multiply(lost: Repository, server: MemoryServer) -> None:
    server.add_run("7")
    for _ in range(5):
        sweep.sweep()
    waiting = enqueued().count(sync.POLL_TASK)
    lose_all_tasks()
    for _ in range(waiting):
        follow.poll_run(Run.objects.get().pk)
    assert enqueued().count(sync.POLL_TASK) == 1


def test_runs_of_a_connection_that_was_switched_off_are_left_alone(lost: Repository, server: MemoryServer) -> None:
    Connection.objects.update(is_active=False)
    sweep.sweep()
    follow.poll_run(Run.objects.get().pk)
    assert sync.POLL_TASK not in enqueued()
    assert server.calls == []


def test_schedules_are_made_what_they_should_be(db: None) -> None:
    Schedule.objects.create(name="old", func="gone.task")
    schedules.install({"sweep": ("a.b", 1)})
    schedules.install({"sweep": ("a.c", 2)})
    assert [(row.name, row.func, row.minutes) for row in Schedule.objects.all()] == [("sweep", "a.c", 2)]
