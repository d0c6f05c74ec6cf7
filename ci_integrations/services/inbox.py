"""The doorbell: a delivery is stored and enqueued in one transaction; what it says is looked up later."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ci_integrations import domain
from ci_integrations.errors import AuthFailed, ConfigError, NotFound, Unavailable
from ci_integrations.models import Connection, Delivery, Repository
from ci_integrations.services import follow, installations, sync, work
from ci_integrations.services.fitting import fitting
from ci_integrations.services.queue import enqueue
from ci_integrations.signals import news_heard
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
    _note_heard(connection)
    if row.done_at is None:
        # Sent anew by the provider: a fresh start for one that was given up.
        work.finish(row)
        enqueue(TASK, row.pk)
    return row


def process(delivery_id: int) -> None:
    """Do what the delivery calls for, then mark it done, with a note of what that was."""
    row = Delivery.objects.select_related("connection").get(pk=delivery_id)
    if row.done_at is not None:
        return
    with work.attempt(row) as claimed:
        if not claimed:
            return
        news = provider_of(row.connection).read_webhook(as_heard(row))
        try:
            notes = _take_in(row.connection, news)
        except (NotFound, AuthFailed, ConfigError) as error:
            # The provider will not ring again. A server's API lags behind its own webhooks, and settings get mended.
            raise Unavailable(f"{error}") from error
        _finish(row, news, notes)


def as_heard(row: Delivery) -> domain.Delivery:
    """A stored delivery as its provider reads it."""
    return domain.Delivery(delivery_id=row.delivery_id, event=row.event, body=bytes(row.body))


def followed_repository(connection: Connection, external_id: str) -> Repository | None:
    """The repository that a delivery names, whatever the case of its letters. None: it is not followed."""
    rows = follow.followed_repositories().filter(connection=connection)
    found = rows.filter(external_id=external_id).first() or rows.filter(external_id__iexact=external_id).first()
    if found is None:
        log.info("%s: %s is not followed: unknown repository", connection, external_id)
    return found


@transaction.atomic
def _finish(row: Delivery, news: domain.News, notes: list[str]) -> None:
    note = fitting(Delivery, note=news.ignored or "; ".join(dict.fromkeys(notes)))
    now, is_asked = timezone.now(), bool(news.commands or news.changes)
    Delivery.objects.filter(pk=row.pk).update(done_at=now, answered_at=None if is_asked else now, **note)
    if is_asked:
        news_heard.send(sender=Delivery, delivery_id=row.pk)


def _note_heard(connection: Connection) -> None:
    now = timezone.now()
    earlier = Q(heard_at=None) | Q(heard_at__lte=now - timedelta(minutes=1))
    Connection.objects.filter(earlier, pk=connection.pk).update(heard_at=now)


def _take_in(connection: Connection, news: domain.News) -> list[str]:
    """Gives notes on what was done."""
    notes = []
    if news.installation is not None:
        notes.append(installations.hear(connection, news.installation))
    if news.renamed is not None:
        notes.append(installations.rename(connection, *news.renamed))
    if news.pushed is not None:
        pushed = followed_repository(connection, news.pushed.external_id)
        notes.append(
            "its runs are listed soon" if pushed and follow.wake_quiet(pushed) else "runs are told by webhooks"
        )
    for heard in news.runs:
        ref = heard if isinstance(heard, domain.RunRef) else heard.ref
        repository = followed_repository(connection, ref.repo.external_id)
        notes.append(_run(repository, heard) if repository else f"{ref.repo.external_id} is not followed")
    for ref in news.stirred:
        repository = followed_repository(connection, ref.repo.external_id)
        if repository is not None:
            follow.stir(repository, ref)
        notes.append(
            f"{ref.external_id} is looked at soon" if repository else f"{ref.repo.external_id} is not followed"
        )
    for job in news.jobs:
        name = job.ref.run.repo.external_id
        repository = followed_repository(connection, name)
        if repository is not None:
            sync.record_job(repository, job)
        notes.append(f"job {job.name}: {job.state}" if repository else f"{name} is not followed")
    notes += [f"{command.kind} asked for by {command.by}" for command in news.commands]
    notes += [f"pull request {change.number}" for change in news.changes]
    return notes


def _run(repository: Repository, heard: domain.RunData | domain.RunRef) -> str:
    run = sync.learn(repository, heard) if isinstance(heard, domain.RunData) else sync.sync_run(repository, heard)
    return f"run {run.pk}: {run.state}"
