"""Pushing a verified change as a branch of its own. The only module that may hold the right to write."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fixers import git
from fixers.git import GitFailed, Remote
from fixers.markdown import fenced, plain
from fixers.outcome import AttemptState, Ended, rejected
from fixers.policy import FIX_BRANCHES
from fixers.workspace import Clone, is_in_branch

MAX_BRANCHES: Final = 99


@dataclass(frozen=True, slots=True)
class Proof:
    """What a pull request tells of a fix: why the run failed, what mended it, what shows that."""

    run_id: int
    cause: str
    reason: str
    strategy: str
    command: str
    files: int


def message(*, summary: str, command: str, run_id: int, attempt_id: int) -> str:
    """The commit message of a fix; the trailer tells our own commits from others'."""
    return (
        f"Fix: {summary}\n\nMade for run {run_id}. `{command}` failed on the parent commit and passes on this one.\n\n"
        f"Orchestrate-Fix-Attempt: {attempt_id}\n"
    )


def push(clone: Clone, remote: Remote, *, diff: str, text: str, at: datetime, run_id: int) -> tuple[str, str]:
    """Commit the diff and push it, never by force; gives branch and commit. Doing it again pushes nothing twice.

    Raises Ended (rejected) where the run's branch is gone or no longer holds the commit, Unavailable, GitFailed.
    """
    _refuse_superseded(clone)
    commit = clone.commit(clone.apply(diff), text, at=at)
    heads = git.remote_heads(remote, f"{FIX_BRANCHES}{run_id}-*", git_dir=clone.git_dir)
    for branch, head in heads.items():
        if head == commit:
            return branch, commit
    branch = _free_branch(run_id, heads)
    git.run(
        "push",
        "--quiet",
        "--no-verify",
        "--end-of-options",
        remote.name,
        f"{commit}:refs/heads/{branch}",
        git_dir=clone.git_dir,
        remote=remote,
    )
    return branch, commit


def change_text(proof: Proof, *, url: str) -> tuple[str, str]:
    """Title and body of the pull request with a fix; `url` is the run's page with us."""
    changed = f"{proof.files} file{'' if proof.files == 1 else 's'}"
    parts = [
        f"[Run {proof.run_id}]({url}) failed: {plain(proof.reason, longest=600)}",
        f"**What was done.** `{proof.strategy}` changed {changed} and nothing else.",
        "**What proves it.** On a fresh clone of the commit, this fails without the change and passes with it:",
        fenced(proof.command, "sh", longest=2000),
        "**To decline**, close this pull request: the same commit gets no second one by itself.",
    ]
    return f"Fix: {proof.cause} failure of run {proof.run_id}", "\n\n".join(parts)


def _free_branch(run_id: int, heads: dict[str, str]) -> str:
    for number in range(1, MAX_BRANCHES + 1):
        branch = f"{FIX_BRANCHES}{run_id}-{number}"
        if branch not in heads:
            return branch
    raise Ended(AttemptState.FAILED, f"there are {MAX_BRANCHES} branches {FIX_BRANCHES}{run_id}-* already")


def _refuse_superseded(clone: Clone) -> None:
    source = clone.source
    if not source.branch:
        return
    head = git.remote_heads(source.remote, git.check_branch(source.branch), git_dir=clone.git_dir).get(source.branch)
    if head is None:
        raise rejected(f"superseded: {source.remote.name} has no branch {source.branch} (any more)")
    try:
        kept = is_in_branch(clone, head)
    except GitFailed as error:
        raise rejected(f"superseded: {error}") from error
    if not kept:
        raise rejected(
            f"superseded: {source.branch} moved to {head[:12]}, which no longer holds commit {source.commit_sha[:12]}"
        )
