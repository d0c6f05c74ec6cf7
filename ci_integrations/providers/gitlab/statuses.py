"""Our status on a commit: GitLab shows it among the jobs of the commit's newest pipeline.

What others' statuses do to a pipeline is why little is sent: one that is pending makes a finished pipeline run again,
a failed one keeps it failed whatever its jobs do, and where a commit has no pipeline one is made for the status.
https://docs.gitlab.com/api/commits/#commit-status
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any, Final

from ci_integrations.domain import CheckData, RepoRef, State
from ci_integrations.errors import Invalid
from ci_integrations.providers.documents import Document, identity, part, text
from ci_integrations.providers.gitlab.client import PAGE, Client
from ci_integrations.providers.gitlab.convert import EXTERNAL

NAME: Final = "Orchestrate CI"
LONGEST_DESCRIPTION: Final = 255
# So many pipelines of a commit, the newest, are asked for what we said before.
MOST_ASKED: Final = 10
# What waits, or goes on, says nothing.
STATES: Final[Mapping[State, str]] = {
    State.SUCCESS: "success",
    State.NEUTRAL: "success",
    State.SKIPPED: "success",
    State.FAILURE: "failed",
    State.TIMED_OUT: "failed",
    State.ERROR: "failed",
    State.CANCELED: "canceled",
}


def write(client: Client, repo: RepoRef, check: CheckData, *, known_id: str) -> str:
    """Say it of the commit, where that changes what is said already; gives the status's id."""
    state = STATES.get(check.conclusion) if check.conclusion is not None else None
    if state is None:
        return known_id
    pipelines = _pipelines(client, repo, check.commit_sha)
    said = {identity(one): _ours(client, repo, check.commit_sha, identity(one)) for one in pipelines}
    for pipeline in _places(pipelines, said, state):
        known_id = _say(client, repo, check, state, pipeline, said[identity(pipeline)], known_id)
    return known_id


def _say(
    client: Client,
    repo: RepoRef,
    check: CheckData,
    state: str,
    pipeline: Document,
    ours: Document | None,
    known_id: str,
) -> str:
    """Say it in one pipeline, where that is not what we said there last."""
    if ours is not None and text(ours, "status") == state:
        return identity(ours)
    wish = _body(check, state, pipeline)
    statuses = client.project(repo).commits.get(check.commit_sha, lazy=True).statuses
    try:
        return identity(client.send(lambda: statuses.create(wish)))
    except Invalid as error:
        # Said meanwhile: the same state is refused.
        if error.effect_unknown or "cannot transition" not in f"{error}".lower():
            raise
        return known_id


def failed_by_us(client: Client, repo: RepoRef, sha: str, pipeline_id: str) -> bool:
    """Whether a pipeline counts as failed because we said so of its commit, and nobody else did."""
    found = [one for one in _statuses(client, repo, sha, pipeline_id) if text(one, "status") == "failed"]
    blocking = [one for one in found if one.get("allow_failure") is not True]
    return bool(blocking) and all(_is_ours(client, one) for one in blocking)


def _pipelines(client: Client, repo: RepoRef, sha: str) -> list[Document]:
    """The newest of the commit's pipelines, without those that were made for statuses; the newest first."""
    pipelines = client.project(repo).pipelines
    listed = client.pages(lambda: pipelines.list(iterator=True, per_page=PAGE, sha=sha), limit=1)
    own = (one for one in listed if text(one, "source") != EXTERNAL and text(one, "sha") in {"", sha})
    return list(islice(own, MOST_ASKED))


def _places(pipelines: list[Document], said: Mapping[str, Document | None], state: str) -> list[Document]:
    """The pipelines that a state is said in.

    A failure, in the newest that failed. Else in each that our own word keeps failed; where there is none, in the
    newest, unless another holds this very word.
    """
    if state == "failed":
        return [one for one in pipelines if text(one, "status") == state][:1] or pipelines[:1]
    words = {name: text(ours, "status") for name, ours in said.items() if ours is not None}
    failed = [one for one in pipelines if words.get(identity(one)) == "failed"]
    same = [one for one in pipelines if words.get(identity(one)) == state]
    return failed or same[:1] or pipelines[:1]


def _ours(client: Client, repo: RepoRef, sha: str, pipeline_id: str) -> Document | None:
    """The newest one that we sent."""
    found = [one for one in _statuses(client, repo, sha, pipeline_id, name=NAME) if _is_ours(client, one)]
    return max(found, key=lambda one: int(identity(one)), default=None)


def _statuses(client: Client, repo: RepoRef, sha: str, pipeline_id: str, **filters: str) -> list[Document]:
    statuses = client.project(repo).commits.get(sha, lazy=True).statuses
    listed = client.optional_pages(
        lambda: statuses.list(iterator=True, per_page=PAGE, pipeline_id=pipeline_id, **filters), limit=3
    )
    return [one for one in listed or [] if str(one.get("pipeline_id") or pipeline_id) == pipeline_id]


def _is_ours(client: Client, status: Document) -> bool:
    author = text(part(status, "author"), "username")
    return text(status, "name") == NAME and author in {"", client.viewer()}


def _body(check: CheckData, state: str, pipeline: Document) -> dict[str, Any]:
    body = {
        "state": state,
        "name": NAME,
        "description": check.title[:LONGEST_DESCRIPTION],
        "ref": text(pipeline, "ref"),
        "pipeline_id": int(identity(pipeline)),
    }
    return body | ({"target_url": check.url} if check.url else {})
