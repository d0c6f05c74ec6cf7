"""A stateful GitHub for tests: REST, webhooks, git over HTTP, and workflows that really run."""

from tests.fakes.github.server import FakeGitHub
from tests.fakes.github.state import FakeJob, FakeRepo, FakeRun, Hook

__all__ = ["FakeGitHub", "FakeJob", "FakeRepo", "FakeRun", "Hook"]
