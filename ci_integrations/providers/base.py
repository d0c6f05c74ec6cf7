"""The interface every CI provider implements, and those of a code host and of what installs us there.

What a connection cannot do is absent from `capabilities`; callers ask there first. A method behind an absent
capability raises `NotSupported`. Every method may raise `Unavailable`, `RateLimited`, `AuthFailed`, `NotFound` and
`Invalid`; other errors are named where they apply. Reads may be repeated inside; a write is sent at most once per call,
and where its answer is lost the error carries `effect_unknown`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, ClassVar, Protocol

from ci_integrations.domain import (
    AccessCheck,
    Annotation,
    ArtifactRef,
    AuthenticatedUrl,
    Capability,
    Change,
    CheckData,
    Comparison,
    Delivery,
    FailedDelivery,
    InstallationData,
    JobRef,
    LogChunk,
    News,
    RepoRef,
    RepositoryData,
    RetryRequest,
    RunData,
    RunRef,
    TestData,
    TriggerRequest,
)


@dataclass(frozen=True, slots=True)
class ConnectionConfig:
    """What a provider is built from.

    `config` is the mapping under `config:` of the configuration file, with `${VAR}` still in it: a provider resolves
    variables when it is built and keeps the result in memory only. `place` names file and key for error messages.
    `repositories` are the external ids that this connection serves; `installations` gives for a repository the
    installation that lets us in, where there are any.
    """

    name: str
    config: Mapping[str, Any]
    place: str
    repositories: tuple[str, ...] = ()
    installations: Mapping[str, str] = field(default_factory=dict)


class CIProvider(Protocol):
    """One connection to one CI server.

    `code_host` is set where the same account holds the code, `installer` where others install us there.
    """

    slug: ClassVar[str]
    capabilities: Capability
    code_host: "CodeHost | None"
    installer: "Installer | None"

    def __init__(self, connection: ConnectionConfig) -> None:
        """Read and check the configuration; no request is sent.

        Raises ConfigError, naming the place, for a key that is missing, unknown or wrong and for an unset `${VAR}`.
        """

    def authenticate_webhook(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Check a webhook on its raw bytes and name it. Header names are given in lower case.

        Raises BadWebhook where signature, age or form is wrong, NotSupported where no webhook is configured.
        """

    def read_webhook(self, delivery: Delivery) -> News:
        """What a delivery says; no request is sent. Raises BadWebhook where it cannot be understood."""

    def list_runs(self, repo: RepoRef, *, updated_since: datetime | None = None) -> Iterator[RunData]:
        """Runs of a repository, newest first, without jobs; `updated_since` may let older ones through."""

    def get_run(self, ref: RunRef, *, seen: RunData | None = None) -> RunData:
        """The present state of one attempt, with its jobs and their steps. Raises NotFound.

        `seen` is what the server said of the run just now, in a listing or a signed delivery: where it is final, a
        provider may ask for the jobs alone.
        """

    def read_log(self, ref: JobRef, *, offset: int = 0) -> LogChunk:
        """The log of a job from byte `offset` on. Raises NotFound where there is none (yet)."""

    def list_artifacts(self, ref: RunRef) -> Sequence[ArtifactRef]:
        """The files of one attempt, of all jobs."""

    def open_artifact(self, ref: ArtifactRef) -> AbstractContextManager[BinaryIO]:
        """Stream one artifact. Raises NotFound where it is gone or expired."""

    def list_tests(self, ref: RunRef) -> Iterator[TestData]:
        """Test results as the server itself knows them."""

    def trigger(self, request: TriggerRequest) -> RunRef | None:
        """Start a run. None: accepted, but the server has not said which run it is; `find_run` will.

        Raises Conflict or Invalid where the server refused: nothing was started then.
        """

    def cancel(self, ref: RunRef, *, force: bool = False) -> None:
        """Ask the server to stop a run. Raises Conflict where it has already ended."""

    def retry(self, request: RetryRequest) -> RunRef | None:
        """Repeat a run; gives the new attempt, or the new run where the server makes one. None as for `trigger`."""

    def approve(self, ref: JobRef) -> None:
        """Let a job that waits for a person go on. Raises Conflict where it does not wait."""

    def find_run(self, request: TriggerRequest | RetryRequest) -> RunRef | None:
        """Look for the run that an earlier `trigger` or `retry` with the same `intent_id` caused; None: there is none.

        Raises NotSupported where this server cannot be asked.
        """


class CodeHost(Protocol):
    """Where the code of a connection's repositories lives. Writes are sent once, as those of CIProvider."""

    def clone_url(self, repo: RepoRef) -> AuthenticatedUrl:
        """Where to clone from and push to, with a password that is good for an hour or so."""

    def get_change(self, repo: RepoRef, number: int) -> Change:
        """A pull request. Raises NotFound."""

    def find_changes(self, repo: RepoRef, commit_sha: str) -> Sequence[Change]:
        """The open pull requests whose head is this commit."""

    def compare(self, repo: RepoRef, *, base: str, head: str) -> Comparison:
        """What the commit `head` has that the branch or commit `base` has not.

        Raises NotFound or Invalid where either is unknown, or they have no history in common.
        """

    def open_change(self, repo: RepoRef, *, head: str, base: str, title: str, body: str) -> Change:
        """Open a pull request from branch `head` into `base`; an open one of these two is given back as it is."""

    def upsert_comment(self, repo: RepoRef, change: int, *, marker: str, body: str, known_id: str = "") -> str:
        """Write our one comment on a pull request, or edit it; gives its id.

        `marker` is a text that only our comment holds, `body` holds it; `known_id` is the id of last time.
        """

    def set_check(self, repo: RepoRef, check: CheckData, *, known_id: str = "") -> str:
        """Write our one check on a commit, or update it; gives its id. Raises NotSupported where it takes none."""

    def list_annotations(self, job: JobRef) -> Sequence[Annotation]:
        """What a job itself remarked at lines of files."""

    def may_write(self, repo: RepoRef, user: str) -> bool:
        """Whether a person may push to the repository. A bot never may."""

    def acknowledge(self, repo: RepoRef, comment_id: str, *, accepted: bool) -> None:
        """Show at a comment that it was read, and whether it is obeyed."""


class Installer(Protocol):
    """What tells who installed us and what we may do, has webhooks sent, and hands over again what we missed."""

    def list_installations(self) -> Sequence[InstallationData]:
        """Every account that installed us, without repositories. Empty for a plain token."""

    def list_repositories(self, installation: str) -> Iterator[RepositoryData]:
        """The repositories that an installation lets us work on."""

    def failed_deliveries(self, *, since: datetime) -> Sequence[FailedDelivery]:
        """The deliveries whose every sending failed, each once, with its newest sending."""

    def redeliver(self, delivery: FailedDelivery) -> None:
        """Have a delivery sent again."""

    def install_webhook(self, target: str, url: str) -> AccessCheck:
        """Have the server call `url` about a repository or an installation, named by its external id.

        A webhook of that address is brought up to date. Raises NotSupported where people have to make one.
        """

    def check_access(self, repo: RepoRef | None = None) -> Sequence[AccessCheck]:
        """Every permission and event that is needed, and whether it is granted, of one repository's installation."""
