"""The installed App, end to end: events come in, runs are followed, failures answered, people told where they look.

Over the stateful GitHub: workflows really run, git really clones and pushes, webhooks go through the front door.
"""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone
from django_q.models import OrmQ

from ci_integrations.domain import State
from ci_integrations.models import Action, Connection, Delivery, Installation, PassedTests, Repository, Run
from ci_integrations.services import control, follow, inbox, installations, redelivery
from fixers import commands, posting, services, work
from fixers.models import AttemptState, FixAttempt, FixEvent, FixPolicy, Report
from tests.fakes.github import FakeGitHub, FakeRepo
from tests.fakes.http import Seen
from tests.github import NAME, config_of, github
from tests.stories.scenes import BROKEN, PRETTY, STABLE, UGLY, fixed, flaky
from tests.stories.settling import Settling

__all__ = ["github"]

WORKFLOW = """
on: [push, workflow_dispatch]
jobs:
  unit:
    steps:
      - name: Tests
        run: python -m pytest -q --junitxml=junit.xml -p no:cacheprovider test_shop.py
      - if: always()
        uses: actions/upload-artifact
        with: {name: test-results, path: junit.xml}
"""
LINT = """
on: [push]
jobs:
  lint:
    steps:
      - run: ruff format --check --no-cache .
"""
FLAKY = flaky("GITHUB_RUN_ATTEMPT", "1")


class Stage(Settling):
    """Our side, with the App installed at the fake."""

    def __init__(self, server: FakeGitHub, connection: Connection) -> None:
        super().__init__(server, connection)
        self.server = server


@pytest.fixture
def stage(github: FakeGitHub, db: None, storage: Path) -> Stage:
    repo = github.add_repo(NAME, {".github/workflows/ci.yml": WORKFLOW, "test_shop.py": STABLE, "shop.py": PRETTY})
    connection = Connection.objects.create(provider="github", name="acme", config=config_of(github), place="test")
    github.install("acme", [repo.full_name])
    made = Stage(github, connection)
    made.settle()
    return made


@pytest.fixture
def repo(stage: Stage) -> FakeRepo:
    return stage.server.repos[NAME]


def push(stage: Stage, repo: FakeRepo, files: dict[str, str], *, pull: bool = True) -> str:
    """Somebody pushes a branch and opens a pull request; gives the commit."""
    sha = stage.server.commit(repo, files, branch="topic")
    if pull:
        stage.server.open_pull(repo, head="topic")
    return sha


def check_of(repo: FakeRepo) -> dict[str, Any]:
    (check,) = repo.checks
    return check


def comment_of(repo: FakeRepo) -> str:
    (comment,) = [one for one in repo.comments if one["user"]["login"] == "orchestrate-test[bot]"]
    return str(comment["body"])


def test_installing_the_app_makes_rows(stage: Stage) -> None:
    row = Repository.objects.get()
    assert (row.external_id, row.is_active, row.default_branch) == (NAME, True, "main")
    assert Installation.objects.get().account == "acme"
    other = stage.server.add_repo("acme/site")
    installed = next(iter(stage.server.installations.values()))
    installed.repositories.append(other.full_name)
    stage.server.emit(
        "installation_repositories",
        {
            "action": "added",
            "installation": {"id": installed.id, "account": {"login": "acme"}},
            "repositories_added": [{"id": 2, "full_name": "acme/site"}],
            "repositories_removed": [],
        },
    )
    stage.settle()
    assert set(follow.followed_repositories().values_list("external_id", flat=True)) == {NAME, "acme/site"}
    installed.state = "suspended"
    stage.server.tell_installation("suspend", installed)
    stage.settle()
    assert not follow.followed_repositories().exists()
    installed.state = "active"
    stage.server.tell_installation("unsuspend", installed)
    stage.settle()
    assert follow.followed_repositories().count() == 2
    installed.state = "removed"
    stage.server.tell_installation("deleted", installed)
    stage.settle()
    assert not follow.followed_repositories().exists()


def test_a_green_commit_costs_no_word(stage: Stage, repo: FakeRepo) -> None:
    push(stage, repo, {"shop.py": PRETTY + "\n\nTAX = 7\n"})
    stage.settle()
    assert {run.state for run in Run.objects.all()} == {State.SUCCESS}
    assert PassedTests.objects.get().count == 1
    assert (repo.checks, repo.comments) == ([], [])
    assert stage.server.ledger == []


def test_a_flaky_test_is_retried_and_the_check_and_comment_turn_green(stage: Stage, repo: FakeRepo) -> None:
    sha = push(stage, repo, {"test_shop.py": FLAKY})
    stage.settle()
    runs = list(Run.objects.order_by("external_id", "attempt"))
    assert [(run.attempt, run.state) for run in runs] == [(1, "failure"), (2, "success")]
    assert {run.commit_sha for run in runs} == {sha}
    check = check_of(repo)
    assert (check["head_sha"], check["status"], check["conclusion"]) == (sha, "completed", "success")
    assert check["output"]["title"].startswith("Passed on retry")
    assert "passed on retry of the same commit: flaky" in comment_of(repo)
    kinds = [kind for kind, _ in stage.server.ledger]
    assert sorted(kinds) == ["check", "comment", "rerun"]


def test_a_formatting_failure_becomes_a_pull_request_that_is_green(stage: Stage, repo: FakeRepo) -> None:
    files = {".github/workflows/ci.yml": LINT, "pyproject.toml": "[tool.ruff]\n", "shop.py": UGLY}
    sha = push(stage, repo, files)
    stage.settle()
    attempt = fixed(sha)
    fix = repo.pulls[1]
    assert (attempt.change, fix.head, fix.base, fix.head_sha) == (
        fix.number,
        attempt.branch,
        "topic",
        attempt.commit_sha,
    )
    assert "ruff format --check" in fix.body
    assert f"pull request #{fix.number} " in comment_of(repo)
    check = check_of(repo)
    assert (check["head_sha"], check["conclusion"]) == (sha, "failure")
    assert "fixed" in check["output"]["summary"]
    assert sorted(kind for kind, _ in stage.server.ledger) == ["check", "comment", "pull", "push"]
    fix.state, fix.merged = "closed", True
    stage.server.pull_event("closed", fix, by="ada")
    stage.settle()
    assert FixEvent.objects.filter(kind="merged").count() == 1


def test_a_broken_test_is_reported_with_its_line_and_three_buttons_at_most(stage: Stage, repo: FakeRepo) -> None:
    sha = push(stage, repo, {"test_shop.py": BROKEN}, pull=False)
    stage.settle()
    check = check_of(repo)
    assert (check["conclusion"], check["head_sha"]) == ("failure", sha)
    (remark,) = check["annotations"]
    assert (remark["path"], remark["start_line"]) == ("test_shop.py", 2)
    assert [button["identifier"] for button in check["actions"]] == ["retry", "fix"]
    assert repo.comments == [], "there is no pull request yet"
    stage.server.open_pull(repo, head="topic")
    stage.settle()
    assert "test\\_shop" in comment_of(repo)


def test_a_button_retries_for_people_who_may_write(stage: Stage, repo: FakeRepo) -> None:
    push(stage, repo, {"test_shop.py": BROKEN}, pull=False)
    stage.settle()
    before = stage.server.count("POST", "/rerun")
    stage.server.press(repo, check_of(repo), "retry", by="eve")
    stage.settle()
    assert stage.server.count("POST", "/rerun") == before
    stage.server.press(repo, check_of(repo), "retry", by="ada")
    stage.settle()
    assert stage.server.count("POST", "/rerun") == before + 1
    assert Run.objects.filter(attempt=3).exists()


def test_commands_in_comments(stage: Stage, repo: FakeRepo) -> None:
    push(stage, repo, {"test_shop.py": BROKEN})
    stage.settle()
    number = repo.pulls[0].number
    reruns = stage.server.count("POST", "/rerun")
    refused = stage.server.comment(repo, number, "/orchestrate retry", by="eve")
    status = stage.server.comment(repo, number, "/orchestrate status", by="ada")
    stage.settle()
    assert stage.server.count("POST", "/rerun") == reruns
    assert repo.reactions == [(refused["id"], "confused"), (status["id"], "+1")]
    stage.server.comment(repo, number, "/orchestrate fix", by="ada")
    stage.settle()
    assert "cannot be fixed" in comment_of(repo)
    stage.server.comment(repo, number, "/orchestrate retry", by="ada")
    stage.settle()
    assert stage.server.count("POST", "/rerun") == reruns + 1
    assert len([one for one in repo.comments if one["user"]["login"].endswith("[bot]")]) == 1


def test_the_bot_does_not_answer_itself(stage: Stage, repo: FakeRepo) -> None:
    number = stage.server.open_pull(repo, head="main", base="main").number
    stage.settle()
    stage.server.comment(repo, number, "/orchestrate retry", by="orchestrate-test[bot]")
    stage.server.comment(repo, number, "/orchestrate retry", by="other[bot]")
    stage.settle()
    assert repo.reactions == []
    assert stage.server.ledger == []


def test_muted_flaky_tests_turn_nothing_red(stage: Stage, repo: FakeRepo) -> None:
    push(stage, repo, {"test_shop.py": FLAKY}, pull=False)
    stage.settle()
    FixPolicy.objects.create(repository=Repository.objects.get(), retry_enabled=False)
    sha = push(stage, repo, {"test_shop.py": BROKEN}, pull=False)
    stage.settle()
    check = repo.checks[-1]
    assert (check["head_sha"], check["conclusion"]) == (sha, "failure")
    assert "mute" in [button["identifier"] for button in check["actions"]]
    stage.server.press(repo, check, "mute", by="ada")
    stage.settle()
    assert repo.checks[-1]["conclusion"] == "neutral"
    assert repo.checks[-1]["output"]["title"] == "Only muted tests failed"


def test_a_forks_pull_request_gets_a_patch_in_the_comment(stage: Stage, repo: FakeRepo) -> None:
    files = {
        ".github/workflows/ci.yml": LINT.replace("push", "pull_request"),
        "pyproject.toml": "[tool.ruff]\n",
        "shop.py": UGLY,
    }
    sha = stage.server.commit(repo, files, branch="of-the-fork", quiet=True)
    stage.server.open_pull(repo, head="of-the-fork", by="eve", fork="eve/shop", sha=sha)
    stage.settle()
    attempt = FixAttempt.objects.get()
    assert attempt.state == AttemptState.OFFERED, attempt.reason
    assert "def add(a, b):" in comment_of(repo)
    assert [kind for kind, _ in stage.server.ledger if kind in {"push", "pull"}] == []


def test_a_trigger_by_hand_is_followed_to_its_end(stage: Stage, repo: FakeRepo) -> None:
    row = Repository.objects.get()
    action = control.trigger(row, workflow="ci.yml", branch="main", requested_by="ada")
    stage.settle()
    action.refresh_from_db()
    assert action.result_run is not None
    assert action.result_run.state == State.SUCCESS
    assert Run.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_webhook_before_the_triggers_answer(stage: Stage, repo: FakeRepo) -> None:
    told: list[int] = []

    def ring(seen: Seen) -> None:
        """The run has begun, and its webhook is here, before the dispatch is answered."""
        if seen.path.endswith("/dispatches"):
            stage.server.on_answer = None
            told.append(stage.server.pump(stage.post))
            for delivery in Delivery.objects.filter(done_at=None):
                inbox.process(delivery.pk)
            connections.close_all()

    stage.server.on_answer = ring
    action = control.trigger(Repository.objects.get(), workflow="ci.yml", branch="main", requested_by="ada")
    control.perform(action.pk)
    assert told[0] > 0
    stage.settle()
    action.refresh_from_db()
    assert [kind for kind, _ in stage.server.ledger] == ["dispatch"]
    assert action.result_run == Run.objects.get()


@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 504}, {"drop": True}])
def test_a_dispatch_whose_answer_is_lost_is_one_run(
    stage: Stage, repo: FakeRepo, fault: dict[str, Any], settings: Any
) -> None:
    settings.ORCHESTRATE_COOL_DOWN = 0
    stage.server.fail_next("POST", "/dispatches", after_effect=True, **fault)
    action = control.trigger(Repository.objects.get(), workflow="ci.yml", branch="main", requested_by="ada")
    for _ in range(3):
        Action.objects.update(not_before=None)
        control.perform(action.pk)
        stage.settle()
    action.refresh_from_db()
    assert action.result_run is not None, action.last_error
    assert [kind for kind, _ in stage.server.ledger] == ["dispatch"]
    assert Run.objects.count() == 1


def test_events_in_any_order(stage: Stage, repo: FakeRepo) -> None:
    push(stage, repo, {"test_shop.py": FLAKY}, pull=False)
    stage.server.wait_idle()
    stage.server.outbox.reverse()
    stage.settle()
    assert [(run.attempt, run.state) for run in Run.objects.order_by("attempt")] == [(1, "failure"), (2, "success")]
    assert check_of(repo)["conclusion"] == "success"


def test_what_was_missed_is_delivered_again(stage: Stage, repo: FakeRepo) -> None:
    push(stage, repo, {"shop.py": PRETTY + "\n\nTAX = 7\n"}, pull=False)
    stage.server.wait_idle()
    stage.server.pump(lambda hook: 500)
    assert not Run.objects.exists()
    missed = redelivery.redeliver(stage.connection.pk)
    assert missed == len(stage.server.outbox) > 3
    stage.settle()
    assert Run.objects.get().state == State.SUCCESS
    assert redelivery.redeliver(stage.connection.pk) == 0


def test_a_redelivery_of_what_is_done_does_nothing(stage: Stage, repo: FakeRepo) -> None:
    push(stage, repo, {"test_shop.py": FLAKY}, pull=False)
    stage.settle()
    sent, rows = len(stage.server.requests), Delivery.objects.count()
    for hook in list(stage.server.sent.values()):
        assert stage.post(hook) == 202
    stage.settle()
    assert (len(stage.server.requests), Delivery.objects.count()) == (sent, rows)


def test_without_webhooks_listing_finds_everything(stage: Stage, repo: FakeRepo) -> None:
    push(stage, repo, {"test_shop.py": FLAKY}, pull=False)
    stage.server.wait_idle()
    stage.server.outbox.clear()
    for _ in range(3):
        Repository.objects.update(list_at=None)
        follow.list_repository(Repository.objects.get().pk)
        stage.settle()
        stage.server.outbox.clear()
    assert [(run.attempt, run.state) for run in Run.objects.order_by("attempt")] == [(1, "failure"), (2, "success")]


def test_a_revoked_installation_is_told_and_nothing_goes_on(stage: Stage, repo: FakeRepo) -> None:
    push(stage, repo, {"test_shop.py": BROKEN}, pull=False)
    stage.server.wait_idle()
    next(iter(stage.server.installations.values())).state = "removed"
    follow.list_repository(Repository.objects.get().pk)
    stage.connection.refresh_from_db()
    assert "no longer lets us in" in stage.connection.trouble
    installations.refresh(stage.connection)
    assert not follow.followed_repositories().exists()


def test_a_pull_request_that_starts_no_ci_is_asked_for_once(stage: Stage, repo: FakeRepo) -> None:
    lint = LINT.replace("[push]", "[workflow_dispatch]")
    files = {".github/workflows/ci.yml": lint, "pyproject.toml": "[tool.ruff]\n", "shop.py": UGLY}
    stage.server.commit(repo, files, branch="topic")
    control.trigger(Repository.objects.get(), workflow="ci.yml", branch="topic", requested_by="ada")
    stage.settle()
    attempt = FixAttempt.objects.get()
    assert attempt.state == AttemptState.WATCHING, attempt.reason
    services.sweep()
    stage.settle()
    assert [kind for kind, _ in stage.server.ledger].count("dispatch") == 1, "it is given time"
    FixEvent.objects.update(at=timezone.now() - timedelta(minutes=5))
    for _ in range(2):
        services.sweep()
        stage.settle()
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.FIXED, attempt.reason
    assert [kind for kind, _ in stage.server.ledger].count("dispatch") == 2


def test_no_token_is_left_anywhere(
    stage: Stage, repo: FakeRepo, storage: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = {".github/workflows/ci.yml": LINT, "pyproject.toml": "[tool.ruff]\n", "shop.py": UGLY}
    push(stage, repo, files)
    stage.settle()
    assert stage.server.issued
    rows = [str(event.text) for event in FixEvent.objects.all()]
    rows += [f"{attempt.reason} {attempt.diff} {attempt.command}" for attempt in FixAttempt.objects.all()]
    told = json.dumps(rows) + caplog.text + comment_of(repo) + json.dumps(check_of(repo))
    for token in stage.server.issued:
        assert token not in told
        assert token[:40] not in told


def test_lost_answers_to_reports_leave_one_check_and_one_comment(stage: Stage, repo: FakeRepo, settings: Any) -> None:
    settings.ORCHESTRATE_COOL_DOWN = 0
    stage.server.fail_next("POST", "/check-runs$", status=504, after_effect=True)
    stage.server.fail_next("POST", "/issues/.*/comments$", drop=True, after_effect=True)
    push(stage, repo, {"test_shop.py": BROKEN})
    stage.settle()
    report = Report.objects.get()
    for _ in range(3):
        Report.objects.update(not_before=None)
        posting.post(report.pk)
    report.refresh_from_db()
    assert (report.due_at, report.dead_at) == (None, None)
    assert check_of(repo)["conclusion"] == "failure"
    assert "test\\_shop" in comment_of(repo)
    assert [kind for kind, _ in stage.server.ledger if kind in {"check", "comment"}] == ["check", "comment"]


def test_what_did_not_change_is_not_sent_again(stage: Stage, repo: FakeRepo) -> None:
    push(stage, repo, {"test_shop.py": BROKEN})
    stage.settle()
    before = len(stage.server.requests)
    posting.touch(Repository.objects.get(), Report.objects.get().commit_sha)
    stage.settle()
    assert len(stage.server.requests) == before
    assert len(check_of(repo)["annotations"]) == 1


def test_a_report_that_is_refused_keeps_nothing_else_from_happening(stage: Stage, repo: FakeRepo) -> None:
    refusal = {"status": 403, "message": "Resource not accessible by integration"}
    stage.server.fail_next("POST", "/check-runs$", times=9, **refusal)
    push(stage, repo, {"test_shop.py": FLAKY})
    stage.settle()
    assert [run.state for run in Run.objects.order_by("attempt")] == ["failure", "success"]
    assert repo.checks == []
    assert "Passed on retry" in comment_of(repo)
    assert "not accessible" in Report.objects.get().last_error


@pytest.mark.parametrize("path", ["/pulls$", "/git-receive-pack$"])
def test_a_lost_answer_while_publishing_is_one_branch_and_one_pull_request(
    stage: Stage, repo: FakeRepo, path: str
) -> None:
    stage.server.fail_next("POST", path, status=502, after_effect=True)
    files = {".github/workflows/ci.yml": LINT, "pyproject.toml": "[tool.ruff]\n", "shop.py": UGLY}
    push(stage, repo, files)
    stage.settle()
    attempt = FixAttempt.objects.get()
    assert attempt.state == AttemptState.PUBLISHING
    assert work.work_on(attempt.pk) == 0
    services.sweep()
    stage.settle()
    attempt.refresh_from_db()
    assert attempt.state == AttemptState.FIXED, attempt.reason
    assert [kind for kind, _ in stage.server.ledger if kind in {"push", "pull"}] == ["push", "pull"]


def test_a_new_commit_has_the_word_in_the_comment(stage: Stage, repo: FakeRepo) -> None:
    first = push(stage, repo, {"test_shop.py": BROKEN})
    stage.settle()
    assert first[:12] in comment_of(repo)
    second = stage.server.commit(repo, {"test_shop.py": STABLE}, branch="topic")
    stage.settle()
    assert second[:12] in comment_of(repo)
    assert "### Passed" in comment_of(repo)
    posting.touch(Repository.objects.get(), first, force=True)
    stage.settle()
    assert second[:12] in comment_of(repo)


def test_a_command_that_is_answered_before_its_delivery_is_let_go_is_not_lost(stage: Stage, repo: FakeRepo) -> None:
    push(stage, repo, {"test_shop.py": BROKEN})
    stage.settle()
    stage.server.comment(repo, repo.pulls[0].number, "/orchestrate status", by="ada")
    stage.server.pump(stage.post)
    delivery = Delivery.objects.get(done_at=None)
    inbox.process(delivery.pk)
    soon = timezone.now() + timedelta(minutes=5)
    Delivery.objects.filter(pk=delivery.pk).update(leased_until=soon)
    commands.answer_delivery(delivery.pk)
    assert repo.reactions == []
    Delivery.objects.filter(pk=delivery.pk).update(leased_until=None)
    stage.settle()
    assert [kind for _, kind in repo.reactions] == ["+1"]
    commands.answer_delivery(delivery.pk)
    assert len(repo.reactions) == 1, "once answered it is answered"


def test_a_command_whose_task_was_lost_is_swept_up(stage: Stage, repo: FakeRepo) -> None:
    push(stage, repo, {"test_shop.py": BROKEN})
    stage.settle()
    stage.server.comment(repo, repo.pulls[0].number, "/orchestrate status", by="ada")
    stage.server.pump(stage.post)
    delivery = Delivery.objects.get(done_at=None)
    inbox.process(delivery.pk)
    OrmQ.objects.all().delete()
    Delivery.objects.filter(pk=delivery.pk).update(done_at=timezone.now() - timedelta(minutes=2))
    commands.sweep()
    stage.settle()
    assert [kind for _, kind in repo.reactions] == ["+1"]


def test_a_command_while_github_is_away_is_answered_later(stage: Stage, repo: FakeRepo) -> None:
    push(stage, repo, {"test_shop.py": BROKEN})
    stage.settle()
    stage.server.fail_next("GET", "/permission$", status=503, times=3)
    stage.server.comment(repo, repo.pulls[0].number, "/orchestrate status", by="ada")
    stage.settle()
    assert [kind for _, kind in repo.reactions] == ["+1"]
