import base64
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ci_integrations.errors import ConfigError, Invalid, Unavailable
from fixers.git import GitFailed, Remote, TooLarge, check_branch, check_commit, remote_heads
from fixers.git import run as git_run
from fixers.outcome import Ended
from fixers.trees import remove, remove_leftovers
from fixers.workspace import Clone, Source, open_clone
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
        check_branch(name)


@pytest.mark.parametrize("sha", ["", "abc", "-" * 40, "A" * 40, "g" * 40])
def test_ids_that_are_no_commits(sha: str) -> None:
    with pytest.raises(Invalid, match="not a full commit id"):
        check_commit(sha)


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


def test_a_link_is_a_text_file_that_leads_nowhere(repo: GitRepo, tmp_path: Path) -> None:
    outside = tmp_path / "outside.py"
    outside.write_text("x  = 1\n")
    (repo.clone / "link.py").symlink_to(outside)
    sha = repo.commit({"a.txt": "one\n"})
    with open_clone(source(repo, sha), prefix=PREFIX) as clone:
        tree = clone.tree("tree")
        assert not (tree / "link.py").is_symlink()
        assert (tree / "link.py").read_text() == str(outside)
        assert clone.changes(tree).files == ()
        (tree / "link.py").write_text("/etc/passwd")
        (tree / "new.py").symlink_to(outside)
        assert clone.changes(tree).files == (("link.py", "120000"), ("new.py", "120000"))
    assert outside.read_text() == "x  = 1\n"


def test_files_that_no_tool_touched_stay_as_they_are_whatever_gitattributes_say(repo: GitRepo) -> None:
    attributes = "*.txt text eol=lf\n*.c ident\n*.u working-tree-encoding=UTF-16\n*.b text eol=crlf\n*.f filter=x\n"
    files = {"n.txt": "one\r\ntwo\r\n", "t.c": "/* $Id$ */\n", "x.u": "text\n", "x.b": "text\n", "x.f": "f\n"}
    for name, text in files.items():
        (repo.clone / name).write_bytes(text.encode())
    repo.commit({"a.txt": "a\r\n", "attributes": attributes})
    sha = repo.commit_as("attributes", ".gitattributes")
    with open_clone(source(repo, sha), prefix=PREFIX) as clone:
        tree = clone.tree("tree")
        assert {name: (tree / name).read_bytes().decode() for name in files} == files
        (tree / "a.txt").write_bytes(b"b\r\n")
        patch = clone.changes(tree)
        assert patch.files == (("a.txt", "100644"),)
        assert (clone.tree("again", treeish=clone.apply(patch.diff)) / "a.txt").read_bytes() == b"b\r\n"


def deep(repo: GitRepo, depth: int) -> str:
    """A commit with a file below so many directories, which no working tree needs to hold."""
    repo.commit({"a.txt": "one\n"})
    return repo.commit_as("a.txt", f"{'d/' * depth}x")


def test_directories_deeper_than_any_tool_can_walk_are_refused_before_they_are_made(repo: GitRepo) -> None:
    with open_clone(source(repo, deep(repo, 100)), prefix=PREFIX) as clone:
        assert (clone.tree("tree") / "d" / "d").is_dir()
    with (
        open_clone(source(repo, deep(repo, 1500)), prefix=PREFIX) as clone,
        pytest.raises(Ended, match="more than 100 deep"),
    ):
        clone.tree("tree")


def make_deep(place: Path, depth: int) -> None:
    """Directories beyond the longest path that the system takes."""
    was = Path.cwd()
    os.chdir(place)
    try:
        for _ in range(depth):
            Path("d").mkdir()
            os.chdir("d")
    finally:
        os.chdir(was)


def test_deep_directories_that_a_tool_made_are_refused_and_removed(repo: GitRepo) -> None:
    with open_clone(source(repo, repo.commit({"a": "1"})), prefix=PREFIX) as clone:
        tree = clone.tree("tree")
        make_deep(tree, 3000)
        with pytest.raises(Ended, match="directories more than 100 deep"):
            clone.changes(tree)


@pytest.mark.parametrize(
    ("limit", "value", "says"),
    [
        ("MAX_TREE_BYTES", 9, "10 bytes long, the limit is 9"),
        ("MAX_TREE_FILES", 1, "has 2 files, the limit is 1"),
        ("_LIST_BYTES", 50, "more than 200000 files"),
    ],
)
def test_a_tree_that_is_too_large_is_not_written(
    repo: GitRepo, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, says: str
) -> None:
    sha = repo.commit({"a.txt": "12345", "b.txt": "12345"})
    with open_clone(source(repo, sha), prefix=PREFIX) as clone:
        clone.tree("fits")
        monkeypatch.setattr(f"fixers.workspace.{limit}", value)
        with pytest.raises(Ended, match=says):
            clone.tree("tree")
        assert not (clone.root / "tree").exists()


def test_a_large_change_is_refused_before_it_is_read(repo: GitRepo) -> None:
    with open_clone(source(repo, repo.commit({"a.txt": "1"})), prefix=PREFIX) as clone:
        tree = clone.tree("tree")
        for number in range(51):
            (tree / f"{number}").write_text("x")
        with pytest.raises(Ended, match="touches 51 files, the limit is 50"):
            clone.changes(tree)
        for number in range(51):
            (tree / f"{number}").unlink()
        (tree / "core.bin").write_bytes(bytes(10_000_001))
        with pytest.raises(Ended, match=r"touches core\.bin, 10000001 bytes long, the limit is 10000000"):
            clone.changes(tree)


def test_what_git_writes_is_bounded(repo: GitRepo) -> None:
    with (
        open_clone(source(repo, repo.commit({"a.txt": "1"})), prefix=PREFIX) as clone,
        pytest.raises(TooLarge, match="git ls-tree was to write more than 20 bytes"),
    ):
        git_run("ls-tree", clone.source.commit_sha, git_dir=clone.git_dir, largest_file=20)


def test_a_password_reaches_git_for_its_own_server_alone_and_by_no_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = Remote("https://bot:s3cr%2Fet@git.example.org/shop.git")
    header = "Authorization: Basic " + base64.b64encode(b"bot:s3cr/et").decode()
    for url, expected in ((remote.name, header), ("https://other.example.org/shop.git", "")):
        command = ("config", "--get-urlmatch", "http.extraHeader", url)
        _, said = git_run(*command, env=remote.environment, git_dir=tmp_path, ok=(0, 1))
        assert said.decode().strip() == expected
    # A program in place of git, which writes down how it was called.
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\nenv > {tmp_path}/environment\n')
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    remote_heads(remote, "main", git_dir=tmp_path)
    seen = (tmp_path / "arguments").read_text() + (tmp_path / "environment").read_text().replace(header, "")
    assert "git.example.org/shop.git" in seen
    assert "s3cr" not in seen
    assert header.split()[-1] not in seen
    assert header in (tmp_path / "environment").read_text()
    assert "s3cr" not in remote.mask(f"{remote.url} s3cr/et s3cr%2Fet")
    assert remote.mask(header) == "Authorization: Basic ***"


@pytest.mark.parametrize(
    ("url", "says"),
    [("https://a:s3cret@example.org/x?y=1", "query"), ("ssh://git:s3cret@example.org/x", "password is for https only")],
)
def test_addresses_whose_secrets_would_be_seen(url: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as caught:
        Remote(url)
    assert "s3cret" not in str(caught.value)
