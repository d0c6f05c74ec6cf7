"""An in-memory CI server and its provider, with fault switches.

A test makes a server by name, the connection's configuration names it: `{"server": "one"}`. The server keeps a ledger
of every write it carried out, so a test can count.
"""

import io
import json
import sys
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

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
    State,
    TestData,
    TriggerRequest,
)
from ci_integrations.errors import BadWebhook, ConfigError, Conflict, NotFound, NotSupported, Unavailable
from ci_integrations.providers.base import CIProvider, CodeHost, ConnectionConfig, Installer

SERVERS: dict[str, "MemoryServer"] = {}
EVERYTHING = ~(Capability.LISTED_STATES | Capability.RESUMES | Capability.INSTALLS_WEBHOOKS)
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


def install(site: Path) -> None:
    """Install the provider the way anyone's package would: by an entry point, with no edit anywhere.

    `site` is a folder that is put on the path.
    """
    package = site / "orchestrate_memory-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: orchestrate-memory\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[orchestrate.providers]\nmemory = tests.fakes.memory:MemoryProvider\n")
    sys.path.append(f"{site}")


@dataclass
class MemoryRun:
    """A run on the server; change its fields to make it advance."""

    data: RunData
    intent_id: str = ""
    logs: dict[str, bytes] = field(default_factory=dict)
    artifacts: dict[str, bytes] = field(default_factory=dict)
    tests: list[TestData] = field(default_factory=list)


@dataclass
class Fault:
    """Raised by the next call of a method, before or after it took effect."""

    error: BaseException
    after_effect: bool = False


class MemoryServer:
    """What a real CI server would keep."""

    def __init__(self, name: str, *, capabilities: Capability = EVERYTHING) -> None:
        self.name = name
        self.capabilities = capabilities
        self.runs: dict[tuple[str, int], MemoryRun] = {}
        self.ledger: list[tuple[str, str]] = []
        self.calls: list[str] = []
        self.looked_for: list[TriggerRequest | RetryRequest] = []
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.ids_known = True
        self.logs_are_final: bool | None = None
        self.can_find = True
        self.news: dict[str, News] = {}
        self.code_host: CodeHost | None = None
        self.installer: Installer | None = None
        SERVERS[name] = self

    def fail_next(self, method: str, error: BaseException, *, after_effect: bool = False, times: int = 1) -> None:
        """Have the next calls of `method` raise, `after_effect` once their work is done."""
        self.faults[method].extend([Fault(error, after_effect)] * times)

    def add_run(self, external_id: str, state: State = State.RUNNING, *, attempt: int = 1, **fields: Any) -> MemoryRun:
        """Put a run on the server with one job `<id>-job` in the same state."""
        ref = RunRef(RepoRef("repo"), external_id, attempt)
        data = RunData(ref=ref, state=state, branch="main", commit_sha="c0ffee", workflow="ci", created_at=EPOCH)
        run = MemoryRun(replace(data, jobs=(job_of(ref, state),), **fields))
        self.runs[(external_id, attempt)] = run
        return run

    def finish(self, external_id: str, state: State, *, attempt: int = 1) -> MemoryRun:
        """End a run and its job."""
        run = self.runs[(external_id, attempt)]
        run.data = replace(run.data, state=state, jobs=(job_of(run.data.ref, state),), finished_at=EPOCH)
        return run

    def resume(self, external_id: str, state: State, *job_ids: str, later: int = 1, **fields: Any) -> MemoryRun:
        """Have a run that knows no attempts go on `later` minutes later, with new jobs where they are named."""
        run = self.runs[(external_id, 1)]
        before = run.data.updated_at or EPOCH
        ids = job_ids or tuple(job.ref.external_id for job in run.data.jobs or ())
        jobs = tuple(JobData(JobRef(run.data.ref, name), "test", state) for name in ids)
        run.data = replace(run.data, state=state, jobs=jobs, updated_at=before + timedelta(minutes=later), **fields)
        return run


def job_of(ref: RunRef, state: State) -> JobData:
    """The one job of a run."""
    return JobData(ref=JobRef(ref, f"{ref.external_id}-job"), name="test", state=state)


class MemoryProvider:
    """The provider of the in-memory server."""

    slug: ClassVar[str] = "memory"

    def __init__(self, connection: ConnectionConfig) -> None:
        name = connection.config.get("server")
        unknown = sorted(set(connection.config) - {"server", "token", "headers", "auth"})
        if unknown:
            raise ConfigError(f"unknown keys: {', '.join(unknown)}", place=connection.place)
        if name not in SERVERS:
            raise ConfigError(f"server is {name!r}; expected one of {sorted(SERVERS)}", place=connection.place)
        self.server = SERVERS[name]
        self.connection = connection
        self.capabilities = self.server.capabilities
        self.code_host = self.server.code_host
        self.installer = self.server.installer

    def _key(self, ref: RunRef) -> tuple[str, int]:
        """Where a run is kept: a server that resumes runs knows no attempts."""
        return ref.external_id, 1 if Capability.RESUMES in self.capabilities else ref.attempt

    def _job_in(self, ref: RunRef, name: str) -> JobRef | None:
        """The job that an artifact's name begins with, if any: `7-job/junit.xml`."""
        job, slash, _ = name.partition("/")
        return JobRef(ref, job) if slash else None

    def _begin(self, method: str) -> Fault | None:
        self.server.calls.append(method)
        faults = self.server.faults[method]
        fault = faults.popleft() if faults else None
        if fault is not None and not fault.after_effect:
            raise fault.error
        return fault

    def authenticate_webhook(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """A body with the right token, `{"id": ..., "run": ...}`."""
        if headers.get("x-token") != "good":
            raise BadWebhook("the token is wrong")
        return Delivery(delivery_id=json.loads(body)["id"], event="run", body=body)

    def read_webhook(self, delivery: Delivery) -> News:
        """What `server.news` holds for the delivery, else the run that the body names."""
        self._begin("read_webhook")
        if delivery.delivery_id in self.server.news:
            return self.server.news[delivery.delivery_id]
        heard = json.loads(delivery.body)
        return News(runs=(RunRef(RepoRef(heard.get("repo", "repo")), heard["run"], heard.get("attempt", 1)),))

    def list_runs(self, repo: RepoRef, *, updated_since: datetime | None = None) -> Iterator[RunData]:
        """All runs, without jobs."""
        self._begin("list_runs")
        for run in self.server.runs.values():
            yield replace(run.data, jobs=None)

    def get_run(self, ref: RunRef, *, seen: RunData | None = None) -> RunData:
        """The run as it is now."""
        self._begin("get_run")
        run = self.server.runs.get(self._key(ref))
        if run is None:
            raise NotFound(f"no run {ref.external_id}")
        return replace(run.data, ref=ref) if Capability.RESUMES in self.capabilities else run.data

    def read_log(self, ref: JobRef, *, offset: int = 0) -> LogChunk:
        """The log in chunks of ten bytes, to show that chunks are put together."""
        self._begin("read_log")
        logs = self.server.runs[(ref.run.external_id, ref.run.attempt)].logs
        if ref.external_id not in logs:
            raise NotFound("no log")
        data = logs[ref.external_id]
        end = min(offset + 10, len(data))
        return LogChunk(
            data[offset:end], next_offset=end, complete=end == len(data), is_final=self.server.logs_are_final
        )

    def list_artifacts(self, ref: RunRef) -> Sequence[ArtifactRef]:
        """The artifacts of the run."""
        self._begin("list_artifacts")
        found = self.server.runs[(ref.external_id, ref.attempt)].artifacts
        archives = {name for name, data in found.items() if data.startswith(b"PK")}
        return [
            ArtifactRef(ref, name, name, len(data), job=self._job_in(ref, name), is_archive=name in archives)
            for name, data in found.items()
        ]

    def open_artifact(self, ref: ArtifactRef) -> AbstractContextManager[BinaryIO]:
        """The artifact's bytes."""
        self._begin("open_artifact")
        artifacts = self.server.runs[(ref.run.external_id, ref.run.attempt)].artifacts
        if ref.external_id not in artifacts:
            raise NotFound(f"no artifact {ref.external_id}")
        return io.BytesIO(artifacts[ref.external_id])

    def list_tests(self, ref: RunRef) -> Iterator[TestData]:
        """The server's own test results."""
        self._begin("list_tests")
        yield from self.server.runs[(ref.external_id, ref.attempt)].tests

    def trigger(self, request: TriggerRequest) -> RunRef | None:
        """Start a run."""
        fault = self._begin("trigger")
        external_id = f"run-{len(self.server.runs) + 1}"
        run = self.server.add_run(external_id, State.QUEUED, branch=request.branch, commit_sha=request.commit_sha)
        run.intent_id = request.intent_id
        return self._answer("trigger", run, fault)

    def cancel(self, ref: RunRef, *, force: bool = False) -> None:
        """Stop a run."""
        fault = self._begin("cancel")
        if self.server.runs[(ref.external_id, ref.attempt)].data.state.is_terminal:
            raise Conflict("the run has ended")
        run = self.server.finish(ref.external_id, State.CANCELED, attempt=ref.attempt)
        self._answer("cancel", run, fault)

    def retry(self, request: RetryRequest) -> RunRef | None:
        """Start the next attempt."""
        fault = self._begin("retry")
        ref = request.run
        old = self.server.runs[self._key(ref)].data
        attempt = self._key(replace(ref, attempt=ref.attempt + 1))[1]
        run = self.server.add_run(
            ref.external_id, State.QUEUED, attempt=attempt, branch=old.branch, commit_sha=old.commit_sha
        )
        run.intent_id = request.intent_id
        if Capability.RESUMES not in self.capabilities:
            return self._answer("retry", run, fault)
        self.server.resume(ref.external_id, State.QUEUED, f"{ref.external_id}-job-{ref.attempt + 1}")
        self._answer("retry", run, fault)
        return replace(ref, attempt=ref.attempt + 1)

    def approve(self, ref: JobRef) -> None:
        """Let a blocked run go on."""
        fault = self._begin("approve")
        run = self.server.runs[self._key(ref.run)]
        jobs = {job.ref.external_id: job for job in run.data.jobs or ()}
        if jobs[ref.external_id].state is not State.BLOCKED:
            raise Conflict("it does not wait")
        jobs[ref.external_id] = replace(jobs[ref.external_id], state=State.RUNNING)
        run.data = replace(run.data, state=State.RUNNING, jobs=tuple(jobs.values()))
        self._answer("approve", run, fault)

    def find_run(self, request: TriggerRequest | RetryRequest) -> RunRef | None:
        """Look for a run by its intent."""
        self._begin("find_run")
        self.server.looked_for.append(request)
        if not self.server.can_find:
            raise NotSupported("runs cannot be looked for")
        found = (run.data.ref for run in self.server.runs.values() if run.intent_id == request.intent_id)
        return next(found, None)

    def _answer(self, method: str, run: MemoryRun, fault: Fault | None) -> RunRef | None:
        self.server.ledger.append((method, run.data.ref.external_id))
        if fault is not None:
            raise fault.error
        return run.data.ref if self.server.ids_known else None


_: type[CIProvider] = MemoryProvider


def lost_answer() -> Unavailable:
    """A 502 to a write: it may have happened."""
    return Unavailable("502 Bad Gateway", effect_unknown=True)
