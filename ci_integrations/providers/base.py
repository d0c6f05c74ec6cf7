"""The interface every CI provider implements.

What a connection cannot do is absent from `capabilities`; callers ask there first. A method behind an absent
capability raises `NotSupported`. Every method may raise `Unavailable`, `RateLimited`, `AuthFailed`, `NotFound` and
`Invalid`; other errors are named where they apply. Reads may be repeated inside; a write is sent at most once per call,
and where its answer is lost the error carries `effect_unknown`.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, ClassVar, Protocol

from ci_integrations.domain import (
    ArtifactRef,
    Capability,
    Delivery,
    JobRef,
    LogChunk,
    RepoRef,
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
    `repositories` are the external ids that this connection serves.
    """

    name: str
    config: Mapping[str, Any]
    place: str
    repositories: tuple[str, ...] = ()


class CIProvider(Protocol):
    """One connection to one CI server."""

    slug: ClassVar[str]
    capabilities: Capability

    def __init__(self, connection: ConnectionConfig) -> None:
        """Read and check the configuration; no request is sent.

        Raises ConfigError, naming the place, for a key that is missing, unknown or wrong and for an unset `${VAR}`.
        """

    def authenticate_webhook(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Check a webhook on its raw bytes and name it. Header names are given in lower case.

        Raises BadWebhook where signature, age or form is wrong, NotSupported where no webhook is configured.
        """

    def runs_touched_by(self, delivery: Delivery) -> Sequence[RunRef]:
        """The runs that a delivery speaks of: a hint only, each is fetched again. Empty where it is of no interest."""

    def list_runs(self, repo: RepoRef, *, updated_since: datetime | None = None) -> Iterator[RunData]:
        """Runs of a repository, newest first, without jobs; `updated_since` may let older ones through."""

    def get_run(self, ref: RunRef) -> RunData:
        """The present state of one attempt, with its jobs and their steps. Raises NotFound."""

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

    def find_run(self, request: TriggerRequest | RetryRequest) -> RunRef | None:
        """Look for the run that an earlier `trigger` or `retry` with the same `intent_id` caused; None: there is none.

        Raises NotSupported where this server cannot be asked.
        """
