"""A disposable clone at one commit, and trees of its files without any .git in them.

Tools work in a tree; git works outside of it. A clone that stood on the machine while a tool ran is not trusted any
more: what the tool changed is read by a new clone.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from fixers import git, trees
from fixers.git import GitFailed, Remote, TooLarge
from fixers.outcome import rejected

AUTHOR: Final = "Orchestrate CI"
EMAIL: Final = "orchestrate-ci@localhost"
MAX_TREE_FILES: Final = 200_000
MAX_TREE_BYTES: Final = 1_000_000_000
MAX_FILES: Final = 50
# Of one file before or after a change: beyond it the change itself is not asked for.
MAX_CHANGED_BYTES: Final = 10_000_000
_LIST_BYTES: Final = 64_000_000
_NO_FILE: Final = "000000"
_FETCHED: Final = "refs/orchestrate/commit"
# Files are read and written as they are in the repository, whatever its .gitattributes say. A working-tree-encoding can
# only be left unspecified: https://git-scm.com/docs/gitattributes
_ATTRIBUTES: Final = "* -text -eol -ident -filter !working-tree-encoding\n"


@dataclass(frozen=True, slots=True)
class Source:
    """What to clone: `commit_sha` of `remote`, found on `branch` where the server does not serve single commits."""

    remote: Remote
    commit_sha: str
    branch: str = ""


@dataclass(frozen=True, slots=True)
class Patch:
    """A change as `git diff --binary` writes it, and the paths it touches with their new modes ("000000": deleted).

    `added` are the paths that were not there before.
    """

    diff: str
    files: tuple[tuple[str, str], ...]
    added: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Clone:
    """A bare repository that holds one commit; `root` is the temporary directory around it."""

    root: Path
    git_dir: Path
    source: Source

    def tree(self, name: str, *, treeish: str = "") -> Path:
        """Write the files of the commit, or of another tree, to a new directory below `root`; gives it.

        A link becomes a text file that holds its target. Raises Ended (rejected) for a tree that is too large or deep.
        """
        self._refuse_large(treeish or self.source.commit_sha)
        place = self.root / name
        place.mkdir(mode=0o700)
        env = {"GIT_INDEX_FILE": str(self.root / f"{name}.index")}
        git.run("read-tree", treeish or self.source.commit_sha, git_dir=self.git_dir, env=env)
        git.run("checkout-index", "--all", "--force", git_dir=self.git_dir, work_tree=place, env=env)
        return place

    def changes(self, tree: Path) -> Patch:
        """What differs between a tree and the commit; ignored files are not looked at. Raises Ended, GitFailed."""
        trees.look_through(tree)
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
        plain = ("--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules=none")
        pair = (self.source.commit_sha, tree, "--")
        _, raw = git.run(
            "diff", "--raw", "-z", "--abbrev=64", *plain, *pair, git_dir=self.git_dir, largest_file=_LIST_BYTES
        )
        fields = raw.decode(errors="replace").split("\0")[:-1]
        # ":<old mode> <new mode> <old id> <new id> <status>", then the path.
        changes = [
            (path, *meta.removeprefix(":").split(" ")) for meta, path in zip(fields[::2], fields[1::2], strict=True)
        ]
        if len(changes) > MAX_FILES:
            raise rejected(f"the change touches {len(changes)} files, the limit is {MAX_FILES}")
        for path, _, _, old, new, _ in changes:
            self._refuse_large_file(path, old, new)
        _, diff = git.run("diff", "--binary", "--full-index", *plain, *pair, git_dir=self.git_dir)
        try:
            text = diff.decode()
        except UnicodeDecodeError:
            raise rejected("the change touches a text file that is not UTF-8") from None
        if "\0" in text:
            raise rejected("the change touches a file with NUL bytes that the repository declares as text")
        return Patch(
            text,
            files=tuple((path, new_mode) for path, _, new_mode, *_ in changes),
            added=frozenset(path for path, old_mode, *_ in changes if old_mode == _NO_FILE),
        )

    def _refuse_large_file(self, path: str, *ids: str) -> None:
        for one in ids:
            # A file that is not there has the id 000...; a submodule's commit is not here.
            code, size = git.run("cat-file", "-s", one, git_dir=self.git_dir, ok=(0, 128))
            if code == 0 and int(size) > MAX_CHANGED_BYTES:
                raise rejected(f"the change touches {path}, {int(size)} bytes long, the limit is {MAX_CHANGED_BYTES}")

    def _refuse_large(self, treeish: str) -> None:
        """Refuse a tree before any of it is written."""
        try:
            _, listed = git.run("ls-tree", "-r", "-l", "-z", treeish, git_dir=self.git_dir, largest_file=_LIST_BYTES)
        except TooLarge:
            raise rejected(f"the repository has more than {MAX_TREE_FILES} files, the limit") from None
        rows = listed.split(b"\0")[:-1]
        if len(rows) > MAX_TREE_FILES:
            raise rejected(f"the repository has {len(rows)} files, the limit is {MAX_TREE_FILES}")
        total = 0
        for row in rows:
            # "<mode> <type> <id> <size>\t<path>"; a submodule has the size "-".
            meta, _, path = row.partition(b"\t")
            size = meta.split()[-1]
            total += int(size) if size.isdigit() else 0
            if path.count(b"/") > trees.MAX_DEPTH:
                where = path.decode(errors="replace")[:60]
                raise rejected(f"the repository has directories more than {trees.MAX_DEPTH} deep: {where}...")
        if total > MAX_TREE_BYTES:
            raise rejected(f"the files of the repository are {total} bytes long, the limit is {MAX_TREE_BYTES}")


@contextmanager
def open_clone(source: Source, *, prefix: str) -> Iterator[Clone]:
    """Clone a commit into a new temporary directory, which is removed at the end whatever happens.

    Raises Unavailable, GitFailed; GitFailed where the commit is not (any more) in the repository.
    """
    root = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        clone = Clone(root=root, git_dir=root / "repository.git", source=source)
        git.run("init", "--quiet", "--bare", "--template=", str(clone.git_dir))
        (clone.git_dir / "info").mkdir()
        (clone.git_dir / "info" / "attributes").write_text(_ATTRIBUTES)
        fetch_commit(clone)
        yield clone
    finally:
        trees.remove(root)


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
