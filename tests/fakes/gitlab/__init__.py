"""A stateful GitLab for tests: REST, webhooks, git over HTTP, and pipelines that really run."""

from tests.fakes.gitlab.hooks import Hook
from tests.fakes.gitlab.server import FakeGitLab
from tests.fakes.gitlab.state import (
    FakeGroup,
    FakeJob,
    FakeMergeRequest,
    FakePipeline,
    FakeProject,
    Person,
    Token,
    WebhookRecord,
)

__all__ = [
    "FakeGitLab",
    "FakeGroup",
    "FakeJob",
    "FakeMergeRequest",
    "FakePipeline",
    "FakeProject",
    "Hook",
    "Person",
    "Token",
    "WebhookRecord",
]
