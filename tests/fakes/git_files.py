"""The bare repositories of the fake code hosts, and commits to them."""

import subprocess
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
