"""The life of a fix attempt: who works on it, how it moves on, how it ends. Every step is a conditional UPDATE."""

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ci_integrations.services.queue import FIX, enqueue
from fixers import posting, reporting, selectors
from fixers.masking import masker_of
from fixers.models import ENDED, WORKING, AttemptState, FixAttempt, FixEvent, Triage

log = logging.getLogger(__name__)

FIX_TASK: Final = "fixers.tasks.run_fix"
# Starts whose own process ended without a result.
MAX_FAILURES: Final = 3
# All starts, also those that a deploy or a lost worker ended.
MAX_STARTS: Final = 12
AGAIN_AFTER: Final = timedelta(seconds=30)


def lease() -> timedelta:
    """How long an attempt is taken for; the process that works on it renews it all the time."""
    return timedelta(seconds=settings.ORCHESTRATE_FIX_LEASE)


def mark(attempt: FixAttempt) -> str:
    """What one start of an attempt tells its processes and directories by, also among other installations' ones."""
    return f"{mark_of_all(attempt)}{attempt.starts}-"


def mark_of_all(attempt: FixAttempt) -> str:
    """The beginning of the marks of all starts of an attempt."""
    database = f"{settings.DATABASES['default'].get('NAME')}:{settings.MEDIA_ROOT}"
    return f"orchestrate-fix-{hashlib.sha256(database.encode()).hexdigest()[:8]}-{attempt.pk}-"


@transaction.atomic
def start(triage: Triage, strategy: str, *, requested_by: str) -> FixAttempt:
    """Begin an attempt: its row and its task, in one transaction."""
    last = triage.fix_attempts.filter(strategy=strategy).order_by("-ordinal").first()
    attempt = FixAttempt.objects.create(
        triage=triage,
        strategy=strategy,
        ordinal=last.ordinal + 1 if last else 1,
        requested_by=requested_by[:150],
        queued_at=timezone.now(),
    )
    note(attempt, "attempt", f"fix attempt {attempt.pk} ({strategy}) asked by {requested_by}")
    enqueue(FIX_TASK, attempt.pk, cluster=FIX)
    return attempt


def claim(attempt_id: int) -> FixAttempt | None:
    """Take an attempt for one lease, counting the start first.

    None: it ended, somebody has it, its time has not come, or it was given up.
    """
    free = selectors.lost_attempts().filter(pk=attempt_id)
    until = timezone.now() + lease()
    if free.filter(starts__lt=MAX_STARTS).update(starts=F("starts") + 1, leased_until=until, queued_at=None):
        return FixAttempt.objects.get(pk=attempt_id)
    given_up = free.filter(starts__gte=MAX_STARTS).first()
    if given_up is not None:
        end(given_up, AttemptState.FAILED, _given_up(given_up))
    return None


def renew(attempt: FixAttempt) -> bool:
    """Keep an attempt for another lease. False: the lease is lost, another process may have it."""
    until = timezone.now() + lease()
    kept = FixAttempt.objects.filter(pk=attempt.pk, leased_until=attempt.leased_until).update(leased_until=until)
    attempt.leased_until = until
    return bool(kept)


def hand_back(attempt: FixAttempt, why: str, *, not_before: datetime | None = None) -> None:
    """The process ended without a result: have the attempt worked on again, or give it up after the last failure."""
    free = FixAttempt.objects.filter(pk=attempt.pk, leased_until=attempt.leased_until, state__in=WORKING)
    with transaction.atomic():
        if not free.update(leased_until=not_before, reason=masked(attempt, why), failures=F("failures") + 1):
            return
        attempt.refresh_from_db()
        if attempt.failures >= MAX_FAILURES or attempt.starts >= MAX_STARTS:
            end(attempt, AttemptState.FAILED, _given_up(attempt))
            return
        note(attempt, "lost", f"{why}; failure {attempt.failures} of {MAX_FAILURES}")
        queue(attempt, not_before=not_before)


def queue(attempt: FixAttempt, *, not_before: datetime | None = None) -> None:
    """Put the task that takes an attempt up on the queue, and note that it is there."""
    FixAttempt.objects.filter(pk=attempt.pk).update(queued_at=not_before or timezone.now())
    enqueue(FIX_TASK, attempt.pk, cluster=FIX, not_before=not_before)


def move(attempt: FixAttempt, state: AttemptState, text: str, **fields: object) -> None:
    """Go on to the next state of one that has not ended, with a line for the timeline."""
    with transaction.atomic():
        if FixAttempt.objects.filter(pk=attempt.pk).exclude(state__in=ENDED).update(state=state, **fields):
            note(attempt, state.value, text)
            _tell(attempt)
    attempt.refresh_from_db()


def end(attempt: FixAttempt, state: AttemptState, reason: str) -> None:
    """End an attempt, once; the report of its run then says what came of it."""
    reason = masked(attempt, reason)
    rows = FixAttempt.objects.filter(pk=attempt.pk).exclude(state__in=ENDED)
    with transaction.atomic():
        if rows.update(state=state, reason=reason, finished_at=timezone.now(), leased_until=None):
            note(attempt, state.value, reason)
            reporting.write(attempt.triage)
            _tell(attempt)
    attempt.refresh_from_db()


def note(attempt: FixAttempt, kind: str, text: str) -> None:
    """A line for the timeline, without our secrets."""
    text = masked(attempt, text)
    log.info("fix attempt %s: %s: %s", attempt.pk, kind, text)
    FixEvent.objects.create(triage_id=attempt.triage_id, attempt=attempt, kind=kind, text=text)


def masked(attempt: FixAttempt, text: str) -> str:
    """What a program said about an attempt, without our secrets."""
    return masker_of(attempt.triage.run.repository).text(text)


def _tell(attempt: FixAttempt) -> None:
    run = attempt.triage.run
    posting.touch(run.repository, run.commit_sha)


def _given_up(attempt: FixAttempt) -> str:
    last = f"; the last one: {attempt.reason}" if attempt.reason else ""
    return f"given up: {attempt.starts} starts ended without a result{last}"
