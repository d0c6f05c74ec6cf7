"""Refetch and upsert: the provider's API is the truth, whatever rang the bell."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ci_integrations.domain import Capability, JobData, RepoRef, RunData, RunRef, State
from ci_integrations.errors import AuthFailed, ProviderError
from ci_integrations.models import Connection, Job, Repository, Run, Step
from ci_integrations.polling import next_interval
from ci_integrations.services.queue import IO, enqueue
from ci_integrations.wiring import provider_of

log = logging.getLogger(__name__)

# How far a listing reaches back behind the last one: a provider's lists lag, and clocks differ.
LIST_OVERLAP = timedelta(minutes=5)
POLL_LEASE = timedelta(seconds=60)
POLL_TASK = "ci_integrations.tasks.poll_run"
COLLECT_TASK = "ci_integrations.tasks.collect_run"


def run_ref(run: Run) -> RunRef:
    """The provider's name of a run."""
    return RunRef(repo=RepoRef(run.repository.external_id), external_id=run.external_id, attempt=run.attempt)


def sync_run(repository: Repository, ref: RunRef) -> Run:
    """Fetch one attempt and bring its rows up to date. Raises ProviderError, ConfigError."""
    connection = repository.connection
    data = provider_of(connection).get_run(ref)
    if connection.trouble:
        Connection.objects.filter(pk=connection.pk).update(trouble="")
    return record_run(repository, data)


def poll_run(run_id: int) -> None:
    """Sync a run that is due, and see to it that this task is called again when it is due next.

    Any number of calls at once ask the provider once. What the provider does not answer is put off, never given up: the
    run is asked for again, ever more slowly.
    """
    now = timezone.now()
    due = Run.objects.filter(pk=run_id, poll_at__lte=now, settled_at=None)
    if due.update(poll_at=now + POLL_LEASE):
        run = Run.objects.select_related("repository__connection").get(pk=run_id)
        try:
            sync_run(run.repository, run_ref(run))
        except ProviderError as error:
            _put_off(run, error)
    wake_at = Run.objects.filter(pk=run_id, settled_at=None).values_list("poll_at", flat=True).first()
    if wake_at is not None:
        enqueue(POLL_TASK, run_id, not_before=wake_at)


def _put_off(run: Run, error: ProviderError) -> None:
    log.warning("run %s: %s", run.pk, error)
    with transaction.atomic():
        Connection.objects.filter(pk=run.repository.connection_id).update(trouble=f"{error}"[:500])
        failures = run.poll_failures + 1
        wait = next_interval(State.UNKNOWN, age=timedelta(0), live_runs=0, failures=failures) or POLL_LEASE
        if isinstance(error, AuthFailed):
            wait = max(wait, timedelta(minutes=5))
        if error.retry_after:
            wait = max(wait, timedelta(seconds=error.retry_after))
        Run.objects.filter(pk=run.pk).update(poll_at=timezone.now() + wait, poll_failures=F("poll_failures") + 1)


def discover_runs(connection_id: int) -> None:
    """Record runs that no webhook told of, where the server can list them."""
    connection = Connection.objects.get(pk=connection_id)
    provider = provider_of(connection)
    if Capability.LIST_RUNS not in provider.capabilities:
        return
    since = connection.polled_at
    started = timezone.now()
    for repository in connection.repositories.select_related("connection"):
        for data in provider.list_runs(RepoRef(repository.external_id), updated_since=since):
            record_run(repository, data)
    Connection.objects.filter(pk=connection.pk).update(polled_at=started - LIST_OVERLAP)


@transaction.atomic
def record_ref(repository: Repository, ref: RunRef, *, retry_of: Run | None = None, **known: object) -> Run:
    """Make sure that a run named by the provider has a row, and have it fetched. `known` are fields to start with."""
    now = timezone.now()
    run, created = Run.objects.get_or_create(
        repository=repository,
        external_id=ref.external_id,
        attempt=ref.attempt,
        defaults={"created_at": now, "poll_at": now, "retry_of": retry_of, **known},
    )
    if retry_of is not None and run.retry_of_id is None and run.pk != retry_of.pk:
        Run.objects.filter(pk=run.pk).update(retry_of=retry_of)
        run.retry_of = retry_of
    if created:
        enqueue(POLL_TASK, run.pk)
    return run


@transaction.atomic
def record_run(repository: Repository, data: RunData) -> Run:
    """Upsert what a provider said. Within an attempt a terminal state is final; later news of it changes nothing."""
    run = record_ref(repository, data.ref, retry_of=_earlier_attempt(repository, data.ref))
    run = Run.objects.select_for_update().get(pk=run.pk)
    if not run.state_is_final:
        _write_run(run, data)
        for job in data.jobs or ():
            _write_job(run, job)
        if data.state.is_terminal and data.jobs is not None:
            enqueue(COLLECT_TASK, run.pk, cluster=IO)
    return run


def _earlier_attempt(repository: Repository, ref: RunRef) -> Run | None:
    if ref.attempt == 1:
        return None
    earlier = Run.objects.filter(repository=repository, external_id=ref.external_id, attempt__lt=ref.attempt)
    return earlier.order_by("-attempt").first()


def _write_run(run: Run, data: RunData) -> None:
    now = timezone.now()
    # A provider that does not tell a thing must not wipe out what the trigger knew.
    for field in ("workflow", "branch", "commit_sha", "event", "title", "actor", "url"):
        setattr(run, field, getattr(data, field) or getattr(run, field))
    for field in ("created_at", "started_at", "finished_at"):
        setattr(run, field, getattr(data, field) or getattr(run, field))
    # A state without jobs (a listing) may not end the run: its jobs have to be fetched first.
    if not (data.state.is_terminal and data.jobs is None):
        run.state, run.raw_state = data.state, data.raw_state[:100]
    if run.state_is_final and run.finished_at is None:
        run.finished_at = now
    run.synced_at, run.poll_failures = now, 0
    run.poll_at = _poll_at(run, ended=data.state.is_terminal)
    run.save()


def _poll_at(run: Run, *, ended: bool) -> datetime | None:
    now = timezone.now()
    if ended and not run.state_is_final:
        return now
    live = Run.objects.filter(repository__connection=run.repository.connection_id, poll_at__isnull=False).count()
    wait = next_interval(State(run.state), age=now - run.created_at, live_runs=live)
    return None if wait is None else now + wait


def _write_job(run: Run, data: JobData) -> None:
    job, _ = Job.objects.get_or_create(run=run, external_id=data.ref.external_id, defaults={"name": data.name[:300]})
    if State(job.state).is_terminal:
        return
    job.name, job.state, job.raw_state = data.name[:300], data.state, data.raw_state[:100]
    job.url, job.allow_failure = data.url, data.allow_failure
    job.started_at, job.finished_at = data.started_at, data.finished_at
    job.save()
    Step.objects.bulk_create(
        [
            Step(
                job=job,
                number=step.number,
                external_id=step.external_id,
                name=step.name[:300],
                state=step.state,
                raw_state=step.raw_state[:100],
                started_at=step.started_at,
                finished_at=step.finished_at,
            )
            for step in data.steps
        ],
        update_conflicts=True,
        unique_fields=["job", "number"],
        update_fields=["external_id", "name", "state", "raw_state", "started_at", "finished_at"],
    )
