"""The doorbell: a delivery is stored and enqueued in one transaction; what it says is looked up later."""

import logging

from django.db import transaction
from django.utils import timezone

from ci_integrations import domain
from ci_integrations.errors import AuthFailed, ConfigError, NotFound, Unavailable
from ci_integrations.models import Connection, Delivery, Repository
from ci_integrations.services import sync, work
from ci_integrations.services.queue import enqueue
from ci_integrations.wiring import provider_of

log = logging.getLogger(__name__)

TASK = "ci_integrations.tasks.process_delivery"


@transaction.atomic
def receive(connection: Connection, delivery: domain.Delivery) -> Delivery:
    """Store a verified delivery and have it worked on; one that is done already rings no second time."""
    row, _ = Delivery.objects.get_or_create(
        connection=connection,
        delivery_id=delivery.delivery_id[:200],
        defaults={"event": delivery.event[:100], "body": delivery.body},
    )
    if row.done_at is None:
        # Sent anew by the provider: a fresh start for one that was given up.
        work.finish(row)
        enqueue(TASK, row.pk)
    return row


def process(delivery_id: int) -> None:
    """Fetch every run that the delivery speaks of, then mark it done."""
    row = Delivery.objects.select_related("connection").get(pk=delivery_id)
    if row.done_at is not None:
        return
    with work.attempt(row) as claimed:
        if not claimed:
            return
        heard = domain.Delivery(delivery_id=row.delivery_id, event=row.event, body=bytes(row.body))
        try:
            for ref in provider_of(row.connection).runs_touched_by(heard):
                _sync(row.connection, ref)
        except (NotFound, AuthFailed, ConfigError) as error:
            # The provider will not ring again. A server's API lags behind its own webhooks, and settings get mended.
            raise Unavailable(f"{error}") from error
        Delivery.objects.filter(pk=row.pk).update(done_at=timezone.now())


def _sync(connection: Connection, ref: domain.RunRef) -> None:
    repository = Repository.objects.filter(connection=connection, external_id=ref.repo.external_id).first()
    if repository is None:
        log.info("%s: a run of %s is not followed: unknown repository", connection, ref.repo.external_id)
        return
    sync.sync_run(repository, ref)
