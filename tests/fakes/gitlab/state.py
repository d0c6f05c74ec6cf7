"""What the fake GitLab keeps."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from tests.fakes.gitlab.status import COMPLETED, composite, is_completed

REPORTER: Final = 20
DEVELOPER: Final = 30
MAINTAINER: Final = 40
OWNER: Final = 50

_ids = itertools.count(1001)


def new_id() -> int:
    """A number that nothing else has."""
    return next(_ids)


@dataclass
class Person:
    """A person, or the bot behind a project's or a group's token."""

    username: str
    name: str = ""
    bot: bool = False
    state: str = "active"
    id: int = field(default_factory=new_id)


@dataclass
class Token:
    """A token of somebody; `expires_at` ends it, `revoked` too."""

    value: str
    person: Person
    scopes: tuple[str, ...] = ("api",)
    expires_at: datetime | None = None
    revoked: bool = False
    oauth: bool = False
    id: int = field(default_factory=new_id)


@dataclass
class WebhookRecord:
    """A webhook that a project or a group has; `events` holds names like `pipeline_events`."""

    url: str
    events: set[str]
    token: str = ""
    signing_token: str = ""
    enable_ssl_verification: bool = True
    name: str = ""
    failures: int = 0
    disabled_until: datetime | None = None
    id: int = field(default_factory=new_id)


@dataclass
class FakeGroup:
    """A group; its members are members of what is below it."""

    full_path: str
    members: dict[str, int] = field(default_factory=dict)
    hooks: list[WebhookRecord] = field(default_factory=list)
    id: int = field(default_factory=new_id)


@dataclass
class FakeJob:
    """A job: of a runner, a trigger job (`kind` bridge) or a status that somebody sent (external).

    `spec` is its part of the configuration, `number` how often it was retried before. `trace` holds the log; a job
    that really runs has it in `trace_file`.
    """

    name: str
    stage: str = "test"
    status: str = "created"
    kind: str = "build"
    spec: dict[str, Any] = field(default_factory=dict)
    when: str = "on_success"
    allow_failure: bool = False
    failure_reason: str | None = None
    coverage: float | None = None
    created_at: datetime | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    retried: bool = False
    number: int = 0
    trace: bytearray = field(default_factory=bytearray)
    trace_file: Path | None = None
    archive: bytes | None = None
    reports: list[bytes] = field(default_factory=list)
    expires_at: datetime | None = None
    downstream: "FakePipeline | None" = None
    target_url: str | None = None
    description: str | None = None
    user: str = ""
    id: int = field(default_factory=new_id)

    @property
    def is_completed(self) -> bool:
        """Nothing more happens to it."""
        return is_completed(self.status)

    def log(self) -> bytes:
        """Its log up to now."""
        return self.trace_file.read_bytes() if self.trace_file else bytes(self.trace)


@dataclass
class FakePipeline:
    """A pipeline. `config` is what its jobs come from, None for one that a test moves on by hand."""

    project: "FakeProject"
    iid: int
    sha: str
    ref: str
    source: str
    user: str
    created_at: datetime
    updated_at: datetime
    status: str = "created"
    name: str | None = None
    jobs: list[FakeJob] = field(default_factory=list)
    stages: list[str] = field(default_factory=lambda: ["build", "test", "deploy"])
    config: dict[str, Any] | None = None
    variables: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)
    yaml_errors: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    merge_request: "FakeMergeRequest | None" = None
    parent: "tuple[FakePipeline, FakeJob] | None" = None
    id: int = field(default_factory=new_id)

    @property
    def latest(self) -> list[FakeJob]:
        """Its jobs without those that were retried."""
        return [job for job in self.jobs if not job.retried]

    @property
    def is_completed(self) -> bool:
        """Whether it ended."""
        return self.status in COMPLETED

    def before(self, job: FakeJob) -> list[FakeJob]:
        """The jobs that a job waits for: what it needs, else the stages before its own."""
        if "needs" in job.spec:
            return [other for other in self.latest if other.name in job.spec["needs"]]
        order = self.stages.index(job.stage)
        return [other for other in self.latest if other.stage in self.stages[:order]]

    def computed(self) -> str:
        """The status that its jobs make."""
        return composite([(job.status, job.allow_failure) for job in self.latest]) or self.status


@dataclass
class FakeMergeRequest:
    """A merge request; `source_project` differs from `project` where it comes from a fork, `heads` are its commits."""

    project: "FakeProject"
    iid: int
    title: str
    description: str
    source_branch: str
    target_branch: str
    author: str
    created_at: datetime
    source_project: "FakeProject"
    heads: list[str] = field(default_factory=list)
    state: str = "opened"
    notes: list[dict[str, Any]] = field(default_factory=list)
    id: int = field(default_factory=new_id)

    @property
    def sha(self) -> str:
        """Its head."""
        return self.heads[-1]


@dataclass
class FakeProject:
    """A project with its bare git directory; `git_dir` is None for one that has no code."""

    path: str
    git_dir: Path | None = None
    default_branch: str = "main"
    public: bool = False
    archived: bool = False
    members: dict[str, int] = field(default_factory=dict)
    trigger_tokens: set[str] = field(default_factory=set)
    hooks: list[WebhookRecord] = field(default_factory=list)
    pipelines: dict[int, FakePipeline] = field(default_factory=dict)
    merge_requests: list[FakeMergeRequest] = field(default_factory=list)
    awards: list[tuple[int, str, str]] = field(default_factory=list)
    branches: dict[str, str] = field(default_factory=dict)
    id: int = field(default_factory=new_id)

    def find_job(self, job_id: int) -> tuple[FakePipeline, FakeJob] | None:
        """A job of any pipeline."""
        return next(
            ((line, job) for line in self.pipelines.values() for job in line.jobs if job.id == job_id),
            None,
        )
