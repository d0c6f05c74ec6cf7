"""What the fake CircleCI keeps."""

import base64
import hashlib
import itertools
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

# https://circleci.com/docs/guides/orchestrate/workflows/#states and the enumerations of the API's description.
ENDED: Final = frozenset(
    {"success", "failed", "error", "canceled", "unauthorized", "not_run"}
    | {"retried", "infrastructure_fail", "timedout", "terminated-unknown"}
)
FAILED: Final = frozenset({"failed", "timedout", "infrastructure_fail", "terminated-unknown"})
# The numbers that the steps which every job has, have; a job's own are counted on from 101.
SPIN_UP, PREPARE, FIRST_STEP = 0, 99, 101


def new_id() -> str:
    """A UUID."""
    return f"{uuid.uuid4()}"


def stamp(moment: datetime | None) -> str | None:
    """A time as CircleCI writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if moment else None


def opaque(text: str) -> str:
    """An identifier of which nothing can be read."""
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().strip("=")[:22]


@dataclass
class FakeStep:
    """A step in one of a job's parallel executions. `error` is what the agent itself says, on stderr."""

    name: str
    num: int
    execution: int = 0
    command: str = ""
    status: str = "running"
    exit_code: int | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    output: bytes = b""
    error: bytes = b""


@dataclass
class FakeArtifact:
    """A file that a job left."""

    path: str
    data: bytes
    node_index: int = 0
    expired: bool = False


@dataclass
class FakeJob:
    """A job of a workflow, or of several: one that is not run again belongs to the rerun as well.

    `requires` are names. It has a number from when it is queued.
    """

    name: str
    type: str = "build"
    requires: list[str] = field(default_factory=list)
    parallelism: int = 1
    key: str = ""
    id: str = field(default_factory=new_id)
    number: int | None = None
    status: str = "blocked"
    queued_at: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    steps: list[FakeStep] = field(default_factory=list)
    tests: list[dict[str, Any]] = field(default_factory=list)
    artifacts: list[FakeArtifact] = field(default_factory=list)

    @property
    def is_ended(self) -> bool:
        """Whether nothing more happens."""
        return self.status in ENDED

    def again(self) -> "FakeJob":
        """The same job, to run once more."""
        return FakeJob(self.name, self.type, self.requires, self.parallelism, self.key)


@dataclass
class FakeWorkflow:
    """A workflow. `rerun` counts from 0; `first` is the id of the one that this one runs again."""

    pipeline: "FakePipeline"
    name: str
    jobs: list[FakeJob]
    created_at: datetime
    started_by: str
    id: str = field(default_factory=new_id)
    status: str = "running"
    stopped_at: datetime | None = None
    canceled_by: str = ""
    is_canceling: bool = False
    rerun: int = 0
    first: str = ""
    tag: str = ""

    @property
    def is_ended(self) -> bool:
        """Whether it is in a terminal state."""
        return self.status in ENDED

    def job(self, name: str) -> FakeJob:
        """One of its jobs."""
        return next(job for job in self.jobs if job.name == name)


@dataclass
class FakePipeline:
    """A pipeline: it has no result of its own."""

    project: "FakeProject"
    number: int
    branch: str
    sha: str
    trigger: str
    actor: str
    created_at: datetime
    updated_at: datetime
    tag: str = ""
    subject: str = "A change"
    parameters: dict[str, Any] = field(default_factory=dict)
    state: str = "created"
    errors: list[dict[str, str]] = field(default_factory=list)
    workflows: list[FakeWorkflow] = field(default_factory=list)
    id: str = field(default_factory=new_id)

    @property
    def newest(self) -> list[FakeWorkflow]:
        """The newest workflow of each name."""
        return list({workflow.name: workflow for workflow in self.workflows}.values())


@dataclass
class FakeDefinition:
    """A pipeline definition: where a pipeline's configuration comes from."""

    name: str
    file: str = ".circleci/config.yml"
    id: str = field(default_factory=new_id)


@dataclass
class FakeProject:
    """A project. One whose slug begins with `circleci/` is of an organization that uses the GitHub App."""

    slug: str
    name: str
    organization: str
    git_dir: Path | None = None
    default_branch: str = "main"
    id: str = field(default_factory=new_id)
    organization_id: str = field(default_factory=new_id)
    definitions: list[FakeDefinition] = field(default_factory=lambda: [FakeDefinition("build-and-test")])
    pipelines: list[FakePipeline] = field(default_factory=list)
    pipeline_numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    job_numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def is_app(self) -> bool:
        """Whether it is of the GitHub App."""
        return self.slug.startswith("circleci/")

    @property
    def long_slug(self) -> str:
        """The slug as webhooks have it: with the provider's whole name."""
        provider, _, rest = self.slug.partition("/")
        return f"{LONG.get(provider, provider)}/{rest}"

    @property
    def repository(self) -> str:
        """Where the code is."""
        return f"https://github.com/{self.organization}/{self.name}"


SHORT: Final = {"github": "gh", "bitbucket": "bb"}
LONG: Final = {short: long for long, short in SHORT.items()}


def canonical(slug: str) -> str:
    """A slug in the form that the API itself gives: `github/acme/shop` is `gh/acme/shop`."""
    provider, _, rest = slug.partition("/")
    return f"{SHORT.get(provider, provider)}/{rest}"
