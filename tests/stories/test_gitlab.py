"""GitLab, end to end: its pipelines really run, its webhooks come in, failures are retried, fixed and told.

Over the stateful GitLab: jobs run by a runner that reads `.gitlab-ci.yml`, git really clones and pushes.
"""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from ci_integrations.domain import RepoRef, RetryScope, RunRef, State
from ci_integrations.models import Action, Delivery, Job, Repository, Run, TestResult
from ci_integrations.services import access, control, follow, inbox, sync
from fixers.models import Decision, FixAttempt, Report
from tests.fakes.gitlab import FakeGitLab, FakeJob, FakeProject
from tests.fakes.http import Seen
from tests.gitlab import NAME, USER, config_of, gitlab
from tests.orchestrate_site.ci.harness import ci
from tests.stories.scenes import BROKEN, PRETTY, STABLE, UGLY, Seeing, decided, fixed, flaky
from tests.stories.settling import Settling

__all__ = ["gitlab"]

UNIT = """
unit:
  script:
    - python -m pytest -q --junitxml=junit.xml -p no:cacheprovider test_shop.py
  artifacts:
    when: always
    reports: {junit: junit.xml}
"""
LINT = """
lint:
  script:
    - ruff format --check --no-cache .
"""
FAMILY = """
stages: [build, child]
child:
  stage: child
  trigger: {include: child.yml, strategy: depend}
"""
FLAKY = flaky("CI_JOB_RETRY_NUMBER", "0")


class Stage(Settling):
    """Our side, connected by `orchestrate ci connect gitlab`."""

    def __init__(self, server: FakeGitLab, repository: Repository) -> None:
        super().__init__(server, repository.connection)
        self.server, self.repository = server, repository


@pytest.fixture
def shop(gitlab: FakeGitLab) -> FakeProject:
    """A project with code and a green pipeline to come; one Developer, one who may only look."""
    project = gitlab.add_project(NAME, files={".gitlab-ci.yml": UNIT, "test_shop.py": STABLE, "shop.py": PRETTY})
    project.members |= {USER: 40, "ada": 30, "eve": 20}
    gitlab.outbox.clear()
    return project


@pytest.fixture
def stage(gitlab: FakeGitLab, shop: FakeProject, db: None, storage: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    config = config_of(gitlab)
    monkeypatch.setenv("GITLAB_URL", gitlab.base_url)
    for key in ("TOKEN", "WEBHOOK_SECRET", "SIGNING_TOKEN"):
        monkeypatch.setenv(f"GITLAB_{key}", config[key.lower()])
    connected = ci("connect", "gitlab", "--repo", NAME)
    assert connected.code == 0, connected.err + connected.out
    made = Stage(gitlab, Repository.objects.get())
    made.settle()
    Run.objects.all().delete()
    gitlab.ledger.clear()
    return made


def push(stage: Stage, shop: FakeProject, files: dict[str, str], *, opens: bool = True) -> str:
    """Somebody pushes a branch and opens a merge request; gives the commit."""
    sha = stage.server.commit(shop, files, branch="topic", by="ada")
    if opens:
        stage.server.open_request(shop, source="topic", by="ada")
    return sha


def attempts(**fields: Any) -> list[tuple[int, str]]:
    rows = Run.objects.filter(**fields).order_by("external_id", "attempt")
    return list(rows.values_list("attempt", "state"))


def kinds(stage: Stage) -> list[str]:
    return sorted(kind for kind, _ in stage.server.ledger)


def statuses_of(shop: FakeProject, sha: str) -> list[FakeJob]:
    """The statuses that programs put on a commit."""
    lines = [line for line in shop.pipelines.values() if line.sha == sha]
    return [job for line in lines for job in line.jobs if job.kind == "external"]


def note_of(shop: FakeProject) -> str:
    """Our one note on the only merge request that we did not open ourselves."""
    (note,) = [note for request in shop.merge_requests for note in request.notes if note["author"]["username"] == USER]
    return str(note["body"])


def test_connecting_sets_up_a_signed_webhook_once(stage: Stage, shop: FakeProject) -> None:
    (hook,) = shop.hooks
    assert hook.url.endswith(f"/webhooks/gitlab/{stage.connection.key}")
    assert hook.signing_token
    found = access.install_webhooks(stage.connection, hook.url)
    assert [one.granted for one in found] == [True]
    assert len(shop.hooks) == 1


def test_a_green_commit_costs_no_word(stage: Stage, shop: FakeProject) -> None:
    push(stage, shop, {"shop.py": PRETTY + "\n\nTAX = 7\n"})
    stage.settle()
    assert attempts() == [(1, State.SUCCESS)]
    assert kinds(stage) == []


def test_from_trigger_over_failure_and_retry_to_green(stage: Stage, shop: FakeProject) -> None:
    sha = stage.server.commit(shop, {"test_shop.py": FLAKY}, branch="main", by="ada")
    stage.settle(patient=set())
    Run.objects.all().delete()
    stage.server.ledger.clear()
    asked = ci("trigger", "--branch", "main", "--variable", "DEPLOY=no")
    assert asked.code == 0, asked.err
    stage.settle()
    runs = list(Run.objects.order_by("attempt"))
    assert [(run.attempt, run.state, run.commit_sha) for run in runs] == [(1, "failure", sha), (2, "success", sha)]
    before, after = (Job.objects.get(run=run) for run in runs)
    assert before.external_id != after.external_id
    assert (before.raw_state, after.raw_state) == ("failed (script_failure)", "success")
    assert list(TestResult.objects.order_by("job").values_list("outcome", flat=True)) == ["failed", "passed"]
    assert kinds(stage).count("pipeline") == 1
    assert "retry" in kinds(stage)


def test_a_flaky_test_is_retried_and_told(stage: Stage, shop: FakeProject) -> None:
    sha = push(stage, shop, {"test_shop.py": FLAKY})
    stage.settle()
    assert attempts(commit_sha=sha) == [(1, "failure"), (2, "success")]
    assert "passed on retry of the same commit: flaky" in note_of(shop)
    (status,) = statuses_of(shop, sha)
    assert (status.name, status.status) == ("Orchestrate CI", "success")
    assert "Passed on retry" in (status.description or "")


def test_a_formatting_failure_becomes_a_merge_request_that_is_green(stage: Stage, shop: FakeProject) -> None:
    sha = push(stage, shop, {".gitlab-ci.yml": LINT, "pyproject.toml": "[tool.ruff]\n", "shop.py": UGLY})
    stage.settle()
    attempt = fixed(sha)
    fix = shop.merge_requests[1]
    assert (attempt.change, fix.source_branch, fix.target_branch, fix.sha) == (
        fix.iid,
        attempt.branch,
        "topic",
        attempt.commit_sha,
    )
    assert "ruff format --check" in fix.description
    assert kinds(stage).count("push") == 1
    assert kinds(stage).count("merge-request") == 1


def test_a_broken_test_is_told_and_commands_are_obeyed_by_developers(stage: Stage, shop: FakeProject) -> None:
    push(stage, shop, {"test_shop.py": BROKEN})
    stage.settle()
    assert attempts() == [(1, "failure"), (2, "failure")]
    assert "test\\_shop" in note_of(shop)
    request = shop.merge_requests[0]
    retries = stage.server.count("POST", "/retry$")
    stage.server.comment(request, "/orchestrate retry", by="eve")
    stage.settle()
    assert stage.server.count("POST", "/retry$") == retries
    stage.server.comment(request, "/orchestrate retry", by="ada")
    stage.settle()
    assert attempts() == [(1, "failure"), (2, "failure"), (3, "failure")]
    assert len([note for note in request.notes if note["author"]["username"] == USER]) == 1


def test_a_runners_fault_starts_no_fixer_and_is_retried(stage: Stage, shop: FakeProject) -> None:
    pipeline = stage.server.add_pipeline(shop, source="push")
    stage.server.advance(pipeline, "running")
    stage.server.advance(pipeline, "failed", "runner_system_failure")
    stage.settle()
    run = Run.objects.get(attempt=1)
    triage = decided(run)
    assert (run.state, triage.cause, triage.decision) == (State.ERROR, "infra", Decision.RETRY)
    assert not FixAttempt.objects.exists()


def test_a_configuration_that_cannot_be_read_is_told_and_not_retried(stage: Stage, shop: FakeProject) -> None:
    push(stage, shop, {".gitlab-ci.yml": "unit: [1, 2]\n"}, opens=False)
    stage.settle()
    run = Run.objects.get()
    triage = decided(run)
    assert (run.state, triage.decision) == (State.ERROR, Decision.REPORT)
    assert run.problem
    assert "retry" not in kinds(stage)


def test_child_pipelines_are_one_tree_and_the_failure_is_answered_where_it_is(stage: Stage, shop: FakeProject) -> None:
    push(stage, shop, {".gitlab-ci.yml": FAMILY, "child.yml": UNIT, "test_shop.py": BROKEN})
    stage.settle(patient={follow.LIST_TASK})
    parent = Run.objects.get(parent_job=None, attempt=1)
    children = list(Run.objects.exclude(parent_job=None).order_by("attempt"))
    assert {child.parent_job for child in children} == {parent.jobs.get()}
    assert children[0].state == parent.state == State.FAILURE
    triage, of_child = decided(parent), decided(children[0])
    assert (triage.decision, of_child.decision) == (Decision.NOTHING, Decision.RETRY)
    shown = ci("status", "--run", parent.pk)
    assert f"started run {children[-1].pk}" in shown.out


def test_events_in_any_order(stage: Stage, shop: FakeProject) -> None:
    sha = push(stage, shop, {"test_shop.py": FLAKY}, opens=False)
    stage.server.wait_idle()
    stage.server.outbox.reverse()
    stage.settle()
    assert attempts(commit_sha=sha) == [(1, "failure"), (2, "success")]


def test_without_webhooks_listing_finds_everything(stage: Stage, shop: FakeProject) -> None:
    sha = push(stage, shop, {"test_shop.py": FLAKY}, opens=False)
    for _ in range(4):
        stage.server.wait_idle()
        stage.server.outbox.clear()
        Repository.objects.update(list_at=None)
        follow.list_repository(stage.repository.pk)
        for run in Run.objects.filter(settled_at=None, state__in=["created", "queued", "running"]):
            sync.sync_run(run.repository, sync.run_ref(run))
        stage.settle()
    assert attempts(commit_sha=sha) == [(1, "failure"), (2, "success")]


def test_a_retry_by_somebody_else_is_seen_to_its_end(stage: Stage, shop: FakeProject) -> None:
    push(stage, shop, {"test_shop.py": BROKEN}, opens=False)
    stage.settle()
    before = attempts()
    pipeline = max(shop.pipelines.values(), key=lambda one: one.id)
    stage.server.lifecycle.retry_pipeline(pipeline, by="ada")
    stage.settle()
    assert len(attempts()) == len(before) + 1


def test_a_redelivery_of_what_is_done_does_nothing(stage: Stage, shop: FakeProject) -> None:
    push(stage, shop, {"test_shop.py": STABLE + "\n"}, opens=False)
    stage.server.wait_idle()
    hooks = list(stage.server.outbox)
    stage.settle()
    rows, sent = Delivery.objects.count(), len(stage.server.requests)
    assert {stage.post(hook) for hook in hooks} == {202}
    stage.settle()
    assert (Delivery.objects.count(), len(stage.server.requests)) == (rows, sent)


def test_an_unknown_project_is_answered_well_and_noted(stage: Stage, gitlab: FakeGitLab) -> None:
    other = gitlab.add_project("acme/other")
    gitlab.add_hook(other, "https://us/", token=config_of(gitlab)["webhook_secret"])
    gitlab.add_pipeline(other)
    assert {stage.post(hook) for hook in gitlab.outbox} == {202}
    stage.settle()
    assert {row.note for row in Delivery.objects.filter(note__contains="acme/other")} == {"acme/other is not followed"}


@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 504}, {"drop": True}])
def test_a_trigger_whose_answer_is_lost_is_one_pipeline(
    stage: Stage, shop: FakeProject, fault: dict[str, Any], settings: Any
) -> None:
    settings.ORCHESTRATE_COOL_DOWN = 0
    stage.server.fail_next("POST", "/pipeline$", after_effect=True, **fault)
    action = control.trigger(stage.repository, workflow="", branch="main", requested_by="ada")
    for _ in range(3):
        Action.objects.update(not_before=None)
        control.perform(action.pk)
        stage.settle()
    action.refresh_from_db()
    assert action.result_run is not None, action.last_error
    assert kinds(stage).count("pipeline") == 1
    assert Run.objects.count() == 1


def test_a_retry_whose_answer_is_lost_is_one_retry(stage: Stage, shop: FakeProject, settings: Any) -> None:
    settings.ORCHESTRATE_COOL_DOWN = 0
    stage.server.fail_next("POST", "/retry$", after_effect=True, status=502)
    push(stage, shop, {"test_shop.py": FLAKY}, opens=False)
    for _ in range(3):
        stage.settle()
        Action.objects.update(not_before=None)
    assert attempts() == [(1, "failure"), (2, "success")]
    assert kinds(stage).count("retry") == 1


@pytest.mark.django_db(transaction=True)
def test_a_webhook_before_the_triggers_answer(stage: Stage, shop: FakeProject) -> None:
    told: list[int] = []

    def ring(seen: Seen) -> None:
        """The pipeline has begun, and its webhook is here, before the request is answered."""
        if seen.method == "POST" and seen.path.endswith("/pipeline"):
            stage.server.on_answer = None
            told.append(stage.server.pump(stage.post))
            for delivery in Delivery.objects.filter(done_at=None):
                inbox.process(delivery.pk)
            connections.close_all()

    stage.server.on_answer = ring
    action = control.trigger(stage.repository, workflow="", branch="main", requested_by="ada")
    control.perform(action.pk)
    assert told[0] > 0
    stage.settle()
    action.refresh_from_db()
    assert action.result_run == Run.objects.get()


def test_one_job_is_retried_and_its_new_id_followed(stage: Stage, shop: FakeProject) -> None:
    push(stage, shop, {"test_shop.py": BROKEN}, opens=False)
    stage.settle()
    run = Run.objects.order_by("-attempt")[0]
    job = run.jobs.get()
    action = control.retry(run, scope=RetryScope.JOB, job=job, requested_by="ada")
    stage.settle()
    action.refresh_from_db()
    assert action.result_run is not None
    assert action.result_run.attempt == run.attempt + 1
    assert action.result_run.jobs.get().external_id != job.external_id


@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.django_db(transaction=True)
def test_a_running_jobs_trace_is_printed_as_it_grows(stage: Stage, shop: FakeProject, ranges: bool) -> None:
    stage.server.serves_ranges = ranges
    pipeline = stage.server.add_pipeline(shop, source="push")
    stage.server.advance(pipeline, "running")
    (job,) = pipeline.latest
    run = sync.record_ref(stage.repository, RunRef(RepoRef(NAME), f"{pipeline.id}"))
    written: list[float] = []

    def write() -> None:
        for number in range(4):
            time.sleep(1)
            stage.server.append_trace(job, f"line {number}\n".encode())
            written.append(time.monotonic())
        stage.server.advance(pipeline, "success")

    writer = threading.Thread(target=write)
    writer.start()
    seen = Seeing()
    result = ci("logs", "--run", run.pk, "--job", job.name, "--follow", stdout=seen)
    writer.join()
    assert result.code == 0, result.err
    lines = [f"line {number}" for number in range(4)]
    assert [line for line in seen.at if line in lines] == lines
    assert all(seen.at[line] - at < 3 for line, at in zip(lines, written, strict=True))
    if ranges:
        assert stage.server.trace_bytes[job.id] <= 2 * len(job.log())


def test_what_is_pending_at_the_end_is_nothing(stage: Stage, shop: FakeProject) -> None:
    push(stage, shop, {"test_shop.py": BROKEN})
    stage.settle()
    assert not Report.objects.exclude(due_at=None).exists()
    assert not Action.objects.filter(state__in=["pending", "sending", "sent"]).exists()
