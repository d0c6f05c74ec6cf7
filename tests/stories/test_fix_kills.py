"""A badly formatted commit is fixed, pushed and green, whichever process is killed on the way."""

import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fakes.ci_server import FakeCI, Outcome
from tests.fixers.conftest import PRETTY, PYPROJECT, UGLY, GitRepo, make_repo
from tests.stories import git_hook
from tests.stories.stage import Seen, Stage

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes the way Linux shows them"),
]

LOG = "$ ruff format --check .\nWould reformat: shop.py\n1 file would be reformatted, 1 file already formatted\n"
FIXED: Seen = {
    "runs": [("main", 1, "failure", True, "fix"), ("orchestrate/", 1, "success", True, "nothing")],
    "rows": {"Job": 2, "JobLog": 1, "LogFinding": 1, "TestResult": 0, "FlakyEvidence": 0, "Delivery": 1},
    "actions": [("trigger", "done", 1)],
    "decisions": 2,
    "attempts": [("formatter", 1, "fixed", True)],
    "open": 0,
    "triggered": ["orchestrate/"],
    "retried": 0,
    "branches": ["main", "orchestrate/"],
}

Point = Callable[[Stage, GitRepo], None]


def sql(pattern: str, *, after: bool = False) -> Point:
    """The process that executes the statement is killed."""
    return lambda stage, repo: stage.clusters.die_at_sql(pattern, after=after)


def hook(name: str, *, seconds: float = 0) -> Point:
    """The fix process is killed by the remote it pushes to, in the hook of that name, which then takes its time."""

    def arm(stage: Stage, repo: GitRepo) -> None:
        # By another name: what runs at the remote is not ours to end.
        faults = repo.remote / "faults"
        faults.symlink_to(stage.clusters.faults)
        script = repo.remote / "hooks" / name
        command = [sys.executable, git_hook.__file__, str(faults / "fired"), str(seconds)]
        script.write_text(f"#!/bin/sh\n{shlex.join(command)}\n")
        script.chmod(0o755)

    return arm


ATTEMPT = r'^UPDATE "fixers_fixattempt" SET'
# tests/fixers/test_crash.py cuts the steps inside the fix process one by one; here the whole path goes on after it.
POINTS = {
    "the worker, while the fix runs": sql(f'{ATTEMPT} "leased_until"'),
    "fixing": sql(f"{ATTEMPT} \"state\".*'fixing'", after=True),
    "pushing to a remote that hangs": hook("pre-receive", seconds=20),
    "pushed, the branch there": hook("post-receive"),
    "pushed, not written down": sql(f"{ATTEMPT} \"state\".*'watching'", after=True),
    "green, not written down": sql(f"{ATTEMPT} \"state\".*'fixed'", after=True),
}


@pytest.fixture
def repo(tmp_path: Path) -> GitRepo:
    """A remote whose last commit is badly formatted."""
    made = make_repo(tmp_path)
    made.commit({"pyproject.toml": PYPROJECT, "shop.py": PRETTY})
    made.commit({"shop.py": UGLY}, message="Add in haste")
    return made


@pytest.fixture(autouse=True)
def code(stage: Stage, ci: FakeCI, repo: GitRepo) -> None:
    """The server runs the commits of that remote: red where they are badly formatted."""
    ci.script("ci", [Outcome("red", states=(), log=LOG)])
    ci.script("ci", [Outcome("green", states=())], branch="orchestrate/fix/*")
    stage.repository.clone_url = str(repo.remote)
    stage.repository.save()
    stage.heads = repo.heads


def test_without_a_kill_the_fix_is_pushed_and_green(stage: Stage, repo: GitRepo) -> None:
    stage.push(commit=repo.heads()["main"])
    stage.play(FIXED)
    assert not stage.clusters.has_killed()
    (branch,) = (name for name in repo.heads() if name != "main")
    assert repo.show(f"{branch}:shop.py") == PRETTY.strip()


@pytest.mark.parametrize("point", POINTS)
def test_the_fix_is_pushed_once_and_green_whatever_is_killed(stage: Stage, repo: GitRepo, point: str) -> None:
    POINTS[point](stage, repo)
    stage.push(commit=repo.heads()["main"])
    stage.play(FIXED)
    assert stage.clusters.has_killed()
