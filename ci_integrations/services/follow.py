"""Following runs: which are asked for and when, and which exist that no webhook told of."""

import logging
from datetime import timedelta
from itertools import islice
from typing import Final

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from ci_integrations.domain import TERMINAL, Capability, InstallationState, RepoRef, RunData, RunRef, State
from ci_integrations.errors import AuthFailed, NotFound, OrchestrateError, ProviderError
from ci_integrations.models import Connection, Repository, Run
from ci_integrations.polling import QUIET, listing_interval, next_interval
from ci_integrations.services import sync, work
from ci_integrations.wiring import provider_of

log = logging.getLogger(__name__)

# Longer than a task may take: whoever polls a run has it alone.
POLL_LEASE: Final = timedelta(seconds=150)
LIST_TASK: Final = "ci_integrations.tasks.list_repository"
# How far a listing reaches back behind the last one: a provider's lists lag, and clocks differ.
LIST_OVERLAP: Final = timedelta(minutes=5)
# A run that was not there this many times in a row (about half an hour) is gone.
GONE_AFTER: Final = 11
REFUSED_WAIT: Final = timedelta(minutes=5)
# Of a repository that is new to us: its past is looked at no further.
FIRST_LISTED: Final = 20
# Ended runs whose jobs a listing fetches itself; those of the others are fetched one by one.
FETCHED_AT_ONCE: Final = 20
LIST_AFTER_PUSH: Final = timedelta(seconds=20)
NEVER_LISTED: Final = timedelta(days=1)
# Somebody looks at a run: it is asked for anew where the last answer is older.
WATCHED: Final = timedelta(seconds=10)


def followed_repositories() -> QuerySet[Repository]:
    """Repositories of connections and installations that let us ask."""
    is_open = Q(installation=None) | Q(installation__state=InstallationState.ACTIVE)
    return Repository.objects.filter(is_open, is_active=True, connection__is_active=True)


def followed_runs() -> QuerySet[Run]:
    """Their runs that are not settled."""
    return Run.objects.filter(settled_at=None, repository__in=followed_repositories())


def poll_run(run_id: int) -> None:
    """Sync a run that is due, and see to it that this task is called again when it is due next.

    Any number of calls at once ask the provider once. What the provider does not answer is put off, never given up: the
    run is asked for again, ever more slowly; one that the server no longer knows is let go in the end.
    """
    now = timezone.now()
    followed = followed_runs().filter(pk=run_id)
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


def hurry(run: Run) -> None:
    """Somebody looks at a live run: ask for it soon, whatever its turn."""
    now = timezone.now()
    if run.state_is_final or run.synced_at is None or run.synced_at > now - WATCHED:
        return
    stale = followed_runs().filter(pk=run.pk, poll_failures=0).exclude(state__in=TERMINAL)
    stale = stale.filter(synced_at__lte=now - WATCHED, poll_at__gt=now)
    if Run.objects.filter(pk__in=stale.values("pk")).update(poll_at=now):
        work.wake(run, sync.POLL_TASK, at=now)


def stir(repository: Repository, ref: RunRef) -> None:
    """Something about a run changed: ask for it soon, once for all such news.

    One that had ended is asked for at once: it may go on. Raises ProviderError then, ConfigError.
    """
    known = sync.known_run(repository, ref)
    if known is not None and known.state_is_final:
        sync.sync_run(repository, ref)
        return
    now = timezone.now()
    soon = now + sync.STIRRED
    run = known or sync.record_ref(repository, ref, fetch_in=sync.STIRRED)
    late = followed_runs().filter(pk=run.pk, poll_failures=0, poll_at__gt=soon).exclude(state__in=TERMINAL)
    if Run.objects.filter(pk__in=late.values("pk")).update(poll_at=soon):
        work.wake(run, sync.POLL_TASK, at=soon)


def wake_quiet(repository: Repository) -> bool:
    """Something was pushed: where the repository was quiet, list its runs soon; gives whether it was."""
    now = timezone.now()
    soon = now + LIST_AFTER_PUSH
    quiet = followed_repositories().filter(pk=repository.pk, list_at__gt=soon)
    quiet = quiet.filter(Q(news_at=None) | Q(news_at__lte=now - QUIET))
    if not Repository.objects.filter(pk__in=quiet.values("pk")).update(list_at=soon, news_at=now):
        return False
    work.wake(repository, LIST_TASK, at=soon)
    return True


def list_repository(repository_id: int) -> None:
    """List the runs of a repository that is due, and see to it that this task is called again when it is due next.

    Any number of calls at once ask the provider once. Trouble is noted on the connection.
    """
    now = timezone.now()
    followed = followed_repositories().filter(pk=repository_id)
    if followed.filter(Q(list_at=None) | Q(list_at__lte=now)).update(list_at=now + POLL_LEASE):
        repository = Repository.objects.select_related("connection").get(pk=repository_id)
        try:
            wait = _list(repository)
        except OrchestrateError as error:
            wait = _listing_failed(repository, error)
        Repository.objects.filter(pk=repository_id).update(list_at=timezone.now() + wait)
    waiting = followed.first()
    # Where listings are not for ever the sweep comes back to it.
    if waiting is not None and waiting.list_at is not None and waiting.list_at < timezone.now() + NEVER_LISTED / 2:
        work.wake(waiting, LIST_TASK, at=waiting.list_at)


def _list(repository: Repository) -> timedelta:
    """Take in what a listing tells; gives the time until the next one."""
    provider = provider_of(repository.connection)
    if Capability.LIST_RUNS not in provider.capabilities:
        return NEVER_LISTED
    now = timezone.now()
    before = repository.listed_at
    since = before - LIST_OVERLAP if before else None
    listed = provider.list_runs(RepoRef(repository.external_id), updated_since=since)
    if _record_listed(repository, list(listed if before else islice(listed, FIRST_LISTED))) or before is None:
        Repository.objects.filter(pk=repository.pk).update(listed_at=now)
    if repository.connection.trouble:
        Connection.objects.filter(pk=repository.connection_id).update(trouble="")
    repository.refresh_from_db()
    heard = repository.connection.heard_at
    hears = Capability.HEARS_STARTS in provider.capabilities and heard is not None and now - heard < QUIET
    return listing_interval(hears=hears, quiet_for=now - (repository.news_at or now))


def _listing_failed(repository: Repository, error: OrchestrateError) -> timedelta:
    log.warning("%s: runs cannot be listed: %s", repository, error)
    Connection.objects.filter(pk=repository.connection_id).update(trouble=f"{error}"[:500])
    asked = error.retry_after if isinstance(error, ProviderError) else None
    return max(REFUSED_WAIT if isinstance(error, AuthFailed) else QUIET / 60, timedelta(seconds=asked or 0))


def _record_listed(repository: Repository, listed: list[RunData]) -> bool:
    """Take in what is news; what cannot be taken in does not stop the rest. Gives whether the next listing may begin
    where this one did: what went on after its end is noted nowhere but in a listing.
    """
    fetched, is_complete = 0, True
    for data, fetch in sync.news_in(repository, listed):
        fetched += fetch
        is_complete = _take_in(repository, data, fetch=fetched <= FETCHED_AT_ONCE) and is_complete
    return is_complete


def _take_in(repository: Repository, data: RunData, *, fetch: bool) -> bool:
    """Gives whether the run is known now, or is followed by itself."""
    if fetch:
        try:
            sync.learn(repository, data)
        except OrchestrateError as error:
            log.warning("%s: a listed run is fetched later: %s", repository, error)
        else:
            return True
    try:
        run = sync.record_run(repository, data)
    except OrchestrateError as error:
        log.warning("%s: a listed run is left out: %s", repository, error)
        return True
    return run.settled_at is None
