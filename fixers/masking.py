"""What programs print may hold our secrets: they are taken out before it is stored."""

from collections.abc import Iterator

from ci_integrations.configfile import expand
from ci_integrations.errors import ConfigError
from ci_integrations.models import Repository
from ci_integrations.parsing.masking import Masker
from ci_integrations.wiring import secrets_of
from fixers.git import Remote
from fixers.models import FixPolicy


def masker_of(repository: Repository) -> Masker:
    """Takes out the secrets of a repository's connection and of the addresses it is cloned from and pushed to."""
    return Masker([*_of_connection(repository), *_of_addresses(repository)])


def _of_connection(repository: Repository) -> list[str]:
    try:
        return secrets_of(repository.connection)
    except ConfigError:
        # A variable is not set, so nothing here can know it.
        return []


def _of_addresses(repository: Repository) -> Iterator[str]:
    policy = FixPolicy.objects.filter(repository=repository).first()
    for url in (repository.clone_url, policy.push_url if policy else ""):
        try:
            yield from Remote(str(expand(url, "address"))).secrets if url else ()
        except ConfigError:
            # The attempt itself says what is wrong with it.
            continue
