"""GitLab's JSON as values of the domain. Every function raises Invalid for a document that has no usable id, and for a
value of another type than it must have.

https://docs.gitlab.com/api/pipelines/, https://docs.gitlab.com/api/jobs/
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from ci_integrations.domain import (
    Change,
    JobData,
    JobRef,
    RepoRef,
    RepositoryData,
    RunData,
    RunRef,
    State,
)
from ci_integrations.errors import Invalid
from ci_integrations.providers.documents import Document, count, document, identity, moment, number, part, text
from ci_integrations.providers.gitlab.states import job_state, raw_job_state, state_of

# A project that cannot be seen, or that is gone: nothing can be pushed there.
UNKNOWN_FORK: Final = "(an unknown fork)"
NO_NAME: Final = "pipeline"
# Made by other programs' statuses of commits, ours among them: no CI of GitLab's.
EXTERNAL: Final = "external"
CHILD: Final = "parent_pipeline"
# A year: what is longer is no wait but a mistake.
_LONGEST_WAIT: Final = 366 * 86_400
_BOT: Final = re.compile(r"(project|group)_\d+_bot(_\w*)?|ghost|GitLab-.*[Bb]ot|.*\[bot\]")
_OF_CHANGE: Final = re.compile(r"refs/merge-requests/(\d{1,18})/(head|merge|train)")


def to_run(ref: RunRef, value: Any) -> RunData:
    """A pipeline, without jobs, under the attempt of `ref`. A failed one may say more with its jobs: `failed_state`."""
    pipeline = document(value, "pipeline")
    status, problem = text(pipeline, "status"), text(pipeline, "yaml_errors")
    state = state_of(status)
    return RunData(
        ref=ref,
        state=State.ERROR if state is State.FAILURE and problem else state,
        raw_state=status,
        workflow=_workflow(pipeline),
        branch=text(pipeline, "ref"),
        commit_sha=text(pipeline, "sha"),
        event=text(pipeline, "source"),
        actor=text(part(pipeline, "user"), "username"),
        url=text(pipeline, "web_url"),
        created_at=moment(pipeline, "created_at"),
        started_at=moment(pipeline, "started_at"),
        finished_at=moment(pipeline, "finished_at"),
        updated_at=moment(pipeline, "updated_at"),
        problem=problem,
        coverage=number(pipeline, "coverage"),
    )


def to_job(run: RunRef, value: Any, child: RunRef | None = None) -> JobData:
    """A job, or a trigger job with the pipeline that it started."""
    job = document(value, "job")
    status, reason = text(job, "status"), text(job, "failure_reason")
    state = job_state(status, reason)
    if child is not None and status == "failed" and text(part(job, "downstream_pipeline"), "status") == "failed":
        # It failed as the pipeline below it did; GitLab knows no reason of its own then.
        state = State.FAILURE
    return JobData(
        ref=JobRef(run, identity(job)),
        name=text(job, "name"),
        state=state,
        raw_state=raw_job_state(status, reason),
        url=text(job, "web_url"),
        created_at=_queued_at(job),
        started_at=moment(job, "started_at"),
        finished_at=moment(job, "finished_at"),
        allow_failure=job.get("allow_failure") is True,
        child=child,
        coverage=number(job, "coverage"),
    )


def change_of_ref(ref: str) -> int | None:
    """The number of the merge request that a pipeline's ref belongs to, None for a branch or tag."""
    found = _OF_CHANGE.fullmatch(ref)
    return int(found[1]) if found else None


def to_change(repo: RepoRef, value: Any, *, fork_of: Callable[[Document], str]) -> Change:
    """A merge request; `fork_of` names the project that its commits are from."""
    merge_request = document(value, "merge request")
    iid = count(merge_request, "iid")
    if not iid:
        raise Invalid("GitLab's merge request has no `iid`")
    state = text(merge_request, "state")
    return Change(
        repo=repo,
        number=iid,
        head_sha=text(merge_request, "sha") or text(part(merge_request, "last_commit"), "id"),
        head_branch=text(merge_request, "source_branch"),
        base_branch=text(merge_request, "target_branch"),
        url=text(merge_request, "web_url") or text(merge_request, "url"),
        head_repository=fork_of(merge_request) if is_of_fork(merge_request) else "",
        is_open=state in {"", "opened", "reopened", "locked"},
        is_merged=state == "merged",
    )


def is_of_fork(merge_request: Document) -> bool:
    """Whether its commits are another project's. In doubt they are: nobody may take foreign commits for their own."""
    source, target = merge_request.get("source_project_id"), merge_request.get("target_project_id")
    return source is None or source != target


def to_repository(value: Any) -> RepositoryData:
    """A project."""
    project = document(value, "project")
    path = text(project, "path_with_namespace")
    if "/" not in path:
        raise Invalid("GitLab's project has no `path_with_namespace`")
    return RepositoryData(
        external_id=path,
        default_branch=text(project, "default_branch"),
        clone_url=text(project, "http_url_to_repo"),
        is_archived=project.get("archived") is True,
    )


def is_bot(username: str) -> bool:
    """Whether a user name is that of a project's or group's token, or of GitLab itself.

    https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects
    """
    return _BOT.fullmatch(username) is not None


def _queued_at(job: Document) -> datetime | None:
    """When a job that has started was put before the runners. Its `created_at` is that of the pipeline, long before
    where it waits for other stages or for a person.

    https://docs.gitlab.com/api/jobs/: "queued_duration: Time, in seconds, that the job was enqueued before starting"
    """
    started, waited = moment(job, "started_at"), number(job, "queued_duration")
    if started is None or waited is None or not 0 <= waited <= _LONGEST_WAIT:
        return None
    return started - timedelta(seconds=waited)


def _workflow(pipeline: Document) -> str:
    """A child without a name of its own is named after the job that started it, by who knows the parent."""
    return text(pipeline, "name") or ("" if text(pipeline, "source") == CHILD else NO_NAME)
