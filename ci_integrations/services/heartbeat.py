"""Signs of life of the queue's clusters."""

from django.utils import timezone

from ci_integrations.models import Heartbeat


def beat(cluster: str) -> None:
    """Note that a cluster works, in one statement. Raises django.db.Error where the database does not answer."""
    Heartbeat.objects.bulk_create(
        [Heartbeat(cluster=cluster, beat_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["cluster"],
        update_fields=["beat_at"],
    )
