"""The only writers: triage of settled runs, fixes asked for by hand, the ends of attempts, the sweep."""

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_q.models import OrmQ

from ci_integrations import selectors as ci
from ci_integrations.domain import Change, RetryScope, State
from ci_integrations.errors import Conflict
from ci_integrations.models import Action, Repository, Run
from ci_integrations.models.action import ActionState
from ci_integrations.services import control
from ci_integrations.services.queue import FIX, enqueue
from fixers import attempts, posting, reporting, selectors, work
from fixers.diagnosis import Diagnosis, diagnose
from fixers.models import AttemptState, Decision, FixAttempt, FixEvent, Triage
from fixers.policy import FIX_BRANCHES, Verdict, choose_strategy, decide

TRIAGE_TASK: Final = "fixers.tasks.triage_run"
ASKED_BY: Final = "orchestrate"
# What is overdue for this long has lost its task.
GRACE: Final = timedelta(seconds=settings.ORCHESTRATE_SWEEP_GRACE)
WATCH_FOR: Final = timedelta(hours=24)
# How long a pull request is given to start CI.
PATIENCE: Final = timedelta(minutes=3)
LOOK_BACK: Final = timedelta(hours=24)
SWEPT: Final = 200


def triage(run_id: int) -> Triage | None:
    """Answer a settled run: diagnosis, decision and what follows from it, in one transaction. None: not settled yet.

    Safe to call any number of times: a run is answered once.
    """
    run = Run.objects.select_related("repository__connection", "retry_of", "parent_job").get(pk=run_id)
    if run.settled_at is None:
        return None
    conclude(run)
    answered = selectors.triage_of(run)
    if answered is not None:
        return answered
    if selectors.waits_below(run):
        # Its children's end brings it back, and so does the sweep.
        return None
    found = selectors.facts(run)
    diagnosis = diagnose(found)
    limits = selectors.limits(selectors.policy_of(run))
    with transaction.atomic():
        # One decision at a time for a repository: two at once would each see none of the other's retries and fixes.
        Repository.objects.select_for_update().get(pk=run.repository_id)
        verdict = decide(diagnosis, selectors.situation(run, found), limits)
        report = ""
        if verdict.decision in {Decision.REPORT, Decision.FIX}:
            report = reporting.text_for(run, found, diagnosis, verdict.reason)
        made, created = Triage.objects.get_or_create(
            run=run,
            defaults={
                "cause": diagnosis.cause,
                "tool": diagnosis.tool[:60],
                "evidence": list(diagnosis.evidence),
                "decision": verdict.decision,
                "reason": verdict.reason,
                "report": report,
            },
        )
        if created:
            _act(made, run, diagnosis, verdict)
            posting.touch(run.repository, run.commit_sha)
            if run.parent_job is not None:
                enqueue(TRIAGE_TASK, run.parent_job.run_id)
    return made


def _act(made: Triage, run: Run, diagnosis: Diagnosis, verdict: Verdict) -> None:
    if State(run.state).is_failed:
        sure = f"{diagnosis.confidence:.0%}"
        FixEvent.objects.create(triage=made, kind="diagnosis", text=f"cause: {diagnosis.cause}, confidence {sure}")
    FixEvent.objects.create(triage=made, kind="decision", text=f"{verdict.decision}: {verdict.reason}")
    if verdict.decision is Decision.RETRY:
        # The decision was for one that can be done.
        scope = selectors.retry_scope(run) or RetryScope.FAILED
        made.action = control.retry(run, scope=scope, requested_by=ASKED_BY)
        made.save(update_fields=["action"])
    elif verdict.decision is Decision.FIX:
        attempts.start(made, verdict.strategy, requested_by=ASKED_BY)


def fix(run_id: int, *, requested_by: str) -> FixAttempt:
    """Begin a fix attempt by hand, whatever was decided or tried before; caps on attempts do not count here.

    Raises NotFound for a run that does not exist, Conflict with the reason where there is nothing to fix, an attempt is
    under way, or none can be made.
    """
    run = ci.get_run(run_id)
    if not run.state_is_final:
        raise Conflict(f"run {run.pk} has not ended yet: wait for it first")
    if not State(run.state).is_failed:
        raise Conflict(f"run {run.pk} did not fail ({run.state}): there is nothing to fix")
    if run.branch.startswith(FIX_BRANCHES):
        raise Conflict(f"run {run.pk} is on a fix branch of ours: ask for a fix of the run that it was made for")
    before = selectors.triage_of(run)
    made = before or triage(run_id)
    if made is None:
        raise Conflict(f"the results of run {run.pk} are not collected yet: try again in a moment")
    begun = made.fix_attempts.first() if before is None else None
    return begun or _begin(made, run, requested_by)


def _refuse_another(newest: FixAttempt | None) -> None:
    if newest is None:
        return
    if newest.state == AttemptState.FIXED:
        raise Conflict(f"fix attempt {newest.pk} has fixed it: merge the branch {newest.branch}")
    if newest.finished_at is None:
        raise Conflict(f"fix attempt {newest.pk} is under way ({newest.state}): wait for its end")


def _begin(made: Triage, run: Run, requested_by: str) -> FixAttempt:
    found = selectors.facts(run)
    limits = selectors.limits(selectors.policy_of(run))
    strategy, why = choose_strategy(diagnose(found), selectors.situation(run, found), limits)
    if not strategy:
        raise Conflict(f"run {run.pk} cannot be fixed: {why}")
    with transaction.atomic():
        # Two who ask at once: the second one waits here and is then refused.
        locked = Triage.objects.select_for_update().get(pk=made.pk)
        _refuse_another(locked.fix_attempts.order_by("-id").first())
        reporting.write(made)
        return attempts.start(made, strategy, requested_by=requested_by)


def conclude(run: Run) -> None:
    """End the attempts that waited for this settled run: fixed where it passed, still red where not."""
    if run.settled_at is None:
        return
    for attempt in selectors.watching_attempts(run):
        state, reason = _conclusion(run, attempt)
        attempts.end(attempt, state, reason)


def _conclusion(run: Run, attempt: FixAttempt) -> tuple[AttemptState, str]:
    what = f"run {run.pk} on {attempt.branch}"
    state = State(run.state)
    if state is State.SUCCESS:
        return AttemptState.FIXED, f"{what} passed: merge the branch to take the fix over"
    if not state.is_failed:
        return AttemptState.FAILED, f"{what} ended as {state}, so nobody knows whether the fix works"
    diagnosis = diagnose(selectors.facts(run))
    first = f": {diagnosis.evidence[0]}" if diagnosis.evidence else ""
    return AttemptState.STILL_RED, f"{what} failed ({diagnosis.cause}){first}"


def sweep() -> None:
    """Repair whatever was missed: lost attempts, attempts that wait in vain, runs without an answer."""
    now = timezone.now()
    lost = selectors.lost_attempts().filter(created_at__lte=now - GRACE)
    # One whose task was queued most likely waits behind others, as long as anything waits.
    waits = Q(queued_at__gt=now - GRACE)
    if OrmQ.objects.filter(key=FIX).exists():
        waits |= Q(queued_at__isnull=False)
    for attempt in lost.exclude(waits)[:SWEPT]:
        attempts.queue(attempt)
    for attempt in FixAttempt.objects.filter(state=AttemptState.WATCHING).select_related("trigger__result_run"):
        _look_after(attempt)
    unanswered = Run.objects.filter(triage=None, settled_at__lte=now - GRACE, settled_at__gte=now - LOOK_BACK)
    for run_id in unanswered.order_by("pk").values_list("pk", flat=True)[:SWEPT]:
        enqueue(TRIAGE_TASK, run_id)
    posting.sweep()
    failed = Triage.objects.filter(decision=Decision.RETRY, report="", action__state=ActionState.FAILED)
    for made in failed.select_related("run__repository", "action")[:SWEPT]:
        _note_failed_retry(made, made.action)


def _look_after(attempt: FixAttempt) -> None:
    trigger = attempt.trigger
    for run in selectors.runs_of_fix(attempt):
        # One that ended before the attempt began to wait for it told nobody.
        conclude(run)
    attempt.refresh_from_db()
    if attempt.state != AttemptState.WATCHING:
        return
    if trigger is not None and trigger.result_run is not None:
        conclude(trigger.result_run)
    elif attempt.change is not None:
        _ask_for_ci(attempt)
    elif trigger is not None and trigger.state == ActionState.FAILED:
        reason = f"CI could not be started on {attempt.branch}: {trigger.last_error or 'no reason was given'}"
        attempts.end(attempt, AttemptState.FAILED, reason)
    attempt.refresh_from_db()
    if attempt.state == AttemptState.WATCHING and attempt.created_at < timezone.now() - WATCH_FOR:
        hours = WATCH_FOR.total_seconds() / 3600
        attempts.end(attempt, AttemptState.FAILED, f"no run on {attempt.branch} ended within {hours:.0f} hours")


def _ask_for_ci(attempt: FixAttempt) -> None:
    """A pull request that started no CI: ask for a run, once. Where that is refused, somebody may still start one."""
    pushed = attempt.events.filter(kind=AttemptState.WATCHING.value).order_by("-at").first()
    repository = attempt.triage.run.repository
    if attempt.trigger is not None or pushed is None or pushed.at > timezone.now() - PATIENCE:
        return
    if Run.objects.filter(repository=repository, commit_sha=attempt.commit_sha).exists():
        return
    action = work.trigger(attempt, branch=attempt.branch, commit=attempt.commit_sha)
    if action is not None:
        FixAttempt.objects.filter(pk=attempt.pk).update(trigger=action)
        attempts.note(attempt, "trigger", "the pull request started no run, so CI was asked for one")


def note_change(repository: Repository, change: Change) -> None:
    """What people did with a pull request of ours, for the timeline, once."""
    attempt = FixAttempt.objects.filter(
        triage__run__repository__in=ci.same_code(repository), change=change.number, branch=change.head_branch
    ).first()
    if attempt is None or change.is_open:
        return
    kind = "merged" if change.is_merged else "closed"
    if not attempt.events.filter(kind=kind).exists():
        words = "merged" if change.is_merged else "closed without merging"
        attempts.note(attempt, kind, f"pull request {change.number} was {words}")


@transaction.atomic
def _note_failed_retry(made: Triage, action: Action | None) -> None:
    why = action.last_error if action is not None else ""
    FixEvent.objects.create(triage=made, kind="retry", text=f"the retry failed: {why or 'no reason was given'}")
    reporting.write(made)
