"""Carry an action out in this process, or see a worker do it; never send it twice."""

import time
from typing import Final

from ci_integrations.errors import OrchestrateError, Unavailable
from ci_integrations.models import Action
from ci_integrations.models.action import ActionKind, ActionState
from ci_integrations.services import control
from orchestrate_site.ci.collecting import is_due
from orchestrate_site.ci.exits import AnswerLost, Interrupted, TimeUp, error_named
from orchestrate_site.ci.output import Output
from orchestrate_site.ci.waiting import Patience

LOOK_EVERY: Final = 0.2
# Without --wait: how long a server that is away is asked again, and an accepted run's number is waited for.
ACCEPT_SECONDS: Final = 30.0


def carry_out(action: Action, patience: Patience, out: Output, *, wait: bool, again: str) -> Action:
    """Bring an action to its end: `done`, or `sent` where its run is not known yet and nobody waits for it.

    `again` is the command that goes on with the same action. Raises the error it failed with; Unavailable, AnswerLost
    or TimeUp where it is still open when the time is up.
    """
    try:
        action = _follow(action, patience, out, wait=wait)
    except KeyboardInterrupt:
        raise Interrupted(f"interrupted; the request stays open: a worker, or this, goes on with it: {again}") from None
    if action.state == ActionState.FAILED:
        raise failure_of(action)
    if action.state == ActionState.DONE or (action.state == ActionState.SENT and not wait):
        return action
    raise _unfinished(action, patience, again)


def failure_of(action: Action) -> OrchestrateError:
    """The error that a failed action ended with."""
    return error_named(action.error_kind, action.last_error)


def _follow(action: Action, patience: Patience, out: Output, *, wait: bool) -> Action:
    told, began = "", time.monotonic()
    while True:
        if is_due(action) or action.dead_at is not None:
            action = control.perform(action.pk)
        is_answered = action.state not in control.OPEN or (_is_doubtful(action) and not wait)
        if is_answered or _is_over(action, patience, time.monotonic() - began, wait=wait):
            return action
        told = _tell(action, told, out)
        time.sleep(LOOK_EVERY)
        action.refresh_from_db()


def _is_over(action: Action, patience: Patience, waited: float, *, wait: bool) -> bool:
    if patience.left <= 0:
        return True
    if not wait:
        return waited >= ACCEPT_SECONDS
    return action.state == ActionState.PENDING and waited >= patience.silence


def _is_doubtful(action: Action) -> bool:
    """Sent, and nobody is waiting for the answer any more."""
    return action.state == ActionState.SENDING and action.leased_until is None


def _tell(action: Action, told: str, out: Output) -> str:
    text = ""
    if _is_doubtful(action):
        text = "the answer was lost; what it did is looked for before anything is sent again"
    elif action.state == ActionState.SENT:
        text = "accepted; the run is not known yet"
    elif action.last_error:
        text = f"no answer, trying again: {action.last_error}"
    if text and text != told:
        out.note(text)
    return text


def _unfinished(action: Action, patience: Patience, again: str) -> OrchestrateError:
    rest = f"Request {action.pk} stays open: a worker, or this, goes on with it: {again}"
    if _is_doubtful(action):
        return AnswerLost(
            f"the answer to the {action.kind} was lost, so it may have had its effect; it is looked for and sent again "
            f"only where it had none. {rest}"
        )
    if action.state == ActionState.PENDING and action.last_error:
        return Unavailable(f"{action.last_error}. {rest}")
    what = "no run was seen" if action.kind != ActionKind.CANCEL else "it is not done"
    return TimeUp(f"the {action.kind} was asked for, but {what} in {patience.timeout or ACCEPT_SECONDS:g} s. {rest}")
