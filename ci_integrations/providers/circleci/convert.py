"""CircleCI's JSON as values of the domain.

The forms are those of https://circleci.com/docs/api/v2/. Every function raises Invalid for a document that has no
usable id, and for a value of another type than it must have.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ci_integrations.domain import JobData, JobRef, RepoRef, RunData, RunRef, State, TestData
from ci_integrations.errors import Invalid
from ci_integrations.providers.circleci.settings import CIRCLECI
from ci_integrations.providers.circleci.states import PIPELINES, TESTS, WORKFLOWS, aggregated, job_state, pipeline_state
from ci_integrations.providers.documents import Document, document, items, moment, number, part, text

# How long a pipeline may stay without the workflows that are to come: its configuration is compiled within seconds.
GRACE: Final = timedelta(minutes=5)
_APP: Final = "https://app.circleci.com"
_NOT_BEGUN: Final = frozenset({State.CREATED, State.QUEUED, State.BLOCKED})
_LONGEST_ID: Final = 100
_LONGEST_PROBLEM: Final = 4000
_REMOTE: Final = re.compile(r"(?:[a-z+]+://)?(?:[^@/]*@)?([^/:]+)[/:](.+)", re.IGNORECASE)


def to_listed_run(base_url: str, repo: RepoRef, value: Any) -> RunData:
    """A pipeline of a listing, which tells of its workflows nothing: unless it is errored, it was created, no more."""
    pipeline = document(value, "pipeline")
    ref = RunRef(repo, name_of(pipeline))
    return _run(base_url, ref, pipeline, PIPELINES.get(text(pipeline, "state"), State.UNKNOWN), ())


def to_run(
    base_url: str, ref: RunRef, pipeline: Document, workflows: Sequence[Document], states: Sequence[State]
) -> RunData:
    """A pipeline with all its workflows; `states` are those of the newest of each name."""
    last = _last_change(pipeline, workflows)
    names = [text(one, "tag") for one in newest(workflows)]
    state = pipeline_state(
        text(pipeline, "state"),
        states,
        only_setup=bool(names) and all(name == "setup" for name in names),
        settled=last is not None and datetime.now(UTC) - last > GRACE,
    )
    return _run(base_url, ref, pipeline, state, workflows)


def newest(workflows: Sequence[Document]) -> list[Document]:
    """The newest workflow of each name, by name: a rerun is a new workflow of the same pipeline under the same name."""
    found: dict[str, Document] = {}
    # Listed newest first: of two of the same time the first is the newer one.
    oldest_first = list(reversed(workflows))
    for one in sorted(oldest_first, key=_created):
        found[text(one, "name")] = one
    return [found[name] for name in sorted(found)]


def to_job(
    base_url: str, run: RunRef, pipeline: Document, workflow: Document, value: Document, *, prefix: bool
) -> JobData:
    """A job of a workflow; with `prefix` its name tells of which."""
    name, raw = text(value, "name"), text(value, "status")
    state = job_state(raw, state_of(workflow))
    place = f"{_pipeline_url(base_url, run.repo, pipeline)}/workflows/{name_of(workflow)}"
    counted = job_number(value)
    return JobData(
        ref=JobRef(run, name_of(value)),
        name=f"{text(workflow, 'name')}: {name}" if prefix else name,
        state=state,
        raw_state=raw,
        url=place if counted is None else f"{place}/jobs/{counted}",
        started_at=None if state in _NOT_BEGUN else moment(value, "started_at"),
        finished_at=moment(value, "stopped_at"),
    )


def state_of(workflow: Document) -> State:
    """The state of a workflow as CircleCI tells it."""
    return WORKFLOWS.get(text(workflow, "status"), State.UNKNOWN)


def workflow_state(workflow: Document, jobs: Sequence[JobData]) -> State:
    """The state of a workflow; that of one that failed is told by what its jobs ended with."""
    state = state_of(workflow)
    bad = {job.state for job in jobs if job.state.is_failed}
    return aggregated(bad) if state is State.FAILURE and bad and State.FAILURE not in bad else state


def to_test(job: JobRef, value: Document) -> TestData | None:
    """A result of a test; None for one whose result nobody documented."""
    outcome = TESTS.get(text(value, "result"))
    if outcome is None:
        return None
    message = text(value, "message")
    first, _, rest = message.strip().partition("\n")
    return TestData(
        suite=text(value, "classname"),
        name=text(value, "name"),
        outcome=outcome,
        duration=number(value, "run_time"),
        message=first,
        details=message if rest else "",
        file=text(value, "file"),
        job=job,
    )


def name_of(value: Document) -> str:
    """The id of a pipeline, a workflow or a job. Raises Invalid where there is none."""
    found = text(value, "id")
    if not 0 < len(found) <= _LONGEST_ID:
        raise Invalid(f"the server's `id` is none: {found[:40]!r}")
    return found


def job_number(value: Document) -> int | None:
    """The number of a job in its project; one that has not begun, or waits for a person, has none."""
    found = number(value, "job_number")
    return None if found is None else int(found)


def _run(base_url: str, ref: RunRef, pipeline: Document, state: State, workflows: Sequence[Document]) -> RunData:
    vcs, parameters = part(pipeline, "vcs"), part(pipeline, "trigger_parameters")
    git, pushed = part(parameters, "git"), _pushed(parameters)
    trigger = part(pipeline, "trigger")
    last = newest(workflows)
    return RunData(
        ref=ref,
        state=state,
        raw_state="/".join((text(pipeline, "state"), *(text(one, "status") for one in last))),
        workflow=", ".join(text(one, "name") for one in last),
        branch=text(vcs, "branch") or text(vcs, "tag") or text(git, "branch") or text(git, "tag"),
        commit_sha=text(vcs, "revision") or text(git, "checkout_sha") or text(pushed, "commit_sha"),
        head_repository=_fork(vcs, git, pushed),
        event=text(trigger, "type"),
        title=(
            text(part(vcs, "commit"), "subject")
            or text(pushed, "commit_title")
            or text(git, "commit_message").partition("\n")[0]
        ),
        actor=text(part(trigger, "actor"), "login") or text(pushed, "user_username") or text(git, "author_login"),
        url=_pipeline_url(base_url, ref.repo, pipeline),
        created_at=moment(pipeline, "created_at"),
        started_at=min((made for one in last if (made := moment(one, "created_at")) is not None), default=None),
        finished_at=_finished(state, pipeline, last),
        updated_at=_last_change(pipeline, workflows),
        problem=_problem(pipeline),
    )


def _pipeline_url(base_url: str, repo: RepoRef, pipeline: Document) -> str:
    """https://circleci.com/docs/webhooks-reference/ shows the form; a server shows its pages at its own address."""
    shown = _APP if base_url == CIRCLECI else base_url
    counted = number(pipeline, "number")
    place = f"{shown}/pipelines/{repo.external_id}"
    return place if counted is None else f"{place}/{int(counted)}"


def _problem(pipeline: Document) -> str:
    told = (document(one, "error") for one in items(pipeline, "errors"))
    return "\n".join(f"{text(one, 'type')}: {text(one, 'message')}" for one in told)[:_LONGEST_PROBLEM]


def _pushed(parameters: Document) -> Document:
    """What a code host said of the commit: under its own name, such as `gitlab` or `github_app`."""
    told = (part(parameters, name) for name in parameters if name != "git")
    return next((one for one in told if "commit_sha" in one or "commit_title" in one), {})


def _fork(vcs: Document, git: Document, pushed: Document) -> str:
    """The fork that a commit is of, as `owner/name`, "" where it is of the repository itself."""
    theirs = text(vcs, "origin_repository_url") or text(git, "checkout_url")
    ours = text(vcs, "target_repository_url") or text(pushed, "repo_url") or text(git, "repo_url")
    if not (ours and theirs) or _remote(ours).lower() == _remote(theirs).lower():
        return ""
    return _remote(theirs).partition("/")[2]


def _remote(url: str) -> str:
    """Host and path of a repository, however its address is written."""
    found = _REMOTE.fullmatch(url.strip())
    return f"{found[1]}/{found[2].removesuffix('/').removesuffix('.git')}" if found else url


def _finished(state: State, pipeline: Document, last: Sequence[Document]) -> datetime | None:
    if not state.is_terminal:
        return None
    stopped = [found for one in last if (found := moment(one, "stopped_at")) is not None]
    return max(stopped, default=moment(pipeline, "updated_at"))


def _last_change(pipeline: Document, workflows: Sequence[Document]) -> datetime | None:
    keys = ("created_at", "updated_at", "stopped_at")
    told = (moment(one, key) for one in (pipeline, *workflows) for key in keys)
    return max((found for found in told if found is not None), default=None)


def _created(workflow: Document) -> datetime:
    return moment(workflow, "created_at") or datetime.min.replace(tzinfo=UTC)
