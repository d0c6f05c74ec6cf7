"""The sweep repairs whatever was missed: what has no live task any more is enqueued again."""

from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from ci_integrations.domain import TERMINAL
from ci_integrations.models import Action, Connection, Delivery, Heartbeat, Run
from ci_integrations.models.fields import Work
from ci_integrations.services import collect, control, inbox, sync
from ci_integrations.services.queue import IO, enqueue

WorkRow = TypeVar("WorkRow", bound=Work)

# What is overdue for this long has lost its task.
GRACE = timedelta(seconds=settings.ORCHESTRATE_SWEEP_GRACE)
BEAT_TASK = "ci_integrations.tasks.beat"
DISCOVER_TASK = "ci_integrations.tasks.discover_runs"


def sweep() -> None:
    """Enqueue undone deliveries, open actions, overdue polls and uncollected runs; settle what was given up."""
    beat(settings.Q_CLUSTER["name"])
    for cluster in settings.Q_CLUSTER["ALT_CLUSTERS"]:
        enqueue(BEAT_TASK, cluster, cluster=cluster)
    now = timezone.now()
    for delivery in _idle(Delivery).filter(done_at=None, received_at__lte=now - GRACE):
        enqueue(inbox.TASK, delivery.pk)
    for action in _idle(Action).filter(state__in=control.OPEN, created_at__lte=now - GRACE):
        enqueue(control.TASK, action.pk)
    for run in Run.objects.filter(poll_at__lte=now - GRACE, settled_at=None):
        enqueue(sync.POLL_TASK, run.pk)
    ended = Run.objects.filter(state__in=TERMINAL, settled_at=None)
    for run in ended.filter(dead_at__isnull=False):
        collect.settle(run)
    for run in _idle(Run).filter(pk__in=ended, synced_at__lte=now - GRACE):
        enqueue(sync.COLLECT_TASK, run.pk, cluster=IO)
    for connection in Connection.objects.filter(is_active=True):
        enqueue(DISCOVER_TASK, connection.pk)


def _idle(model: type[WorkRow]) -> QuerySet[WorkRow]:
    """Rows that nobody works on and that are due."""
    now = timezone.now()
    return model._default_manager.filter(dead_at=None).filter(
        Q(leased_until=None) | Q(leased_until__lte=now), Q(not_before=None) | Q(not_before__lte=now - GRACE)
    )


def beat(cluster: str) -> None:
    """Note that a cluster works."""
    Heartbeat.objects.update_or_create(cluster=cluster, defaults={"beat_at": timezone.now()})
