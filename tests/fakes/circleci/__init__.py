"""A stateful CircleCI for tests: versions 1.1, 2 and 3 of the API, webhooks, and jobs that really run."""

from tests.fakes.circleci import routes_pipelines, routes_v1, routes_v3, routes_webhooks, routes_workflows
from tests.fakes.circleci.access import FakeToken
from tests.fakes.circleci.hooks import FakeHook, Hook
from tests.fakes.circleci.server import FakeCircleCI
from tests.fakes.circleci.state import (
    FakeArtifact,
    FakeDefinition,
    FakeJob,
    FakePipeline,
    FakeProject,
    FakeStep,
    FakeWorkflow,
)

ROUTES = (routes_pipelines, routes_v1, routes_v3, routes_webhooks, routes_workflows)
__all__ = [
    "ROUTES",
    "FakeArtifact",
    "FakeCircleCI",
    "FakeDefinition",
    "FakeHook",
    "FakeJob",
    "FakePipeline",
    "FakeProject",
    "FakeStep",
    "FakeToken",
    "FakeWorkflow",
    "Hook",
]
