"""The vocabulary of the project: values that travel between providers, parsers and services.

Standard library only. Every dataclass is frozen; every datetime is aware; a text that a provider did not give is "".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Flag, StrEnum, auto
from typing import Final


class State(StrEnum):
    """The state of a run, a job or a step, the same words for every provider."""

    CREATED = "created"
    QUEUED = "queued"
    BLOCKED = "blocked"
    RUNNING = "running"
    CANCELING = "canceling"
    SUCCESS = "success"
    NEUTRAL = "neutral"
    SKIPPED = "skipped"
    FAILURE = "failure"
    TIMED_OUT = "timed_out"
    ERROR = "error"
    CANCELED = "canceled"
    UNKNOWN = "unknown"

    @property
    def is_terminal(self) -> bool:
        """Nothing more happens within this attempt. `unknown` is not terminal."""
        return self in TERMINAL

    @property
    def is_passed(self) -> bool:
        """Terminal, and nothing for anybody to mend."""
        return self in PASSED

    @property
    def is_failed(self) -> bool:
        """Terminal with something to answer; a canceled run is somebody's wish, not a failure."""
        return self in FAILED


PASSED: Final = frozenset({State.SUCCESS, State.NEUTRAL, State.SKIPPED})
FAILED: Final = frozenset({State.FAILURE, State.TIMED_OUT, State.ERROR})
TERMINAL: Final = PASSED | FAILED | {State.CANCELED}


class Capability(Flag):
    """What a connection can do. Callers ask this before they call; pages show only the buttons that work."""

    NONE = 0
    WEBHOOKS = auto()
    LIST_RUNS = auto()
    TRIGGER = auto()
    INPUTS = auto()
    CANCEL = auto()
    FORCE_CANCEL = auto()
    RETRY_ALL = auto()
    RETRY_FAILED = auto()
    RETRY_JOB = auto()
    JOBS = auto()
    STEPS = auto()
    LOGS = auto()
    LIVE_LOG = auto()
    ARTIFACTS = auto()
    NATIVE_TESTS = auto()
    RETRY_DEBUG = auto()
    # Its listing tells the state of every live run, so they are followed by it and not one by one.
    LISTED_STATES = auto()
    # Its repositories come from who installed us.
    INSTALLATIONS = auto()
    VARIABLES = auto()
    # A job that waits for a person can be let go on.
    APPROVE = auto()
    # A retry goes on with the same run, and the server counts no attempts: they are counted here.
    RESUMES = auto()
    # Its webhooks tell of runs that begin, not of ended ones alone.
    HEARS_STARTS = auto()
    # Its webhooks can be set up through its API.
    INSTALLS_WEBHOOKS = auto()


@dataclass(frozen=True, slots=True)
class RepoRef:
    """A repository as its provider names it."""

    external_id: str


@dataclass(frozen=True, slots=True)
class RunRef:
    """One attempt of one run. `attempt` counts from 1."""

    repo: RepoRef
    external_id: str
    attempt: int = 1

    @property
    def next_attempt(self) -> "RunRef":
        """The attempt after it."""
        return RunRef(self.repo, self.external_id, self.attempt + 1)


@dataclass(frozen=True, slots=True)
class JobRef:
    """One job of one attempt."""

    run: RunRef
    external_id: str


@dataclass(frozen=True, slots=True)
class StepData:
    """One step of a job; `number` orders the steps and is unique within the job."""

    number: int
    name: str
    state: State
    raw_state: str = ""
    external_id: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class JobData:
    """What a provider says of one job. `created_at` is when it began to wait for a machine: what it waits for before
    that, such as other jobs or a person, is not part of it. `child` is the run that a trigger job started; `coverage`
    is in percent.
    """

    ref: JobRef
    name: str
    state: State
    raw_state: str = ""
    url: str = ""
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    allow_failure: bool = False
    steps: tuple[StepData, ...] = ()
    child: RunRef | None = None
    coverage: float | None = None


@dataclass(frozen=True, slots=True)
class RunData:
    """What a provider says of one attempt of one run.

    `jobs` is None where the call that made this value did not ask for jobs (`list_runs`), and a tuple, maybe empty,
    where it did (`get_run`). `head_repository` is set where the commit is that of a fork: the fork's external id.
    `updated_at` is the server's own time of the last change. `problem` is what it says is wrong with the run itself,
    such as a configuration that it cannot read; `coverage` is in percent.
    """

    ref: RunRef
    state: State
    raw_state: str = ""
    workflow: str = ""
    branch: str = ""
    commit_sha: str = ""
    head_repository: str = ""
    event: str = ""
    title: str = ""
    actor: str = ""
    url: str = ""
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    updated_at: datetime | None = None
    problem: str = ""
    coverage: float | None = None
    jobs: tuple[JobData, ...] | None = None


@dataclass(frozen=True, slots=True)
class LogChunk:
    """A piece of a job's log, UTF-8 or not: bytes as served.

    `next_offset` is the byte offset to ask for next; `complete` says that the present end was reached, `is_final` that
    nothing will ever follow: None where the server does not tell.
    """

    data: bytes
    next_offset: int
    complete: bool
    is_final: bool | None = None


@dataclass(frozen=True, slots=True)
class ArtifactRef:
    """A file that a run left behind. `size` is in bytes, None where unknown; `job` is set where it belongs to one.

    `is_archive` tells a zip of files, whatever its name.
    """

    run: RunRef
    external_id: str
    name: str
    size: int | None = None
    job: JobRef | None = None
    is_archive: bool = False


class Outcome(StrEnum):
    """How one test ended."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"

    @property
    def is_failed(self) -> bool:
        """The test says that something is wrong."""
        return self in {Outcome.FAILED, Outcome.ERROR}


class ResultSource(StrEnum):
    """Where a test result was read. Of two for one job the former counts."""

    REPORT = "report"
    API = "api"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class TestData:
    """One result of one test, from a report file or a provider's own test API.

    `suite` and `name` identify the test; `duration` is in seconds; `file` and `line` point at the failure where it is
    known, else at the test; `details` is the traceback or the system's own words.
    """

    __test__ = False

    suite: str
    name: str
    outcome: Outcome
    duration: float | None = None
    message: str = ""
    details: str = ""
    file: str = ""
    line: int | None = None
    job: JobRef | None = None


class RetryScope(StrEnum):
    """How much of a run is repeated."""

    ALL = "all"
    FAILED = "failed"
    JOB = "job"


@dataclass(frozen=True, slots=True)
class TriggerRequest:
    """A wish for a run.

    `intent_id` (hex) is ours: a provider that can carries it to the server, so that a run whose answer was lost can be
    found again. `commit_sha` may be "": the head of `branch` then. `variables` are set in the environment of its jobs,
    `inputs` are what the workflow declares; of which type an input is, `int(3)` or `bool(true)` tells. For `find_run`:
    `sent_at` is when the request was first sent, `taken` are the external ids of runs that are known to come from
    elsewhere.
    """

    repo: RepoRef
    workflow: str
    branch: str
    commit_sha: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    intent_id: str = ""
    sent_at: datetime | None = None
    taken: frozenset[str] = frozenset()
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RetryRequest:
    """A wish to repeat a run: all of it, its failed jobs, or `job`; `debug` asks for more words in its logs.

    `intent_id` and `sent_at` as in `TriggerRequest`.
    """

    run: RunRef
    scope: RetryScope
    job: JobRef | None = None
    debug: bool = False
    intent_id: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook whose signature was good. `delivery_id` is the same on a redelivery."""

    delivery_id: str
    event: str
    body: bytes


class CommandKind(StrEnum):
    """What people ask for at the code host."""

    RETRY = "retry"
    FIX = "fix"
    MUTE = "mute"
    STATUS = "status"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Command:
    """A wish of `by` (a user name), from a comment or a check's button; whether they may is not decided yet.

    One of `commit_sha` and `change` (the number of a pull request) is set. `comment_id` names the comment, if there is
    one. `is_owner` is set where the signed delivery itself says that they own the repository.
    """

    kind: CommandKind
    repo: RepoRef
    by: str
    commit_sha: str = ""
    change: int | None = None
    comment_id: str = ""
    is_owner: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """A pull request or merge request. `head_repository` is set where its commits are those of a fork."""

    repo: RepoRef
    number: int
    head_sha: str
    head_branch: str
    base_branch: str
    url: str = ""
    head_repository: str = ""
    is_open: bool = True
    is_merged: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a commit has that a branch has not, since `merge_base`, the newest commit of both.

    `changed` maps the path of a file to the lines of its new text that are added or changed. `untold` are changed files
    whose lines the server keeps to itself: too large. `is_complete` is False where it leaves out whole files.
    """

    merge_base: str
    changed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    untold: tuple[str, ...] = ()
    is_complete: bool = True


@dataclass(frozen=True, slots=True)
class RepositoryData:
    """A repository that an installation lets us work on."""

    external_id: str
    default_branch: str = ""
    clone_url: str = ""
    is_archived: bool = False


class InstallationState(StrEnum):
    """Whether an installation lets us work."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class InstallationData:
    """An account that installed us. `added` and `removed` are what an event tells; the whole list is asked for."""

    external_id: str
    account: str
    state: InstallationState = InstallationState.ACTIVE
    added: tuple[RepositoryData, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class News:
    """What a delivery says. Nothing but `ignored`, the reason in words, where it is of no interest.

    A RunData in `runs` is what the signed delivery itself says; a RunRef only names a run to be fetched at once, one in
    `stirred` a run of which something changed, which is looked at soon, once for many such news. `renamed` is
    the old and the new external id of a repository; `pushed` is one whose code changed, so that runs may follow.
    """

    runs: tuple[RunData | RunRef, ...] = ()
    stirred: tuple[RunRef, ...] = ()
    jobs: tuple[JobData, ...] = ()
    commands: tuple[Command, ...] = ()
    changes: tuple[Change, ...] = ()
    installation: InstallationData | None = None
    renamed: tuple[str, str] | None = None
    pushed: RepoRef | None = None
    ignored: str = ""


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """A delivery that the provider could not hand over: we know it by `delivery_id`; `tries` counts its sendings."""

    external_id: str
    delivery_id: str
    sent_at: datetime
    tries: int


class AnnotationLevel(StrEnum):
    """How grave an annotation is."""

    NOTICE = "notice"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Annotation:
    """A remark at a line of a file; `path` is relative to the repository, lines count from 1."""

    path: str
    line: int
    message: str
    level: AnnotationLevel = AnnotationLevel.FAILURE
    title: str = ""
    end_line: int | None = None


@dataclass(frozen=True, slots=True)
class CheckButton:
    """A button of a check: `identifier` is what comes back when it is pressed."""

    label: str
    description: str
    identifier: str


@dataclass(frozen=True, slots=True)
class CheckData:
    """What a check says of a commit. Not completed while `conclusion` is None; `summary` is Markdown.

    `annotations` are added to those that were sent before.
    """

    commit_sha: str
    title: str
    summary: str
    conclusion: State | None = None
    url: str = ""
    annotations: tuple[Annotation, ...] = ()
    buttons: tuple[CheckButton, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessCheck:
    """One permission or event that is needed, why, and whether it is granted (None: it cannot be found out)."""

    name: str
    needed: str
    why: str
    granted: bool | None
    found: str = ""


@dataclass(frozen=True, slots=True)
class AuthenticatedUrl:
    """Where to clone from and push to; `password` is short-lived and never stored, shown or passed as an argument."""

    url: str
    username: str = ""
    password: str = field(default="", repr=False)
