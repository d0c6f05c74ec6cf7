"""GitLab CI: every verb, over the REST API. See docs/gitlab.md."""

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
from ci_integrations.errors import NotSupported
from ci_integrations.providers.asking import needed_by, require
from ci_integrations.providers.base import CIProvider, CodeHost, ConnectionConfig, Installer
from ci_integrations.providers.gitlab import environment, finding, testreports, triggering, webhook
from ci_integrations.providers.gitlab.client import Client
from ci_integrations.providers.gitlab.codehost import GitLabCodeHost
from ci_integrations.providers.gitlab.files import Files
from ci_integrations.providers.gitlab.installer import GitLabInstaller
from ci_integrations.providers.gitlab.logs import Logs
from ci_integrations.providers.gitlab.news import Newsreader
from ci_integrations.providers.gitlab.runs import Runs
from ci_integrations.providers.gitlab.settings import load_settings

CAPABILITIES: Final = (
    Capability.LIST_RUNS
    | Capability.TRIGGER
    | Capability.INPUTS
    | Capability.VARIABLES
    | Capability.CANCEL
    | Capability.RETRY_FAILED
    | Capability.RETRY_JOB
    | Capability.RESUMES
    | Capability.APPROVE
    | Capability.JOBS
    | Capability.LOGS
    | Capability.LIVE_LOG
    | Capability.ARTIFACTS
    | Capability.NATIVE_TESTS
)
HEARING: Final = Capability.WEBHOOKS | Capability.HEARS_STARTS | Capability.INSTALLS_WEBHOOKS


class GitLabProvider:
    """One token at one GitLab."""

    slug: ClassVar[str] = "gitlab"

    def __init__(self, connection: ConnectionConfig) -> None:
        """Check the configuration; nothing is sent. Raises ConfigError."""
        settings = load_settings(connection)
        self._settings = settings
        self._client = Client(settings)
        self._runs = Runs(self._client)
        self._logs = Logs(self._client)
        self._files = Files(self._client)
        self._news = Newsreader(connection.repositories, base_url=settings.base_url, group=settings.group)
        self.capabilities = CAPABILITIES
        if settings.hears:
            self.capabilities |= HEARING
        if settings.group:
            self.capabilities |= Capability.INSTALLATIONS
        self.code_host: CodeHost | None = GitLabCodeHost(self._client, self._runs)
        self.installer: Installer | None = GitLabInstaller(self._client)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> dict[str, Any]:
        """The configuration that environment variables give. Raises ConfigError."""
        return environment.from_environment(environ)

    def authenticate_webhook(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """As CIProvider says."""
        if not self._settings.hears:
            raise NotSupported("this connection has neither `signing_token` nor `webhook_secret` in its configuration")
        return webhook.authenticate(self._settings, headers, body)

    def read_webhook(self, delivery: Delivery) -> News:
        """As CIProvider says."""
        return self._news.read(delivery)

    def list_runs(self, repo: RepoRef, *, updated_since: datetime | None = None) -> Iterator[RunData]:
        """As CIProvider says. Child pipelines are not listed, and those that hold statuses only are left out."""
        return self._runs.listed(repo, updated_since)

    def get_run(self, ref: RunRef, *, seen: RunData | None = None) -> RunData:
        """As CIProvider says; the jobs are the newest ones, trigger jobs among them with the pipelines they started."""
        return self._runs.get(ref)

    def read_log(self, ref: JobRef, *, offset: int = 0) -> LogChunk:
        """As CIProvider says, also of a job that runs."""
        return self._logs.read(ref, offset)

    def list_artifacts(self, ref: RunRef) -> Sequence[ArtifactRef]:
        """As CIProvider says: the archive of each job, and its test reports."""
        return self._files.artifacts(ref)

    def open_artifact(self, ref: ArtifactRef) -> AbstractContextManager[BinaryIO]:
        """As CIProvider says."""
        return self._files.artifact(ref)

    def list_tests(self, ref: RunRef) -> Iterator[TestData]:
        """As CIProvider says: the test report of the pipeline."""
        return testreports.read(self._client, ref)

    def trigger(self, request: TriggerRequest) -> RunRef | None:
        """As CIProvider says."""
        require(self.capabilities, needed_by(request))
        return triggering.trigger(self._client, request)

    def cancel(self, ref: RunRef, *, force: bool = False) -> None:
        """As CIProvider says; never by force."""
        if force:
            raise NotSupported("GitLab cancels pipelines, but not by force")
        triggering.cancel(self._client, ref)

    def retry(self, request: RetryRequest) -> RunRef | None:
        """As CIProvider says: the failed jobs, or one; the same pipeline goes on."""
        require(self.capabilities, needed_by(request))
        return triggering.retry(self._client, request)

    def approve(self, ref: JobRef) -> None:
        """As CIProvider says: start a manual job."""
        triggering.approve(self._client, ref)

    def find_run(self, request: TriggerRequest | RetryRequest) -> RunRef | None:
        """As CIProvider says. Raises Conflict where several pipelines may be it."""
        return finding.find(self._client, request)


_: type[CIProvider] = GitLabProvider
