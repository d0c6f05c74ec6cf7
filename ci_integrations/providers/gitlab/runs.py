"""Pipelines as runs: listed, and asked for with their jobs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from ci_integrations.domain import JobData, RepoRef, RunData, RunRef, State
from ci_integrations.errors import Invalid
from ci_integrations.providers.documents import Document, document, identity, moment, part, text
from ci_integrations.providers.gitlab.client import PAGE, Client, path_of
from ci_integrations.providers.gitlab.convert import (
    CHILD,
    EXTERNAL,
    UNKNOWN_FORK,
    change_of_ref,
    is_of_fork,
    to_job,
    to_run,
)
from ci_integrations.providers.gitlab.states import LIVE, failed_state
from ci_integrations.providers.gitlab.statuses import failed_by_us
from ci_integrations.providers.memo import Memo

# Servers that know `/bridges` only.
_old: Final = Memo[str, bool](100)
# Pipelines without trigger jobs: all jobs of a pipeline are made with it.
_plain: Final = Memo[tuple[str, str, str], bool](5000)
# Branch and fork of merge requests: they do not change, but a fork may be renamed.
_changes: Final = Memo[tuple[str, str, int], tuple[str, str]](2000)


class Runs:
    """The pipelines of one connection."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._base = client.settings.base_url

    def listed(self, repo: RepoRef, updated_since: datetime | None) -> Iterator[RunData]:
        """Newest first; child pipelines are not listed by GitLab. Without `updated_since` the newest hundred only."""
        filters: dict[str, str] = {}
        if updated_since is not None:
            since = updated_since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            filters = {"order_by": "updated_at", "sort": "desc", "updated_after": since}
        pipelines = self._client.project(repo).pipelines
        for found in self._client.pages(
            lambda: pipelines.list(iterator=True, per_page=PAGE, **filters), limit=10 if filters else 1
        ):
            if updated_since is not None and (moment(found, "updated_at") or updated_since) < updated_since:
                # A server that knows no such filter, or no such order.
                continue
            if text(found, "source") != EXTERNAL:
                yield to_run(RunRef(repo, identity(found)), found)

    def get(self, ref: RunRef) -> RunData:
        """One pipeline with its newest jobs. Raises NotFound."""
        project = self._client.project(ref.repo)
        pipeline = self._client.get(lambda: project.pipelines.get(ref.external_id))
        if identity(pipeline) != ref.external_id:
            raise Invalid(f"asked for pipeline {ref.external_id}, GitLab answered with {identity(pipeline)}")
        documents = self._jobs(ref)
        jobs = tuple(to_job(ref, job) for job in documents) + self._trigger_jobs(ref, pipeline, bool(documents))
        run = replace(to_run(ref, pipeline), jobs=jobs, title=_title(documents))
        return self._of_change(self._settled(run))

    def _jobs(self, ref: RunRef) -> list[Document]:
        jobs = self._client.project(ref.repo).pipelines.get(ref.external_id, lazy=True).jobs
        listed = self._client.pages(lambda: jobs.list(iterator=True, per_page=PAGE, include_retried="false"))
        ordered = sorted(listed, key=_number)
        # A server may list those that were retried all the same.
        newest = {text(job, "name") or identity(job): job for job in ordered}
        return sorted(newest.values(), key=_number)

    def _settled(self, run: RunData) -> RunData:
        """The state with what the jobs tell."""
        jobs = run.jobs or ()
        if run.state.is_terminal and any(job.state in LIVE for job in jobs):
            # Just retried: the pipeline's own status follows its jobs by and by.
            return replace(run, state=State.RUNNING, finished_at=None)
        if run.state is not State.FAILURE:
            return run
        if jobs and all(job.state.is_passed or _may_wait(job) for job in jobs):
            repo, number = run.ref.repo, run.ref.external_id
            if failed_by_us(self._client, repo, run.commit_sha, number):
                return replace(run, state=State.SUCCESS)
        return replace(run, state=failed_state(jobs))

    def _of_change(self, run: RunData) -> RunData:
        """The branch and, if it is one, the fork of the merge request that a pipeline is for."""
        number = change_of_ref(run.branch)
        if number is None:
            return run
        key = (self._base, run.ref.repo.external_id, number)
        known = _changes.get(key)
        if known is None:
            project = self._client.project(run.ref.repo)
            found = self._client.optional(lambda: project.mergerequests.get(number))
            if found is None:
                return replace(run, head_repository=UNKNOWN_FORK)
            fork = self.fork_of(found) if is_of_fork(found) else ""
            known = (text(found, "source_branch"), fork)
            if fork != UNKNOWN_FORK and not fork.isdecimal():
                _changes.put(key, known)
        return replace(run, branch=known[0] or run.branch, head_repository=known[1])

    def fork_of(self, merge_request: Document) -> str:
        """The path of the project that a merge request's commits are from."""
        if merge_request.get("source_project_id") is None:
            return UNKNOWN_FORK
        return self._client.path_of(identity(merge_request, "source_project_id"))

    def _trigger_jobs(self, ref: RunRef, pipeline: Document, has_jobs: bool) -> tuple[JobData, ...]:
        key = (self._base, ref.repo.external_id, ref.external_id)
        if _plain.get(key):
            return ()
        found = self._bridges(ref)
        if has_jobs and found == []:
            _plain.put(key, True)
        made = [to_job(ref, job, self._child(ref.repo, pipeline, job)) for job in found or []]
        return tuple(sorted(made, key=lambda job: int(job.ref.external_id)))

    def _bridges(self, ref: RunRef) -> list[Document] | None:
        """The jobs that start other pipelines, None where there is no asking; GitLab 19.2 has another name for them."""
        names = ["trigger_jobs", "bridges"]
        for name in reversed(names) if _old.get(self._base) else names:
            found = self._listed(ref, name)
            if found is not None:
                _old.put(self._base, name == "bridges")
                return found
        return None

    def _listed(self, ref: RunRef, name: str) -> list[Document] | None:
        path = path_of(ref.repo, "pipelines", ref.external_id, name)
        return self._client.optional_pages(lambda: self._client.gl.http_list(path, iterator=True, per_page=PAGE))

    def _child(self, repo: RepoRef, pipeline: Document, bridge: Document) -> RunRef | None:
        """The pipeline that a trigger job started, of the same project or of another one."""
        below = part(bridge, "downstream_pipeline")
        if not below:
            return None
        own, other = pipeline.get("project_id"), below.get("project_id")
        if text(below, "source") == CHILD or (other is not None and other == own):
            return RunRef(repo, identity(below))
        if other is not None:
            return RunRef(RepoRef(self._client.path_of(identity(below, "project_id"))), identity(below))
        return RunRef(_repo_of(repo, pipeline, below), identity(below))


def _repo_of(repo: RepoRef, pipeline: Document, below: Document) -> RepoRef:
    """The project of a pipeline that names it in its address only."""
    own, other = _project_address(pipeline), _project_address(below)
    if not other or own == other:
        return repo
    # What stands before the path, such as `/gitlab`, is the same in both.
    before = own.removesuffix(repo.external_id) if own.endswith(f"/{repo.external_id}") else "/"
    return RepoRef(other.removeprefix(before).strip("/"))


def _project_address(pipeline: Mapping[str, Any]) -> str:
    address = text(document(pipeline, "pipeline"), "web_url").removesuffix("/")
    path = urlsplit(address).path.rpartition("/pipelines/")[0]
    return path.removesuffix("/-")


def _number(job: Document) -> int:
    return int(identity(job))


def _title(jobs: list[Document]) -> str:
    return next((title for job in jobs if (title := text(part(job, "commit"), "title"))), "")


def _may_wait(job: JobData) -> bool:
    """A manual job that nobody has to start, or one that may fail."""
    return job.allow_failure or job.state in {State.BLOCKED, State.CREATED}
