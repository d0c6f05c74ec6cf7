"""The only readers: the evidence for decisions, and what pages, API and command line show."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from ci_integrations import selectors as ci
from ci_integrations.domain import FAILED, AnnotationLevel, Capability, Outcome, ResultSource, RetryScope, State
from ci_integrations.errors import ConfigError
from ci_integrations.models import Job, JobAnnotation, JobLog, LogFinding, Repository, Run, TestResult
from ci_integrations.parsing.logs.model import LESS_THAN_ERRORS
from ci_integrations.selectors import Event
from ci_integrations.wiring import code_of
from fixers.diagnosis import Facts, FailedTest, Finding
from fixers.models import WORKING, AttemptState, Decision, FixAttempt, FixEvent, FixPolicy, Triage
from fixers.policy import Limits, Situation
from fixers.strategies.formatter import KNOWN
from fixers.strategies.registry import safe_for_forks

MAX_FINDINGS = 200
MAX_TESTS = 1000
MAX_LOGS = 20
# A run that started others waits so long for their end before it is answered.
WAITS_BELOW = timedelta(minutes=15)
# GitHub's runner remarks it of each step that fails:
# https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/ScriptHandler.cs
SAYS_NOTHING = "Process completed with exit code"


def triage_of(run: Run) -> Triage | None:
    """What was decided about a run; None: nothing yet."""
    return Triage.objects.filter(run=run).select_related("action__result_run").first()


def triages_of(runs: Sequence[Run]) -> list[Triage]:
    """What was decided about runs, in their order, with actions and fix attempts."""
    rows = Triage.objects.filter(run__in=runs).select_related("action__result_run").prefetch_related("fix_attempts")
    return sorted(rows, key=lambda triage: triage.run_id)


def attempts_of(run: Run) -> list[FixAttempt]:
    """The fix attempts for a run, oldest first, with the CI run on each one's branch."""
    return list(_attempts().filter(triage__run=run).order_by("id"))


def recent_attempts() -> QuerySet[FixAttempt]:
    """All fix attempts, newest first."""
    return _attempts().order_by("-created_at", "-id")


def lost_attempts() -> QuerySet[FixAttempt]:
    """Attempts that need a process and have none."""
    free = Q(leased_until=None) | Q(leased_until__lte=timezone.now())
    return FixAttempt.objects.filter(free, state__in=WORKING).order_by("id")


def watching_attempts(run: Run) -> QuerySet[FixAttempt]:
    """The attempts that wait for this run: it was triggered for them, or it ran their commit in the same workflow."""
    about = Q(trigger__result_run=run)
    if run.commit_sha:
        same = Q(triage__run__repository=run.repository, triage__run__workflow=run.workflow)
        about |= same & Q(commit_sha=run.commit_sha)
    return FixAttempt.objects.filter(about, state=AttemptState.WATCHING).select_related("triage__run")


def runs_of_fix(attempt: FixAttempt) -> list[Run]:
    """The settled runs of an attempt's commit in the workflow that had failed."""
    run = attempt.triage.run
    if not attempt.commit_sha:
        return []
    rows = Run.objects.filter(repository=run.repository, workflow=run.workflow, commit_sha=attempt.commit_sha)
    return list(rows.filter(settled_at__isnull=False).order_by("pk"))


def timeline(run: Run) -> list[Event]:
    """What was decided about a run and what was tried, oldest first. To be merged with that of `ci_integrations`."""
    rows = FixEvent.objects.filter(triage__run=run).select_related("triage")
    events = [_event(row) for row in rows]
    for attempt in FixAttempt.objects.filter(trigger__result_run=run).select_related("triage__run"):
        text = f"checks fix attempt {attempt.pk} for run {attempt.triage.run_id}"
        events.append(Event(run.created_at, "attempt", text))
    return sorted(events, key=lambda event: event.at)


def policy_of(run: Run) -> FixPolicy:
    """The fix policy of a run's repository; the defaults, not stored, where there is none."""
    return FixPolicy.objects.filter(repository=run.repository).first() or FixPolicy(repository=run.repository)


def limits(policy: FixPolicy) -> Limits:
    """A fix policy as the decision needs it."""
    return Limits(
        retry_enabled=policy.retry_enabled,
        fix_enabled=policy.fix_enabled,
        agent=bool(policy.agent_command.strip()),
        max_attempts_per_day=policy.max_attempts_per_day,
        max_retries_per_day=policy.max_retries_per_day,
        max_hours=settings.ORCHESTRATE_TRIAGE_MAX_HOURS,
    )


def facts(run: Run) -> Facts:
    """The evidence that a settled run left: of the jobs that made it fail, or of all where none is known to have."""
    jobs = _deciding_jobs(run).filter(carried_from=None)
    # What failed by itself tells more of the code than what a machine let down.
    failed_jobs = jobs.filter(state=State.FAILURE)
    failed_jobs = failed_jobs if failed_jobs.exists() else jobs.filter(state__in=FAILED)
    blamed = failed_jobs if failed_jobs.exists() else jobs
    findings = _findings(blamed)
    logs = JobLog.objects.filter(job__in=blamed).order_by("job_id").values_list("excerpt", flat=True)
    return Facts(
        state=State(run.state),
        excerpt=tuple(line for excerpt in logs[:MAX_LOGS] for line in excerpt.splitlines()),
        findings=findings,
        remarks=_remarks(blamed, findings),
        failed_tests=tuple(_failed_test(row) for row in _failed_results(run)[:MAX_TESTS]),
        problem=run.problem,
    )


def situation(run: Run, found: Facts) -> Situation:
    """What a decision about a settled run needs beside its diagnosis."""
    earlier = _earlier_failed(run)
    mine = FixAttempt.objects.filter(triage__run__repository=run.repository)
    answered = Triage.objects.filter(run__repository=run.repository)
    now = timezone.now()
    a_day_ago = now - timedelta(days=1)
    return Situation(
        state=State(run.state),
        branch=run.branch,
        commit_sha=run.commit_sha,
        is_own_commit=bool(run.commit_sha) and mine.filter(commit_sha=run.commit_sha).exists(),
        is_repetition=run.retry_of_id is not None or run.attempt > 1,
        runs_before=len(earlier),
        failed=tuple(dict.fromkeys(test.label for test in found.failed_tests)),
        failed_before=frozenset(_label(row) for one in earlier for row in _failed_results(one)[:MAX_TESTS]),
        flaky_here=_flaky_here(run, earlier),
        can_retry=retry_scope(run) is not None,
        has_code=has_code(run.repository),
        fork=run.head_repository,
        safe_for_forks=safe_for_forks(),
        tools=KNOWN,
        tried=_tried(run),
        attempts_today=mine.filter(created_at__gte=a_day_ago).count(),
        retries_today=answered.filter(decision=Decision.RETRY, created_at__gte=a_day_ago).count(),
        hours_ago=(now - _ended_at(run)).total_seconds() / 3600,
        failed_below=_failed_below(run),
        failed_before_only=_failed_before_only(run),
    )


def retry_scope(run: Run) -> RetryScope | None:
    """How much of an ended run the server can repeat: the failed jobs, else all of it; None where it can do neither."""
    can = _capabilities(run)
    if Capability.RETRY_FAILED in can and _deciding_jobs(run).filter(state__in=FAILED).exists():
        return RetryScope.FAILED
    if Capability.RETRY_ALL in can:
        return RetryScope.ALL
    was_canceled = _deciding_jobs(run).filter(state=State.CANCELED).exists()
    return RetryScope.FAILED if Capability.RETRY_FAILED in can and was_canceled else None


def can_retry(run: Run) -> bool:
    """Whether the server can repeat a run that failed."""
    return State(run.state).is_failed and retry_scope(run) is not None


def waits_below(run: Run) -> bool:
    """Whether a failed run may have failed for a run that it started, of which that is not known yet."""
    failed = _deciding_jobs(run).filter(state__in=FAILED)
    is_fresh = timezone.now() - _ended_at(run) < WAITS_BELOW
    return is_fresh and Run.objects.filter(parent_job__in=failed, retries=None, settled_at=None).exists()


def _deciding_jobs(run: Run) -> QuerySet[Job]:
    """The jobs that a run's state comes from."""
    return run.jobs.filter(allow_failure=False, is_superseded=False)


def _failed_before_only(run: Run) -> bool:
    """Whether all that made this attempt fail had failed in an earlier one, and did not run again."""
    failed = _deciding_jobs(run).filter(state__in=FAILED)
    return failed.exists() and not failed.filter(carried_from=None).exists()


def has_code(repository: Repository) -> bool:
    """Whether the code of a repository can be cloned and changed."""
    return bool(repository.clone_url) or has_code_host(repository)


def has_code_host(repository: Repository) -> bool:
    """Whether the repository's code host is known: it gives an address to clone from, and takes pull requests."""
    try:
        return code_of(repository) is not None
    except ConfigError:
        return False


def _event(row: FixEvent) -> Event:
    if row.kind == "decision":
        return Event(row.at, row.kind, f"decided: {row.triage.decision}", reason=row.triage.reason)
    return Event(row.at, row.kind, row.text)


def _attempts() -> QuerySet[FixAttempt]:
    return FixAttempt.objects.select_related("triage__run__repository", "trigger__result_run")


def _capabilities(run: Run) -> Capability:
    try:
        return ci.capabilities(run.repository)
    except ConfigError:
        # The connection's page tells; a decision must come about all the same.
        return Capability.NONE


def _ended_at(run: Run) -> datetime:
    """Where no end is known, a run is taken to have lasted a day at most."""
    return run.finished_at or min(timezone.now(), run.created_at + timedelta(days=1))


def _failed_below(run: Run) -> tuple[int, ...]:
    """The failed runs that a run's jobs started, where they alone made it fail."""
    failed = list(ci.with_child_runs(_deciding_jobs(run).filter(state__in=FAILED)))
    below = [child.pk for job in failed for child in job.child_runs if State(child.state).is_failed]
    return tuple(below) if len(below) >= len(failed) else ()


def _tried(run: Run) -> dict[str, str]:
    about = Q(triage__run=run)
    if run.commit_sha:
        about |= Q(triage__run__repository=run.repository, triage__run__commit_sha=run.commit_sha)
    return {
        attempt.strategy: f"attempt {attempt.pk} for run {attempt.triage.run_id}"
        + (f", branch {attempt.branch}" if attempt.branch else "")
        + f" ({attempt.state})"
        for attempt in FixAttempt.objects.filter(about).select_related("triage").order_by("id")
    }


def _earlier_failed(run: Run) -> list[Run]:
    """The other runs of this commit and workflow that failed, and whatever this run repeats."""
    found: dict[int, Run] = {}
    if run.commit_sha:
        same = Run.objects.filter(repository=run.repository, commit_sha=run.commit_sha, workflow=run.workflow)
        found = {row.pk: row for row in same.filter(settled_at__isnull=False, state__in=FAILED).exclude(pk=run.pk)}
    before = run.retry_of
    while before is not None and before.pk != run.pk:
        if State(before.state).is_failed:
            found[before.pk] = before
        before = before.retry_of
    return list(found.values())


def _failed_results(run: Run) -> QuerySet[TestResult]:
    return ci.failed_tests(run).filter(job__run=run, job__allow_failure=False, job__is_superseded=False)


def _flaky_here(run: Run, earlier: list[Run]) -> tuple[str, ...]:
    failed = TestResult.objects.filter(job__run__in=earlier, outcome__in=ci.FAILED_OUTCOMES).values("case")
    passed = TestResult.objects.filter(job__run=run, outcome=Outcome.PASSED, case__in=failed).select_related("case")
    return tuple(dict.fromkeys(_label(row) for row in passed.order_by("case__suite", "case__name")[:MAX_TESTS]))


def _label(row: TestResult) -> str:
    return FailedTest(suite=row.case.suite, name=row.case.name).label


def _failed_test(row: TestResult) -> FailedTest:
    return FailedTest(
        suite=row.case.suite,
        name=row.case.name,
        message=row.message,
        details=row.details,
        file=row.file,
        line=row.line,
        is_from_log=row.source == ResultSource.LOG,
    )


def _findings(jobs: QuerySet[Job]) -> tuple[Finding, ...]:
    """What the logs complain of: errors, or what is less where there are none; in turn of each job the next one, so
    that no job takes the room of others.
    """
    found = LogFinding.objects.filter(job__in=jobs)
    errors = found.exclude(severity__in=LESS_THAN_ERRORS)
    turn = Window(RowNumber(), partition_by="job_id", order_by="line")
    rows = (errors if errors.exists() else found).annotate(turn=turn).select_related("job").order_by("turn", "job_id")
    return tuple(_finding(row) for row in sorted(rows[:MAX_FINDINGS], key=lambda row: (row.job_id, row.line)))


def _remarks(jobs: QuerySet[Job], findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """What the jobs remarked at the code host, but for places that findings name."""
    known = {(finding.file, finding.source_line) for finding in findings}
    rows = JobAnnotation.objects.filter(job__in=jobs, level=AnnotationLevel.FAILURE).select_related("job")
    rows = rows.exclude(message__startswith=SAYS_NOTHING)
    return tuple(
        Finding(
            kind="error",
            message=row.message,
            file=row.path,
            source_line=row.line,
            severity="error",
            job_id=row.job_id,
            job=row.job.name,
        )
        for row in rows.order_by("job_id", "ordinal")[:MAX_FINDINGS]
        if (row.path, row.line) not in known
    )


def _finding(row: LogFinding) -> Finding:
    return Finding(
        kind=row.kind,
        message=row.message,
        tool=row.tool,
        file=row.file,
        source_line=row.source_line,
        severity=row.severity,
        job_id=row.job_id,
        job=row.job.name,
        line=row.line,
    )
