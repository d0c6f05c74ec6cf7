from datetime import UTC, datetime

import pytest

from fixers import publish
from fixers.git import Remote
from fixers.outcome import Ended
from fixers.workspace import Source, open_clone
from tests.fixers.conftest import GitRepo, git

WHEN = datetime(2026, 1, 2, tzinfo=UTC)
DIFF = "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-one\n+two\n"
pytestmark = pytest.mark.usefixtures("no_leftovers")


def push(repo: GitRepo, sha: str, *, text: str = "Fix: it\n") -> tuple[str, str]:
    remote = Remote(str(repo.remote))
    with open_clone(Source(remote, sha, "main"), prefix="orchestrate-fix-test-publish-") as clone:
        return publish.push(clone, remote, diff=DIFF, text=text, at=WHEN, run_id=7)


def test_a_fix_is_one_commit_on_a_branch_of_its_own(repo: GitRepo) -> None:
    sha = repo.commit({"a.txt": "one\n"})
    text = publish.message(summary="format failure", command="ruff format", run_id=7, attempt_id=3)
    branch, commit = push(repo, sha, text=text)
    assert branch == "orchestrate/fix/7-1"
    assert repo.heads() == {"main": sha, branch: commit}
    assert repo.show(f"{branch}:a.txt") == "two"
    assert git("rev-parse", f"{branch}^", cwd=repo.remote) == sha
    assert git("log", "-1", "--format=%s|%(trailers)", branch, cwd=repo.remote) == (
        "Fix: format failure|Orchestrate-Fix-Attempt: 3"
    )


def test_doing_it_again_pushes_nothing_twice(repo: GitRepo) -> None:
    sha = repo.commit({"a.txt": "one\n"})
    assert push(repo, sha) == push(repo, sha)
    assert len(repo.heads()) == 2


def test_another_fix_gets_another_branch_and_the_first_one_stays(repo: GitRepo) -> None:
    sha = repo.commit({"a.txt": "one\n"})
    first = push(repo, sha)
    second = push(repo, sha, text="Fix: otherwise\n")
    assert second[0] == "orchestrate/fix/7-2"
    assert repo.heads() == {"main": sha, first[0]: first[1], second[0]: second[1]}


def test_a_branch_that_moved_on_is_fine(repo: GitRepo) -> None:
    sha = repo.commit({"a.txt": "one\n"})
    repo.commit({"b.txt": "more\n"})
    repo.commit({"b.txt": "and more\n"})
    assert push(repo, sha)[0] == "orchestrate/fix/7-1"


def test_a_branch_that_was_rewritten_supersedes_the_fix(repo: GitRepo) -> None:
    repo.commit({"a.txt": "zero\n"})
    sha = repo.commit({"a.txt": "one\n"})
    git("reset", "--quiet", "--hard", "HEAD^", cwd=repo.clone)
    repo.commit({"a.txt": "other\n"})
    # The server still has the commit, but its branch does not.
    with pytest.raises(Ended, match="superseded: main moved to"):
        push(repo, sha)
    assert list(repo.heads()) == ["main"]


def test_a_branch_that_is_gone_supersedes_the_fix(repo: GitRepo) -> None:
    sha = repo.commit({"a.txt": "one\n"})
    repo.commit({"a.txt": "one\n"}, branch="other")
    git("update-ref", "-d", "refs/heads/main", cwd=repo.remote)
    with pytest.raises(Ended, match=r"superseded: .*remote.git has no branch main \(any more\)"):
        push(repo, sha)
