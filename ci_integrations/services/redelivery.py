"""What a provider could not hand over to us is asked for again."""

import logging
from datetime import timedelta
from typing import Final

from django.utils import timezone

from ci_integrations.errors import Conflict, Invalid, NotFound, OrchestrateError
from ci_integrations.models import Connection, Delivery
from ci_integrations.services.queue import enqueue
from ci_integrations.wiring import provider_of

log = logging.getLogger(__name__)

TASK: Final = "ci_integrations.tasks.redeliver"
# No provider keeps deliveries for longer:
# https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks
KEPT_FOR: Final = timedelta(days=3)
# One that we refused this often will be refused again.
MOST_TRIES: Final = 4


def redeliver_all() -> None:
    """Have every connection's failed deliveries looked for."""
    for connection_id in Connection.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True):
        enqueue(TASK, connection_id)


def redeliver(connection_id: int) -> int:
    """Ask for what failed in the last three days and was not worked on since; gives how many were asked for.

    Trouble is noted on the connection.
    """
    connection = Connection.objects.get(pk=connection_id)
    try:
        return _redeliver(connection)
    except OrchestrateError as error:
        log.warning("%s: failed deliveries cannot be asked for: %s", connection, error)
        Connection.objects.filter(pk=connection.pk).update(trouble=f"{error}"[:500])
        return 0


def _redeliver(connection: Connection) -> int:
    installer = provider_of(connection).installer
    if installer is None:
        return 0
    failed = installer.failed_deliveries(since=timezone.now() - KEPT_FOR)
    ids = [delivery.delivery_id for delivery in failed]
    # One that is stored here came through, and is worked on unless it was given up.
    stored = Delivery.objects.filter(connection=connection, delivery_id__in=ids, dead_at=None)
    came = set(stored.values_list("delivery_id", flat=True))
    missed = [one for one in failed if one.delivery_id not in came and one.tries < MOST_TRIES]
    asked = 0
    for delivery in missed:
        try:
            installer.redeliver(delivery)
        except (Conflict, Invalid, NotFound) as error:
            log.warning("%s: a delivery is not sent again: %s", connection, error)
        else:
            asked += 1
    return asked
