"""Connections: from the configuration file to rows."""

from django.db import transaction

from ci_integrations.configfile import ConnectionSpec, default_repositories
from ci_integrations.domain import Capability
from ci_integrations.errors import ConfigError
from ci_integrations.models import Connection, Repository
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.registry import build_provider
from ci_integrations.wiring import provider_of


@transaction.atomic
def connect(spec: ConnectionSpec) -> Connection:
    """Store a connection and its repositories; an existing one of that provider and name is brought up to date.

    Repositories that neither the configuration nor an installation names any more are not followed; what is known of
    them stays.

    Raises ConfigError where the provider refuses the configuration, or where its code host is none that is connected;
    nothing is stored then.
    """
    code_host = _code_host(spec)
    provider = build_provider(
        spec.provider,
        ConnectionConfig(
            name=spec.name,
            config=spec.config,
            place=spec.place,
            repositories=tuple(repository.external_id for repository in spec.repositories),
        ),
    )
    repositories = spec.repositories
    if Capability.INSTALLATIONS in provider.capabilities and repositories == default_repositories(spec.name):
        repositories = ()
    connection, _ = Connection.objects.update_or_create(
        provider=spec.provider,
        name=spec.name,
        defaults={
            "config": dict(spec.config),
            "place": spec.place,
            "is_active": True,
            "trouble": "",
            "code_host": code_host,
        },
    )
    named = [repository.external_id for repository in repositories]
    dropped = connection.repositories.filter(installation=None).exclude(external_id__in=named)
    dropped.update(is_active=False)
    for repository in repositories:
        Repository.objects.update_or_create(
            connection=connection,
            external_id=repository.external_id,
            defaults={
                "name": repository.name,
                "clone_url": repository.clone_url,
                "default_branch": repository.default_branch,
                "code_name": (repository.code_name or repository.name) if code_host else "",
                "is_active": True,
                "list_at": None,
            },
        )
    return connection


def _code_host(spec: ConnectionSpec) -> Connection | None:
    if not spec.code_host:
        return None
    place = f"{spec.place}.code_host"
    found = [row for row in Connection.objects.filter(name=spec.code_host) if provider_of(row).code_host is not None]
    if not found:
        raise ConfigError(
            f"there is no connection {spec.code_host!r} to a code host: connect it first",
            place=place,
        )
    if len(found) > 1:
        raise ConfigError(f"several connections are named {spec.code_host!r}; rename one", place=place)
    return found[0]
