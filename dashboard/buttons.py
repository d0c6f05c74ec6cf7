"""What can be done with a run now, and for what cannot: why."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ci_integrations import selectors
from ci_integrations.domain import Capability, RetryScope, State
from ci_integrations.errors import ConfigError
from ci_integrations.models import Action, Job, Run
from ci_integrations.models.action import ActionKind, ActionState
from fixers import selectors as fixes
from fixers.models import ENDED, AttemptState, FixAttempt

NO_PERMISSION: Final = "your account may look but not act; an administrator can grant it “Can add action”"
_OPEN: Final = (ActionState.PENDING, ActionState.SENDING, ActionState.SENT)


@dataclass(frozen=True, slots=True)
class Button:
    """One action on a run. `url` is the name of the view it is posted to; `reason` is "" where it can be done."""

    url: str
    label: str
    reason: str = ""


def buttons(run: Run, actions: Sequence[Action], attempts: Sequence[FixAttempt], *, may_act: bool) -> list[Button]:
    """The four actions on a run, each with the reason where it cannot be taken."""
    can, trouble = _capabilities(run)
    blocked = "" if may_act else NO_PERMISSION
    return [
        Button("dashboard:retry-failed", "Retry failed jobs", blocked or _no_retry_failed(run, actions, can, trouble)),
        Button("dashboard:retry-all", "Retry all jobs", blocked or _no_retry_all(run, actions, can, trouble)),
        Button("dashboard:cancel", "Cancel", blocked or _no_cancel(run, actions, can, trouble)),
        Button("dashboard:fix", "Fix", blocked or _no_fix(run, attempts)),
    ]


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job on the page of a run: how deep in the tree it stands, and what can be done with it alone."""

    depth: int
    job: Job
    can_retry: bool
    can_approve: bool


def job_rows(run: Run, *, may_act: bool) -> list[JobRow]:
    """The jobs of a run and of the runs that they started, each with what can be done with it now."""
    # All of a tree is at one server. Of an attempt that was repeated, the next one is what can be acted on.
    is_actual = may_act and selectors.newer_attempt(run) is None
    can = _capabilities(run)[0] if is_actual else Capability.NONE
    return [_job_row(row, can) for row in selectors.job_tree(run)]


def _job_row(row: selectors.TreeRow, can: Capability) -> JobRow:
    job = row.job
    is_over = job.run.state_is_final and State(job.state).is_terminal and not job.is_superseded
    return JobRow(
        depth=row.depth,
        job=job,
        can_retry=is_over and Capability.RETRY_JOB in can,
        can_approve=State(job.state) is State.BLOCKED and Capability.APPROVE in can,
    )


def _capabilities(run: Run) -> tuple[Capability, str]:
    try:
        return selectors.capabilities(run.repository), ""
    except ConfigError as error:
        return Capability.NONE, str(error)


def _no_retry_failed(run: Run, actions: Sequence[Action], can: Capability, trouble: str) -> str:
    state = State(run.state)
    if state.is_terminal and not state.is_failed:
        return "nothing in this run failed"
    return _no_retry(
        run, actions, RetryScope.FAILED, trouble or _lacks(can, Capability.RETRY_FAILED, "retry failed jobs")
    )


def _no_retry_all(run: Run, actions: Sequence[Action], can: Capability, trouble: str) -> str:
    return _no_retry(run, actions, RetryScope.ALL, trouble or _lacks(can, Capability.RETRY_ALL, "retry runs"))


def _no_retry(run: Run, actions: Sequence[Action], scope: RetryScope, cannot: str) -> str:
    if cannot:
        return cannot
    if not run.state_is_final:
        return "the run has not ended yet"
    for action in actions:
        is_same = action.kind == ActionKind.RETRY and action.run_id == run.pk and action.request["scope"] == scope
        if is_same and action.state != ActionState.FAILED:
            return f"already retried as run {action.result_run_id}" if action.result_run_id else "already asked for"
    newer = selectors.newer_attempt(run)
    return f"already repeated as run {newer.pk}" if newer else ""


def _no_cancel(run: Run, actions: Sequence[Action], can: Capability, trouble: str) -> str:
    if run.state_is_final:
        return "the run has ended"
    if any(action.kind == ActionKind.CANCEL and action.state in _OPEN for action in actions):
        return "already asked for"
    return trouble or _lacks(can, Capability.CANCEL, "cancel runs")


def _no_fix(run: Run, attempts: Sequence[FixAttempt]) -> str:
    state = State(run.state)
    if not state.is_terminal:
        return "the run has not ended yet"
    if not state.is_failed:
        return "nothing in this run failed"
    if run.settled_at is None:
        return "its results are still being collected"
    if not fixes.has_code(run.repository):
        return "it is not known where the code of this repository is, so it cannot be changed: set its clone_url"
    fixed = next((one for one in attempts if one.state == AttemptState.FIXED), None)
    if fixed is not None:
        return f"already fixed on branch {fixed.branch}"
    if any(one.state not in ENDED for one in attempts):
        return "a fix attempt is under way"
    return ""


def _lacks(can: Capability, needed: Capability, what: str) -> str:
    return "" if needed in can else f"this connection cannot {what}"
