"""The custom provider: every call is looked up in the configuration."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import BinaryIO, ClassVar, TypeVar

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
from ci_integrations.errors import Invalid, NotSupported
from ci_integrations.providers.asking import needed_by, require
from ci_integrations.providers.base import CIProvider, CodeHost, ConnectionConfig, Installer
from ci_integrations.providers.custom import webhook
from ci_integrations.providers.custom.acting import Actor
from ci_integrations.providers.custom.client import Client
from ci_integrations.providers.custom.logs import read_chunk
from ci_integrations.providers.custom.reading import Reader, job_values
from ci_integrations.providers.custom.settings import Settings, load_settings

T = TypeVar("T")


class CustomProvider:
    """One connection to a server that its configuration describes. See docs/providers.md."""

    slug: ClassVar[str] = "custom"
    code_host: CodeHost | None = None
    installer: Installer | None = None

    def __init__(self, connection: ConnectionConfig) -> None:
        """Check the configuration; nothing is sent. Raises ConfigError."""
        settings, secrets = load_settings(connection)
        client = Client(settings, secrets)
        self.capabilities = capabilities_of(settings)
        self._repositories = connection.repositories or (connection.name,)
        self._endpoints = settings.endpoints
        self._webhooks = settings.webhooks
        self._client = client
        self._reader = Reader(settings, client)
        self._actor = Actor(settings, client, self._reader)

    def authenticate_webhook(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """As CIProvider says."""
        return webhook.authenticate(self._doorbell(), headers, body)

    def read_webhook(self, delivery: Delivery) -> News:
        """As CIProvider says."""
        return webhook.read(self._doorbell(), delivery, self._repositories)

    def list_runs(self, repo: RepoRef, *, updated_since: datetime | None = None) -> Iterator[RunData]:
        """As CIProvider says; how far back it goes is up to the server, `{since}` in the URL can tell it."""
        endpoint = _configured(self._endpoints.runs, "runs")
        since = updated_since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if updated_since else ""
        return self._reader.runs(endpoint, repo, since)

    def get_run(self, ref: RunRef, *, seen: RunData | None = None) -> RunData:
        """As CIProvider says. Where the server knows no jobs, one job with the run's id stands for the run."""
        return self._reader.run(ref)

    def read_log(self, ref: JobRef, *, offset: int = 0) -> LogChunk:
        """At most 16 MiB from `offset` on.

        `complete` says that the log's present end was reached; whether more will come, the job's state tells.
        """
        logs = _configured(self._endpoints.logs, "logs")
        if offset < 0:
            raise Invalid("a log begins at byte 0")
        steps = self._reader.steps(ref) if logs.for_each == "step" else None
        return read_chunk(self._client, logs, job_values(ref), steps, offset)

    def list_artifacts(self, ref: RunRef) -> Sequence[ArtifactRef]:
        """As CIProvider says."""
        endpoint = _configured(self._endpoints.artifacts, "artifacts")
        return [artifact for artifact, _ in self._reader.artifacts(endpoint, ref)]

    def open_artifact(self, ref: ArtifactRef) -> AbstractContextManager[BinaryIO]:
        """As CIProvider says."""
        return self._reader.artifact(_configured(self._endpoints.artifacts, "artifacts"), ref)

    def list_tests(self, ref: RunRef) -> Iterator[TestData]:
        """As CIProvider says."""
        return self._reader.tests(_configured(self._endpoints.tests, "tests"), ref)

    def trigger(self, request: TriggerRequest) -> RunRef | None:
        """As CIProvider says."""
        require(self.capabilities, needed_by(request))
        return self._actor.trigger(request)

    def cancel(self, ref: RunRef, *, force: bool = False) -> None:
        """As CIProvider says."""
        endpoints = self._endpoints
        call = endpoints.force_cancel if force else endpoints.cancel
        self._actor.cancel(ref, _configured(call, "force_cancel" if force else "cancel"))

    def retry(self, request: RetryRequest) -> RunRef | None:
        """As CIProvider says."""
        require(self.capabilities, needed_by(request) & Capability.RETRY_DEBUG)
        return self._actor.retry(request)

    def approve(self, ref: JobRef) -> None:
        """Not declared in the configuration."""
        raise NotSupported("this connection's configuration declares no way to let a waiting job go on")

    def find_run(self, request: TriggerRequest | RetryRequest) -> RunRef | None:
        """As CIProvider says."""
        return self._actor.find(request)

    def _doorbell(self) -> webhook.WebhookSettings:
        if self._webhooks is None:
            raise NotSupported("this connection has no `webhooks` in its configuration")
        return self._webhooks


def capabilities_of(settings: Settings) -> Capability:
    """What a connection with these settings can do: what is configured, no more."""
    endpoints, trigger = settings.endpoints, settings.trigger
    takes_inputs = trigger is not None and any(name.startswith("input") for name in trigger.used())
    present = {
        Capability.WEBHOOKS: settings.webhooks is not None,
        Capability.HEARS_STARTS: settings.webhooks is not None,
        Capability.LIST_RUNS: endpoints.runs is not None,
        Capability.TRIGGER: trigger is not None,
        Capability.INPUTS: takes_inputs,
        Capability.CANCEL: endpoints.cancel is not None,
        Capability.FORCE_CANCEL: endpoints.force_cancel is not None,
        Capability.RETRY_ALL: endpoints.retry.all is not None,
        Capability.RETRY_FAILED: endpoints.retry.failed is not None,
        Capability.RETRY_JOB: endpoints.retry.job is not None,
        Capability.JOBS: endpoints.jobs is not None,
        Capability.STEPS: endpoints.steps is not None,
        Capability.LOGS: endpoints.logs is not None,
        Capability.LIVE_LOG: endpoints.logs is not None and endpoints.logs.live,
        Capability.ARTIFACTS: endpoints.artifacts is not None,
        Capability.NATIVE_TESTS: endpoints.tests is not None,
    }
    found = Capability.NONE
    for capability, is_present in present.items():
        found |= capability if is_present else Capability.NONE
    return found


def _configured(part: T | None, name: str) -> T:
    if part is None:
        raise NotSupported(f"this connection has no `{name}` in its configuration")
    return part


_: type[CIProvider] = CustomProvider
