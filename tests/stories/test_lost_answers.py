"""A server that acts and does not say so, or does not act and does not say so: one run, not two and not none."""

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from ci_integrations.domain import RetryScope, State
from ci_integrations.models import Action, Repository, Run
from ci_integrations.models.action import ActionState
from ci_integrations.services import control, follow
from tests.fakes.ci_server import FakeCI, Kind, Outcome
from tests.stories.stage import connect_to

LOST: list[Kind] = [
    "502_after",
    "502_before",
    "reset",
    "reset_before",
    "hang",
    "hang_before",
    "truncated",
    "html_200",
]


@pytest.fixture
def repository(db: None, ci: FakeCI, settings: Settings) -> Repository:
    settings.ORCHESTRATE_COOL_DOWN = 0
    ci.script("ci", [Outcome("red", states=()), Outcome("green", states=())])
    return connect_to(ci, timeout=0.3)


def carry_out(action: Action) -> Run:
    """Perform an action until it has ended, however often that takes; gives the run that came of it, synced."""
    for _ in range(6):
        Action.objects.filter(pk=action.pk).update(not_before=None)
        action = control.perform(action.pk)
        if action.finished_at is not None:
            break
    assert action.state == ActionState.DONE, action.last_error
    assert action.result_run is not None
    Run.objects.update(poll_at=timezone.now())
    follow.poll_run(action.result_run.pk)
    return Run.objects.get(pk=action.result_run.pk)


def trigger(repository: Repository) -> Action:
    return control.trigger(repository, workflow="ci", branch="main", requested_by="me", idempotency_key="k")


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("times", [1, 2])
def test_a_trigger_whose_answer_is_lost_gives_one_run(
    repository: Repository, ci: FakeCI, lost: Kind, times: int
) -> None:
    ci.fail_next(lost, on="trigger", times=times)
    run = carry_out(trigger(repository))
    assert [record.run_id for record in ci.triggers] == [run.external_id]
    assert (run.state, run.attempt) == (State.FAILURE, 1)
    assert Run.objects.count() == 1


@pytest.mark.parametrize("lost", LOST)
@pytest.mark.parametrize("kept", ["attempt", "run"])
def test_a_retry_whose_answer_is_lost_gives_one_attempt(
    repository: Repository, ci: FakeCI, lost: Kind, kept: str
) -> None:
    if kept == "run":
        ci.retries_as = "run"
        repository = connect_to(ci, timeout=0.3)
    first = carry_out(trigger(repository))
    ci.fail_next(lost, on="retry")
    run = carry_out(control.retry(first, scope=RetryScope.FAILED, requested_by="me"))
    assert [(record.new_run_id, record.attempt) for record in ci.retries] == [(run.external_id, run.attempt)]
    assert run.state == State.SUCCESS
    assert run.retry_of == first
    assert Run.objects.count() == 2


def test_nothing_is_sent_again_while_the_server_cannot_be_asked(repository: Repository, ci: FakeCI) -> None:
    ci.fail_next("502_after", on="trigger")
    ci.fail_next("502_before", on="runs", times=3)
    action = control.perform(trigger(repository).pk)
    Action.objects.update(not_before=None)
    action = control.perform(action.pk)
    assert action.state == ActionState.SENDING
    assert len(ci.triggers) == 1
    carry_out(action)
    assert len(ci.triggers) == 1
