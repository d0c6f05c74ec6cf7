import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ci_integrations.errors import ConfigError, Invalid, Unavailable
from fixers import git
from fixers.git import GitFailed, Remote
from fixers.outcome import Ended
from fixers.workspace import Clone, Source, open_clone, remove, remove_leftovers
from tests.fixers.conftest import GitRepo

PREFIX = "orchestrate-fix-test-workspace-"
WHEN = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("no_leftovers")


def source(repo: GitRepo, sha: str, branch: str = "main") -> Source:
    return Source(Remote(str(repo.remote)), sha, branch)


def test_a_tree_holds_the_files_of_the_failing_commit_and_no_git(repo: GitRepo) -> None:
    old = repo.commit({"a.txt": "old", "folder/b.txt": "b"})
    repo.commit({"a.txt": "new"})
    with open_clone(source(repo, old), prefix=PREFIX) as clone:
        tree = clone.tree("tree")
        assert (tree / "a.txt").read_text() == "old"
        assert sorted(path.name for path in tree.rglob("*")) == ["a.txt", "b.txt", "folder"]
        root = clone.root
        assert stat.S_IMODE(root.stat().st_mode) == 0o700
    assert not root.exists()


def test_the_clone_is_removed_when_the_work_fails(repo: GitRepo) -> None:
    sha = repo.commit({"a": "1"})
    roots = []

    def fail() -> None:
        with open_clone(source(repo, sha), prefix=PREFIX) as clone:
            roots.append(clone.root)
            locked = clone.tree("tree") / "locked"
            locked.mkdir()
            (locked / "file").write_text("x")
            locked.chmod(0o000)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert not roots[0].exists()


def test_a_server_that_serves_no_single_commits_is_asked_for_the_branch(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = repo.commit({"a": "1"})
    repo.commit({"a": "2"})
    # A server behind ssh that speaks the first protocol only: it serves what branches point at, nothing else.
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text('#!/bin/sh\nunset GIT_PROTOCOL\nfor last; do :; done\nexec sh -c "$last"\n')
    ssh.chmod(0o700)
    monkeypatch.setenv("PATH", f"{ssh.parent}:{os.environ['PATH']}")
    remote = Remote(f"ssh://example.org{repo.remote}")
    with open_clone(Source(remote, old, "main"), prefix=PREFIX) as clone:
        assert (clone.tree("tree") / "a").read_text() == "1"
    with pytest.raises(GitFailed, match="unadvertised"), open_clone(Source(remote, old), prefix=PREFIX):
        pass


def test_a_commit_that_is_nowhere_is_an_error_that_names_it(repo: GitRepo) -> None:
    repo.commit({"a": "1"})
    with pytest.raises(GitFailed, match="dddddddddddd is not in"), open_clone(source(repo, "d" * 40), prefix=PREFIX):
        pass


def test_a_remote_that_does_not_answer_may_answer_later() -> None:
    gone = Source(Remote("https://127.0.0.1:1/shop.git"), "a" * 40)
    with pytest.raises(Unavailable, match="git fetch failed"), open_clone(gone, prefix=PREFIX):
        pass


def test_changes_are_found_applied_and_committed_to_the_same_commit_each_time(repo: GitRepo) -> None:
    sha = repo.commit({"a.txt": "one\n", "gone.txt": "x\n", ".gitignore": "*.pyc\n"})
    made = set()
    for _ in range(2):
        with open_clone(source(repo, sha), prefix=PREFIX) as clone:
            tree = clone.tree("tree")
            (tree / "a.txt").write_text("two\n")
            (tree / "new.bin").write_bytes(bytes(range(256)))
            (tree / "gone.txt").unlink()
            (tree / "noise.pyc").write_text("ignored")
            patch = clone.changes(tree)
        assert patch.files == (("a.txt", "100644"), ("gone.txt", "000000"), ("new.bin", "100644"))
        with open_clone(source(repo, sha), prefix=PREFIX) as fresh:
            changed = fresh.apply(patch.diff)
            again = fresh.tree("again", treeish=changed)
            assert (again / "a.txt").read_text() == "two\n"
            assert (again / "new.bin").read_bytes() == bytes(range(256))
            assert not (again / "gone.txt").exists()
            made.add(fresh.commit(changed, "Fix: it\n", at=WHEN))
    assert len(made) == 1


def test_a_git_repository_made_by_a_tool_is_refused_and_nothing_in_it_runs(repo: GitRepo, tmp_path: Path) -> None:
    sha = repo.commit({"a.txt": "one\n"})
    with open_clone(source(repo, sha), prefix=PREFIX) as clone:
        tree = clone.tree("tree")
        trap = f"[core]\n\tfsmonitor = touch {tmp_path}/trapped\n\tworktree = {tree}\n"
        for place in (tree / ".git", tree / "deep" / ".GIT"):
            place.mkdir(parents=True)
            (place / "config").write_text(trap)
        with pytest.raises(Ended, match="a git repository"):
            clone.changes(tree)
    assert not (tmp_path / "trapped").exists()


def test_settings_and_hooks_of_the_machine_are_not_used(
    repo: GitRepo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sha = repo.commit({"a.txt": "one\n"})
    elsewhere = f'[url "{tmp_path}/elsewhere"]\n\tinsteadOf = {repo.remote}\n'
    (tmp_path / ".gitconfig").write_text(f"{elsewhere}[core]\n\tfsmonitor = touch {tmp_path}/trapped\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / ".gitconfig"))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    with open_clone(source(repo, sha), prefix=PREFIX) as clone:
        assert clone.changes(clone.tree("tree")).files == ()
    assert not (tmp_path / "trapped").exists()


@pytest.mark.parametrize(
    "url", ["", "--upload-pack=x", "ext::sh -c id", "http://example.org/x.git", "git://example.org/x", "a\nb", "x::y"]
)
def test_addresses_that_git_must_not_see(url: str) -> None:
    with pytest.raises(ConfigError, match="clone_url: not an address"):
        Remote(url)


@pytest.mark.parametrize("url", ["https://example.org/a.git", "git@example.org:a/b.git", "/srv/a.git", "file:///a"])
def test_addresses_that_are_fine(url: str) -> None:
    assert Remote(url).name == url


def test_a_password_in_an_address_is_in_no_argument_error_or_repr() -> None:
    remote = Remote("https://ada:s3cret-canary@127.0.0.1:1/shop.git")
    assert remote.name == "https://127.0.0.1:1/shop.git"
    assert "canary" not in repr(remote)
    with pytest.raises(Unavailable) as caught, open_clone(Source(remote, "a" * 40), prefix=PREFIX):
        pass
    assert "canary" not in str(caught.value)
    assert "127.0.0.1:1/shop.git" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["-D", "--output=x", "HEAD", "@", "a..b", "a b", "a\nb", "x~1", "", "a" * 301, "a.lock"]
)
def test_names_that_are_no_branches(name: str) -> None:
    with pytest.raises(Invalid, match="not the name of a branch"):
        git.check_branch(name)


@pytest.mark.parametrize("sha", ["", "abc", "-" * 40, "A" * 40, "g" * 40])
def test_ids_that_are_no_commits(sha: str) -> None:
    with pytest.raises(Invalid, match="not a full commit id"):
        git.check_commit(sha)


def test_leftovers_of_one_attempt_are_removed_and_others_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    mine, other = tmp_path / "mark-1-2-abc", tmp_path / "mark-11-1-abc"
    for place in (mine, other):
        (place / "deep").mkdir(parents=True)
    remove_leftovers("mark-1-")
    assert (mine.exists(), other.exists()) == (False, True)


def test_removing_follows_no_links(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(kept)
    remove(root)
    assert (kept / "file").exists()
    assert not root.exists()


def test_a_clone_holds_no_setting_of_the_remote(repo: GitRepo) -> None:
    sha = repo.commit({"a": "1"})
    with open_clone(source(repo, sha), prefix=PREFIX) as clone:
        assert isinstance(clone, Clone)
        assert "remote" not in (clone.git_dir / "config").read_text()
        assert not (clone.git_dir / "hooks").exists()
