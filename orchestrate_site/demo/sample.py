"""A small Python repository to run CI on: a bare git remote with four commits, each with a fate of its own."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ci_integrations.errors import OrchestrateError
from orchestrate_site.demo.sample_files import COMMITS

BRANCH: Final = "main"
_AUTHOR: Final = "Sample Author"
_EMAIL: Final = "sample@example.com"
_GIT_SECONDS: Final = 30


@dataclass(frozen=True, slots=True)
class SampleCommit:
    """One commit: `name` says what CI will find in it, `sha` is its full id."""

    name: str
    sha: str


@dataclass(frozen=True, slots=True)
class Sample:
    """The remote's address for git (a path), its branch, and its commits, oldest first."""

    remote: str
    branch: str
    commits: tuple[SampleCommit, ...]

    def sha(self, name: str) -> str:
        """The id of the commit called `name`. Raises KeyError."""
        return {commit.name: commit.sha for commit in self.commits}[name]


def make_sample(directory: Path) -> Sample:
    """Make the bare repository `directory`/sample.git and push the four commits to it.

    Their ids are the same every time. The remote refuses force pushes. Raises OrchestrateError where git is missing or
    fails, or the repository exists already.
    """
    remote = directory.resolve() / "sample.git"
    if remote.exists():
        raise OrchestrateError(f"{remote} exists already: remove it, or choose another directory")
    directory.mkdir(parents=True, exist_ok=True)
    _git("init", "--quiet", "--bare", f"--initial-branch={BRANCH}", str(remote), cwd=directory)
    _git("config", "receive.denyNonFastForwards", "true", cwd=remote)
    with tempfile.TemporaryDirectory(dir=directory, prefix="sample-") as work:
        tree = Path(work)
        _git("init", "--quiet", f"--initial-branch={BRANCH}", cwd=tree)
        commits = tuple(
            SampleCommit(name=name, sha=_commit(tree, remote, number, message, files))
            for number, (name, message, files) in enumerate(COMMITS)
        )
    return Sample(remote=str(remote), branch=BRANCH, commits=commits)


def _commit(tree: Path, remote: Path, number: int, message: str, files: Mapping[str, str]) -> str:
    for path, text in files.items():
        target = tree / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    _git("add", "--all", cwd=tree)
    _git("commit", "--quiet", f"--message={message}", cwd=tree, minute=number)
    _git("push", "--quiet", str(remote), BRANCH, cwd=tree)
    return _git("rev-parse", "HEAD", cwd=tree)


def _git(*arguments: str, cwd: Path, minute: int = 0) -> str:
    program = shutil.which("git")
    if program is None:
        raise OrchestrateError("git is not found on PATH: install it (Debian: apt install git)")
    when = f"2026-01-05T09:{minute:02}:00+00:00"
    done = subprocess.run(
        [program, *arguments],
        cwd=cwd,
        env={
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_TEMPLATE_DIR": "",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_AUTHOR_NAME": _AUTHOR,
            "GIT_AUTHOR_EMAIL": _EMAIL,
            "GIT_AUTHOR_DATE": when,
            "GIT_COMMITTER_NAME": _AUTHOR,
            "GIT_COMMITTER_EMAIL": _EMAIL,
            "GIT_COMMITTER_DATE": when,
        },
        capture_output=True,
        text=True,
        timeout=_GIT_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        raise OrchestrateError(f"git {arguments[0]} failed in {cwd}: {done.stderr.strip()}")
    return done.stdout.strip()
