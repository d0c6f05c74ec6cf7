"""Retention: rows and files that have served their time are deleted, a little at a time."""

import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django_q.models import Task

from ci_integrations.domain import Outcome
from ci_integrations.models import Delivery, PassedTests, Run, TestCase, TestResult
from ci_integrations.selectors import FAILED_OUTCOMES
from ci_integrations.services import logfiles
from ci_integrations.services.control import OPEN
from ci_integrations.services.queue import IO, enqueue
from ci_integrations.services.results import SEEN_ANEW

log = logging.getLogger(__name__)

PRUNE_TASK: Final = "ci_integrations.tasks.prune_all"
LOGS_TASK: Final = "ci_integrations.tasks.prune_logs"
# Seconds of one task: what is left goes to the next one, so that other work gets its turn.
TURN: Final = 30.0
# Rows of one transaction; a run brings all its results along, and SQLite has one writer.
ROWS_AT_ONCE: Final = 500
RUNS_AT_ONCE: Final = 5


def prune(turn: int = 0, *, seconds: float = TURN) -> None:
    """Delete what the settings no longer keep, for at most `seconds` and one batch; enqueue what comes next.

    That is another turn while anything is left, then the log files. Safe to call any number of times.
    """
    until = time.monotonic() + seconds
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    if all(_delete(rows, at_once, until) for rows, at_once in _too_old()):
        _forget_failures()
        enqueue(LOGS_TASK, 0, cluster=IO)
    else:
        enqueue(PRUNE_TASK, turn + 1)


def prune_logs(after: int, *, seconds: float = TURN) -> None:
    """Delete the log files that no row names, folder by folder of the runs above the id `after`.

    For at most `seconds` and one folder; where folders are left, the next task goes on with them.
    """
    until = time.monotonic() + seconds
    for run_id in (folder for folder in logfiles.run_folders() if folder > after):
        logfiles.prune_folder(run_id)
        if time.monotonic() >= until:
            enqueue(LOGS_TASK, run_id, cluster=IO)
            return


def _forget_failures() -> None:
    """A test of which no failure is left is as one that never failed: its plain passes are packed again."""
    failures = TestResult.objects.filter(case=OuterRef("pk"), outcome__in=FAILED_OUTCOMES)
    TestCase.objects.filter(~Exists(failures), has_failed=True).update(has_failed=False)


def _too_old() -> Iterator[tuple[QuerySet[Any], int]]:
    """The rows to delete, with how many at once."""
    if limit := _limit(settings.ORCHESTRATE_KEEP_DELIVERIES_DAYS):
        yield Delivery.objects.filter(Q(done_at__lt=limit) | Q(dead_at__lt=limit)), ROWS_AT_ONCE
        yield Task.objects.filter(success=False, stopped__lt=limit), ROWS_AT_ONCE
    if limit := _limit(settings.ORCHESTRATE_KEEP_PASSES_DAYS):
        quiet = Q(job__run__settled_at__lt=limit)
        yield PassedTests.objects.filter(quiet), ROWS_AT_ONCE
        yield TestResult.objects.filter(quiet, outcome__in=(Outcome.PASSED, Outcome.SKIPPED)), ROWS_AT_ONCE
    if limit := _limit(settings.ORCHESTRATE_KEEP_RUNS_DAYS):
        # After its results: what no run knows any more.
        yield TestCase.objects.filter(seen_at__lt=limit - SEEN_ANEW, results=None, muted_at=None), ROWS_AT_ONCE
        settled = Run.objects.filter(settled_at__lt=limit)
        yield settled.exclude(actions__state__in=OPEN).exclude(caused_by__state__in=OPEN), RUNS_AT_ONCE


def _limit(days: int) -> datetime | None:
    """What is older than this goes; None: nothing goes."""
    return timezone.now() - timedelta(days=days) if days > 0 else None


def _delete(rows: QuerySet[Any], at_once: int, until: float) -> bool:
    """Delete rows until the monotonic time `until`; True once none is left."""
    deleted = 0
    while batch := list(rows.order_by("pk").values_list("pk", flat=True)[:at_once]):
        if time.monotonic() >= until:
            break
        with transaction.atomic():
            # Asked again: a row may have come to be needed meanwhile.
            rows.filter(pk__in=batch).delete()
        deleted += len(batch)
    if deleted:
        log.info("%s: %d deleted, too old to keep", rows.model.__name__, deleted)
    return not batch
