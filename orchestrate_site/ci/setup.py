"""`orchestrate ci connect` and `providers`."""

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from ci_integrations import selectors
from ci_integrations.configfile import ConnectionSpec, RepositorySpec, default_repositories, read_config
from ci_integrations.domain import AccessCheck
from ci_integrations.errors import AuthFailed
from ci_integrations.models import Connection
from ci_integrations.providers.registry import config_from_environment, provider_slugs
from ci_integrations.services import access, installations
from ci_integrations.services.connections import connect
from orchestrate_site.ci.exits import Exit, UsageError
from orchestrate_site.ci.output import Output, plain
from orchestrate_site.ci.parser import Verbs, add_verb
from orchestrate_site.ci.shapes import Setup


def add(verbs: Verbs) -> None:
    """Add the verbs."""
    connecting = add_verb(
        verbs,
        "connect",
        connect_servers,
        summary="Connect CI servers, from a file or from environment variables, and check what they allow",
        examples="""orchestrate ci connect -f orchestrate.yaml
                    GITHUB_TOKEN=... orchestrate ci connect github --repo acme/shop
                    CIRCLECI_TOKEN=... orchestrate ci connect circleci --repo acme/shop=gh/acme/shop --code-host github
                    GITLAB_TOKEN=... orchestrate ci connect gitlab --repo acme/shop""",
    )
    connecting.add_argument(
        "provider", nargs="?", default="", help="a provider that reads environment variables: github, gitlab, circleci"
    )
    connecting.add_argument("-f", "--file", type=Path, help="the file, see docs/providers.md")
    connecting.add_argument("--name", default="", help="the connection's name (default: the provider's)")
    connecting.add_argument(
        "--repo",
        action="append",
        default=[],
        metavar="NAME[=ID]",
        help="a repository to follow, with the server's id of it where that is another; may be repeated",
    )
    connecting.add_argument(
        "--code-host", default="", metavar="NAME", help="the connection to where the code is, if it is not this server"
    )
    connecting.add_argument("--no-webhook", action="store_true", help="set up no webhooks at the server")
    add_verb(
        verbs,
        "providers",
        show_providers,
        summary="Show the installed providers and the connections",
        examples="orchestrate ci providers\norchestrate ci providers --json",
    )


def connect_servers(options: argparse.Namespace, out: Output) -> Exit:
    """Store every connection that is described, or none where one is refused, and check what each is allowed.

    Connecting again brings them up to date. Exits 3 where something that is needed is not granted.
    """
    if bool(options.provider) == bool(options.file):
        raise UsageError("name a provider or a file: orchestrate ci connect github, orchestrate ci connect -f FILE")
    if options.file and (options.repo or options.code_host or options.name):
        raise UsageError("--name, --repo and --code-host go with a provider; in a file they are keys")
    specs = (_from_environment(options),) if options.provider else read_config(options.file)
    with transaction.atomic():
        # Code hosts first, wherever they stand in the file.
        made = {connect(spec).pk for spec in sorted(specs, key=lambda spec: bool(spec.code_host))}
    rows = [row for row in selectors.connections() if row.pk in made]
    for row in rows:
        installations.refresh(row)
    checks = {row.pk: list(access.check(row)) for row in rows}
    if not options.no_webhook:
        for row in rows:
            checks[row.pk] += access.install_webhooks(row, webhook_url(row))
    _print(list(selectors.connections().filter(pk__in=made)), out, checks)
    if any(one.granted is False for found in checks.values() for one in found):
        raise AuthFailed("something that is needed is not granted: see above")
    out.note("next: orchestrate ci trigger --workflow NAME")
    return Exit.OK


def _from_environment(options: argparse.Namespace) -> ConnectionSpec:
    name = options.name or options.provider
    return ConnectionSpec(
        name=name,
        provider=options.provider,
        config=config_from_environment(options.provider, os.environ),
        repositories=tuple(map(_repository, options.repo)) or default_repositories(name),
        place="environment",
        code_host=options.code_host,
    )


def _repository(text: str) -> RepositorySpec:
    name, _, external_id = text.partition("=")
    return RepositorySpec(external_id or name, name)


def show_providers(_: argparse.Namespace, out: Output) -> Exit:
    """What is installed and connected; never a secret."""
    rows = list(selectors.connections())
    if not out.as_json:
        out.data(f"installed: {', '.join(provider_slugs())}")
    _print(rows, out)
    if not rows:
        out.note("no connections; add one with: orchestrate ci connect -f FILE")
    return Exit.OK


def webhook_url(connection: Connection) -> str:
    """The URL to enter at the server."""
    path = reverse("webhook", kwargs={"provider": connection.provider, "key": connection.key})
    return f"{settings.ORCHESTRATE_URL}{path}"


def _print(rows: list[Connection], out: Output, checks: Mapping[int, Sequence[AccessCheck]] | None = None) -> None:
    urls = {row.pk: webhook_url(row) for row in rows}
    setup = Setup.model_validate(
        {"providers": provider_slugs(), "connections": rows, "webhooks": urls, "access": checks or {}}
    )
    if out.as_json:
        out.json(setup)
        return
    for connection in setup.connections:
        out.data(
            f"{plain(connection.provider)}:{plain(connection.name)}{'' if connection.is_active else ' (inactive)'}"
        )
        out.data(f"  repositories: {', '.join(plain(repository.name) for repository in connection.repositories)}")
        out.data(f"  can: {', '.join(connection.capabilities) or 'nothing'}")
        if "webhooks" in connection.capabilities:
            out.data(f"  webhook: {urls[connection.id]}")
        for one in (checks or {}).get(connection.id, ()):
            word = {True: "granted", False: "MISSING", None: "cannot be found out"}[one.granted]
            out.data(f"  {plain(one.name)}: {plain(one.needed)} - {word} - {plain(one.why)}")
            if one.granted is False and one.found:
                out.data(f"    {plain(one.found)}")
        if connection.trouble:
            out.data(f"  trouble: {plain(connection.trouble)}")
