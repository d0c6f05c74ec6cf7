"""Fixtures over the fake GitHub; what was sent to it is checked against the official description."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ci_integrations.domain import RepoRef
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.github import GitHubProvider
from tests.fakes.github import FakeGitHub, FakeRepo, spec
from tests.fakes.github.app import make_app

NAME = "acme/shop"
REPO = RepoRef(NAME)
TOKEN = "github_pat_" + "t" * 82


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGitHub]:
    """A GitHub with an App and a plain token; every request to it has to be one that the description allows."""
    with FakeGitHub(tmp_path / "github", app=make_app()) as server:
        server.tokens[TOKEN] = "ada"
        server.people |= {"ada": "write", "eve": "read"}
        yield server
    if os.environ.get("CORPUS"):
        found = spec.problems(server.requests)
        assert not found, found


@pytest.fixture
def shop(github: FakeGitHub) -> FakeRepo:
    """The repository `acme/shop`, without code, with the App installed."""
    repo = github.add_repo(NAME)
    github.install("acme", [NAME])
    github.outbox.clear()
    return repo


def config_of(server: FakeGitHub, **more: Any) -> dict[str, Any]:
    """The configuration of a connection with the fake's App."""
    app = server.app
    assert app is not None
    own = {"id": f"{app.id}", "private_key": app.private_key, "slug": app.slug}
    return {"base_url": server.base_url, "app": own, "webhook_secret": app.webhook_secret} | more


def provider_for(server: FakeGitHub, config: Mapping[str, Any] | None = None, **more: Any) -> GitHubProvider:
    """A provider; with the App unless a configuration is given."""
    installed = {name: f"{one.id}" for one in server.installations.values() for name in one.repositories}
    return GitHubProvider(
        ConnectionConfig("github", config or config_of(server, **more), "orchestrate.yaml: ci", (NAME,), installed)
    )


def token_config(server: FakeGitHub, **more: Any) -> dict[str, Any]:
    """The configuration of a connection with a plain token."""
    return {"base_url": server.base_url, "token": TOKEN} | more
