"""The intent ledger: every write is sent at most once."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django.fixtures import Settings

from ci_integrations.domain import Capability, RetryScope, State
from ci_integrations.errors import Conflict, Invalid, NotSupported, Unavailable
from ci_integrations.models import Action, Job, Repository, Run
from ci_integrations.models.action import ActionState
from ci_integrations.services import control, follow, sync
from tests.fakes.memory import EVERYTHING, MemoryServer, lost_answer


def trigger(repository: Repository, key: str = "k") -> Action:
    return control.trigger(repository, workflow="ci", branch="main", requested_by="me", idempotency_key=key)


def run_of(repository: Repository, server: MemoryServer, state: State) -> Run:
    server.add_run("7")
    server.finish("7", state)
    server_run = server.runs[("7", 1)]
    return sync.record_run(repository, server_run.data)


def later(action: Action) -> None:
    """Let the back-off and the cool-down pass."""
    past = timezone.now() - timedelta(hours=1)
    Action.objects.filter(pk=action.pk).update(not_before=None, sent_at=past)


def test_a_trigger_becomes_a_run(repository: Repository, server: MemoryServer) -> None:
    action = control.perform(trigger(repository).pk)
    assert action.state == ActionState.DONE
    assert action.result_run is not None
    assert action.result_run.external_id == "run-1"
    assert action.result_run.branch == "main"


def test_the_same_wish_twice_is_sent_once(repository: Repository, server: MemoryServer) -> None:
    for _ in range(3):
        control.perform(trigger(repository).pk)
    assert len(server.ledger) == 1


def test_an_answer_lost_after_the_effect_is_found_not_sent_again(repository: Repository, server: MemoryServer) -> None:
    server.fail_next("trigger", lost_answer(), after_effect=True)
    action = control.perform(trigger(repository).pk)
    assert action.state == ActionState.SENDING
    later(action)
    action = control.perform(action.pk)
    assert action.state == ActionState.DONE
    assert server.ledger == [("trigger", "run-1")]


def test_an_answer_lost_before_the_effect_is_sent_again_after_looking(
    repository: Repository, server: MemoryServer
) -> None:
    server.fail_next("trigger", lost_answer())
    action = control.perform(trigger(repository).pk)
    later(action)
    action = control.perform(action.pk)
    assert action.state == ActionState.DONE
    assert server.calls == ["trigger", "find_run", "trigger"]
    assert len(server.ledger) == 1


def test_nothing_is_looked_for_before_the_cool_down_has_passed(
    repository: Repository, server: MemoryServer, settings: Settings
) -> None:
    settings.ORCHESTRATE_COOL_DOWN = 60
    server.fail_next("trigger", lost_answer(), after_effect=True)
    action = control.perform(trigger(repository).pk)
    Action.objects.update(not_before=None)
    action = control.perform(action.pk)
    assert "find_run" not in server.calls
    assert action.not_before is not None
    assert action.not_before > timezone.now() + timedelta(seconds=50)


def test_a_worker_killed_while_sending_looks_before_it_sends(repository: Repository, server: MemoryServer) -> None:
    action = trigger(repository)
    Action.objects.update(state=ActionState.SENDING, attempts=1, leased_until=timezone.now())
    server.add_run("99").intent_id = action.intent_id
    later(action)
    action = control.perform(action.pk)
    assert action.result_run is not None
    assert action.result_run.external_id == "99"
    assert server.ledger == []


def test_a_server_that_cannot_be_asked_is_not_sent_a_second_request(
    repository: Repository, server: MemoryServer
) -> None:
    server.can_find = False
    server.fail_next("trigger", lost_answer(), after_effect=True)
    action = control.perform(trigger(repository).pk)
    later(action)
    action = control.perform(action.pk)
    assert action.state == ActionState.FAILED
    assert "not sent again" in action.last_error
    assert server.calls.count("trigger") == 1


def test_a_request_that_never_left_is_sent_again(repository: Repository, server: MemoryServer) -> None:
    server.fail_next("trigger", Unavailable("connection refused"))
    action = control.perform(trigger(repository).pk)
    assert action.state == ActionState.PENDING
    later(action)
    assert control.perform(action.pk).state == ActionState.DONE


def test_a_refusal_ends_the_action_and_its_key_stays_that_wish(repository: Repository, server: MemoryServer) -> None:
    server.fail_next("trigger", Invalid("no such workflow"))
    action = control.perform(trigger(repository).pk)
    assert action.state == ActionState.FAILED
    assert "no such workflow" in action.last_error
    assert trigger(repository).pk == action.pk
    assert control.perform(trigger(repository, key="new").pk).state == ActionState.DONE


def test_a_lost_trigger_is_not_sent_again_by_the_same_key(repository: Repository, server: MemoryServer) -> None:
    server.can_find = False
    server.fail_next("trigger", lost_answer(), after_effect=True)
    action = control.perform(trigger(repository).pk)
    later(action)
    assert control.perform(action.pk).state == ActionState.FAILED
    control.perform(trigger(repository).pk)
    assert server.calls.count("trigger") == 1


def test_a_refused_retry_may_be_wished_again_a_lost_one_not(repository: Repository, server: MemoryServer) -> None:
    run = run_of(repository, server, State.FAILURE)
    server.fail_next("retry", Invalid("not now"))
    control.perform(control.retry(run, scope=RetryScope.ALL, requested_by="me").pk)
    server.can_find = False
    server.fail_next("retry", lost_answer(), after_effect=True)
    lost = control.perform(control.retry(run, scope=RetryScope.ALL, requested_by="me").pk)
    later(lost)
    lost = control.perform(lost.pk)
    assert (lost.state, lost.effect_unknown) == (ActionState.FAILED, True)
    assert control.retry(run, scope=RetryScope.ALL, requested_by="me").pk == lost.pk
    assert server.ledger == [("retry", "7")]


def test_an_answer_that_makes_no_sense_is_looked_behind(repository: Repository, server: MemoryServer) -> None:
    server.fail_next("trigger", Invalid("a redirect", effect_unknown=True), after_effect=True)
    action = control.perform(trigger(repository).pk)
    later(action)
    assert control.perform(action.pk).state == ActionState.DONE
    assert server.ledger == [("trigger", "run-1")]


def test_what_came_of_any_sending_is_looked_for(repository: Repository, server: MemoryServer) -> None:
    action, first = trigger(repository), timezone.now()
    for _ in range(2):
        server.fail_next("trigger", lost_answer())
        control.perform(action.pk)
        later(action)
        Action.objects.filter(pk=action.pk).update(first_sent_at=first)
    control.perform(action.pk)
    assert [request.sent_at for request in server.looked_for] == [first, first]


def test_a_refused_request_is_as_if_never_sent(repository: Repository, server: MemoryServer) -> None:
    server.fail_next("trigger", Unavailable("503", retry_after=1))
    refused = control.perform(trigger(repository).pk)
    assert (refused.state, refused.first_sent_at) == (ActionState.PENDING, None)


def test_an_accepted_trigger_survives_an_outage_while_its_run_is_looked_for(
    repository: Repository, server: MemoryServer
) -> None:
    server.ids_known = False
    action = control.perform(trigger(repository).pk)
    server.fail_next("find_run", Unavailable("503"), times=20)
    for _ in range(20):
        Action.objects.update(not_before=None)
        action = control.perform(action.pk)
    assert action.state == ActionState.SENT
    Action.objects.update(not_before=None)
    assert control.perform(action.pk).state == ActionState.DONE


def test_an_outage_that_outlasts_the_search_says_that_a_run_may_exist(
    repository: Repository, server: MemoryServer
) -> None:
    server.ids_known = False
    action = control.perform(trigger(repository).pk)
    server.fail_next("find_run", Unavailable("503"), times=20)
    for _ in range(8):
        later(action)
        action = control.perform(action.pk)
    assert action.state == ActionState.FAILED
    assert "may have taken effect" in action.last_error


def test_wake_ups_of_an_action_do_not_multiply(repository: Repository, server: MemoryServer) -> None:
    server.fail_next("trigger", lost_answer())
    action = control.perform(trigger(repository).pk)
    OrmQ.objects.all().delete()
    for _ in range(5):
        control.perform(action.pk)
    assert OrmQ.objects.count() == 0, "the one that waits is known"


def test_a_cancel_without_effect_may_be_repeated(repository: Repository, server: MemoryServer) -> None:
    run = sync.record_run(repository, server.add_run("8").data)
    control.perform(control.cancel(run, requested_by="me").pk)
    server.add_run("8")
    assert control.perform(control.cancel(run, requested_by="me").pk).state == ActionState.DONE
    assert server.calls.count("cancel") == 2


def test_an_accepted_trigger_whose_run_is_not_known_yet_is_never_sent_again(
    repository: Repository, server: MemoryServer
) -> None:
    server.ids_known = False
    action = control.perform(trigger(repository).pk)
    assert action.state == ActionState.SENT
    server.runs[("run-1", 1)].intent_id, intent = "", server.runs[("run-1", 1)].intent_id
    Action.objects.update(not_before=None)
    action = control.perform(action.pk)
    assert action.state == ActionState.SENT
    server.runs[("run-1", 1)].intent_id = intent
    Action.objects.update(not_before=None)
    action = control.perform(action.pk)
    assert action.state == ActionState.DONE
    assert server.calls.count("trigger") == 1


def test_an_accepted_trigger_whose_run_never_shows_up_ends(repository: Repository, server: MemoryServer) -> None:
    server.ids_known = False
    action = control.perform(trigger(repository).pk)
    server.runs.clear()
    later(action)
    action = control.perform(action.pk)
    assert action.state == ActionState.FAILED
    assert "never seen" in action.last_error


def test_a_silent_server_is_given_up_after_six_attempts(repository: Repository, server: MemoryServer) -> None:
    server.fail_next("trigger", Unavailable("connection refused"), times=10)
    action = trigger(repository)
    for _ in range(8):
        later(action)
        action = control.perform(action.pk)
    assert action.state == ActionState.FAILED
    assert server.calls.count("trigger") == 6


def test_a_retry_makes_the_next_attempt_and_points_back(repository: Repository, server: MemoryServer) -> None:
    run = run_of(repository, server, State.FAILURE)
    action = control.perform(control.retry(run, scope=RetryScope.FAILED, requested_by="me").pk)
    assert action.result_run is not None
    assert (action.result_run.attempt, action.result_run.retry_of) == (2, run)
    control.perform(control.retry(run, scope=RetryScope.FAILED, requested_by="me").pk)
    assert server.ledger == [("retry", "7")]


def test_a_running_run_is_not_retried_and_an_ended_one_not_canceled(
    repository: Repository, server: MemoryServer
) -> None:
    running = sync.record_run(repository, server.add_run("8").data)
    with pytest.raises(Conflict, match="has not ended"):
        control.retry(running, scope=RetryScope.ALL, requested_by="me")
    ended = run_of(repository, server, State.SUCCESS)
    with pytest.raises(Conflict, match="already ended"):
        control.cancel(ended, requested_by="me")


def test_a_cancel_is_carried_out_and_the_run_asked_for(repository: Repository, server: MemoryServer) -> None:
    run = sync.record_run(repository, server.add_run("8").data)
    action = control.perform(control.cancel(run, requested_by="me").pk)
    assert action.state == ActionState.DONE
    follow.poll_run(run.pk)
    run.refresh_from_db()
    assert run.state == State.CANCELED


def test_a_cancel_whose_answer_was_lost_is_looked_for(repository: Repository, server: MemoryServer) -> None:
    run = sync.record_run(repository, server.add_run("8").data)
    server.fail_next("cancel", lost_answer(), after_effect=True)
    action = control.perform(control.cancel(run, requested_by="me").pk)
    later(action)
    assert control.perform(action.pk).state == ActionState.DONE
    assert server.calls.count("cancel") == 1


def test_a_cancel_that_comes_too_late_is_done(repository: Repository, server: MemoryServer) -> None:
    run = sync.record_run(repository, server.add_run("8").data)
    action = control.cancel(run, requested_by="me")
    server.finish("8", State.SUCCESS)
    assert control.perform(action.pk).state == ActionState.DONE


def blocked_job(repository: Repository, server: MemoryServer) -> Job:
    return sync.record_run(repository, server.add_run("9", State.BLOCKED).data).jobs.get()


def test_a_waiting_job_is_let_go_on_once(repository: Repository, server: MemoryServer) -> None:
    job = blocked_job(repository, server)
    first, again = (control.approve(job, requested_by="me") for _ in range(2))
    assert first == again
    assert control.perform(first.pk).state == ActionState.DONE
    follow.poll_run(job.run_id)
    job.refresh_from_db()
    assert (job.state, server.calls.count("approve")) == (State.RUNNING, 1)
    with pytest.raises(Conflict, match="does not wait"):
        control.approve(job, requested_by="me")


def test_an_approval_whose_answer_was_lost_is_looked_for(repository: Repository, server: MemoryServer) -> None:
    server.fail_next("approve", lost_answer(), after_effect=True)
    action = control.perform(control.approve(blocked_job(repository, server), requested_by="me").pk)
    later(action)
    assert control.perform(action.pk).state == ActionState.DONE
    assert server.calls.count("approve") == 1


def test_an_approval_that_had_no_effect_is_sent_again(repository: Repository, server: MemoryServer) -> None:
    server.fail_next("approve", lost_answer())
    action = control.perform(control.approve(blocked_job(repository, server), requested_by="me").pk)
    later(action)
    assert control.perform(action.pk).state == ActionState.DONE
    assert server.ledger == [("approve", "9")]


@pytest.mark.parametrize("missing", [Capability.TRIGGER, Capability.INPUTS])
def test_what_a_server_cannot_do_is_said_before_anything_is_stored(
    repository: Repository, server: MemoryServer, missing: Capability
) -> None:
    server.capabilities = EVERYTHING & ~missing
    with pytest.raises(NotSupported):
        control.trigger(repository, workflow="ci", branch="main", inputs={"a": "b"}, requested_by="me")
    assert not Action.objects.exists()
