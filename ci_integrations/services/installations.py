"""Who installed us and which repositories they let us work on: rows follow what the code host says."""

import logging
from collections.abc import Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ci_integrations.domain import InstallationData, InstallationState, RepositoryData
from ci_integrations.errors import OrchestrateError, ProviderError
from ci_integrations.models import Connection, Installation, Repository
from ci_integrations.services.fitting import fitting
from ci_integrations.services.queue import enqueue
from ci_integrations.wiring import provider_of

log = logging.getLogger(__name__)

TASK = "ci_integrations.tasks.refresh_installations"


def hear(connection: Connection, data: InstallationData) -> str:
    """Take in an event; what it does not tell, and the order of events, the list that is asked for next puts right."""
    with transaction.atomic():
        installation = _record(connection, data)
        _add(installation, data.added)
        _drop(installation.repositories.filter(external_id__in=data.removed))
        if installation.state == InstallationState.ACTIVE:
            enqueue(TASK, connection.pk)
    return f"installation of {installation.account}: {installation.state}"


@transaction.atomic
def rename(connection: Connection, before: str, after: str) -> str:
    """A repository has another name now: its row keeps everything else."""
    rows = Repository.objects.filter(connection=connection)
    if rows.filter(external_id=after).exists():
        rows.filter(external_id=before).update(is_active=False)
        return f"{after} is known already"
    moved = rows.filter(external_id__iexact=before).update(
        external_id=after, **fitting(Repository, name=after), list_at=None
    )
    return f"{before} is now {after}" if moved else f"{before} is not followed"


def refresh(connection: Connection) -> None:
    """Ask who installed us, and for the repositories of each; rows that are no longer named are switched off.

    Raises ProviderError, ConfigError; what was learned before it stays.
    """
    installer = provider_of(connection).installer
    if installer is None:
        return
    found = installer.list_installations()
    if not found and not connection.installations.exists():
        return
    named = [_record(connection, data).pk for data in found]
    for removed in connection.installations.exclude(pk__in=named):
        _set_state(removed, InstallationState.REMOVED)
    trouble: list[ProviderError] = []
    for installation in connection.installations.filter(pk__in=named, state=InstallationState.ACTIVE):
        try:
            listed = list(installer.list_repositories(installation.external_id))
        except ProviderError as error:
            # One that shuts us out keeps nobody else waiting.
            trouble.append(error)
        else:
            _refresh_repositories(installation, listed)
    if trouble:
        raise trouble[0]


def refresh_in_background(connection_id: int) -> None:
    """As `refresh`; trouble is noted on the connection."""
    connection = Connection.objects.get(pk=connection_id)
    try:
        refresh(connection)
    except OrchestrateError as error:
        log.warning("%s: installations cannot be read: %s", connection, error)
        Connection.objects.filter(pk=connection.pk).update(trouble=f"{error}"[:500])


def refresh_all() -> None:
    """Have every connection's installations read again: an event may have been missed."""
    for connection_id in Connection.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True):
        enqueue(TASK, connection_id)


def _record(connection: Connection, data: InstallationData) -> Installation:
    texts = fitting(Installation, external_id=data.external_id, account=data.account)
    installation, created = Installation.objects.get_or_create(
        connection=connection, external_id=texts["external_id"], defaults={"account": texts["account"]}
    )
    # The id of a removed installation is never used again: later news of it are late ones.
    if created or installation.state != InstallationState.REMOVED:
        _set_state(installation, data.state)
    return installation


def _set_state(installation: Installation, state: InstallationState) -> None:
    Installation.objects.filter(pk=installation.pk).update(state=state)
    installation.state = state
    if state == InstallationState.REMOVED:
        _drop(installation.repositories.all())


@transaction.atomic
def _refresh_repositories(installation: Installation, listed: list[RepositoryData]) -> None:
    alive = [data for data in listed if not data.is_archived]
    _add(installation, alive)
    names = [data.external_id for data in alive]
    _drop(installation.repositories.exclude(external_id__in=names))
    Installation.objects.filter(pk=installation.pk).update(refreshed_at=timezone.now())


def _drop(repositories: QuerySet[Repository]) -> None:
    repositories.update(installation=None, is_active=False)


def _add(installation: Installation, repositories: Iterable[RepositoryData]) -> None:
    """One that is this installation's already is left as it is: somebody may have switched it off."""
    for data in repositories:
        texts = fitting(Repository, external_id=data.external_id, name=data.external_id)
        repository, _ = Repository.objects.get_or_create(
            connection=installation.connection,
            external_id=texts.pop("external_id"),
            defaults=texts | {"installation": installation},
        )
        if repository.installation_id != installation.pk:
            repository.installation, repository.is_active, repository.list_at = installation, True, None
        if data.default_branch:
            repository.default_branch = fitting(Repository, default_branch=data.default_branch)["default_branch"]
        repository.save()
