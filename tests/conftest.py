"""Fixtures of the whole suite."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from ci_integrations.configfile import ConnectionSpec, RepositorySpec
from ci_integrations.models import Repository
from ci_integrations.services.connections import connect
from tests.fakes.memory import MemoryServer, install


@pytest.fixture(scope="session", autouse=True)
def memory_provider_package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Every test may name the in-memory provider."""
    site = tmp_path_factory.mktemp("site")
    install(site)
    yield
    sys.path.remove(f"{site}")


@pytest.fixture
def storage(tmp_path: Path, settings: Settings) -> Path:
    """Files of this test alone."""
    settings.MEDIA_ROOT = tmp_path / "storage"
    return tmp_path / "storage"


@pytest.fixture
def server() -> MemoryServer:
    """An in-memory CI server that can do everything."""
    return MemoryServer("one")


@pytest.fixture
def repository(db: None, server: MemoryServer, storage: Path) -> Repository:
    """The repository `repo` on that server, connected."""
    spec = ConnectionSpec(
        name="one",
        provider="memory",
        config={"server": server.name},
        repositories=(RepositorySpec(external_id="repo", name="acme/repo", clone_url="", default_branch="main"),),
        place="orchestrate.yaml: ci",
    )
    return connect(spec).repositories.get()
