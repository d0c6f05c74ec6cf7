"""One run: what failed first, then everything else, and what can be done about it."""

from datetime import timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from ci_integrations import selectors
from ci_integrations.domain import FAILED, RetryScope
from ci_integrations.errors import OrchestrateError
from ci_integrations.models import Action, Job, Run
from ci_integrations.models.action import ActionState
from ci_integrations.selectors import timings
from ci_integrations.services import control, follow
from dashboard.access import PageRequest, action, may_act, page
from dashboard.buttons import buttons, job_rows
from dashboard.views import coverage
from dashboard.views.lookup import job_or_404, run_or_404
from fixers import selectors as fix_selectors
from fixers import services as fixes
from fixers.models import ENDED, FixAttempt

FAILED_TESTS: Final = 100
FINDINGS_PER_JOB: Final = 5
SLOWEST_TESTS: Final = 10
# So long after its results are in, a run may still be answered; the page looks again until then.
ANSWER_TIME: Final = timedelta(minutes=2)


@page
def run_detail(request: PageRequest, run_id: int) -> HttpResponse:
    """One run; htmx asks for what may change, alone, while something may."""
    run = run_or_404(run_id)
    # Who looks at a live run waits for it: it is asked for anew, every few seconds at most.
    follow.hurry(run)
    template = "dashboard/partials/_run.html" if request.htmx else "dashboard/run.html"
    response = render(request, template, _context(run, can_act=may_act(request.user)))
    patch_vary_headers(response, ["HX-Request"])
    return response


@action
def retry_failed(request: PageRequest, run_id: int) -> HttpResponse:
    """Ask for the failed jobs again."""
    return _retry(request, run_or_404(run_id), RetryScope.FAILED)


@action
def retry_all(request: PageRequest, run_id: int) -> HttpResponse:
    """Ask for the whole run again."""
    return _retry(request, run_or_404(run_id), RetryScope.ALL)


@action
def cancel(request: PageRequest, run_id: int) -> HttpResponse:
    """Ask for the end of a run."""
    run = run_or_404(run_id)
    try:
        control.cancel(run, requested_by=request.user.get_username())
    except OrchestrateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The server is asked to cancel this run.")
    return redirect("dashboard:run", run.pk)


@action
def retry_job(request: PageRequest, run_id: int, job_id: int) -> HttpResponse:
    """Ask for one job again."""
    job = job_or_404(run_id, job_id)
    return _retry(request, job.run, RetryScope.JOB, job)


@action
def approve(request: PageRequest, run_id: int, job_id: int) -> HttpResponse:
    """Let a job that waits go on."""
    job = job_or_404(run_id, job_id)
    try:
        control.approve(job, requested_by=request.user.get_username())
    except OrchestrateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The server is asked to let {job.name} go on.")
    return redirect("dashboard:run", job.run_id)


@action
def fix(request: PageRequest, run_id: int) -> HttpResponse:
    """Ask for a fix of a failed run."""
    run = run_or_404(run_id)
    try:
        fixes.fix(run.pk, requested_by=request.user.get_username())
    except OrchestrateError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "A fix was asked for. What comes of it is shown below.")
    return redirect("dashboard:run", run.pk)


def _retry(request: PageRequest, run: Run, scope: RetryScope, job: Job | None = None) -> HttpResponse:
    try:
        asked = control.retry(run, scope=scope, job=job, requested_by=request.user.get_username())
    except OrchestrateError as error:
        messages.error(request, str(error))
        return redirect("dashboard:run", run.pk)
    messages.success(request, "The retry was asked for. The new attempt appears once the server has taken it.")
    return redirect("dashboard:run", asked.result_run_id or run.pk)


def _context(run: Run, *, can_act: bool) -> dict[str, Any]:
    rows = job_rows(run, may_act=can_act)
    failed_tests = selectors.failed_tests(run)
    actions = list(selectors.actions_on(run))
    attempts = fix_selectors.attempts_of(run)
    counts = selectors.test_counts(run)
    return {
        "run": run,
        "triage": fix_selectors.triage_of(run),
        "attempts": selectors.attempts(run),
        "failed_tests": failed_tests[:FAILED_TESTS],
        "failed_count": sum(counts.get(outcome.value, 0) for outcome in selectors.FAILED_OUTCOMES),
        "test_counts": counts,
        "failures": _log_failures([row.job for row in rows]),
        "jobs": rows,
        "times": timings.run_times(run, [row.job for row in rows if row.job.run_id == run.pk]),
        "slowest_tests": timings.slowest_tests(run, SLOWEST_TESTS) if counts else [],
        "artifacts": list(selectors.artifacts(run)),
        "buttons": buttons(run, actions, attempts, may_act=can_act),
        "events": _timeline(run),
        "fix_attempts": attempts,
        "is_live": _may_change(run, actions, attempts),
        **coverage.section(run),
    }


def _log_failures(jobs: list[Job]) -> list[tuple[Job, list[Any], int]]:
    """Failed jobs of which the log says why: the job, its most telling findings, and how many more there are."""
    failed = [job for job in jobs if job.state in FAILED and not job.is_superseded]
    found = [
        (job, selectors.telling_findings(job)) for job in failed if job.findings.all() or selectors.excerpt_of(job)
    ]
    return [(job, rows[:FINDINGS_PER_JOB], max(len(rows) - FINDINGS_PER_JOB, 0)) for job, rows in found]


def _timeline(run: Run) -> list[selectors.Event]:
    return sorted([*selectors.timeline(run), *fix_selectors.timeline(run)], key=lambda event: event.at)


def _may_change(run: Run, actions: list[Action], attempts: list[FixAttempt]) -> bool:
    return (
        not run.state_is_final
        or run.settled_at is None
        or timezone.now() - run.settled_at < ANSWER_TIME
        or any(one.state not in {ActionState.DONE, ActionState.FAILED} for one in actions)
        or any(one.state not in ENDED for one in attempts)
    )
