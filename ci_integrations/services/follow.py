"""Following runs: which are asked for and when, and which exist that no webhook told of."""

import logging
from datetime import timedelta
from typing import Final

from django.db.models import F
from django.utils import timezone

from ci_integrations.domain import TERMINAL, Capability, RepoRef, RunData, State
from ci_integrations.errors import AuthFailed, NotFound, OrchestrateError, ProviderError
from ci_integrations.models import Connection, Repository, Run
from ci_integrations.polling import next_interval
from ci_integrations.services import sync, work
from ci_integrations.wiring import provider_of

log = logging.getLogger(__name__)

# Longer than a task may take: whoever polls a run has it alone.
POLL_LEASE: Final = timedelta(seconds=150)
# How far a listing reaches back behind the last one: a provider's lists lag, and clocks differ.
LIST_OVERLAP: Final = timedelta(minutes=5)
# A run that was not there this many times in a row (about half an hour) is gone.
GONE_AFTER: Final = 11
REFUSED_WAIT: Final = timedelta(minutes=5)


def poll_run(run_id: int) -> None:
    """Sync a run that is due, and see to it that this task is called again when it is due next.

    Any number of calls at once ask the provider once. What the provider does not answer is put off, never given up: the
    run is asked for again, ever more slowly; one that the server no longer knows is let go in the end.
    """
    now = timezone.now()
    followed = Run.objects.filter(pk=run_id, settled_at=None, repository__connection__is_active=True)
    # Counted before the work begins: a poll that never comes back is a failed one too.
    if followed.filter(poll_at__lte=now).update(poll_at=now + POLL_LEASE, poll_failures=F("poll_failures") + 1):
        run = Run.objects.select_related("repository__connection").get(pk=run_id)
        try:
            _let_go_if_superseded(run, sync.sync_run(run.repository, sync.run_ref(run)))
        except OrchestrateError as error:
            _put_off(run, error)
    waiting = followed.first()
    if waiting is not None and waiting.poll_at is not None:
        work.wake(waiting, sync.POLL_TASK, at=waiting.poll_at)


def _put_off(run: Run, error: OrchestrateError) -> None:
    log.warning("run %s: %s", run.pk, error)
    if isinstance(error, NotFound) and run.poll_failures >= GONE_AFTER:
        _let_go(run, "gone", f"the server no longer knows this run: {error}")
        return
    Connection.objects.filter(pk=run.repository.connection_id).update(trouble=f"{error}"[:500])
    wait = next_interval(State.UNKNOWN, age=timedelta(0), live_runs=0, failures=run.poll_failures) or POLL_LEASE
    if isinstance(error, AuthFailed):
        wait = max(wait, REFUSED_WAIT)
    if isinstance(error, ProviderError) and error.retry_after:
        wait = max(wait, timedelta(seconds=error.retry_after))
    Run.objects.filter(pk=run.pk).update(poll_at=timezone.now() + wait)


def _let_go(run: Run, raw_state: str, why: str) -> None:
    """Stop following a run whose end nobody will tell: neither a success nor a failure, so nothing answers it."""
    Run.objects.filter(pk=run.pk, settled_at=None).exclude(state__in=TERMINAL).update(
        state=State.UNKNOWN, raw_state=raw_state, last_error=why, poll_at=None, settled_at=timezone.now()
    )


def _let_go_if_superseded(run: Run, seen: Run) -> None:
    if seen.pk != run.pk and seen.attempt > run.attempt:
        _let_go(run, "superseded", f"the server went on to attempt {seen.attempt} before the end of this one was seen")


def discover_runs(connection_id: int) -> None:
    """Record runs that no webhook told of, where the server can list them. Trouble is noted on the connection."""
    connection = Connection.objects.get(pk=connection_id)
    started = timezone.now()
    try:
        provider = provider_of(connection)
        if Capability.LIST_RUNS not in provider.capabilities:
            return
        for repository in connection.repositories.filter(is_active=True).select_related("connection"):
            runs = provider.list_runs(RepoRef(repository.external_id), updated_since=connection.polled_at)
            _record_listed(repository, list(runs))
    except OrchestrateError as error:
        log.warning("%s: runs cannot be listed: %s", connection, error)
        Connection.objects.filter(pk=connection.pk).update(trouble=f"{error}"[:500])
        return
    Connection.objects.filter(pk=connection.pk).update(polled_at=started - LIST_OVERLAP)


def _record_listed(repository: Repository, listed: list[RunData]) -> None:
    """Record those that are not known to have ended; one that cannot be recorded does not stop the others."""
    ids = [data.ref.external_id for data in listed]
    ended = Run.objects.filter(repository=repository, external_id__in=ids, state__in=TERMINAL)
    known = set(ended.values_list("external_id", "attempt"))
    for data in listed:
        if (data.ref.external_id, data.ref.attempt) in known:
            continue
        try:
            sync.record_run(repository, data)
        except OrchestrateError as error:
            log.warning("%s: a listed run is left out: %s", repository, error)
