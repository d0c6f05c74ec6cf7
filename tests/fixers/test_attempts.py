from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from django_q.models import OrmQ

from ci_integrations.domain import State
from ci_integrations.errors import Conflict, NotFound
from ci_integrations.models import Action, Repository, Run
from ci_integrations.models.action import ActionKind, ActionState
from fixers import attempts, selectors, services
from fixers.models import AttemptState, FixAttempt
from tests.fixers.conftest import FORMAT_FINDING, make_run
from tests.queue import waiting

FIX = "fixers.tasks.run_fix"


@pytest.fixture
def attempt(repository: Repository) -> FixAttempt:
    services.triage(make_run(repository, findings=(FORMAT_FINDING,)).pk)
    return FixAttempt.objects.get()


@pytest.fixture
def watching(attempt: FixAttempt) -> FixAttempt:
    action = Action.objects.create(
        idempotency_key="t", kind=ActionKind.TRIGGER, repository=attempt.triage.run.repository, requested_by="x"
    )
    attempts.move(attempt, AttemptState.WATCHING, "pushed", branch="orchestrate/fix/1-1", trigger=action)
    return attempt


def fix_run(watching: FixAttempt, state: State, **fields: object) -> Run:
    run = make_run(
        watching.triage.run.repository,
        state=state,
        branch="orchestrate/fix/1-1",
        commit_sha="f" * 40,
        **fields,  # type: ignore[arg-type]
    )
    Action.objects.update(result_run=run, state=ActionState.DONE)
    return run


def test_a_lease_is_taken_by_one_and_by_another_when_it_ran_out(attempt: FixAttempt) -> None:
    first = attempts.claim(attempt.pk)
    assert first is not None
    assert attempts.claim(attempt.pk) is None
    assert attempts.renew(first)
    FixAttempt.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    second = attempts.claim(attempt.pk)
    assert second is not None
    assert second.starts == 2
    assert not attempts.renew(first)
    assert attempts.renew(second)


def test_the_third_failure_is_the_end(attempt: FixAttempt) -> None:
    for number in range(1, 4):
        taken = attempts.claim(attempt.pk)
        assert taken is not None
        attempts.hand_back(taken, f"killed {number}")
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.FAILED
    assert attempt.reason == "given up: 3 starts ended without a result; the last one: killed 3"
    assert "killed 3" in attempt.triage.report
    assert attempts.claim(attempt.pk) is None


def test_starts_that_deploys_and_lost_workers_ended_count_less_but_not_for_ever(attempt: FixAttempt) -> None:
    for _ in range(attempts.MAX_STARTS):
        # A deploy ends the worker, and nobody hands anything back.
        assert attempts.claim(attempt.pk) is not None
        FixAttempt.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert attempts.claim(attempt.pk) is None
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.FAILED
    assert attempts.MAX_STARTS > 3 * attempts.MAX_FAILURES


def test_an_attempt_that_waits_for_its_time_is_not_taken_before(attempt: FixAttempt) -> None:
    taken = attempts.claim(attempt.pk)
    assert taken is not None
    soon = timezone.now() + attempts.AGAIN_AFTER
    attempts.hand_back(taken, "the git server is down", not_before=soon)
    assert attempts.claim(attempt.pk) is None
    with time_machine.travel(soon + timedelta(seconds=1)):
        assert attempts.claim(attempt.pk) is not None


def test_a_process_that_lost_its_lease_hands_nothing_back(attempt: FixAttempt) -> None:
    first = attempts.claim(attempt.pk)
    assert first is not None
    FixAttempt.objects.update(leased_until=timezone.now() + timedelta(seconds=99))
    before = waiting("fix")
    attempts.hand_back(first, "killed")
    assert waiting("fix") == before


def test_an_attempt_ends_once(attempt: FixAttempt) -> None:
    attempts.end(attempt, AttemptState.NO_CHANGE, "nothing changed")
    attempts.end(attempt, AttemptState.FAILED, "late")
    attempts.move(attempt, AttemptState.PUBLISHING, "late")
    attempt.refresh_from_db()
    assert (attempt.state, attempt.reason) == (AttemptState.NO_CHANGE, "nothing changed")
    assert attempt.finished_at is not None
    assert "formatter 1: no_change: nothing changed" in attempt.triage.report


@pytest.mark.parametrize(
    ("state", "ends_as", "says"),
    [
        (State.SUCCESS, AttemptState.FIXED, "passed: merge the branch"),
        (State.FAILURE, AttemptState.STILL_RED, "failed (test): tests.test_shop::test_z"),
        (State.CANCELED, AttemptState.FAILED, "ended as canceled, so nobody knows"),
        (State.SKIPPED, AttemptState.FAILED, "ended as skipped, so nobody knows"),
    ],
)
def test_the_run_on_the_fix_branch_concludes(
    watching: FixAttempt, state: State, ends_as: AttemptState, says: str
) -> None:
    run = fix_run(watching, state, failed=("test_z",) if state == State.FAILURE else ())
    services.triage(run.pk)
    watching.refresh_from_db()
    assert watching.state == ends_as
    assert says in watching.reason
    assert f"run {run.pk} on orchestrate/fix/1-1" in watching.reason
    assert selectors.timeline(run)[0].text == f"checks fix attempt {watching.pk} for run {watching.triage.run_id}"


def test_a_run_that_settled_before_it_was_known_as_the_result_is_found_by_the_sweep(watching: FixAttempt) -> None:
    fix_run(watching, State.SUCCESS)
    services.sweep()
    watching.refresh_from_db()
    assert watching.state == AttemptState.FIXED


def test_ci_that_starts_by_itself_concludes_too(watching: FixAttempt) -> None:
    FixAttempt.objects.update(trigger=None, commit_sha="f" * 40)
    services.triage(fix_run(watching, State.SUCCESS).pk)
    watching.refresh_from_db()
    assert watching.state == AttemptState.FIXED


def test_a_trigger_that_failed_ends_the_attempt(watching: FixAttempt) -> None:
    Action.objects.update(state=ActionState.FAILED, last_error="no such workflow")
    services.sweep()
    watching.refresh_from_db()
    assert (watching.state, watching.reason) == (
        AttemptState.FAILED,
        "CI could not be started on orchestrate/fix/1-1: no such workflow",
    )


def test_nobody_waits_for_ever(watching: FixAttempt) -> None:
    services.sweep()
    watching.refresh_from_db()
    assert watching.state == AttemptState.WATCHING
    FixAttempt.objects.update(created_at=timezone.now() - timedelta(hours=25))
    services.sweep()
    watching.refresh_from_db()
    assert watching.state == AttemptState.FAILED


def test_the_sweep_brings_back_what_lost_its_process_and_leaves_what_waits(attempt: FixAttempt) -> None:
    FixAttempt.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    for _ in range(3):
        services.sweep()
    assert waiting("fix") == [(FIX, (attempt.pk,))]
    assert attempts.claim(attempt.pk) is not None
    services.sweep()
    assert len(waiting("fix")) == 1
    FixAttempt.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    for _ in range(3):
        services.sweep()
    assert waiting("fix") == [(FIX, (attempt.pk,))] * 2


def test_the_sweep_adds_no_second_task_to_one_that_was_handed_back(attempt: FixAttempt) -> None:
    FixAttempt.objects.update(created_at=timezone.now() - timedelta(hours=1))
    taken = attempts.claim(attempt.pk)
    assert taken is not None
    soon = timezone.now() + attempts.AGAIN_AFTER
    attempts.hand_back(taken, "down", not_before=soon)
    queued = waiting("fix")
    for seconds in (0, 60, 600):
        with time_machine.travel(soon + timedelta(seconds=seconds)):
            services.sweep()
    assert waiting("fix") == queued


def test_a_queue_that_lost_the_task_gets_another_one(attempt: FixAttempt) -> None:
    OrmQ.objects.all().delete()
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        services.sweep()
        services.sweep()
    assert waiting("fix") == [(FIX, (attempt.pk,))]


def test_a_run_of_another_workflow_concludes_nothing(watching: FixAttempt) -> None:
    FixAttempt.objects.update(trigger=None, commit_sha="f" * 40)
    run = fix_run(watching, State.SUCCESS)
    Run.objects.filter(pk=run.pk).update(workflow="docs")
    services.triage(run.pk)
    watching.refresh_from_db()
    assert watching.state == AttemptState.WATCHING


def test_a_fix_by_hand_is_another_attempt(attempt: FixAttempt) -> None:
    run = attempt.triage.run
    with pytest.raises(Conflict, match="is under way"):
        services.fix(run.pk, requested_by="ada")
    attempts.end(attempt, AttemptState.REJECTED, "too large")
    second = services.fix(run.pk, requested_by="ada")
    assert (second.ordinal, second.requested_by, second.state) == (2, "ada", AttemptState.QUEUED)
    assert waiting("fix")[-1] == (FIX, (second.pk,))
    attempts.end(second, AttemptState.FIXED, "green")
    with pytest.raises(Conflict, match="has fixed it"):
        services.fix(run.pk, requested_by="ada")


def test_a_fix_by_hand_triages_first(repository: Repository) -> None:
    run = make_run(repository, findings=(FORMAT_FINDING,))
    assert services.fix(run.pk, requested_by="ada") == FixAttempt.objects.get()


@pytest.mark.parametrize(
    ("state", "failed", "says"),
    [
        (State.RUNNING, (), "has not ended yet"),
        (State.SUCCESS, (), "did not fail"),
        (State.CANCELED, (), "did not fail"),
        (State.FAILURE, ("test_x",), "no agent command is configured"),
    ],
)
def test_a_fix_that_cannot_be_says_why(
    repository: Repository, state: State, failed: tuple[str, ...], says: str
) -> None:
    run = make_run(repository, state=state, failed=failed)
    with pytest.raises(Conflict, match=says):
        services.fix(run.pk, requested_by="ada")
    assert not FixAttempt.objects.exists()


def test_a_fix_of_a_run_on_a_fix_branch_is_refused(repository: Repository) -> None:
    run = make_run(repository, branch="orchestrate/fix/1-1", findings=(FORMAT_FINDING,))
    with pytest.raises(Conflict, match="fix branch of ours"):
        services.fix(run.pk, requested_by="ada")


def test_a_fix_of_a_run_that_is_not_there(db: None) -> None:
    with pytest.raises(NotFound):
        services.fix(4711, requested_by="ada")
