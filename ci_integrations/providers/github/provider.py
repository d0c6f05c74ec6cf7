"""GitHub Actions: every verb, over the REST API. See docs/github.md."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any, BinaryIO, ClassVar, Final

from ci_integrations.domain import (
    ArtifactRef,
    Capability,
    Delivery,
    JobData,
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
from ci_integrations.errors import ConfigError, Invalid, NotFound, NotSupported
from ci_integrations.providers.asking import needed_by, require
from ci_integrations.providers.base import CIProvider, CodeHost, ConnectionConfig, Installer
from ci_integrations.providers.github import environment, triggering, webhook
from ci_integrations.providers.github.client import Client, path_of
from ci_integrations.providers.github.codehost import GitHubCodeHost
from ci_integrations.providers.github.convert import run_of_job, to_job, to_run
from ci_integrations.providers.github.files import Files
from ci_integrations.providers.github.installer import GitHubInstaller
from ci_integrations.providers.github.settings import load_settings

CAPABILITIES: Final = (
    Capability.LIST_RUNS
    | Capability.LISTED_STATES
    | Capability.TRIGGER
    | Capability.INPUTS
    | Capability.CANCEL
    | Capability.FORCE_CANCEL
    | Capability.RETRY_ALL
    | Capability.RETRY_FAILED
    | Capability.RETRY_JOB
    | Capability.RETRY_DEBUG
    | Capability.JOBS
    | Capability.STEPS
    | Capability.LOGS
    | Capability.ARTIFACTS
)
# Spelled as the description has it; the runs' pull requests are not looked at and make answers large.
BRIEF: Final = {"exclude_pull_requests": "true"}
# GitHub lists no more than 1,000 runs, in pages of 100.
MOST_PAGES: Final = 10


class GitHubProvider:
    """One App, or one token, at one GitHub."""

    slug: ClassVar[str] = "github"

    def __init__(self, connection: ConnectionConfig) -> None:
        """Check the configuration; nothing is sent. Raises ConfigError."""
        settings = load_settings(connection)
        self._secret = settings.webhook_secret
        self._client = Client(settings, connection.installations)
        self._files = Files(self._client)
        self.capabilities = CAPABILITIES
        if self._secret:
            self.capabilities |= Capability.WEBHOOKS | Capability.HEARS_STARTS
        if self._client.is_app:
            self.capabilities |= Capability.INSTALLATIONS
        else:
            _check_names(connection)
        self.code_host: CodeHost | None = GitHubCodeHost(self._client)
        self.installer: Installer | None = GitHubInstaller(self._client)

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
        return webhook.read(delivery)

    def list_runs(self, repo: RepoRef, *, updated_since: datetime | None = None) -> Iterator[RunData]:
        """As CIProvider says; GitHub lists by creation. Without `updated_since` the newest hundred only."""
        pages = self._client.repo(repo).whole_pages(
            path_of(repo, "actions", "runs"), "workflow_runs", limit=MOST_PAGES, **BRIEF
        )
        for page in pages:
            runs = [to_run(repo, document) for document in page]
            yield from runs
            oldest = min((run.created_at for run in runs if run.created_at), default=None)
            if updated_since is None or oldest is None or oldest < updated_since:
                return

    def get_run(self, ref: RunRef, *, seen: RunData | None = None) -> RunData:
        """As CIProvider says; of a run that was seen to have ended, the jobs only are asked for."""
        known = seen if seen is not None and seen.ref == ref and seen.state.is_terminal else self._attempt(ref)
        return replace(known, jobs=self._jobs(known.ref))

    def read_log(self, ref: JobRef, *, offset: int = 0) -> LogChunk:
        """As CIProvider says; GitHub has the log once the job has ended, and it is read in one piece."""
        return self._files.log(ref, offset)

    def list_artifacts(self, ref: RunRef) -> Sequence[ArtifactRef]:
        """As CIProvider says; each is a zip of files."""
        return self._files.artifacts(ref)

    def open_artifact(self, ref: ArtifactRef) -> AbstractContextManager[BinaryIO]:
        """As CIProvider says."""
        return self._files.artifact(ref)

    def list_tests(self, ref: RunRef) -> Iterator[TestData]:
        """GitHub knows no tests."""
        raise NotSupported("GitHub Actions keeps no test results")

    def trigger(self, request: TriggerRequest) -> RunRef | None:
        """As CIProvider says."""
        require(self.capabilities, needed_by(request))
        return triggering.trigger(self._client, request)

    def cancel(self, ref: RunRef, *, force: bool = False) -> None:
        """As CIProvider says; by force where a run does not answer to a plain cancel."""
        verb = "force-cancel" if force else "cancel"
        self._client.repo(ref.repo).send("POST", path_of(ref.repo, "actions", "runs", ref.external_id, verb))

    def retry(self, request: RetryRequest) -> RunRef | None:
        """As CIProvider says."""
        require(self.capabilities, needed_by(request))
        return triggering.retry(self._client, request)

    def approve(self, ref: JobRef) -> None:
        """People approve deployments and forks' runs at GitHub itself."""
        raise NotSupported("approve it at GitHub: a job that waits there is let go on by people only")

    def find_run(self, request: TriggerRequest | RetryRequest) -> RunRef | None:
        """As CIProvider says. Raises Conflict where several runs may be it."""
        return triggering.find(self._client, request)

    def _attempt(self, ref: RunRef) -> RunData:
        caller, run = self._client.repo(ref.repo), path_of(ref.repo, "actions", "runs", ref.external_id)
        try:
            found = to_run(ref.repo, caller.get(f"{run}/attempts/{ref.attempt}", **BRIEF))
        except NotFound:
            # Servers that know no attempts have the newest one under the run itself.
            found = to_run(ref.repo, caller.get(run, **BRIEF))
            if found.ref.attempt < ref.attempt:
                raise
        if found.ref.external_id != ref.external_id:
            raise Invalid(f"asked for run {ref.external_id}, GitHub answered with {found.ref.external_id}")
        return found

    def _jobs(self, ref: RunRef) -> tuple[JobData, ...]:
        caller, run = self._client.repo(ref.repo), path_of(ref.repo, "actions", "runs", ref.external_id)
        try:
            listed: list[Any] = list(caller.pages(f"{run}/attempts/{ref.attempt}/jobs", "jobs"))
        except NotFound:
            every = caller.pages(f"{run}/jobs", "jobs", filter="all")
            listed = [job for job in every if run_of_job(ref.repo, job).attempt == ref.attempt]
        return tuple(to_job(ref, job) for job in listed)


def _check_names(connection: ConnectionConfig) -> None:
    for name in connection.repositories:
        owner, slash, rest = name.partition("/")
        if not (owner and slash and rest) or "/" in rest:
            raise ConfigError(
                f"{name!r} is not the name of a repository: with a token, list them as owner/name",
                place=f"{connection.place}.repositories",
            )


_: type[CIProvider] = GitHubProvider
