"""Real git remotes, and rows of runs as a provider's sync would have left them."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from ci_integrations.domain import Outcome, State
from ci_integrations.models import Connection, Job, LogFinding, Repository, Run, TestCase, TestResult
from tests.fakes.memory import MemoryServer

PYPROJECT = "[tool.ruff]\nline-length = 88\n"
UGLY = "def  add( a,b ):\n    return a+b\n"
PRETTY = "def add(a, b):\n    return a + b\n"


def git(*args: str, cwd: Path) -> str:
    """Run git as a person would, without the machine's settings."""
    env = {
        **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _PERSON.items()},
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "HOME": str(cwd),
    }
    done = subprocess.run(["git", *args], cwd=cwd, env=env, capture_output=True, text=True, check=True)
    return done.stdout.strip()


_PERSON = {"NAME": "Ada", "EMAIL": "ada@example.org", "DATE": "2026-01-01T00:00:00Z"}


@dataclass(frozen=True)
class GitRepo:
    """A bare remote and somebody's clone of it."""

    remote: Path
    clone: Path

    def commit(self, files: Mapping[str, str], *, branch: str = "main", message: str = "Change") -> str:
        """Commit files on top of the branch and push; gives the commit's id."""
        for name, text in files.items():
            path = self.clone / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git("add", "--all", cwd=self.clone)
        git("commit", "--quiet", "--allow-empty", "-m", message, cwd=self.clone)
        git("push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}", cwd=self.clone)
        return git("rev-parse", "HEAD", cwd=self.clone)

    def commit_as(self, name: str, other: str) -> str:
        """Commit a file a second time under another name, which the working tree does not hold."""
        blob = git("rev-parse", f"HEAD:{name}", cwd=self.clone)
        git("update-index", "--add", "--cacheinfo", f"100644,{blob},{other}", cwd=self.clone)
        git("commit", "--quiet", "-m", "Change", cwd=self.clone)
        git("push", "--quiet", "origin", "HEAD:refs/heads/main", cwd=self.clone)
        return git("rev-parse", "HEAD", cwd=self.clone)

    def heads(self) -> dict[str, str]:
        """The branches of the remote: name -> commit."""
        listed = git("for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads", cwd=self.remote)
        return dict(line.split(" ") for line in listed.splitlines())

    def show(self, revision: str) -> str:
        """What git show says on the remote."""
        return git("show", revision, cwd=self.remote)


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """An empty remote."""
    return make_repo(tmp_path)


def make_repo(place: Path) -> GitRepo:
    """An empty remote in a directory."""
    remote, clone = place / "remote.git", place / "person"
    remote.mkdir()
    clone.mkdir()
    git("init", "--quiet", "--bare", "-b", "main", cwd=remote)
    git("init", "--quiet", "-b", "main", cwd=clone)
    git("remote", "add", "origin", str(remote), cwd=clone)
    return GitRepo(remote=remote, clone=clone)


@pytest.fixture
def repository(db: None, repo: GitRepo, server: MemoryServer, storage: Path) -> Repository:
    """A repository on a server that can do everything, with a clone_url."""
    return make_repository(clone_url=str(repo.remote), provider="memory", config={"server": server.name})


def make_repository(*, clone_url: str, provider: str, config: dict[str, Any]) -> Repository:
    """A repository row and its connection."""
    connection = Connection.objects.create(provider=provider, name="ci", config=config, place="test")
    return Repository.objects.create(connection=connection, external_id="repo", name="shop", clone_url=clone_url)


def make_run(
    repository: Repository,
    *,
    state: State = State.FAILURE,
    commit_sha: str = "c" * 40,
    branch: str = "main",
    findings: tuple[tuple[str, str, str], ...] = (),
    failed: tuple[str, ...] = (),
    passed: tuple[str, ...] = (),
    retry_of: Run | None = None,
    suite: str = "tests.test_shop",
) -> Run:
    """A settled run with one job; findings are (kind, tool, message), tests are names."""
    now = timezone.now()
    run = Run.objects.create(
        repository=repository,
        external_id=f"{Run.objects.count() + 1}",
        state=state,
        workflow="ci",
        branch=branch,
        commit_sha=commit_sha,
        created_at=now,
        finished_at=now,
        settled_at=now,
        retry_of=retry_of,
    )
    job = Job.objects.create(run=run, external_id="1", name="build", state=state)
    for line, (kind, tool, message) in enumerate(findings, start=1):
        LogFinding.objects.create(job=job, line=line, kind=kind, tool=tool, message=message)
    for name in (*failed, *passed):
        case, _ = TestCase.objects.get_or_create(
            repository=repository, fingerprint=name, defaults={"suite": suite, "name": name}
        )
        TestResult.objects.create(
            job=job,
            case=case,
            outcome=Outcome.FAILED if name in failed else Outcome.PASSED,
            message="AssertionError: assert 1 == 2" if name in failed else "",
            details="E   assert 1 == 2" if name in failed else "",
            file="tests/test_shop.py" if name in failed else "",
            line=7 if name in failed else None,
        )
    return run


FORMAT_FINDING = ("format", "ruff format", "Would reformat: shop.py")


@pytest.fixture
def ugly_run(repository: Repository, repo: GitRepo) -> Run:
    """A run whose formatter complained, of a commit that is really badly formatted."""
    repo.commit({"pyproject.toml": PYPROJECT, "shop.py": PRETTY})
    sha = repo.commit({"shop.py": UGLY}, message="Add in haste")
    return make_run(repository, commit_sha=sha, findings=(FORMAT_FINDING,))


@pytest.fixture
def no_leftovers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing of an attempt may be left in the temporary directory, which is this test's own."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    yield
    assert list(temporary.glob("orchestrate-fix-*")) == []
