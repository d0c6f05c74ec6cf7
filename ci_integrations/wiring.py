"""From a connection's row to what it stands for: its provider, its secrets."""

from ci_integrations.models import Connection
from ci_integrations.providers.base import CIProvider, ConnectionConfig
from ci_integrations.providers.credentials import secret_values
from ci_integrations.providers.registry import build_provider


def provider_of(connection: Connection) -> CIProvider:
    """The provider behind a connection. Raises ConfigError where its configuration no longer works."""
    active = connection.repositories.filter(is_active=True)
    return build_provider(
        connection.provider,
        ConnectionConfig(
            name=connection.name,
            config=connection.config,
            place=connection.place,
            repositories=tuple(active.order_by("id").values_list("external_id", flat=True)),
        ),
    )


def secrets_of(connection: Connection) -> list[str]:
    """Every value that must not be seen, as `secret_values` says. Raises ConfigError for a variable that is not set."""
    return sorted(secret_values(connection.config, f"{connection.place}.config"))
