"""Whether a connection is allowed what it needs, and whether its server calls us."""

from collections.abc import Sequence

from ci_integrations.domain import AccessCheck, Capability, InstallationState, RepoRef
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


def install_webhooks(connection: Connection, url: str) -> list[AccessCheck]:
    """Have the server call `url` about everything that the connection follows; gives what came of it.

    One webhook for all repositories of an installation, or one for each where the server refuses that. Empty where
    webhooks are not set up through its API, or the connection has no secret for them.

    Raises ProviderError, ConfigError.
    """
    provider = provider_of(connection)
    if Capability.INSTALLS_WEBHOOKS not in provider.capabilities or provider.installer is None:
        return []
    done: list[AccessCheck] = []
    one_by_one = connection.repositories.filter(is_active=True)
    for installation in connection.installations.filter(state=InstallationState.ACTIVE).order_by("pk"):
        made = provider.installer.install_webhook(installation.external_id, url)
        if made.granted is not False:
            done.append(made)
            one_by_one = one_by_one.exclude(installation=installation)
    names = one_by_one.order_by("pk").values_list("external_id", flat=True)
    return [*done, *(provider.installer.install_webhook(name, url) for name in names)]
