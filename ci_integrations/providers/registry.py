"""Which providers there are: every entry point of the group `orchestrate.providers`, the built-in ones included."""

from functools import cache
from importlib.metadata import entry_points

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
