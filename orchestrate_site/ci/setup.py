"""`orchestrate ci connect` and `providers`."""

import argparse
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from ci_integrations import selectors
from ci_integrations.configfile import read_config
from ci_integrations.models import Connection
from ci_integrations.providers.registry import provider_slugs
from ci_integrations.services.connections import connect
from orchestrate_site.ci.exits import Exit
from orchestrate_site.ci.output import Output, plain
from orchestrate_site.ci.parser import Verbs, add_verb
from orchestrate_site.ci.shapes import Setup


def add(verbs: Verbs) -> None:
    """Add the verbs."""
    connecting = add_verb(
        verbs,
        "connect",
        connect_file,
        summary="Connect the CI servers that a file describes",
        examples="orchestrate ci connect -f orchestrate.yaml",
    )
    connecting.add_argument("-f", "--file", required=True, type=Path, help="the file, see docs/providers.md")
    add_verb(
        verbs,
        "providers",
        show_providers,
        summary="Show the installed providers and the connections",
        examples="orchestrate ci providers\norchestrate ci providers --json",
    )


def connect_file(options: argparse.Namespace, out: Output) -> Exit:
    """Store every connection of the file, or none where one is refused. Connecting again brings them up to date."""
    specs = read_config(options.file)
    with transaction.atomic():
        made = {connect(spec).pk for spec in specs}
    _print([row for row in selectors.connections() if row.pk in made], out)
    out.note("next: orchestrate ci trigger --workflow NAME")
    return Exit.OK


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


def _print(rows: list[Connection], out: Output) -> None:
    urls = {row.pk: webhook_url(row) for row in rows}
    setup = Setup.model_validate({"providers": provider_slugs(), "connections": rows, "webhooks": urls})
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
        if connection.trouble:
            out.data(f"  trouble: {plain(connection.trouble)}")
