"""Runs, jobs, steps, artifacts and tests, as the endpoints of a configuration give them."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO

from ci_integrations.domain import ArtifactRef, JobData, JobRef, RepoRef, RunData, RunRef, StepData, TestData
from ci_integrations.errors import Invalid, NotFound
from ci_integrations.providers.custom.client import Client, items_in, own_headers
from ci_integrations.providers.custom.convert import (
    Source,
    identity,
    number,
    only_job,
    text,
    to_job,
    to_run,
    to_steps,
    to_test,
)
from ci_integrations.providers.custom.schema import Artifacts, Detail, Runs, Scope, Tests
from ci_integrations.providers.custom.settings import Settings
from ci_integrations.providers.custom.templates import Values

MAX_FILE = 512 * 1024 * 1024
MAX_FILE_SIZE = 2**63 - 1
_LOOKED_THROUGH = 64 * 1024


class Reader:
    """The reading half of a custom connection."""

    def __init__(self, settings: Settings, client: Client) -> None:
        self._settings = settings
        self._endpoints = settings.endpoints
        self._client = client

    def run(self, ref: RunRef, *, with_jobs: bool = True) -> RunData:
        """The present state of a run. Raises NotFound."""
        status = self._settings.status
        answer = self._client.ask(status, run_values(ref))
        document = status.root.find(answer) if status.root else answer
        if document is None:
            raise NotFound(f"the server answered nothing about run {ref.external_id}")
        sources: list[Source] = [(status.fields, document)]
        sources.extend(source for one in status.details if (source := self._detail(ref, one, document)))
        if not with_jobs:
            return to_run(ref, sources, self._settings.states, None)
        found = to_run(ref, sources, self._settings.states, ())
        jobs = self._jobs(found.ref, answer) if self._endpoints.jobs else (only_job(found),)
        return to_run(ref, sources, self._settings.states, jobs)

    def attempt(self, ref: RunRef) -> int | None:
        """The attempt that the server is at; None where it does not say, or is asked for one attempt only."""
        status = self._settings.status
        if "attempt" in status.used():
            return None
        answer = self._client.ask(status, run_values(ref))
        return number(status.fields.attempt.find(status.root.find(answer) if status.root else answer))

    def jobs(self, ref: RunRef) -> tuple[JobData, ...]:
        """The jobs of a run with their steps; one that stands for the run where the server knows none."""
        if self._endpoints.jobs is None:
            return (only_job(self.run(ref, with_jobs=False)),)
        answer = None if self._endpoints.jobs.url else self._client.ask(self._settings.status, run_values(ref))
        return self._jobs(ref, answer)

    def runs(self, endpoint: Runs, repo: RepoRef, since: str) -> Iterator[RunData]:
        """The runs of a repository in the server's order, without jobs."""
        fields = endpoint.fields or self._settings.status.fields
        values = {"repository": repo.external_id, "since": since}
        for item in self._client.items(endpoint, endpoint, values):
            if fields.repository and text(fields.repository.find(item)) != repo.external_id:
                continue
            run_id = identity(fields.id.find(item))
            if run_id is None:
                raise Invalid(f"a run in the list has no id at `{fields.id.text}`")
            yield to_run(RunRef(repo, run_id), [(fields, item)], self._settings.states, None)

    def steps(self, ref: JobRef) -> tuple[StepData, ...]:
        """The steps of one job."""
        endpoint = self._endpoints.steps
        if endpoint is not None and endpoint.url:
            items = list(self._client.items(endpoint, endpoint, job_values(ref)))
            return to_steps(endpoint.fields, items, self._settings.states)
        return next((job.steps for job in self.jobs(ref.run) if job.ref.external_id == ref.external_id), ())

    def artifacts(self, endpoint: Artifacts, ref: RunRef) -> Iterator[tuple[ArtifactRef, str]]:
        """The files of a run and the addresses that the server gave for them ("" for none)."""
        fields = endpoint.fields
        for job, values in self._scope(endpoint.for_each, ref):
            for item in self._items(endpoint, values):
                file_id = identity(fields.id.find(item))
                if file_id is None:
                    raise Invalid(f"an artifact in the list has no id at `{fields.id.text}`")
                name = text(fields.name.find(item)) or file_id
                address = fields.url.find(item)
                found = ArtifactRef(ref, file_id, name, number(fields.size.find(item), MAX_FILE_SIZE), job)
                yield found, address if isinstance(address, str) else ""

    @contextmanager
    def artifact(self, endpoint: Artifacts, ref: ArtifactRef) -> Iterator[BinaryIO]:
        """One file as a stream. Raises NotFound."""
        headers = own_headers(endpoint, run_values(ref.run))
        with self._client.stream(self._address(endpoint, ref), headers=headers, max_bytes=MAX_FILE) as download:
            yield _skip_to(download, endpoint.skip_to.encode()) if endpoint.skip_to else download

    def tests(self, endpoint: Tests, ref: RunRef) -> Iterator[TestData]:
        """The test results of a run."""
        for job, values in self._scope(endpoint.for_each, ref):
            for item in self._items(endpoint, values):
                test = to_test(endpoint.fields, item, endpoint.outcomes, job)
                if test is not None:
                    yield test

    def _detail(self, ref: RunRef, detail: Detail, status: Any) -> Source | None:
        """The source of a further answer; None where what it is asked with is not known yet."""
        values = {name: identity(path.find(status)) for name, path in detail.values.items()}
        if None in values.values():
            return None
        try:
            answer = self._client.ask(detail, {**run_values(ref), **values})
        except NotFound:
            return None
        return detail.fields, detail.root.find(answer) if detail.root else answer

    def _jobs(self, ref: RunRef, status_answer: Any) -> tuple[JobData, ...]:
        endpoint = self._endpoints.jobs
        if endpoint is None:
            return ()
        items = (
            list(self._client.items(endpoint, endpoint, run_values(ref)))
            if endpoint.url
            else items_in(status_answer, endpoint.items, "the status answer")
        )
        jobs = []
        for item in items:
            bare = to_job(ref, endpoint.fields, item, self._settings.states, ())
            if bare is None:
                raise Invalid(f"a job in the list has no id at `{endpoint.fields.id.text}`")
            steps = self._steps_of(bare, item)
            jobs.append(to_job(ref, endpoint.fields, item, self._settings.states, steps) or bare)
        return tuple(jobs)

    def _steps_of(self, job: JobData, item: Any) -> tuple[StepData, ...]:
        endpoint = self._endpoints.steps
        if endpoint is None:
            return ()
        if endpoint.url:
            return self.steps(job.ref)
        return to_steps(endpoint.fields, items_in(item, endpoint.items, "the job's item"), self._settings.states)

    def _scope(self, scope: Scope, ref: RunRef) -> Iterator[tuple[JobRef | None, Values]]:
        if scope == "run":
            yield None, run_values(ref)
            return
        for job in self.jobs(ref):
            if scope == "job":
                yield job.ref, job_values(job.ref)
            else:
                yield from ((job.ref, step_values(job.ref, step)) for step in job.steps)

    def _items(self, endpoint: Artifacts | Tests, values: Values) -> Iterator[Any]:
        try:
            yield from self._client.items(endpoint, endpoint, values)
        except NotFound:
            if endpoint.for_each == "run":
                raise

    def _address(self, endpoint: Artifacts, ref: ArtifactRef) -> str:
        if endpoint.download:
            job = {"job_id": ref.job.external_id if ref.job else ""}
            file = {"artifact_id": ref.external_id, "artifact_name": ref.name}
            return self._client.url(endpoint.download, {**run_values(ref.run), **job, **file})
        for found, address in self.artifacts(endpoint, ref.run):
            if address and (found.external_id, found.job) == (ref.external_id, ref.job):
                return address
        raise NotFound(f"the server no longer lists the artifact {ref.external_id}, or gives no address for it")


def run_values(ref: RunRef) -> dict[str, Any]:
    """The placeholders of a run."""
    return {"repository": ref.repo.external_id, "run_id": ref.external_id, "attempt": ref.attempt}


def job_values(ref: JobRef) -> dict[str, Any]:
    """The placeholders of a job."""
    return {**run_values(ref.run), "job_id": ref.external_id}


def step_values(ref: JobRef, step: StepData) -> dict[str, Any]:
    """The placeholders of a step."""
    of_step = {"step_id": step.external_id, "step_number": step.number, "step_name": step.name}
    return {**job_values(ref), **of_step}


class _Joined(io.RawIOBase):
    def __init__(self, parts: Sequence[BinaryIO]) -> None:
        self._parts = list(parts)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while self._parts:
            piece = self._parts[0].read(len(buffer))
            if piece:
                buffer[: len(piece)] = piece
                return len(piece)
            self._parts.pop(0)
        return 0


def _skip_to(stream: BinaryIO, mark: bytes) -> BinaryIO:
    """`stream` from the first `mark` in its first 64 KiB on; the whole of it where there is none."""
    beginning = stream.read(_LOOKED_THROUGH)
    place = max(beginning.find(mark), 0)
    return io.BufferedReader(_Joined([io.BytesIO(beginning[place:]), stream]))
