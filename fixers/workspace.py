"""A disposable clone at one commit, and trees of its files without any .git in them.

Tools work in a tree; git works outside of it. A clone that stood on the machine while a tool ran is not trusted any
more: what the tool changed is read by a new clone.
"""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from fixers import git
from fixers.git import GitFailed, Remote
from fixers.outcome import rejected

AUTHOR: Final = "Orchestrate CI"
EMAIL: Final = "orchestrate-ci@localhost"
_FETCHED: Final = "refs/orchestrate/commit"


@dataclass(frozen=True, slots=True)
class Source:
    """What to clone: `commit_sha` of `remote`, found on `branch` where the server does not serve single commits."""

    remote: Remote
    commit_sha: str
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Patch:
    """A change as `git diff --binary` writes it, and the paths it touches with their new modes ("000000": deleted)."""

    diff: str
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Clone:
    """A bare repository that holds one commit; `root` is the temporary directory around it."""

    root: Path
    git_dir: Path
    source: Source

    def tree(self, name: str, *, treeish: str = "") -> Path:
        """Write the files of the commit, or of another tree, to a new directory below `root`; gives it."""
        place = self.root / name
        place.mkdir(mode=0o700)
        env = {"GIT_INDEX_FILE": str(self.root / f"{name}.index")}
        git.run("read-tree", treeish or self.source.commit_sha, git_dir=self.git_dir, env=env)
        git.run("checkout-index", "--all", "--force", git_dir=self.git_dir, work_tree=place, env=env)
        return place

    def changes(self, tree: Path) -> Patch:
        """What differs between a tree and the commit; ignored files are not looked at. Raises Ended, GitFailed."""
        _refuse_repositories(tree)
        index = {"GIT_INDEX_FILE": str(self.root / "changes.index")}
        git.run("read-tree", self.source.commit_sha, git_dir=self.git_dir, env=index)
        git.run("add", "--all", "--", ".", git_dir=self.git_dir, work_tree=tree, env=index)
        _, written = git.run("write-tree", git_dir=self.git_dir, env=index)
        return self._difference(written.decode().strip())

    def apply(self, diff: str) -> str:
        """The id of the commit's tree with a diff applied. Raises GitFailed where it does not fit."""
        index = {"GIT_INDEX_FILE": str(self.root / "apply.index")}
        git.run("read-tree", self.source.commit_sha, git_dir=self.git_dir, env=index)
        git.run(
            "apply", "--cached", "--binary", "--whitespace=nowarn", git_dir=self.git_dir, env=index, stdin=diff.encode()
        )
        _, written = git.run("write-tree", git_dir=self.git_dir, env=index)
        return written.decode().strip()

    def commit(self, tree: str, message: str, *, at: datetime) -> str:
        """Commit a tree on top of the commit; the same arguments give the same commit id."""
        when = f"{int(at.timestamp())} +0000"
        env = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", AUTHOR), ("EMAIL", EMAIL), ("DATE", when))
        }
        _, made = git.run(
            "commit-tree", tree, "-p", self.source.commit_sha, git_dir=self.git_dir, env=env, stdin=message.encode()
        )
        return made.decode().strip()

    def _difference(self, tree: str) -> Patch:
        pair = (self.source.commit_sha, tree)
        plain = ("--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules=none")
        _, raw = git.run("diff", "--raw", "-z", *plain, *pair, "--", git_dir=self.git_dir)
        _, diff = git.run("diff", "--binary", "--full-index", *plain, *pair, "--", git_dir=self.git_dir)
        try:
            text = diff.decode()
        except UnicodeDecodeError:
            raise rejected("the change touches a text file that is not UTF-8") from None
        if "\0" in text:
            raise rejected("the change touches a file with NUL bytes that the repository declares as text")
        fields = raw.decode(errors="replace").split("\0")[:-1]
        # ":<old mode> <new mode> <old id> <new id> <status>", then the path.
        pairs = zip(fields[::2], fields[1::2], strict=True)
        return Patch(text, tuple((path, meta.split(" ")[1]) for meta, path in pairs))


@contextmanager
def open_clone(source: Source, *, prefix: str) -> Iterator[Clone]:
    """Clone a commit into a new temporary directory, which is removed at the end whatever happens.

    Raises Unavailable, GitFailed; GitFailed where the commit is not (any more) in the repository.
    """
    root = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        clone = Clone(root=root, git_dir=root / "repository.git", source=source)
        git.run("init", "--quiet", "--bare", "--template=", str(clone.git_dir))
        fetch_commit(clone)
        yield clone
    finally:
        remove(root)


def fetch_commit(clone: Clone) -> None:
    """Fetch the source's commit by its id, else by its branch. Raises Invalid, Unavailable, GitFailed."""
    source = clone.source
    sha = git.check_commit(source.commit_sha)
    try:
        _fetch(clone, "--depth=1", refspec=f"{sha}:{_FETCHED}")
    except GitFailed:
        if not source.branch:
            raise
        _fetch(clone, refspec=f"+refs/heads/{git.check_branch(source.branch)}:{_FETCHED}")
    code, _ = git.run("merge-base", "--is-ancestor", sha, _FETCHED, git_dir=clone.git_dir, ok=(0, 1, 128))
    if code:
        raise GitFailed(f"commit {sha[:12]} is not in {source.remote.name}, branch {source.branch or '(none)'}")


def is_in_branch(clone: Clone, head: str) -> bool:
    """Whether the source's branch, now at `head`, still holds the commit. Raises Unavailable, GitFailed."""
    sha = clone.source.commit_sha
    if head == sha:
        return True
    branch = git.check_branch(clone.source.branch)
    _fetch(clone, refspec=f"+refs/heads/{branch}:refs/orchestrate/branch")
    code, _ = git.run(
        "merge-base", "--is-ancestor", sha, "refs/orchestrate/branch", git_dir=clone.git_dir, ok=(0, 1, 128)
    )
    return code == 0


def remove(root: Path) -> None:
    """Remove a directory and all in it, also where a tool took away the permission to."""
    for folder, _, _ in os.walk(root, topdown=True):
        if stat.S_ISDIR(Path(folder).lstat().st_mode):
            Path(folder).chmod(0o700)
    shutil.rmtree(root, ignore_errors=True)


def remove_leftovers(prefix: str) -> None:
    """Remove the directories that a killed process left behind."""
    for left in Path(tempfile.gettempdir()).glob(f"{prefix}*"):
        if left.is_dir() and not left.is_symlink() and left.stat().st_uid == os.geteuid():
            remove(left)


def _fetch(clone: Clone, *options: str, refspec: str) -> None:
    remote = clone.source.remote
    git.run(
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-recurse-submodules",
        "--no-write-fetch-head",
        *options,
        "--end-of-options",
        remote.name,
        refspec,
        git_dir=clone.git_dir,
        remote=remote,
    )


def _refuse_repositories(tree: Path) -> None:
    """A .git below the tree would be followed by git: a tool has no reason to make one."""
    for folder, folders, files in os.walk(tree):
        for name in (*folders, *files):
            if name.lower() == ".git":
                raise rejected(f"the change makes {(Path(folder) / name).relative_to(tree)}, a git repository")
