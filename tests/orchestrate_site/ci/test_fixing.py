"""fix: what is asked for by hand, and what status shows of it."""

import pytest

from ci_integrations.domain import Outcome, State, TestData
from ci_integrations.models import Repository, Run
from fixers.models import AttemptState, Decision, FixAttempt, Triage
from tests.fakes.memory import MemoryServer
from tests.orchestrate_site.ci.harness import ci

pytestmark = pytest.mark.django_db
EPOCH = "2026-01-01T00:00:00Z"


def a_run(server: MemoryServer, repository: Repository, state: State) -> Run:
    """A run on the server, known here."""
    server.add_run("r1", state)
    return Run.objects.create(repository=repository, external_id="r1", created_at=EPOCH)


@pytest.mark.parametrize("state", [State.SUCCESS, State.RUNNING, State.CANCELED])
def test_only_a_failed_run_can_be_fixed(repository: Repository, server: MemoryServer, state: State) -> None:
    result = ci("fix", "--run", a_run(server, repository, state).pk, "--json")

    assert (result.code, result.error["code"], result.out) == (2, "conflict", "")


def test_a_failure_that_nothing_can_fix_says_why(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.FAILURE)
    server.runs[("r1", 1)].tests = [TestData("s", "t", Outcome.FAILED, message="assert 1 == 2")]
    result = ci("fix", "--run", run.pk)

    assert result.code == 2
    assert "cannot be fixed" in result.err


def test_a_formatting_failure_is_handed_to_the_formatter(repository: Repository, server: MemoryServer) -> None:
    repository.clone_url = "file:///nowhere.git"
    repository.save()
    run = a_run(server, repository, State.FAILURE)
    server.runs[("r1", 1)].logs["r1-job"] = (
        b"$ ruff format --check .\nWould reformat: a.py\n1 file would be reformatted"
    )
    result = ci("fix", "--run", run.pk, "--json")

    assert result.code == 0, result.err
    assert [fix["strategy"] for fix in result.json["triage"]["fixes"]] == ["formatter"]
    assert FixAttempt.objects.get().state == AttemptState.QUEUED


def test_status_shows_what_was_decided_and_tried(repository: Repository) -> None:
    run = Run.objects.create(
        repository=repository, external_id="r1", state=State.FAILURE, created_at=EPOCH, settled_at=EPOCH
    )
    triage = Triage.objects.create(run=run, cause="format", decision=Decision.FIX, reason="the formatter can mend it")
    FixAttempt.objects.create(
        triage=triage, strategy="formatter", state=AttemptState.FIXED, branch="orchestrate/fix/1-1"
    )
    shown, document = ci("status", "--run", run.pk).out, ci("status", "--run", run.pk, "--json").json

    assert "decided: fix, because the formatter can mend it" in shown
    assert "fix by formatter: fixed on orchestrate/fix/1-1" in shown
    assert set(document["triage"]) == {"cause", "decision", "reason", "evidence", "report", "fixes"}
    assert set(document["triage"]["fixes"][0]) == {
        "strategy", "ordinal", "state", "reason", "branch", "commit", "created_at", "finished_at", "run",
    }  # fmt: skip
