"""GitHub's JSON, of answers and of webhooks alike, as values of the domain.

The forms are those of https://github.com/github/rest-api-description. Every function raises Invalid for a document
that has no usable id, and for a value of another type than it must have.
"""

from collections.abc import Sequence
from typing import Any, Final

from ci_integrations.domain import (
    Annotation,
    AnnotationLevel,
    ArtifactRef,
    Change,
    InstallationData,
    InstallationState,
    JobData,
    JobRef,
    RepoRef,
    RepositoryData,
    RunData,
    RunRef,
    State,
    StepData,
)
from ci_integrations.errors import Invalid
from ci_integrations.providers.documents import Document, count, document, identity, items, moment, part, text
from ci_integrations.providers.github.states import raw_state, state_of

# A fork that was deleted since: nothing can be pushed there.
UNKNOWN_FORK: Final = "(a deleted fork)"
_WORKFLOWS: Final = ".github/workflows/"
_LEVELS: Final = {"notice": AnnotationLevel.NOTICE, "warning": AnnotationLevel.WARNING}
_NOT_BEGUN: Final = frozenset({State.CREATED, State.QUEUED, State.BLOCKED})
_MOST: Final = 2**31 - 1


def to_run(repo: RepoRef, value: Any) -> RunData:
    """A workflow run, without jobs. `run_attempt` is missing in old answers: the first then."""
    run = document(value, "workflow run")
    status, conclusion = text(run, "status"), text(run, "conclusion")
    state = state_of(status, conclusion)
    actor = part(run, "triggering_actor") or part(run, "actor")
    return RunData(
        ref=RunRef(repo, identity(run), _attempt(run)),
        state=state,
        raw_state=raw_state(status, conclusion),
        workflow=_workflow(run),
        branch=text(run, "head_branch"),
        commit_sha=text(run, "head_sha"),
        head_repository=_fork(repo, part(run, "repository"), run.get("head_repository"), text(run, "event")),
        event=text(run, "event"),
        title=text(run, "display_title") or text(run, "name"),
        actor=text(actor, "login"),
        url=text(run, "html_url"),
        created_at=moment(run, "created_at"),
        started_at=moment(run, "run_started_at"),
        # A run says no time of its end; nothing changes it afterwards.
        finished_at=moment(run, "updated_at") if state.is_terminal else None,
    )


def to_job(run: RunRef, value: Any) -> JobData:
    """A job with its steps."""
    job = document(value, "job")
    status, conclusion = text(job, "status"), text(job, "conclusion")
    state = state_of(status, conclusion)
    return JobData(
        ref=JobRef(run, identity(job)),
        name=text(job, "name"),
        state=state,
        raw_state=raw_state(status, conclusion),
        url=text(job, "html_url"),
        # A job is made once the jobs that it needs have ended.
        created_at=moment(job, "created_at"),
        # Of a job that waits, GitHub gives the time of its creation here.
        started_at=None if state in _NOT_BEGUN else moment(job, "started_at"),
        finished_at=moment(job, "completed_at"),
        steps=_steps(job),
    )


def run_of_job(repo: RepoRef, value: Any) -> RunRef:
    """The attempt that a job belongs to."""
    job = document(value, "job")
    return RunRef(repo, identity(job, "run_id"), _attempt(job))


def to_artifact(run: RunRef, value: Any) -> ArtifactRef:
    """An artifact: a zip of files. Whether it has expired is for the caller to look at: `expired`, `expires_at`."""
    artifact = document(value, "artifact")
    size = count(artifact, "size_in_bytes", default=-1)
    return ArtifactRef(run, identity(artifact), text(artifact, "name"), size if size >= 0 else None, is_archive=True)


def to_annotation(value: Any) -> Annotation:
    """A remark of a check at a line."""
    remark = document(value, "annotation")
    line = _line(remark, "start_line", default=1)
    return Annotation(
        path=text(remark, "path"),
        line=line,
        message=text(remark, "message"),
        level=_LEVELS.get(text(remark, "annotation_level"), AnnotationLevel.FAILURE),
        title=text(remark, "title"),
        end_line=max(line, _line(remark, "end_line", default=line)),
    )


def to_change(repo: RepoRef, value: Any) -> Change:
    """A pull request."""
    pull = document(value, "pull request")
    head, base = part(pull, "head"), part(pull, "base")
    number = count(pull, "number")
    if not number:
        raise Invalid("GitHub's pull request has no number")
    return Change(
        repo=repo,
        number=number,
        head_sha=text(head, "sha"),
        head_branch=text(head, "ref"),
        base_branch=text(base, "ref"),
        url=text(pull, "html_url"),
        head_repository=_fork(repo, part(base, "repo"), head.get("repo"), "pull_request"),
        is_open=text(pull, "state") != "closed",
        is_merged=pull.get("merged") is True or bool(text(pull, "merged_at")),
    )


def to_repository(value: Any) -> RepositoryData:
    """A repository; events tell its name only."""
    found = document(value, "repository")
    name = text(found, "full_name")
    if "/" not in name:
        raise Invalid("GitHub's repository has no `full_name`")
    return RepositoryData(
        external_id=name,
        default_branch=text(found, "default_branch"),
        clone_url=text(found, "clone_url"),
        is_archived=found.get("archived") is True,
    )


def to_installation(value: Any) -> InstallationData:
    """An installation of the App."""
    found = document(value, "installation")
    account = part(found, "account")
    is_suspended = bool(text(found, "suspended_at"))
    return InstallationData(
        external_id=identity(found),
        account=text(account, "login") or text(account, "slug"),
        state=InstallationState.SUSPENDED if is_suspended else InstallationState.ACTIVE,
    )


def _attempt(value: Document) -> int:
    """1 where an old answer has none; anything but a number would make two attempts one."""
    if value.get("run_attempt") is None:
        return 1
    attempt = count(value, "run_attempt", default=-1)
    if not 0 <= attempt <= _MOST:
        raise Invalid(f"GitHub's `run_attempt` is no number of an attempt: {str(value['run_attempt'])[:40]!r}")
    return max(1, attempt)


def _line(remark: Document, key: str, *, default: int) -> int:
    return min(max(1, count(remark, key, default=default)), _MOST)


def _steps(job: Document) -> tuple[StepData, ...]:
    """In GitHub's order and by its numbers, which have gaps; counted anew where they do not tell the steps apart."""
    steps = [document(step, "step") for step in items(job, "steps")]
    numbers: Sequence[int] = [count(step, "number", default=-1) for step in steps]
    if len(set(numbers)) < len(numbers) or not all(0 <= number <= _MOST for number in numbers):
        numbers = range(1, len(steps) + 1)
    return tuple(_step(number, step) for number, step in zip(numbers, steps, strict=True))


def _step(number: int, step: Document) -> StepData:
    status, conclusion = text(step, "status"), text(step, "conclusion")
    return StepData(
        number=number,
        name=text(step, "name"),
        state=state_of(status, conclusion),
        raw_state=raw_state(status, conclusion),
        started_at=moment(step, "started_at"),
        finished_at=moment(step, "completed_at"),
    )


def _workflow(run: Document) -> str:
    """The file's name, which can be triggered and never changes; what has none keeps its path or name."""
    path = text(run, "path").partition("@")[0]
    return path.removeprefix(_WORKFLOWS) or text(run, "name")


def _fork(repo: RepoRef, own: Document, head: Any, event: str) -> str:
    """The fork that a commit is of, "" where it is of the repository itself.

    In doubt it is a fork's: nobody may take foreign commits for the repository's own.
    """
    fork = "" if head is None else text(document(head, "head repository"), "full_name")
    if fork:
        name = text(own, "full_name") or repo.external_id
        return "" if fork.lower() == name.lower() else fork
    # Gone since: of a pull request, that can only have been a fork.
    return UNKNOWN_FORK if event.startswith("pull_request") else ""
