"""Rows follow who installed us, and what was missed is asked for again."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from ci_integrations.domain import (
    AccessCheck,
    FailedDelivery,
    InstallationData,
    InstallationState,
    RepoRef,
    RepositoryData,
)
from ci_integrations.errors import NotSupported, Unavailable
from ci_integrations.models import Connection, Delivery, Installation, Repository
from ci_integrations.services import follow, installations, redelivery
from ci_integrations.wiring import provider_of
from tests.fakes.memory import MemoryProvider, MemoryServer


class MemoryInstaller:
    """Who installed us, in memory."""

    def __init__(self) -> None:
        self.accounts: dict[str, list[RepositoryData]] = {}
        self.suspended: set[str] = set()
        self.failed: list[FailedDelivery] = []
        self.redelivered: list[str] = []
        self.trouble: Exception | None = None

    def list_installations(self) -> Sequence[InstallationData]:
        if self.trouble:
            raise self.trouble
        return [
            InstallationData(
                name,
                f"account-{name}",
                InstallationState.SUSPENDED if name in self.suspended else InstallationState.ACTIVE,
            )
            for name in self.accounts
        ]

    def list_repositories(self, installation: str) -> Iterator[RepositoryData]:
        yield from self.accounts[installation]

    def failed_deliveries(self, *, since: datetime) -> Sequence[FailedDelivery]:
        return [one for one in self.failed if one.sent_at >= since]

    def redeliver(self, delivery: FailedDelivery) -> None:
        if self.trouble:
            raise self.trouble
        self.redelivered.append(delivery.external_id)

    def install_webhook(self, target: str, url: str) -> AccessCheck:
        raise NotSupported("people set it up")

    def check_access(self, repo: RepoRef | None = None) -> Sequence[AccessCheck]:
        return []


@pytest.fixture
def installer(server: MemoryServer) -> MemoryInstaller:
    server.installer = MemoryInstaller()
    return server.installer


def active(connection: Connection) -> set[str]:
    rows = follow.followed_repositories().filter(connection=connection)
    return set(rows.values_list("external_id", flat=True))


def hear(repository: Repository, external_id: str = "1", **fields: object) -> None:
    installations.hear(repository.connection, InstallationData(external_id, "acme", **fields))  # type: ignore[arg-type]


def test_an_installation_with_its_repositories_is_followed(repository: Repository, installer: MemoryInstaller) -> None:
    hear(repository, added=(RepositoryData("acme/shop"), RepositoryData("acme/site")))
    assert active(repository.connection) == {"repo", "acme/shop", "acme/site"}
    hear(repository, added=(RepositoryData("acme/docs"),), removed=("acme/shop",))
    assert active(repository.connection) == {"repo", "acme/site", "acme/docs"}


def test_the_provider_is_told_which_installation_lets_it_in(repository: Repository, installer: MemoryInstaller) -> None:
    hear(repository, added=(RepositoryData("acme/shop"),))
    provider = provider_of(repository.connection)
    assert isinstance(provider, MemoryProvider)
    assert provider.connection.installations == {"acme/shop": "1"}


def test_suspend_and_unsuspend(repository: Repository, installer: MemoryInstaller) -> None:
    hear(repository, added=(RepositoryData("acme/shop"), RepositoryData("acme/site")))
    Repository.objects.filter(external_id="acme/site").update(is_active=False)
    hear(repository, state=InstallationState.SUSPENDED)
    assert active(repository.connection) == {"repo"}
    hear(repository)
    assert active(repository.connection) == {"repo", "acme/shop"}, "what somebody switched off stays off"


def test_a_removed_installation_does_not_come_back_by_a_late_event(
    repository: Repository, installer: MemoryInstaller
) -> None:
    hear(repository, added=(RepositoryData("acme/shop"),))
    hear(repository, state=InstallationState.REMOVED)
    hear(repository, state=InstallationState.SUSPENDED)
    hear(repository)
    assert active(repository.connection) == {"repo"}
    assert Installation.objects.get().state == InstallationState.REMOVED


def test_what_events_did_not_tell_the_list_does(repository: Repository, installer: MemoryInstaller) -> None:
    hear(repository, added=(RepositoryData("acme/gone"),))
    hear(repository, "9", added=(RepositoryData("other/gone"),))
    installer.accounts = {
        "1": [RepositoryData("acme/shop", default_branch="trunk"), RepositoryData("acme/old", is_archived=True)]
    }
    installations.refresh(repository.connection)
    assert active(repository.connection) == {"repo", "acme/shop"}
    assert Repository.objects.get(external_id="acme/shop").default_branch == "trunk"
    assert Installation.objects.get(external_id="9").state == InstallationState.REMOVED
    installer.accounts["1"].append(RepositoryData("acme/gone"))
    installations.refresh(repository.connection)
    assert active(repository.connection) == {"repo", "acme/shop", "acme/gone"}


def test_trouble_while_reading_the_list_is_told(repository: Repository, installer: MemoryInstaller) -> None:
    installer.trouble = Unavailable("503")
    installations.refresh_in_background(repository.connection_id)
    repository.connection.refresh_from_db()
    assert repository.connection.trouble == "503"


def test_a_renamed_repository_keeps_its_row(repository: Repository, installer: MemoryInstaller) -> None:
    assert installations.rename(repository.connection, "REPO", "acme/new") == "REPO is now acme/new"
    repository.refresh_from_db()
    assert (repository.external_id, repository.name) == ("acme/new", "acme/new")
    assert installations.rename(repository.connection, "repo", "acme/new") == "acme/new is known already"
    assert installations.rename(repository.connection, "else", "acme/x") == "else is not followed"


def failed(guid: str, *, tries: int = 1, hours: int = 1) -> FailedDelivery:
    return FailedDelivery(f"id-{guid}", guid, timezone.now() - timedelta(hours=hours), tries)


def test_what_never_came_is_asked_for_again(repository: Repository, installer: MemoryInstaller) -> None:
    installer.failed = [failed("a"), failed("b"), failed("c"), failed("old", hours=80), failed("often", tries=4)]
    Delivery.objects.create(connection=repository.connection, delivery_id="b", body=b"", done_at=timezone.now())
    Delivery.objects.create(connection=repository.connection, delivery_id="c", body=b"", dead_at=timezone.now())
    assert redelivery.redeliver(repository.connection_id) == 2
    assert installer.redelivered == ["id-a", "id-c"]


def test_trouble_while_asking_is_told(repository: Repository, installer: MemoryInstaller) -> None:
    installer.failed, installer.trouble = [failed("a")], Unavailable("503")
    assert redelivery.redeliver(repository.connection_id) == 0
    repository.connection.refresh_from_db()
    assert repository.connection.trouble == "503"
