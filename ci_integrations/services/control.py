"""Act: every write to a provider is an Action row, sent at most once.

The row is committed as `sending` before the one request. Where the answer is lost, or the process dies, the effect is
looked for at the provider after a cool-down, and only if it is not there is the request sent again.
"""

import logging
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from ci_integrations import selectors
from ci_integrations.domain import (
    Capability,
    JobRef,
    RepoRef,
    RetryRequest,
    RetryScope,
    RunRef,
    State,
    TriggerRequest,
)
from ci_integrations.errors import Conflict, NotFound, NotSupported, ProviderError, Unavailable
from ci_integrations.models import Action, Job, Repository, Run
from ci_integrations.models.action import ActionKind, ActionState
from ci_integrations.providers import asking
from ci_integrations.providers.base import CIProvider
from ci_integrations.services import sync, work
from ci_integrations.services.queue import enqueue
from ci_integrations.wiring import provider_of

log = logging.getLogger(__name__)

# An accepted request whose run is not known yet is looked for this often, this long.
LOOK_EVERY: Final = timedelta(seconds=2)
LOOK_FOR: Final = timedelta(minutes=15)
LOOK_AGAIN: Final = timedelta(seconds=15)
TASK: Final = "ci_integrations.tasks.perform_action"
OPEN: Final = (ActionState.PENDING, ActionState.SENDING, ActionState.SENT)
# The past wishes after which the same may be wished again: a named trigger is one wish for ever, a retry whose answer
# was lost may have made a run, and a cancel does no harm twice.
MAY_BE_REPEATED: Final = {
    ActionKind.TRIGGER: Q(pk__in=()),
    ActionKind.RETRY: Q(state=ActionState.FAILED, effect_unknown=False),
    ActionKind.CANCEL: Q(state__in=(ActionState.DONE, ActionState.FAILED)),
    ActionKind.APPROVE: Q(state=ActionState.FAILED),
}
# What ends without a run of its own.
WITHOUT_RUN: Final = frozenset({ActionKind.CANCEL, ActionKind.APPROVE})


def trigger(
    repository: Repository,
    *,
    workflow: str,
    branch: str,
    commit_sha: str = "",
    inputs: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    requested_by: str,
    idempotency_key: str = "",
) -> Action:
    """Ask for a new run. The same `idempotency_key` gives the same action. Raises NotSupported."""
    _require(repository, Capability.TRIGGER, "trigger runs")
    if inputs:
        _require(repository, Capability.INPUTS, "take inputs")
    if variables:
        _require(repository, Capability.VARIABLES, "set variables")
    return _request(
        ActionKind.TRIGGER,
        key=f"trigger:{idempotency_key or uuid.uuid4().hex}",
        repository=repository,
        run=None,
        request={"workflow": workflow, "branch": branch, "commit_sha": commit_sha, "inputs": dict(inputs or {})},
        variables=variables,
        requested_by=requested_by,
    )


def retry(run: Run, *, scope: RetryScope, job: Job | None = None, debug: bool = False, requested_by: str) -> Action:
    """Ask for another attempt of a finished run. Asking again for the same scope of it gives the same action.

    Raises Conflict for a run that has not ended and for an attempt that was repeated otherwise, NotSupported where the
    server cannot.
    """
    if not run.state_is_final:
        raise Conflict(f"run {run.pk} has not ended yet: wait for it or cancel it first")
    key = f"retry:{run.pk}:{scope}:{job.pk if job else ''}"
    newer = selectors.newer_attempt(run)
    if newer is not None and not _same_wish(key).exclude(state=ActionState.FAILED).exists():
        raise Conflict(f"run {run.pk} was repeated as run {newer.pk}: repeat that one")
    capability = asking.RETRY[scope]
    _require(run.repository, capability, f"retry ({scope})")
    if debug:
        _require(run.repository, Capability.RETRY_DEBUG, "retry with debug logs")
    return _request(
        ActionKind.RETRY,
        key=key,
        repository=run.repository,
        run=run,
        request={"scope": scope.value, "job": job.external_id if job else ""} | ({"debug": True} if debug else {}),
        requested_by=requested_by,
    )


def cancel(run: Run, *, force: bool = False, requested_by: str) -> Action:
    """Ask for the end of a run. Raises Conflict for one that has ended, NotSupported where the server cannot."""
    if run.state_is_final:
        raise Conflict(f"run {run.pk} has already ended: {run.state}")
    _require(run.repository, Capability.FORCE_CANCEL if force else Capability.CANCEL, "cancel runs")
    return _request(
        ActionKind.CANCEL,
        key=f"cancel:{run.pk}:{'force' if force else ''}",
        repository=run.repository,
        run=run,
        request={"force": force},
        requested_by=requested_by,
    )


def approve(job: Job, *, requested_by: str) -> Action:
    """Ask that a job that waits for a person goes on. Raises Conflict for one that does not wait, NotSupported."""
    newer = selectors.newer_attempt(job.run)
    if newer is not None:
        raise Conflict(f"run {job.run_id} went on as run {newer.pk}: look there whether {job.name} still waits")
    if State(job.state) is not State.BLOCKED:
        raise Conflict(f"job {job.name} does not wait for anybody: it is {job.state}")
    _require(job.run.repository, Capability.APPROVE, "let a waiting job go on")
    return _request(
        ActionKind.APPROVE,
        key=f"approve:{job.run_id}:{job.external_id}",
        repository=job.run.repository,
        run=job.run,
        request={"job": job.external_id, "name": job.name},
        requested_by=requested_by,
    )


def _require(repository: Repository, capability: Capability, what: str) -> None:
    if capability not in provider_of(repository.connection).capabilities:
        raise NotSupported(f"{repository.connection} cannot {what}")


@transaction.atomic
def _request(
    kind: ActionKind,
    *,
    key: str,
    repository: Repository,
    run: Run | None,
    request: dict[str, object],
    requested_by: str,
    variables: Mapping[str, str] | None = None,
) -> Action:
    past = _same_wish(key).filter(MAY_BE_REPEATED[kind]).count()
    action, created = Action.objects.get_or_create(
        idempotency_key=f"{key}#{past}" if past else key,
        defaults={
            "kind": kind,
            "repository": repository,
            "run": run,
            "request": request,
            "variables": dict(variables) if variables else None,
            "requested_by": requested_by[:150],
        },
    )
    if created:
        enqueue(TASK, action.pk)
    return action


def _same_wish(key: str) -> QuerySet[Action]:
    return Action.objects.filter(Q(idempotency_key=key) | Q(idempotency_key__startswith=f"{key}#"))


def perform(action_id: int) -> Action:
    """Carry out an action as far as it goes now; gives the row as it then stands.

    An unfinished action is on the queue again when this returns. Raises nothing that a provider may do.
    """
    action = Action.objects.select_related("repository__connection", "run").get(pk=action_id)
    if action.state not in OPEN:
        return action
    wait = None
    with work.attempt(action) as claimed:
        if claimed:
            wait = _advance(action)
    if wait is not None:
        work.finish(action, not_before=timezone.now() + wait)
    action.refresh_from_db()
    if action.state in OPEN and action.dead_at is not None:
        _end(action, ActionState.FAILED, effect_unknown=action.state != ActionState.PENDING)
    elif action.state in OPEN and action.not_before is not None:
        work.wake(action, TASK, at=action.not_before)
    return action


def _advance(action: Action) -> timedelta | None:
    """One step; gives the time to wait before the next one, None where there is none."""
    provider = provider_of(action.repository.connection)
    if action.state == ActionState.PENDING:
        return _send(provider, action)
    sent_at = action.sent_at or timezone.now()
    due = sent_at + timedelta(seconds=settings.ORCHESTRATE_COOL_DOWN)
    if action.state == ActionState.SENDING and timezone.now() < due:
        return due - timezone.now()
    try:
        if _effect_is_there(provider, action):
            return None
    except ProviderError as error:
        if error.retryable and timezone.now() - sent_at < LOOK_FOR:
            # Not an attempt at anything: the answer to "is it there?" is waited for.
            return max(LOOK_AGAIN, timedelta(seconds=error.retry_after or 0))
        raise type(error)(
            f"the request was sent at {sent_at:%Y-%m-%d %H:%M} UTC and may have taken effect: look at the server "
            f"before you ask again. {error}"
        ) from error
    if action.state == ActionState.SENDING:
        return _send(provider, action)
    if timezone.now() - sent_at > LOOK_FOR:
        raise NotFound("the server accepted the request, but the run that came of it was never seen")
    return LOOK_EVERY


def _send(provider: CIProvider, action: Action) -> timedelta | None:
    earlier, now = action.first_sent_at, timezone.now()
    _set_state(action, ActionState.SENDING, sent_at=now, first_sent_at=earlier or now)
    try:
        ref = _call(provider, action)
    except ProviderError as error:
        if error.effect_unknown:
            # Whatever the answer was: the effect is looked for next.
            raise Unavailable(f"{error}", retry_after=error.retry_after, effect_unknown=True) from error
        # Refused, or never sent: nothing happened, so it may be sent again.
        _set_state(action, ActionState.PENDING, first_sent_at=earlier)
        raise
    if ref is None and action.kind not in WITHOUT_RUN:
        _set_state(action, ActionState.SENT)
        return LOOK_EVERY
    _succeed(action, ref)
    return None


def _call(provider: CIProvider, action: Action) -> RunRef | None:
    if action.kind == ActionKind.TRIGGER:
        return provider.trigger(_trigger_request(action))
    if action.kind == ActionKind.RETRY:
        return provider.retry(_retry_request(action))
    if action.kind == ActionKind.APPROVE:
        return _approve(provider, action)
    try:
        provider.cancel(sync.run_ref(_subject(action)), force=bool(action.request["force"]))
    except Conflict:
        log.info("run %s had ended before it was canceled", action.run_id)
    return None


def _effect_is_there(provider: CIProvider, action: Action) -> bool:
    """Look at the provider for what an earlier request did, and note it."""
    if action.kind == ActionKind.CANCEL:
        state = provider.get_run(sync.run_ref(_subject(action))).state
        if state.is_terminal or state == State.CANCELING:
            _succeed(action, None)
            return True
        return False
    if action.kind == ActionKind.APPROVE:
        if _waits(provider, action):
            return False
        _succeed(action, _resumed(provider, action))
        return True
    request = _trigger_request(action) if action.kind == ActionKind.TRIGGER else _retry_request(action)
    try:
        ref = provider.find_run(request)
    except NotSupported as error:
        known = "it did not say which run it is" if action.state == ActionState.SENT else "its answer was lost"
        raise NotSupported(
            f"{known}, and this server cannot be asked; the request is not sent again. Declare how to find a run "
            "(docs/providers.md)"
        ) from error
    if ref is None:
        return False
    _succeed(action, ref)
    return True


def _approve(provider: CIProvider, action: Action) -> RunRef | None:
    """Let the job go on, if it waits by now: what somebody else let go on must not run a second time."""
    if not _waits(provider, action):
        raise Conflict(f"job {action.request['name']} does not wait any more")
    provider.approve(_job(action))
    return _resumed(provider, action)


def _waits(provider: CIProvider, action: Action) -> bool:
    jobs = provider.get_run(sync.run_ref(_subject(action))).jobs or ()
    return any(job.ref.external_id == action.request["job"] and job.state is State.BLOCKED for job in jobs)


def _resumed(provider: CIProvider, action: Action) -> RunRef | None:
    """The attempt that begins where a job of an ended run is let go on, and the server counts none."""
    ref, run = sync.run_ref(_subject(action)), _subject(action)
    if run.state_is_final and Capability.RESUMES in provider.capabilities:
        return ref.next_attempt
    return None


@transaction.atomic
def _succeed(action: Action, ref: RunRef | None) -> None:
    if ref is not None:
        action.result_run = sync.record_ref(action.repository, ref, retry_of=action.run, known=_known(action))
        action.save(update_fields=["result_run"])
    elif action.run is not None:
        # Canceled or let go on: its new state is asked for at once.
        now = timezone.now()
        if Run.objects.filter(pk=action.run.pk, settled_at=None).update(poll_at=now):
            work.wake(action.run, sync.POLL_TASK, at=now)
    _end(action, ActionState.DONE)


def _known(action: Action) -> dict[str, str]:
    """What a run's row can say before the server was asked."""
    if action.run is not None:
        return {name: getattr(action.run, name) for name in ("workflow", "branch", "commit_sha")}
    return {name: action.request[name] for name in ("workflow", "branch", "commit_sha")}


def _subject(action: Action) -> Run:
    if action.run is None:
        raise ValueError(f"action {action.pk} ({action.kind}) names no run")
    return action.run


def _trigger_request(action: Action) -> TriggerRequest:
    request = action.request
    return TriggerRequest(
        repo=RepoRef(action.repository.external_id),
        workflow=request["workflow"],
        branch=request["branch"],
        commit_sha=request["commit_sha"],
        inputs=request["inputs"],
        variables=action.variables or {},
        intent_id=action.intent_id,
        sent_at=_first_sent_at(action),
        taken=_taken(action) if action.sent_at else frozenset(),
    )


def _first_sent_at(action: Action) -> datetime | None:
    return action.first_sent_at or action.sent_at


def _taken(action: Action) -> frozenset[str]:
    """The runs of the repository that another wish of ours is known to have caused."""
    others = Action.objects.filter(repository=action.repository, result_run__created_at__gte=action.created_at)
    return frozenset(others.exclude(pk=action.pk).values_list("result_run__external_id", flat=True))


def _job(action: Action) -> JobRef:
    return JobRef(run=sync.run_ref(_subject(action)), external_id=action.request["job"])


def _retry_request(action: Action) -> RetryRequest:
    ref = sync.run_ref(_subject(action))
    job = action.request["job"]
    return RetryRequest(
        run=ref,
        scope=RetryScope(action.request["scope"]),
        job=JobRef(run=ref, external_id=job) if job else None,
        debug=action.request.get("debug", False),
        intent_id=action.intent_id,
        sent_at=_first_sent_at(action),
    )


def _set_state(action: Action, state: ActionState, **fields: object) -> None:
    Action.objects.filter(pk=action.pk).update(state=state, **fields)
    action.refresh_from_db()


def _end(action: Action, state: ActionState, *, effect_unknown: bool = False) -> None:
    _set_state(action, state, finished_at=timezone.now(), effect_unknown=effect_unknown)
