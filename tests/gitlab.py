"""Fixtures over the fake GitLab."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ci_integrations.domain import JobRef, RepoRef, RunRef, State, TriggerRequest
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.gitlab import GitLabProvider
from tests.fakes.gitlab import FakeGitLab, FakePipeline, FakeProject

NAME = "acme/shop"
REPO = RepoRef(NAME)
TOKEN = "glpat-" + "t" * 20
USER = "orchestrate"
SECRET = "a-plain-secret"  # of the fake
SIGNING = "whsec_MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="


@pytest.fixture
def gitlab(tmp_path: Path) -> Iterator[FakeGitLab]:
    """A GitLab below a path, with the token of a user of ours."""
    with FakeGitLab(tmp_path / "gitlab", prefix="/gitlab") as server:
        server.add_person(USER)
        server.add_token(TOKEN, USER)
        yield server


@pytest.fixture
def shop(gitlab: FakeGitLab) -> FakeProject:
    """The project `acme/shop`, without code; our user is its Maintainer."""
    project = gitlab.add_project(NAME)
    project.members |= {USER: 40, "ada": 30, "eve": 20}
    gitlab.outbox.clear()
    return project


def config_of(server: FakeGitLab, **more: Any) -> dict[str, Any]:
    """The configuration of a connection with our token."""
    return {"base_url": server.base_url, "token": TOKEN, "webhook_secret": SECRET, "signing_token": SIGNING} | more


def provider_for(server: FakeGitLab, *names: str, **more: Any) -> GitLabProvider:
    """A provider; for `acme/shop` unless other names are given."""
    return GitLabProvider(
        ConnectionConfig("gitlab", config_of(server, **more), "orchestrate.yaml: ci", names or (NAME,))
    )


def ref_of(pipeline: Any, attempt: int = 1) -> RunRef:
    """The reference of a pipeline of the shop."""
    return RunRef(REPO, f"{pipeline.id}", attempt)


def job_of(pipeline: FakePipeline, number: int = 0) -> JobRef:
    """The reference of one of its jobs."""
    return JobRef(ref_of(pipeline), f"{pipeline.jobs[number].id}")


def state_of(provider: GitLabProvider, pipeline: FakePipeline) -> State:
    """The state that a provider tells of it."""
    return provider.get_run(ref_of(pipeline)).state


def wish(**fields: Any) -> TriggerRequest:
    """A wish for a pipeline of `main`, sent now."""
    made = TriggerRequest(REPO, "", "main", intent_id="abc123", sent_at=datetime.now(UTC))
    return replace(made, **fields)
