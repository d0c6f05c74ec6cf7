"""The bare repositories of the fake code hosts, and commits to them."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


def make_bare(git_dir: Path, branch: str) -> None:
    """A repository that can be pushed to."""
    git("init", "--bare", "-q", "-b", branch, f"{git_dir}")
    for setting in ("http.receivepack=true", "uploadpack.allowAnySHA1InWant=true"):
        git("--git-dir", f"{git_dir}", "config", *setting.split("="))


def commit_files(git_dir: Path, place: Path, files: dict[str, str], branch: str, start: str = "") -> None:
    """Commit files to a branch that begins at `start`; `place` is a folder to work in."""
    if start:
        git("clone", "-q", "--branch", start, f"{git_dir}", f"{place}")
        git("-C", f"{place}", "checkout", "-q", "-B", branch)
    else:
        git("init", "-q", "-b", branch, f"{place}")
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(content)
    git("-C", f"{place}", "add", "--all")
    author = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    git("-C", f"{place}", *author, "commit", "-q", "-m", "A change")
    git("-C", f"{place}", "push", "-q", f"{git_dir}", branch)


def git(*args: str) -> None:
    """Run git. Raises CalledProcessError where it refuses."""
    subprocess.run(["git", *args], check=True, capture_output=True)


def resolve(git_dir: Path, name: str) -> str:
    """The whole number of a commit; "" where there is none."""
    command = ["git", "--git-dir", f"{git_dir}", "rev-parse", "-q", "--verify", f"{name}^{{commit}}"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def contains(git_dir: Path, head: str, sha: str) -> bool:
    """Whether a commit is among those of a head."""
    command = ["git", "--git-dir", f"{git_dir}", "merge-base", "--is-ancestor", sha, head]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def merge_base(git_dir: Path, base: str, head: str) -> str:
    """The newest commit of both; "" where there is none."""
    command = ["git", "--git-dir", f"{git_dir}", "merge-base", base, head]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


@dataclass(frozen=True)
class FileDiff:
    """A file that two commits have differently; `text` begins with its first hunk, "" where it has none."""

    status: str
    old_path: str
    path: str
    old_mode: str
    mode: str
    text: str

    @property
    def added(self) -> int:
        """How many lines are new."""
        return sum(line.startswith("+") for line in self.text.split("\n"))

    @property
    def removed(self) -> int:
        """How many lines are gone."""
        return sum(line.startswith("-") for line in self.text.split("\n"))


def file_diffs(git_dir: Path, base: str, head: str) -> list[FileDiff]:
    """The files that two commits have differently, by path."""
    git_of = ["git", "--git-dir", f"{git_dir}", "-c", "diff.renames=true"]
    listing = [*git_of, "diff", "--raw", "-z", base, head]
    listed = subprocess.run(listing, capture_output=True, text=True, check=True).stdout
    parts = iter(listed.split("\0")[:-1])
    found = []
    for facts in parts:
        old_mode, mode, _, _, status = facts.removeprefix(":").split(" ")
        old_path = next(parts)
        path = next(parts) if status[0] in "RC" else old_path
        command = [*git_of, "diff", base, head, "--", old_path, path]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        hunks = text[text.find("\n@@ ") + 1 :] if "\n@@ " in text else ""
        found.append(FileDiff(status[0], old_path, path, old_mode, mode, hunks))
    return found
