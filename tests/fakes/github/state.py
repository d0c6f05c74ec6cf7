"""What the fake GitHub keeps, and how it says it in JSON.

The fields are those of GitHub's own descriptions, as far as anybody reads them.
"""

import hashlib
import hmac
import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_ids = itertools.count(1001)


def new_id() -> int:
    """A number that nothing else has."""
    return next(_ids)


def stamp(moment: datetime | None) -> str | None:
    """A time as GitHub writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def user(login: str) -> dict[str, Any]:
    """A person or a bot."""
    return {"login": login, "id": sum(login.encode()), "type": "Bot" if login.endswith("[bot]") else "User"}


@dataclass
class FakeStep:
    """A step of a job."""

    name: str
    number: int
    status: str = "queued"
    conclusion: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None

    def json(self) -> dict[str, Any]:
        """As GitHub says it."""
        return {
            "name": self.name,
            "number": self.number,
            "status": self.status,
            "conclusion": self.conclusion,
            "started_at": stamp(self.started_at),
            "completed_at": stamp(self.completed_at),
        }


@dataclass
class FakeJob:
    """A job of one attempt. `log` is None while there is none to be had."""

    name: str
    key: str = ""
    id: int = field(default_factory=new_id)
    status: str = "queued"
    conclusion: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    steps: list[FakeStep] = field(default_factory=list)
    log: bytes | None = None
    annotations: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class FakeAttempt:
    """One attempt of a run."""

    number: int
    started_at: datetime
    updated_at: datetime
    actor: str
    status: str = "queued"
    conclusion: str | None = None
    jobs: list[FakeJob] = field(default_factory=list)


@dataclass
class FakeRun:
    """A workflow run."""

    repo: "FakeRepo"
    workflow: str
    event: str
    head_branch: str
    head_sha: str
    actor: str
    created_at: datetime
    title: str = ""
    inputs: dict[str, str] = field(default_factory=dict)
    head_repository: str = ""
    id: int = field(default_factory=new_id)
    attempts: list[FakeAttempt] = field(default_factory=list)

    @property
    def latest(self) -> FakeAttempt:
        """The newest attempt."""
        return self.attempts[-1]

    def json(self, attempt: FakeAttempt | None = None) -> dict[str, Any]:
        """As GitHub says it, of one attempt."""
        seen = attempt or self.latest
        head = {"full_name": self.head_repository or self.repo.full_name, "fork": bool(self.head_repository)}
        return {
            "id": self.id,
            "name": self.workflow,
            "path": f".github/workflows/{self.workflow}",
            "workflow_id": self.repo.workflow_id(self.workflow),
            "event": self.event,
            "head_branch": self.head_branch,
            "head_sha": self.head_sha,
            "display_title": self.title or self.workflow,
            "status": seen.status,
            "conclusion": seen.conclusion,
            "run_attempt": seen.number,
            "created_at": stamp(self.created_at),
            "run_started_at": stamp(seen.started_at),
            "updated_at": stamp(seen.updated_at),
            "html_url": f"https://github.example/{self.repo.full_name}/actions/runs/{self.id}",
            "actor": user(self.actor),
            "triggering_actor": user(seen.actor),
            "pull_requests": [],
            "repository": {"id": self.repo.id, "full_name": self.repo.full_name},
            "head_repository": head,
        }

    def job_json(self, job: FakeJob, attempt: FakeAttempt) -> dict[str, Any]:
        """One of its jobs as GitHub says it."""
        return {
            "id": job.id,
            "run_id": self.id,
            "run_attempt": attempt.number,
            "workflow_name": self.workflow,
            "head_branch": self.head_branch,
            "head_sha": self.head_sha,
            "name": job.name,
            "status": job.status,
            "conclusion": job.conclusion,
            "created_at": stamp(attempt.started_at),
            "started_at": stamp(job.started_at),
            "completed_at": stamp(job.completed_at),
            "html_url": f"https://github.example/{self.repo.full_name}/actions/runs/{self.id}/job/{job.id}",
            "steps": [step.json() for step in job.steps],
        }


@dataclass
class FakeArtifact:
    """A zip that a run left."""

    run: FakeRun
    name: str
    data: bytes
    created_at: datetime
    id: int = field(default_factory=new_id)
    expired: bool = False

    def json(self) -> dict[str, Any]:
        """As GitHub says it."""
        return {
            "id": self.id,
            "name": self.name,
            "size_in_bytes": len(self.data),
            "expired": self.expired,
            "created_at": stamp(self.created_at),
            "expires_at": stamp(self.created_at),
            "digest": f"sha256:{hashlib.sha256(self.data).hexdigest()}",
            "workflow_run": {"id": self.run.id, "head_sha": self.run.head_sha},
        }


@dataclass
class FakePull:
    """A pull request."""

    repo: "FakeRepo"
    number: int
    title: str
    body: str
    head: str
    base: str
    head_sha: str
    author: str
    state: str = "open"
    merged: bool = False
    head_repository: str = ""

    def json(self) -> dict[str, Any]:
        """As GitHub says it."""
        own = {"id": self.repo.id, "full_name": self.repo.full_name}
        head = {"full_name": self.head_repository} if self.head_repository else own
        return {
            "id": self.number,
            "number": self.number,
            "title": self.title,
            "body": self.body,
            "state": self.state,
            "merged": self.merged,
            "user": user(self.author),
            "html_url": f"https://github.example/{self.repo.full_name}/pull/{self.number}",
            "head": {"ref": self.head, "sha": self.head_sha, "repo": head},
            "base": {"ref": self.base, "repo": own},
        }


@dataclass
class FakeRepo:
    """A repository with its bare git directory; `root` is None for one that has no code."""

    full_name: str
    git_dir: Path | None = None
    default_branch: str = "main"
    id: int = field(default_factory=new_id)
    runs: dict[int, FakeRun] = field(default_factory=dict)
    artifacts: list[FakeArtifact] = field(default_factory=list)
    pulls: list[FakePull] = field(default_factory=list)
    comments: list[dict[str, Any]] = field(default_factory=list)
    reactions: list[tuple[int, str]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    workflows: list[str] = field(default_factory=list)

    def workflow_id(self, name: str) -> int:
        """The number of a workflow's file."""
        if name not in self.workflows:
            self.workflows.append(name)
        return self.id * 100 + self.workflows.index(name)

    def find_job(self, job_id: int) -> tuple[FakeRun, FakeAttempt, FakeJob] | None:
        """A job of any attempt of any run; the newest attempt that has it."""
        for run in self.runs.values():
            for attempt in reversed(run.attempts):
                for job in attempt.jobs:
                    if job.id == job_id:
                        return run, attempt, job
        return None


@dataclass
class Hook:
    """A webhook on its way."""

    event: str
    payload: dict[str, Any]
    guid: str
    secret: str
    redelivery: bool = False

    @property
    def body(self) -> bytes:
        """What is sent."""
        return json.dumps(self.payload).encode()

    @property
    def headers(self) -> dict[str, str]:
        """What is sent with it."""
        signature = hmac.new(self.secret.encode(), self.body, hashlib.sha256).hexdigest()
        return {
            "X-GitHub-Event": self.event,
            "X-GitHub-Delivery": self.guid,
            "X-Hub-Signature-256": f"sha256={signature}",
            "Content-Type": "application/json",
        }

    @property
    def name(self) -> str:
        """The event with its action."""
        action = self.payload.get("action")
        return f"{self.event}.{action}" if action else self.event
