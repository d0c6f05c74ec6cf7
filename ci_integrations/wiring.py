"""From a connection's row to what it stands for: its provider, its code host, its secrets."""

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


def code_host_of(repository: Repository) -> CodeHost | None:
    """Where the code of a repository lives, if that is known. Raises ConfigError as `provider_of`."""
    return provider_of(repository.connection).code_host


def secrets_of(connection: Connection) -> list[str]:
    """Every value that must not be seen, as `secret_values` says. Raises ConfigError for a variable that is not set."""
    return sorted(secret_values(connection.config, f"{connection.place}.config"))
