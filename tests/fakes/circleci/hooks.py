"""The webhooks that the fake CircleCI sends. https://circleci.com/docs/guides/integration/outbound-webhooks/"""

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from tests.fakes.circleci import shapes
from tests.fakes.circleci.state import FAILED, FakeJob, FakePipeline, FakeProject, FakeWorkflow, new_id, stamp

EVENTS: Final = ("workflow-completed", "job-completed")
# https://circleci.com/docs/reference/outbound-webhooks-reference/: the statuses that events tell of.
TOLD_OF_WORKFLOWS: Final = frozenset({"success", "failed", "error", "canceled", "unauthorized"})
TOLD_OF_JOBS: Final = frozenset({"success", "failed", "canceled", "unauthorized"})


@dataclass
class FakeHook:
    """A webhook that a project has."""

    project: FakeProject
    url: str
    secret: str
    created_at: datetime
    updated_at: datetime
    name: str = "hook"
    events: list[str] = field(default_factory=lambda: list(EVENTS))
    verify_tls: bool = True
    id: str = field(default_factory=new_id)

    def json(self) -> dict[str, Any]:
        """As the API says it: nobody sees the secret again."""
        return {
            "id": self.id,
            "name": self.name,
            "url": self.url,
            "verify-tls": self.verify_tls,
            "signing-secret": "****" + self.secret[-4:] if self.secret else "",
            "events": self.events,
            "scope": {"id": self.project.id, "type": "project"},
            "created-at": stamp(self.created_at),
            "updated-at": stamp(self.updated_at),
        }


@dataclass
class Hook:
    """An event on its way."""

    to: FakeHook
    payload: dict[str, Any]
    attempts: int = 0

    @property
    def url(self) -> str:
        """Where it goes."""
        return self.to.url

    @property
    def body(self) -> bytes:
        """What is sent."""
        return json.dumps(self.payload).encode()

    @property
    def headers(self) -> dict[str, str]:
        """What is sent with it."""
        sent = {
            "Content-Type": "application/json",
            "User-Agent": "CircleCI-Webhook/1.0",
            "circleci-event-type": self.payload["type"],
        }
        if self.to.secret:
            signature = hmac.new(self.to.secret.encode(), self.body, hashlib.sha256).hexdigest()
            sent["circleci-signature"] = f"v1={signature}"
        return sent


def workflow_completed(hook: FakeHook, workflow: FakeWorkflow, happened: datetime) -> dict[str, Any]:
    """The event of a workflow that ended."""
    said = _workflow(workflow) | {"status": workflow.status}
    return _event(hook, "workflow-completed", workflow.pipeline, happened) | {"workflow": said}


def job_completed(hook: FakeHook, workflow: FakeWorkflow, job: FakeJob, happened: datetime) -> dict[str, Any]:
    """The event of a job that ended. It says nothing of how the workflow does."""
    said = {
        "id": job.id,
        "name": job.name,
        "number": job.number,
        "status": "failed" if job.status in FAILED else job.status,
        "started_at": stamp(job.started_at),
        "stopped_at": stamp(job.stopped_at),
    }
    return _event(hook, "job-completed", workflow.pipeline, happened) | {"workflow": _workflow(workflow), "job": said}


def _event(hook: FakeHook, kind: str, pipeline: FakePipeline, happened: datetime) -> dict[str, Any]:
    project = hook.project
    return {
        "id": new_id(),
        "type": kind,
        "happened_at": stamp(happened),
        "webhook": {"id": hook.id, "name": hook.name},
        "project": {"id": project.id, "name": project.name, "slug": project.long_slug},
        "organization": {"id": project.organization_id, "name": project.organization},
        "pipeline": _pipeline(pipeline),
    }


def _pipeline(pipeline: FakePipeline) -> dict[str, Any]:
    pushed = pipeline.trigger == "webhook" and pipeline.project.is_app
    said: dict[str, Any] = {
        "id": pipeline.id,
        "number": pipeline.number,
        "created_at": stamp(pipeline.created_at),
        "trigger": {"type": "github_app" if pushed else pipeline.trigger},
    }
    if pipeline.project.is_app:
        return said | {"trigger_parameters": shapes.trigger_parameters(pipeline)}
    person = {"name": "Ada", "email": "ada@example.com"}
    at = stamp(pipeline.created_at)
    commit = {"subject": pipeline.subject, "body": "", "author": person, "authored_at": at}
    commit |= {"committer": person, "committed_at": at}
    return said | {"vcs": shapes.vcs(pipeline) | {"provider_name": "github", "commit": commit}}


def _workflow(workflow: FakeWorkflow) -> dict[str, Any]:
    place = workflow.pipeline
    address = f"https://app.circleci.com/pipelines/{place.project.long_slug}/{place.number}/workflows/{workflow.id}"
    return {
        "id": workflow.id,
        "name": workflow.name,
        "created_at": stamp(workflow.created_at),
        "stopped_at": stamp(workflow.stopped_at),
        "url": address,
    }
