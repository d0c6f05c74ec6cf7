"""Whether a connection is allowed what it needs."""

from collections.abc import Sequence

from ci_integrations.domain import AccessCheck, RepoRef
from ci_integrations.models import Connection
from ci_integrations.wiring import provider_of


def check(connection: Connection) -> Sequence[AccessCheck]:
    """Every permission and event that is needed, as the server grants it for the connection's first repository.

    Empty for a server that knows none. Raises ProviderError, ConfigError.
    """
    installer = provider_of(connection).installer
    if installer is None:
        return []
    first = connection.repositories.filter(is_active=True).order_by("pk").first()
    return installer.check_access(RepoRef(first.external_id) if first else None)
