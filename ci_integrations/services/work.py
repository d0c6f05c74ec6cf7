"""Claiming a row to work on it: attempts, lease, back-off and the dead state of `models.fields.Work`."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from ci_integrations.errors import OrchestrateError, ProviderError
from ci_integrations.models.fields import Wakeable, Work
from ci_integrations.services.queue import enqueue

log = logging.getLogger(__name__)

MAX_ATTEMPTS: Final = 6
BACK_OFF: Final = tuple(timedelta(seconds=s) for s in (2, 10, 30, 120, 300, 600))
GIVEN_UP: Final = "given up: each of {} attempts ended without an answer, the last worker may have been killed"


def lease() -> timedelta:
    """How long a row is taken for; a lease that ran out means that its worker was lost."""
    return timedelta(seconds=settings.ORCHESTRATE_LEASE)


def claim(row: Work) -> bool:
    """Take a row for one lease, counting the attempt first. False: it is dead, not due yet, or somebody has it.

    A row whose attempts are used up dies here, so that work which kills its worker ends too.
    """
    now = timezone.now()
    rows = type(row)._default_manager.filter(pk=row.pk, dead_at=None)
    free = rows.filter(Q(leased_until=None) | Q(leased_until__lte=now), Q(not_before=None) | Q(not_before__lte=now))
    if free.filter(attempts__lt=MAX_ATTEMPTS).update(attempts=F("attempts") + 1, leased_until=now + lease()):
        row.refresh_from_db()
        return True
    if free.filter(attempts__gte=MAX_ATTEMPTS, last_error="").update(last_error=GIVEN_UP.format(MAX_ATTEMPTS)):
        log.error("%s %s: given up", type(row).__name__, row.pk)
    free.filter(attempts__gte=MAX_ATTEMPTS).update(dead_at=now, leased_until=None)
    return False


@contextmanager
def attempt(row: Work) -> Iterator[bool]:
    """Work on a row: gives True where it was claimed, else the block has to do nothing.

    An OrchestrateError ends here: it is written on the row, which comes back after a back-off where another try may
    help and is dead where not. Any other exception is written down as well and goes on to the caller.
    """
    if not claim(row):
        yield False
        return
    try:
        yield True
    except OrchestrateError as error:
        _note_failure(row, error)
    except BaseException as error:
        _note_failure(row, error)
        raise
    else:
        finish(row)


def wake(row: Wakeable, task: str, *, at: datetime) -> None:
    """Have `task` called with the row's id at a time; asking for the same time again adds no second task.

    Where several tasks wait for one row, each but the last finds the time taken and ends: they cannot multiply.
    """
    with transaction.atomic():
        if type(row)._default_manager.filter(pk=row.pk).exclude(wake_at=at).update(wake_at=at):
            enqueue(task, row.pk, not_before=at)


def finish(row: Work, *, not_before: datetime | None = None) -> None:
    """The work is done: the lease ends, and attempts start anew for later work, none before the given time."""
    type(row)._default_manager.filter(pk=row.pk).update(
        leased_until=None, not_before=not_before, attempts=0, last_error="", error_kind="", dead_at=None
    )


def _note_failure(row: Work, error: BaseException) -> None:
    now = timezone.now()
    final = isinstance(error, OrchestrateError) and not (isinstance(error, ProviderError) and error.retryable)
    dead = final or row.attempts >= MAX_ATTEMPTS
    wait = BACK_OFF[min(row.attempts, len(BACK_OFF)) - 1]
    if isinstance(error, ProviderError) and error.retry_after:
        wait = max(wait, timedelta(seconds=error.retry_after))
    log.warning("%s %s: attempt %s failed: %s", type(row).__name__, row.pk, row.attempts, error)
    type(row)._default_manager.filter(pk=row.pk).update(
        leased_until=None,
        not_before=None if dead else now + wait,
        dead_at=now if dead else None,
        last_error=f"{error}"[:2000] or type(error).__name__,
        error_kind=type(error).__name__[:40],
    )
