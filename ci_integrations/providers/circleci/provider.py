"""CircleCI: every verb, over its REST APIs. A run is a pipeline. See docs/circleci.md."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, BinaryIO, ClassVar, Final

from ci_integrations.domain import (
    ArtifactRef,
    Capability,
    Delivery,
    JobRef,
    LogChunk,
    News,
    RepoRef,
    RetryRequest,
    RunData,
    RunRef,
    TestData,
    TriggerRequest,
)
from ci_integrations.errors import ConfigError, Invalid, NotSupported
from ci_integrations.providers.asking import needed_by, require
from ci_integrations.providers.base import CIProvider, CodeHost, ConnectionConfig, Installer
from ci_integrations.providers.circleci import environment, finding, triggering, webhook
from ci_integrations.providers.circleci.acting import Acting
from ci_integrations.providers.circleci.client import Client
from ci_integrations.providers.circleci.files import Files
from ci_integrations.providers.circleci.installer import CircleCIInstaller
from ci_integrations.providers.circleci.logs import Logs
from ci_integrations.providers.circleci.reading import Pipelines
from ci_integrations.providers.circleci.settings import load_settings
from ci_integrations.providers.circleci.slugs import segments
from ci_integrations.providers.circleci.stepreading import Steps

CAPABILITIES: Final = (
    Capability.LIST_RUNS
    | Capability.TRIGGER
    | Capability.INPUTS
    | Capability.CANCEL
    | Capability.RETRY_ALL
    | Capability.RETRY_FAILED
    | Capability.RETRY_JOB
    | Capability.JOBS
    | Capability.STEPS
    | Capability.LOGS
    | Capability.LIVE_LOG
    | Capability.ARTIFACTS
    | Capability.NATIVE_TESTS
    | Capability.APPROVE
    | Capability.RESUMES
)


class CircleCIProvider:
    """One token at one CircleCI."""

    slug: ClassVar[str] = "circleci"

    def __init__(self, connection: ConnectionConfig) -> None:
        """Check the configuration; nothing is sent. Raises ConfigError."""
        settings = load_settings(connection)
        _check_slugs(connection)
        self._repositories = connection.repositories
        self._secret = settings.webhook_secret
        self._client = Client(settings)
        steps = Steps(self._client)
        self._pipelines = Pipelines(self._client, steps)
        self._logs = Logs(self._client, steps, self._pipelines)
        self._files = Files(self._client, self._pipelines)
        self._acting = Acting(self._client, self._pipelines)
        self.capabilities = CAPABILITIES
        if self._secret:
            self.capabilities |= Capability.WEBHOOKS | Capability.INSTALLS_WEBHOOKS
        # The code lies at a code host, which is another connection.
        self.code_host: CodeHost | None = None
        self.installer: Installer | None = CircleCIInstaller(self._client)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> dict[str, Any]:
        """The configuration that environment variables give. Raises ConfigError."""
        return environment.from_environment(environ)

    def authenticate_webhook(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """As CIProvider says."""
        if not self._secret:
            raise NotSupported("this connection has no `webhook_secret` in its configuration")
        return webhook.authenticate(self._secret, headers, body)

    def read_webhook(self, delivery: Delivery) -> News:
        """As CIProvider says."""
        return webhook.read(delivery, self._repositories)

    def list_runs(self, repo: RepoRef, *, updated_since: datetime | None = None) -> Iterator[RunData]:
        """As CIProvider says; CircleCI lists by creation, and tells no results: `get_run` does."""
        return self._pipelines.listed(repo, updated_since)

    def get_run(self, ref: RunRef, *, seen: RunData | None = None) -> RunData:
        """As CIProvider says; the jobs that failed have their steps, which tell what they died of."""
        return self._pipelines.run(ref)

    def read_log(self, ref: JobRef, *, offset: int = 0) -> LogChunk:
        """As CIProvider says; the output of the job's steps, each below a line with its name."""
        return self._logs.read(ref, offset)

    def list_artifacts(self, ref: RunRef) -> Sequence[ArtifactRef]:
        """As CIProvider says."""
        return self._files.artifacts(ref)

    def open_artifact(self, ref: ArtifactRef) -> AbstractContextManager[BinaryIO]:
        """As CIProvider says."""
        return self._files.artifact(ref)

    def list_tests(self, ref: RunRef) -> Iterator[TestData]:
        """As CIProvider says; those that the jobs stored with `store_test_results`."""
        return self._files.tests(ref)

    def trigger(self, request: TriggerRequest) -> RunRef | None:
        """As CIProvider says."""
        require(self.capabilities, needed_by(request))
        return triggering.trigger(self._client, request)

    def cancel(self, ref: RunRef, *, force: bool = False) -> None:
        """As CIProvider says; CircleCI knows no cancel by force."""
        if force:
            raise NotSupported("CircleCI cancels in one way only, not by force")
        self._acting.cancel(ref)

    def retry(self, request: RetryRequest) -> RunRef | None:
        """As CIProvider says; the run goes on with new workflows."""
        require(self.capabilities, needed_by(request))
        return self._acting.retry(request)

    def approve(self, ref: JobRef) -> None:
        """As CIProvider says."""
        self._acting.approve(ref)

    def find_run(self, request: TriggerRequest | RetryRequest) -> RunRef | None:
        """As CIProvider says. Raises Conflict where several runs may be it."""
        if isinstance(request, RetryRequest):
            return self._acting.find(request)
        return finding.find(self._client, request)


def _check_slugs(connection: ConnectionConfig) -> None:
    for name in connection.repositories:
        try:
            segments(name)
        except Invalid as error:
            raise ConfigError(f"{error}", place=f"{connection.place}.repositories") from None


_: type[CIProvider] = CircleCIProvider
