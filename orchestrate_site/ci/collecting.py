"""Have the results of a finished run collected where no worker does it."""

import time
from typing import Final

from django.utils import timezone

from ci_integrations import selectors
from ci_integrations.models import Run
from ci_integrations.models.fields import Work
from ci_integrations.services import collect

LOOK_EVERY: Final = 0.3


def is_due(row: Work) -> bool:
    """Whether nobody works on a row and it may be worked on now."""
    now = timezone.now()
    is_free = row.leased_until is None or row.leased_until <= now
    return is_free and row.dead_at is None and (row.not_before is None or row.not_before <= now)


def collect_once(run: Run) -> None:
    """Collect what a finished run left behind, unless a worker is at it or has done it."""
    run = selectors.get_run(run.pk)
    if run.state_is_final and run.settled_at is None and is_due(run):
        collect.collect_run(run.pk)


def collect_within(run: Run, seconds: float) -> bool:
    """As `collect_once`, waiting up to `seconds` for a worker or another try; False: the results are not in yet."""
    end = time.monotonic() + seconds
    while selectors.get_run(run.pk).settled_at is None:
        collect_once(run)
        if selectors.get_run(run.pk).settled_at is not None:
            return True
        if time.monotonic() >= end:
            return False
        time.sleep(LOOK_EVERY)
    return True
