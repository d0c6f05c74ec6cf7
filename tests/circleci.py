"""Fixtures over the fake CircleCI; what was sent to it is checked against the official description."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ci_integrations.domain import JobRef, RepoRef, RunRef
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.circleci import CircleCIProvider
from ci_integrations.providers.circleci.client import HAS_V3
from tests.fakes.circleci import FakeCircleCI, FakeJob, FakePipeline, FakeProject, spec

NAME = "gh/acme/shop"
REPO = RepoRef(NAME)
APP_NAME = "circleci/43G3lM5RtfFE7v5sa4nWAU/44n9wujWcTnVZ2b5S8Fnat"
APP_REPO = RepoRef(APP_NAME)
TOKEN = "CCIPAT_FakeTokenOfTests_0123456789abcdef"
SECRET = "hook-secret-of-tests"
PLACE = "orchestrate.yaml: ci"


@pytest.fixture
def circleci(tmp_path: Path) -> Iterator[FakeCircleCI]:
    """A CircleCI with a personal token; every request to it has to be one that the description allows."""
    with FakeCircleCI(tmp_path / "circleci") as server:
        server.add_token(TOKEN, "ada")
        # Another server of an earlier test may have had this port.
        HAS_V3.pop(server.base_url, None)
        yield server
    if os.environ.get("CORPUS"):
        found = spec.problems(server.requests)
        assert not found, found


@pytest.fixture
def shop(circleci: FakeCircleCI) -> FakeProject:
    """The project `gh/acme/shop`, named after a repository; without code."""
    return circleci.add_project(NAME)


@pytest.fixture
def app(circleci: FakeCircleCI) -> FakeProject:
    """A project of the GitHub App, whose slug is opaque; without code."""
    return circleci.add_project(APP_NAME, name="shop", organization="acme")


def config_of(server: FakeCircleCI, **more: Any) -> dict[str, Any]:
    """The configuration of a connection."""
    own = {"base_url": server.base_url, "token": TOKEN, "webhook_secret": SECRET, "trusted": [server.storage_url]}
    return own | more


def provider_for(server: FakeCircleCI, *repositories: str, **more: Any) -> CircleCIProvider:
    """A provider; `more` are keys of the configuration."""
    return CircleCIProvider(ConnectionConfig("circleci", config_of(server, **more), PLACE, repositories or (NAME,)))


def run_of(pipeline: FakePipeline, attempt: int = 1) -> RunRef:
    """How we name a pipeline."""
    return RunRef(RepoRef(pipeline.project.slug), pipeline.id, attempt)


def job_of(pipeline: FakePipeline, job: FakeJob) -> JobRef:
    """How we name a job."""
    return JobRef(run_of(pipeline), job.id)
