"""Connections: from the configuration file to rows."""

from django.db import transaction

from ci_integrations.configfile import ConnectionSpec, default_repositories
from ci_integrations.domain import Capability
from ci_integrations.models import Connection, Repository
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.registry import build_provider


@transaction.atomic
def connect(spec: ConnectionSpec) -> Connection:
    """Store a connection and its repositories; an existing one of that provider and name is brought up to date.

    Repositories that neither the configuration nor an installation names any more are not followed; what is known of
    them stays.

    Raises ConfigError where the provider refuses the configuration; nothing is stored then.
    """
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
        defaults={"config": dict(spec.config), "place": spec.place, "is_active": True, "trouble": ""},
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
                "is_active": True,
                "list_at": None,
            },
        )
    return connection
