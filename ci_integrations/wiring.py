"""From a connection's row to what it stands for: its provider, its code host, its secrets."""

from dataclasses import dataclass

from ci_integrations.domain import RepoRef
from ci_integrations.models import Connection, Repository
from ci_integrations.providers.base import CIProvider, CodeHost, ConnectionConfig
from ci_integrations.providers.credentials import secret_values
from ci_integrations.providers.registry import build_provider


def provider_of(connection: Connection) -> CIProvider:
    """The provider behind a connection. Raises ConfigError where its configuration no longer works."""
    active = connection.repositories.filter(is_active=True).order_by("id")
    installed = active.values_list("external_id", "installation__external_id")
    return build_provider(
        connection.provider,
        ConnectionConfig(
            name=connection.name,
            config=connection.config,
            place=connection.place,
            repositories=tuple(external_id for external_id, _ in installed),
            installations={external_id: by for external_id, by in installed if by},
        ),
    )


@dataclass(frozen=True, slots=True)
class Code:
    """Where the code of a repository lives, and what it is called there."""

    host: CodeHost
    repo: RepoRef


def code_of(repository: Repository) -> Code | None:
    """The code of a repository, if it is known where that lives. Raises ConfigError as `provider_of`."""
    connection, name = repository.connection, repository.external_id
    if connection.code_host is not None:
        connection, name = connection.code_host, repository.code_name
    host = provider_of(connection).code_host
    return Code(host, RepoRef(name)) if host is not None and name else None


def secrets_of(connection: Connection) -> list[str]:
    """Every value that must not be seen, as `secret_values` says, those of the code host among them.

    Raises ConfigError for a variable that is not set.
    """
    found = secret_values(connection.config, f"{connection.place}.config")
    if connection.code_host is not None:
        found |= secret_values(connection.code_host.config, f"{connection.code_host.place}.config")
    return sorted(found)
