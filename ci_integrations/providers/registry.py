"""Which providers there are: every entry point of the group `orchestrate.providers`, the built-in ones included."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from ci_integrations.errors import ConfigError
from ci_integrations.providers.base import CIProvider, ConnectionConfig

GROUP = "orchestrate.providers"


@cache
def provider_class(slug: str) -> type[CIProvider]:
    """The class of a provider. Raises ConfigError for a slug that no installed package offers."""
    for entry in entry_points(group=GROUP, name=slug):
        loaded: type[CIProvider] = entry.load()
        return loaded
    known = ", ".join(provider_slugs()) or "none"
    raise ConfigError(f"there is no provider {slug!r}; installed are: {known}", place="provider")


def provider_slugs() -> list[str]:
    """The slugs of all installed providers, sorted."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def build_provider(slug: str, connection: ConnectionConfig) -> CIProvider:
    """A provider for one connection. Raises ConfigError."""
    return provider_class(slug)(connection)


def config_from_environment(slug: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """The configuration that environment variables give, for a provider whose class has `from_environment`.

    Raises ConfigError where the provider has none, or where something is missing.
    """
    reader = getattr(provider_class(slug), "from_environment", None)
    if reader is None:
        raise ConfigError(f"the provider {slug} takes a file: orchestrate ci connect -f FILE", place="provider")
    config: dict[str, Any] = reader(environ)
    return config
