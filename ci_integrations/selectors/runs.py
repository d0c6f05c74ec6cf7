"""Runs: those of a list, one, its attempts and what happened to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet

from ci_integrations.domain import FAILED
from ci_integrations.errors import NotFound
from ci_integrations.models import Job, Run
from ci_integrations.selectors.actions import actions_on


@dataclass(frozen=True, slots=True)
class RunFilter:
    """What a list of runs is narrowed to; an empty field narrows nothing."""

    states: Sequence[str] = ()
    branch: str = ""
    repository: str = ""
    workflow: str = ""
    commit_sha: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a run's timeline."""

    at: datetime
    kind: str
    text: str
    reason: str = ""


def runs(narrow: RunFilter | None = None) -> QuerySet[Run]:
    """Runs, newest first, with repository and connection."""
    rows = Run.objects.select_related("repository__connection", "parent_job").order_by("-created_at", "-id")
    if narrow is None:
        return rows
    if narrow.states:
        rows = rows.filter(state__in=narrow.states)
    if narrow.branch:
        rows = rows.filter(branch=narrow.branch)
    if narrow.repository:
        rows = rows.filter(repository__name=narrow.repository)
    if narrow.workflow:
        rows = rows.filter(workflow=narrow.workflow)
    if narrow.commit_sha:
        rows = rows.filter(commit_sha__startswith=narrow.commit_sha)
    return rows


def get_run(run_id: int) -> Run:
    """One run by our id. Raises NotFound."""
    run = runs().filter(pk=run_id).first()
    if run is None:
        raise NotFound(f"there is no run {run_id}; see: orchestrate ci list")
    return run


def page_of_runs(narrow: RunFilter, *, before: int | None, limit: int) -> list[Run]:
    """At most `limit` runs older than the run `before`, newest first; each has its failed jobs as `failed_jobs`."""
    rows = runs(narrow)
    last = Run.objects.filter(pk=before).first() if before is not None else None
    if last is not None:
        older = Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)
        rows = rows.filter(older)
    failed = Job.objects.filter(state__in=FAILED, is_superseded=False, allow_failure=False).order_by("id")
    return list(rows.prefetch_related(Prefetch("jobs", failed, to_attr="failed_jobs"))[:limit])


def recent_names(of_runs: int = 500) -> tuple[list[str], list[str]]:
    """The branches and the workflows of the newest runs, each sorted: what a filter suggests."""
    pairs = Run.objects.order_by("-created_at", "-id").values_list("branch", "workflow")[:of_runs]
    return sorted({branch for branch, _ in pairs if branch}), sorted({workflow for _, workflow in pairs if workflow})


def newer_attempt(run: Run) -> Run | None:
    """The last attempt of a run, where this one is not it."""
    same = Run.objects.filter(repository=run.repository_id, external_id=run.external_id, attempt__gt=run.attempt)
    return same.order_by("-attempt").first()


def attempts(run: Run) -> list[Run]:
    """Every attempt of the same piece of work, oldest first, this one included."""
    first = run
    while first.retry_of is not None:
        first = first.retry_of
    found = [first]
    for earlier in found:
        found += earlier.retries.filter(pk__gt=earlier.pk).order_by("id")
    return found


def timeline(run: Run) -> list[Event]:
    """What happened to a run, oldest first, as far as this app knows."""
    events = [Event(run.created_at, "run", f"{run.workflow or 'run'} began on {run.branch or run.commit_sha[:12]}")]
    for action in actions_on(run):
        outcome = {"done": "done", "failed": f"failed: {action.last_error}"}.get(action.state, action.state)
        text = f"{action.kind} asked by {action.requested_by}: {outcome}"
        if action.result_run is not None and action.result_run != run:
            text += f" (run {action.result_run.pk})"
        events.append(Event(action.created_at, "action", text))
    if run.finished_at is not None:
        events.append(Event(run.finished_at, "run", f"ended: {run.state}"))
    if run.settled_at is not None:
        events.append(Event(run.settled_at, "collect", "results collected", reason=run.last_error))
    return sorted(events, key=lambda event: event.at)
