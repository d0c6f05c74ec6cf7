"""The whole loop over a real CI server on loopback and a real git remote: a run fails and is answered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from ci_integrations.domain import State
from ci_integrations.models import Repository, Run
from ci_integrations.services import control
from fixers import selectors, work
from fixers.models import AttemptState, Decision, FixAttempt
from tests.fakes.ci_server import FakeCI, Outcome
from tests.fixers.conftest import PRETTY, PYPROJECT, UGLY, GitRepo, git, make_repository
from tests.queue import drain

FIX_BRANCHES = "orchestrate/fix/*"
RUFF_LOG = "ruff format --check .\nWould reformat: shop.py\n1 file would be reformatted\n"


@pytest.fixture
def ci(settings: Settings) -> Iterator[FakeCI]:
    # The fake's runs ended at a fixed time, long ago.
    settings.ORCHESTRATE_TRIAGE_MAX_HOURS = 1_000_000
    with FakeCI() as server:
        yield server


@pytest.fixture
def repository(db: None, repo: GitRepo, ci: FakeCI, storage: Path) -> Repository:
    """The repository on the fake server."""
    return make_repository(clone_url=str(repo.remote), provider="custom", config=ci.config())


def junit(outcome: str) -> bytes:
    inner = f'<failure message="assert 1 == 2">tests/test_shop.py:7: {outcome}</failure>' if outcome == "failed" else ""
    case = f'<testcase classname="tests.test_shop" name="test_add" time="0.1">{inner}</testcase>'
    return f'<testsuites><testsuite name="pytest" tests="1">{case}</testsuite></testsuites>'.encode()


def run_ci(repository: Repository, sha: str) -> Run:
    """Trigger CI and let everything happen that follows."""
    action = control.trigger(repository, workflow="ci", branch="main", commit_sha=sha, requested_by="ada")
    drain(include_later=True, instead={"fixers.tasks.run_fix": work.work_on})
    action.refresh_from_db()
    assert action.result_run is not None
    return action.result_run


def ugly_commit(repo: GitRepo) -> str:
    repo.commit({"pyproject.toml": PYPROJECT, "shop.py": PRETTY})
    return repo.commit({"shop.py": UGLY})


def test_a_formatting_failure_ends_green(repository: Repository, repo: GitRepo, ci: FakeCI) -> None:
    sha = ugly_commit(repo)
    ci.script("ci", [Outcome("red", log=RUFF_LOG)], branch="main")
    ci.script("ci", [Outcome("green")], branch=FIX_BRANCHES)
    run = run_ci(repository, sha)
    triage = selectors.triage_of(run)
    assert triage is not None
    assert triage.decision == Decision.FIX
    attempt = FixAttempt.objects.get()
    assert attempt.state == AttemptState.FIXED, attempt.reason
    assert [(done.branch, done.commit) for done in ci.triggers] == [
        ("main", sha),
        (attempt.branch, attempt.commit_sha),
    ]
    assert ci.retries == []
    assert git("rev-parse", f"{attempt.branch}^", cwd=repo.remote) == sha
    texts = [event.text for event in selectors.timeline(run)]
    assert texts[-1].endswith("passed: merge the branch to take the fix over")
    assert len(texts) == len(set(texts)) == 9


def test_a_fix_branch_that_stays_red_is_not_answered_again(repository: Repository, repo: GitRepo, ci: FakeCI) -> None:
    ci.script("ci", [Outcome("red", log=RUFF_LOG)])
    run = run_ci(repository, ugly_commit(repo))
    attempt = FixAttempt.objects.get()
    assert attempt.state == AttemptState.STILL_RED
    assert "failed (format): shop.py: Would reformat [ruff format]" in attempt.reason
    assert len(ci.triggers) == 2
    assert len(repo.heads()) == 2
    assert "still_red" in attempt.triage.report
    fix_run = Run.objects.exclude(pk=run.pk).get()
    answer = selectors.triage_of(fix_run)
    assert answer is not None
    assert (answer.decision, State(fix_run.state)) == (Decision.NOTHING, State.FAILURE)


def test_a_flaky_test_is_green_after_one_retry(repository: Repository, repo: GitRepo, ci: FakeCI) -> None:
    sha = repo.commit({"shop.py": PRETTY})
    ci.script("ci", [Outcome("red", junit=junit("failed")), Outcome("green", junit=junit("passed"))])
    run = run_ci(repository, sha)
    assert len(ci.retries) == 1
    again = Run.objects.get(retry_of=run)
    first, second = selectors.triage_of(run), selectors.triage_of(again)
    assert first is not None
    assert second is not None
    assert first.decision == Decision.RETRY
    assert "1 test (tests.test_shop::test_add) failed and may be flaky" in first.reason
    assert second.decision == Decision.NOTHING
    assert second.reason == "passed on retry of the same commit: flaky: tests.test_shop::test_add"
    assert not FixAttempt.objects.exists()


def test_a_real_bug_is_reported_after_one_retry(repository: Repository, repo: GitRepo, ci: FakeCI) -> None:
    sha = repo.commit({"shop.py": PRETTY})
    ci.script("ci", [Outcome("red", junit=junit("failed"))])
    run = run_ci(repository, sha)
    assert len(ci.retries) == 1
    answer = selectors.triage_of(Run.objects.get(retry_of=run))
    assert answer is not None
    assert answer.decision == Decision.REPORT
    assert "failed twice on the same commit, so not flaky" in answer.reason
    assert "FAILED tests.test_shop::test_add" in answer.report
    assert "assert 1 == 2" in answer.report
