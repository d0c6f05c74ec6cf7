"""What the API and the command line's `--json` say of runs: stable field names, one place.

Each answer is made from a row by `from_orm`; a field that is named unlike the row's has an alias.
"""

from datetime import datetime
from typing import Annotated

from ninja import Field, Schema
from pydantic import StringConstraints

from ci_integrations.domain import Capability
from ci_integrations.errors import OrchestrateError
from ci_integrations.flaky.engine import FlakyState
from ci_integrations.models import Connection, Job, LogFinding, Run, TestResult
from ci_integrations.selectors import excerpt_of, telling_findings
from ci_integrations.wiring import provider_of

# PostgreSQL stores no NUL character.
Text = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Commit = Annotated[str, StringConstraints(max_length=64, pattern=r"^[0-9A-Za-z]*$")]
Pairs = Annotated[dict[Name, Annotated[str, StringConstraints(max_length=10_000)]], Field(max_length=100)]


class RunOut(Schema):
    """One attempt of one run. `id` is ours, `external_id` the server's; `raw_state` is the server's own word.

    `parent` is the run that started this one, `problem` what the server says is wrong with the run itself;
    `coverage` is in percent.
    """

    id: int
    external_id: str
    attempt: int
    retry_of: int | None = Field(None, alias="retry_of_id")
    connection: str
    repository: str = Field(alias="repository.name")
    workflow: str
    branch: str
    commit: str = Field(alias="commit_sha")
    state: str
    raw_state: str
    event: str
    title: str
    actor: str
    url: str
    parent: int | None = Field(None, alias="parent_job.run_id")
    problem: str
    coverage: float | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    results_are_in: bool

    @staticmethod
    def resolve_connection(run: Run) -> str:
        """Provider and name of the connection."""
        return f"{run.repository.connection}"

    @staticmethod
    def resolve_results_are_in(run: Run) -> bool:
        """Whether logs and test results of the finished run are collected."""
        return run.settled_at is not None


class RunList(Schema):
    """Runs, newest first."""

    runs: list[RunOut]


class StepOut(Schema):
    """One step of a job."""

    number: int
    name: str
    state: str


class FindingOut(Schema):
    """A line of a log (from 1) that says what went wrong, and the place in the code that it names.

    `signature` is the same for the same finding in another run.
    """

    line: int
    kind: str
    tool: str
    severity: str
    message: str
    file: str
    source_line: int | None
    signature: str


class ExcerptOut(Schema):
    """The lines of a job's log, `start` to `end` (from 1), that best say why it failed."""

    start: int
    end: int
    text: str


class JobOut(Schema):
    """One job. `created_at` is when it began to wait for a machine. `is_superseded`: it was repeated within the
    attempt; `children` are the runs that it started.
    """

    id: int
    external_id: str
    name: str
    state: str
    url: str
    allow_failure: bool
    is_superseded: bool
    coverage: float | None
    created_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    steps: list[StepOut]
    findings: list[FindingOut]
    excerpt: ExcerptOut | None
    children: list[int]

    @staticmethod
    def resolve_findings(job: Job) -> list[LogFinding]:
        """What tools complained of, the most telling first."""
        return telling_findings(job)

    @staticmethod
    def resolve_excerpt(job: Job) -> dict[str, object] | None:
        """What the log says best."""
        log = excerpt_of(job)
        span = log.first_excerpt if log else None
        return {"start": span[0], "end": span[1], "text": log.excerpt} if log and span else None

    @staticmethod
    def resolve_children(job: Job) -> list[int]:
        """The numbers of the runs that it started."""
        return [run.pk for run in job.child_runs]


class TestOut(Schema):
    """One failed test; `duration` is in seconds."""

    __test__ = False

    suite: str = Field(alias="case.suite")
    name: str = Field(alias="case.name")
    outcome: str
    source: str
    message: str
    file: str
    line: int | None
    duration: float | None
    signature: str
    job: str = Field(alias="job.name")
    is_flaky: bool

    @staticmethod
    def resolve_is_flaky(result: TestResult) -> bool:
        """Whether this test also passed on a commit on which it failed."""
        verdict = getattr(result.case, "flaky_verdict", None)
        return verdict is not None and verdict.state == FlakyState.FLAKY


class ActionOut(Schema):
    """Something asked of a server. `run` is its subject, `result_run` the run that came of it."""

    id: int
    kind: str
    state: str
    requested_by: str
    run: int | None = Field(None, alias="run_id")
    result_run: int | None = Field(None, alias="result_run_id")
    error: str = Field(alias="last_error")
    created_at: datetime
    finished_at: datetime | None


class EventOut(Schema):
    """One line of a run's timeline."""

    at: datetime
    kind: str
    text: str
    reason: str


class FlakyOut(Schema):
    """A test that passed and failed on the same commit, `times` times."""

    repository: str = Field(alias="case.repository.name")
    suite: str = Field(alias="case.suite")
    name: str = Field(alias="case.name")
    reason: str
    times: int
    decided_at: datetime


class FlakyList(Schema):
    """Flaky tests, newest verdict first."""

    tests: list[FlakyOut]


class RepositoryOut(Schema):
    """A repository as its connection knows it."""

    id: int
    name: str
    external_id: str
    default_branch: str


class ConnectionOut(Schema):
    """A connection without its configuration. `trouble` says why it does not work at present, "" where it does."""

    id: int
    provider: str
    name: str
    is_active: bool
    capabilities: list[str]
    trouble: str
    repositories: list[RepositoryOut]

    @staticmethod
    def resolve_capabilities(connection: Connection) -> list[str]:
        """What the connection can do; nothing where its configuration no longer works."""
        try:
            capabilities = provider_of(connection).capabilities
        except OrchestrateError:
            return []
        return [flag.name.lower() for flag in Capability if flag in capabilities and flag.name]

    @staticmethod
    def resolve_trouble(connection: Connection) -> str:
        """Why it does not work: its configuration, or else what the server last answered."""
        try:
            provider_of(connection)
        except OrchestrateError as error:
            return f"{error}"
        return connection.trouble


class ConnectionList(Schema):
    """All connections."""

    connections: list[ConnectionOut]


class ErrorOut(Schema):
    """What went wrong, and how to mend it."""

    error: str


class TriggerIn(Schema):
    """A wish for a run. `repository` may be left out where there is one; `branch` is its default branch then.

    `workflow` may be left out where the server has one thing to run. `variables` are set for the run's jobs.
    """

    workflow: Text = ""
    repository: Text = ""
    branch: Text = ""
    commit: Commit = ""
    inputs: Pairs = {}
    variables: Pairs = {}


class RetryIn(Schema):
    """How much to repeat: the failed jobs, or one `job` (name or id), or `all`."""

    job: Text = ""
    all: bool = False


class CancelIn(Schema):
    """`force` ends a run that does not answer to a plain cancel."""

    force: bool = False


class ApproveIn(Schema):
    """The job that waits, by name or id."""

    job: Name


class ListQuery(Schema):
    """What a list of runs is narrowed to."""

    state: list[str] = Field(default_factory=list, max_length=20)
    branch: Text = ""
    repository: Text = ""
    workflow: Text = ""
    commit: Commit = ""
    limit: int = Field(50, ge=1, le=200)
    offset: int = Field(0, ge=0, le=100_000)
