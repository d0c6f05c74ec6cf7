"""The `config:` mapping of a custom connection, key by key. docs/providers.md describes it for people."""

import re
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from ci_integrations.providers.custom.fields import (
    ArtifactFields,
    Expression,
    JobFields,
    Path,
    RunFields,
    StepFields,
    Strict,
    TestFields,
)
from ci_integrations.providers.custom.states import OutcomeMap
from ci_integrations.providers.custom.templates import check_placeholders, placeholders
from ci_integrations.providers.transport import origin

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Scope = Literal["run", "job", "step"]
Secret = Annotated[str, Field(min_length=1, repr=False)]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")]

REPOSITORY = frozenset({"repository"})
TRIGGER = REPOSITORY | {"workflow", "branch", "commit", "intent", "inputs"}
RUN = REPOSITORY | {"run_id", "attempt"}
JOB = RUN | {"job_id"}
STEP = JOB | {"step_id", "step_number", "step_name"}
RETRY = RUN | {"job_id", "workflow", "branch", "commit", "intent"}
SCOPES = {"run": RUN, "job": JOB, "step": STEP}
TRIGGER_BODY = {
    "workflow": "{workflow}",
    "branch": "{branch}",
    "commit": "{commit}",
    "inputs": "{inputs}",
    "id": "{intent}",
}


def check_url(url: str, known: frozenset[str]) -> str:
    """The URL template, or ValueError saying what was expected."""
    check_placeholders(url, known, inside_url=True)
    if url.startswith("/") and not url.startswith("//"):
        return url
    address = re.match(r"https?://[^/?#{}]+", url)
    if not address or url[address.end() :][:1] not in {"", "/", "?", "#"} or not origin(address.group()):
        raise ValueError("expected an http or https URL, or a path that begins with / and `base_url`")
    return url


class Request(Strict):
    """One call of the server."""

    known: ClassVar[frozenset[str]] = RUN

    url: str
    method: Method = "GET"
    headers: dict[HeaderName, str] = {}
    body: Any = None

    @classmethod
    def names(cls, info: ValidationInfo) -> frozenset[str]:
        """The placeholders of this endpoint."""
        scope = info.data.get("for_each")
        return SCOPES[scope] if scope else cls.known

    def used(self) -> frozenset[str]:
        """The placeholders that stand in this endpoint."""
        return frozenset(placeholders([self.url, self.headers, self.body]))

    @field_validator("url")
    @classmethod
    def _url(cls, value: str, info: ValidationInfo) -> str:
        return check_url(value, cls.names(info))

    @field_validator("headers", "body")
    @classmethod
    def _templates(cls, value: Any, info: ValidationInfo) -> Any:
        check_placeholders(value, cls.names(info), inside_url=info.field_name == "headers")
        return value


class Scoped(Strict):
    """Asked for the run, or for each of its jobs or steps."""

    for_each: Scope = "run"


class With(Strict):
    """Placeholders of one's own: where their values lie in the status answer."""

    values: dict[str, Path] = Field(default={}, alias="with")


class Lookup(Request):
    """Where the id of a run is found, given the id (`{trigger_id}`) that trigger, retry or find answered."""

    known: ClassVar[frozenset[str]] = TRIGGER | RETRY | {"trigger_id"}
    run_id: Path


class Find(Request):
    """Where a run is found by `{intent}`, after its answer was lost."""

    known: ClassVar[frozenset[str]] = TRIGGER | RETRY
    run_id: Path


class Trigger(Request):
    """Starts a run."""

    known: ClassVar[frozenset[str]] = TRIGGER
    method: Method = "POST"
    body: Any = TRIGGER_BODY
    run_id: Path = Expression("id || run_id || build_id || number")
    refused: Path | None = None
    lookup: Lookup | None = None
    find: Find | None = None

    @field_validator("find")
    @classmethod
    def _find(cls, value: Find | None) -> Find | None:
        if value and "intent" not in value.used():
            raise ValueError("expected {intent} in it: the id that tells this run from all others")
        return value


class RetryCall(Request):
    """Repeats a run. Without `run_id` the run keeps its id and gets its next attempt."""

    known: ClassVar[frozenset[str]] = RETRY
    method: Method = "POST"
    run_id: Path | None = None
    refused: Path | None = None
    lookup: Lookup | None = None
    find: Find | None = None

    @model_validator(mode="after")
    def _ids(self) -> Self:
        if (self.lookup or self.find) and self.run_id is None:
            raise ValueError("`lookup` and `find` need `run_id`: where the new run's id lies in the answer")
        return self


class Retry(Strict):
    """Which parts of a run can be repeated, and how."""

    all: RetryCall | None = None
    failed: RetryCall | None = None
    job: RetryCall | None = None


class Cancel(Request):
    """Stops a run."""

    known: ClassVar[frozenset[str]] = RUN | {"job_id"}
    method: Method = "POST"
    refused: Path | None = None


# The fields that a check depends on must come first: pydantic takes those of the last base class first.
class Detail(Request, With):
    """A further answer about a run; its `fields` add what is still missing."""

    root: Path | None = None
    fields: RunFields = RunFields()

    @classmethod
    def names(cls, info: ValidationInfo) -> frozenset[str]:
        """The usual placeholders and those of `with`."""
        return RUN | frozenset(info.data.get("values", {}))


class Status(Request):
    """The present state of a run."""

    root: Path | None = None
    fields: RunFields = RunFields()
    details: list[Detail] = []


class Runs(Request):
    """The runs of a repository, newest first."""

    known: ClassVar[frozenset[str]] = REPOSITORY | {"since"}
    items: Path = Expression("runs")
    next: Path | None = None
    fields: RunFields | None = None


class Jobs(Request):
    """The jobs of a run; without `url` they lie in the status answer."""

    url: str = ""
    items: Path = Expression("jobs")
    next: Path | None = None
    fields: JobFields = JobFields()


class Steps(Jobs):
    """The steps of a job; without `url` they lie in the job's own item."""

    known: ClassVar[frozenset[str]] = JOB
    items: Path = Expression("steps")
    fields: StepFields = StepFields()  # type: ignore[assignment]


class Logs(Request, Scoped):
    """The text of a job. `text` and `link` are for answers in JSON that hold the text, or its address."""

    for_each: Scope = "job"
    text: Path | None = None
    link: Path | None = None
    live: bool = False

    @model_validator(mode="after")
    def _plain(self) -> Self:
        if self.method != "GET" and not (self.text or self.link):
            raise ValueError("a log that is not inside JSON (`text`, `link`) is fetched with GET: leave out `method`")
        return self


class Artifacts(Request, Scoped):
    """The files of a run. `skip_to` drops what a server writes before a file's first bytes."""

    items: Path = Expression("artifacts")
    next: Path | None = None
    fields: ArtifactFields = ArtifactFields()
    download: str | None = None
    skip_to: str = ""

    @field_validator("download")
    @classmethod
    def _download(cls, value: str | None) -> str | None:
        known = RUN | {"job_id", "artifact_id", "artifact_name"}
        return value if value is None else check_url(value, known)


class Tests(Request, Scoped):
    """Test results as the server itself knows them."""

    items: Path = Expression("tests")
    next: Path | None = None
    fields: TestFields = TestFields()
    outcomes: OutcomeMap = {}


class Endpoints(Strict):
    """What the server offers. What is absent, the connection cannot do."""

    trigger: Trigger | None = None
    status: Status | None = None
    runs: Runs | None = None
    jobs: Jobs | None = None
    steps: Steps | None = None
    logs: Logs | None = None
    cancel: Cancel | None = None
    force_cancel: Cancel | None = None
    retry: Retry = Retry()
    artifacts: Artifacts | None = None
    tests: Tests | None = None
