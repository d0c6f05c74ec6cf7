"""What was asked of the servers, and signs of life of those who ask."""

from datetime import timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from ci_integrations.errors import NotFound
from ci_integrations.models import Action, Heartbeat, Run
from ci_integrations.models.action import ActionKind, ActionState


def get_action(action_id: int) -> Action:
    """One action. Raises NotFound."""
    action = Action.objects.select_related("result_run", "run").filter(pk=action_id).first()
    if action is None:
        raise NotFound(f"there is no action {action_id}")
    return action


def actions_on(run: Run) -> QuerySet[Action]:
    """What was asked of the provider about this run, oldest first."""
    about = Q(run=run) | Q(result_run=run)
    return Action.objects.filter(about).select_related("result_run", "run").order_by("created_at")


def open_triggers(*, failed_within: timedelta = timedelta(hours=1), limit: int = 10) -> list[Action]:
    """Runs that were asked for and are not known yet, and requests that failed lately; newest first."""
    lately = timezone.now() - failed_within
    is_open = Q(state__in=(ActionState.PENDING, ActionState.SENDING, ActionState.SENT))
    rows = Action.objects.filter(is_open | Q(state=ActionState.FAILED, created_at__gte=lately), kind=ActionKind.TRIGGER)
    return list(rows.select_related("repository").order_by("-created_at")[:limit])


def stuck_clusters(older_than_seconds: int = 180) -> list[str]:
    """Clusters whose last sign of life is too old; their work waits."""
    limit = timezone.now() - timedelta(seconds=older_than_seconds)
    return list(Heartbeat.objects.filter(beat_at__lt=limit).order_by("cluster").values_list("cluster", flat=True))
