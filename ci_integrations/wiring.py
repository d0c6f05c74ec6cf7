"""From a connection's row to what it stands for: its provider, its secrets."""

from collections.abc import Iterator, Mapping
from typing import Final

from ci_integrations.configfile import expand
from ci_integrations.models import Connection
from ci_integrations.providers.base import CIProvider, ConnectionConfig
from ci_integrations.providers.registry import build_provider

SECRET_NAMES: Final = frozenset({"token", "password", "secret", "value", "private_key"})


def provider_of(connection: Connection) -> CIProvider:
    """The provider behind a connection. Raises ConfigError where its configuration no longer works."""
    return build_provider(
        connection.provider,
        ConnectionConfig(
            name=connection.name,
            config=connection.config,
            place=connection.place,
            repositories=tuple(connection.repositories.order_by("id").values_list("external_id", flat=True)),
        ),
    )


def secrets_of(connection: Connection) -> list[str]:
    """Every value that must not be seen: what `${VAR}` stands for, and what a configuration holds under such a name."""
    return sorted(set(_secrets(connection.config, connection.place)))


def _secrets(value: object, place: str, *, named: bool = False) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _secrets(inner, place, named=str(key).lower() in SECRET_NAMES)
    elif isinstance(value, list):
        for inner in value:
            yield from _secrets(inner, place, named=named)
    elif isinstance(value, str) and (named or "${" in value):
        yield str(expand(value, place))
