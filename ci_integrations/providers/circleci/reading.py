"""Pipelines with their workflows and jobs, and where in them a job lies."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from ci_integrations.domain import JobData, JobRef, RepoRef, RunData, RunRef
from ci_integrations.errors import Invalid, NotFound, RateLimited, Unavailable
from ci_integrations.providers.circleci.client import Client, path_of, project_path
from ci_integrations.providers.circleci.convert import (
    job_number,
    name_of,
    newest,
    state_of,
    to_job,
    to_listed_run,
    to_run,
    workflow_state,
)
from ci_integrations.providers.circleci.queueing import Queue
from ci_integrations.providers.circleci.stepreading import Steps
from ci_integrations.providers.documents import Document, text
from ci_integrations.providers.memo import FOR_EVER, Memo

log = logging.getLogger(__name__)

# A page holds twenty pipelines or so.
_MOST_PAGES: Final = 50
# The steps of a job that failed are one request each.
_MOST_WITH_STEPS: Final = 20
# A workflow that is canceled ends before its last jobs do.
_MOVING: Final = frozenset({"queued", "not_running", "running"})
# A provider is built for each task, and a pipeline asked for until the last of its workflows has ended.
_kept: Final = Memo[str, list[Document]](100, longest=FOR_EVER)


def has_ended(workflow: Document) -> bool:
    """Whether nothing more happens in a workflow."""
    return state_of(workflow).is_terminal


class Pipelines:
    """Reads runs. Which number a job has is remembered: artifacts, tests and v1.1 know it by that."""

    def __init__(self, client: Client, steps: Steps) -> None:
        self._client = client
        self._steps = steps
        self._queue = Queue(client)
        self._numbers: dict[str, int | None] = {}

    def listed(self, repo: RepoRef, updated_since: datetime | None) -> Iterator[RunData]:
        """The pipelines of a project, newest first. Without `updated_since` those of the first page only."""
        for page in self._client.pages(project_path(repo, "pipeline"), limit=_MOST_PAGES):
            runs = list(self._readable(repo, page))
            yield from runs
            oldest = min((run.created_at for run in runs if run.created_at), default=None)
            if updated_since is None or oldest is None or oldest < updated_since:
                return

    def _readable(self, repo: RepoRef, page: Sequence[Any]) -> Iterator[RunData]:
        for one in page:
            try:
                yield to_listed_run(self._client.settings.base_url, repo, one)
            except Invalid as error:
                log.warning("a pipeline of %s is left out of its list: %s", repo.external_id, error)

    def run(self, ref: RunRef) -> RunData:
        """A pipeline as it is now: the newest workflow of each name, and the jobs of these."""
        base_url = self._client.settings.base_url
        pipeline = self._client.get(path_of("pipeline", ref.external_id))
        if name_of(pipeline) != ref.external_id:
            raise Invalid(f"asked for pipeline {ref.external_id}, CircleCI answered with {name_of(pipeline)}")
        workflows = self.workflows(ref)
        last = newest(workflows)
        found = [
            (at, to_job(base_url, ref, pipeline, workflow, job, prefix=len(last) > 1))
            for at, workflow in enumerate(last)
            for job in self.jobs(workflow)
        ]
        jobs = self._queue.told(self._with_steps([job for _, job in found]), self._numbers)
        places = [at for at, _ in found]
        states = [
            workflow_state(workflow, [job for at, job in zip(places, jobs, strict=True) if at == own])
            for own, workflow in enumerate(last)
        ]
        return replace(to_run(base_url, ref, pipeline, workflows, states), jobs=tuple(jobs))

    def workflows(self, ref: RunRef) -> list[Document]:
        """All workflows of a pipeline, those that were repeated since included."""
        return list(self._client.listed(path_of("pipeline", ref.external_id, "workflow")))

    def jobs(self, workflow: Document) -> list[Document]:
        """The jobs of a workflow; those of one that has ended, jobs and all, are asked for once."""
        key = self._client.key_of(name_of(workflow))
        found = _kept.get(key) if has_ended(workflow) else None
        if found is None:
            found = list(self._client.listed(path_of("workflow", name_of(workflow), "job")))
            if has_ended(workflow) and not any(text(job, "status") in _MOVING for job in found):
                _kept.put(key, found)
        self._numbers |= {name_of(job): job_number(job) for job in found}
        return found

    def newest_jobs(self, ref: RunRef) -> Iterator[tuple[Document, Document]]:
        """The jobs of the newest workflow of each name, each with its workflow."""
        for workflow in newest(self.workflows(ref)):
            for job in self.jobs(workflow):
                yield workflow, job

    def number(self, ref: JobRef) -> int:
        """The number of a job in its project; asked for where it is not known.

        Raises NotFound where the pipeline has no such job, or the job has not begun.
        """
        known = self._numbers.get(ref.external_id)
        if known is not None:
            return known
        for workflow in self.workflows(ref.run):
            if any(name_of(job) == ref.external_id for job in self.jobs(workflow)):
                found = self._numbers[ref.external_id]
                if found is None:
                    raise NotFound(f"the job {ref.external_id[:60]} has no log or files: it has not begun")
                return found
        raise NotFound(f"the pipeline {ref.run.external_id} has no job {ref.external_id[:60]}")

    def _with_steps(self, jobs: Sequence[JobData]) -> list[JobData]:
        """The jobs that failed with their steps, which tell what a job died of; those of others tell nothing more."""
        failed = [at for at, job in enumerate(jobs) if job.state.is_failed][:_MOST_WITH_STEPS]
        told = list(jobs)
        for at in failed:
            try:
                told[at] = self._steps.added(jobs[at], self._numbers[jobs[at].ref.external_id])
            except (Unavailable, RateLimited) as error:
                # What a run is known by does not hang on its steps: they are asked for next time.
                log.warning("the steps of jobs that failed are left out for now: %s", error)
                break
        return told
