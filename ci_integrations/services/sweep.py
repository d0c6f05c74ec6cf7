"""The sweep repairs whatever was missed: what has no live task any more is enqueued again."""

from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from ci_integrations.domain import TERMINAL
from ci_integrations.models import Action, Delivery, Run
from ci_integrations.models.fields import Work
from ci_integrations.services import control, follow, inbox, sync, work
from ci_integrations.services.queue import IO, enqueue

Row = TypeVar("Row", bound=Model)
WorkRow = TypeVar("WorkRow", bound=Work)

# Of each kind; the rest waits for the next sweep.
AT_ONCE = 500

# What is overdue for this long has lost its task.
GRACE = timedelta(seconds=settings.ORCHESTRATE_SWEEP_GRACE)


def sweep() -> None:
    """Enqueue undone deliveries, open actions, overdue polls, uncollected runs; overdue listings."""
    late = timezone.now() - GRACE
    for delivery_id in _ids(_idle(Delivery).filter(done_at=None, received_at__lte=late)):
        enqueue(inbox.TASK, delivery_id)
    # A dead action that is still open was left by a process that died before it could end it.
    unfinished = _idle(Action) | Action.objects.filter(dead_at__isnull=False)
    for action in unfinished.filter(state__in=control.OPEN, created_at__lte=late).order_by("pk")[:AT_ONCE]:
        work.wake(action, control.TASK, at=timezone.now())
    for run in follow.followed_runs().filter(poll_at__lte=late).order_by("poll_at")[:AT_ONCE]:
        work.wake(run, sync.POLL_TASK, at=timezone.now())
    ended = Run.objects.filter(state__in=TERMINAL, settled_at=None, synced_at__lte=late)
    for run_id in _ids(_idle(Run).filter(pk__in=ended) | ended.filter(dead_at__isnull=False)):
        enqueue(sync.COLLECT_TASK, run_id, cluster=IO)
    unlisted = Q(list_at=None) | Q(list_at__lte=late)
    for repository in follow.followed_repositories().filter(unlisted).order_by("list_at", "pk")[:AT_ONCE]:
        work.wake(repository, follow.LIST_TASK, at=timezone.now())


def _ids(rows: QuerySet[Row]) -> list[int]:
    """The ids of the oldest rows, without what they hold."""
    return list(rows.order_by("pk").values_list("pk", flat=True)[:AT_ONCE])


def _idle(model: type[WorkRow]) -> QuerySet[WorkRow]:
    """Rows that nobody works on and that are due."""
    now = timezone.now()
    return model._default_manager.filter(dead_at=None).filter(
        Q(leased_until=None) | Q(leased_until__lte=now), Q(not_before=None) | Q(not_before__lte=now - GRACE)
    )
