"""Writes the failure report of a triage from what is stored."""

from typing import Final

from ci_integrations.models import JobLog, Run
from ci_integrations.parsing.ansi import clean_line
from ci_integrations.selectors.coverage import coverage_text
from ci_integrations.services.logs import read_page
from fixers import selectors
from fixers.diagnosis import Diagnosis, Facts, diagnose
from fixers.masking import masker_of
from fixers.models import FixAttempt, Triage
from fixers.report import Excerpt, Subject, render

LINES: Final = 200


def text_for(run: Run, found: Facts, diagnosis: Diagnosis, reason: str) -> str:
    """The report on a run, as of now."""
    subject = Subject(
        run=f"{run.pk}",
        url=run.url,
        repository=run.repository.name,
        branch=run.branch,
        commit_sha=run.commit_sha,
        workflow=run.workflow,
        state=run.state,
        reason=reason,
        coverage=coverage_text(run),
        attempts=[_outcome(attempt) for attempt in selectors.attempts_of(run)],
    )
    return masker_of(run.repository).text(render(subject, diagnosis, found.failed_tests, _excerpt(run, found)))


def write(triage: Triage) -> None:
    """Write the report anew: something was tried since."""
    run = triage.run
    found = selectors.facts(run)
    report = text_for(run, found, diagnose(found), triage.reason)
    Triage.objects.filter(pk=triage.pk).update(report=report)
    triage.report = report


def _outcome(attempt: FixAttempt) -> str:
    where = f" on {attempt.branch}" if attempt.branch else ""
    return f"{attempt.strategy} {attempt.ordinal}{where}: {attempt.state}: {attempt.reason or 'not ended yet'}"


def _excerpt(run: Run, found: Facts) -> Excerpt | None:
    """The lines of the log that best say why, of the job with the first finding; where no line does, its end."""
    first = found.complaints[0] if found.complaints else None
    logs = JobLog.objects.filter(job__run=run).select_related("job")
    log = logs.filter(job_id=first.job_id).first() if first else logs.order_by("-job__state", "job_id").first()
    if log is None:
        return None
    start, stop = log.excerpts[0] if log.excerpts else (max(1, log.lines - LINES + 1), log.lines)
    try:
        lines = [clean_line(line) for line in read_page(log, start - 1, min(stop, start - 1 + LINES))]
    except OSError:
        # The file is gone from the storage; that must not stop the answer.
        return None
    return Excerpt(job=log.job.name, first_line=start, lines=lines)
