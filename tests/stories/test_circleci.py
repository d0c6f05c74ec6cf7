"""CircleCI with its code at GitLab, end to end: pipelines really run, failures are retried, fixed and told.

CircleCI tells only of ends, so the beginnings are found by listing; the merge request is GitLab's.
"""

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from ci_integrations.domain import RepoRef, RetryRequest, RetryScope, RunRef, State
from ci_integrations.models import Action, Connection, Repository, Run, TestResult
from ci_integrations.services import control, follow, sync
from fixers import services
from fixers.models import FixAttempt
from tests.circleci import NAME, SECRET, TOKEN, circleci, provider_for, run_of
from tests.circleci import config_of as circle_config
from tests.fakes.circleci import FakeCircleCI, FakeJob, FakeProject
from tests.fakes.gitlab import FakeGitLab
from tests.fakes.gitlab import FakeProject as CodeProject
from tests.gitlab import USER, gitlab
from tests.gitlab import config_of as gitlab_config
from tests.orchestrate_site.ci.harness import ci
from tests.stories.scenes import BROKEN, PRETTY, STABLE, UGLY, Seeing, fixed, flaky
from tests.stories.settling import Settling

__all__ = ["circleci", "gitlab"]
CODE = "acme/shop"
UNIT = """
version: 2.1
parameters:
  orchestrate_id: {type: string, default: ""}
jobs:
  unit:
    docker: [{image: python}]
    steps:
      - checkout
      - run:
          name: Tests
          command: python -m pytest -q --junitxml=results/junit.xml -p no:cacheprovider test_shop.py
      - store_test_results: {path: results}
workflows:
  build:
    jobs: [unit]
"""
LINT = """
version: 2.1
jobs:
  lint:
    docker: [{image: python}]
    steps:
      - checkout
      - run: ruff format --check --no-cache .
workflows:
  build:
    jobs: [lint]
"""
FLAKY = flaky("FAKE_RERUN", "0")


class Both:
    """The CI server and the code host as one server: a push at the one starts pipelines at the other."""

    def __init__(self, ci_server: FakeCircleCI, code_host: FakeGitLab, project: FakeProject, code: CodeProject) -> None:
        self.ci, self.code_host, self.project, self.code = ci_server, code_host, project, code
        self.seen: dict[str, str] = {}
        self.mirror()

    @property
    def outbox(self) -> list[Any]:
        """CircleCI's webhooks; GitLab's are not wanted here."""
        return self.ci.outbox

    def mirror(self, *, quiet: bool = True) -> None:
        """Start a pipeline for each branch that moved."""
        for branch, sha in self.code_host.heads(self.code).items():
            if self.seen.get(branch) != sha and not quiet:
                self.ci.push(self.project, branch)
            self.seen[branch] = sha

    def wait_idle(self) -> None:
        self.code_host.wait_idle()
        self.mirror(quiet=False)
        self.ci.wait_idle()

    def pump(self, post: Any) -> int:
        return self.ci.pump(post)


class Stage(Settling):
    """Our side, connected to both by the command line."""

    def __init__(self, server: Both, repository: Repository) -> None:
        super().__init__(server, repository.connection)
        self.both, self.repository = server, repository

    def go(self) -> None:
        """Until nothing happens, the repository being listed in between, as its clock would have it."""
        for _ in range(4):
            self.both.wait_idle()
            Repository.objects.filter(pk=self.repository.pk).update(list_at=None)
            follow.list_repository(self.repository.pk)
            for run in Run.objects.filter(settled_at=None):
                sync.sync_run(run.repository, sync.run_ref(run))
            self.settle()


@pytest.fixture
def stage(
    gitlab: FakeGitLab,
    circleci: FakeCircleCI,
    db: None,
    storage: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Stage:
    # CircleCI takes no other.
    settings.ORCHESTRATE_URL = "https://ci.example.com"
    files = {".circleci/config.yml": UNIT, "test_shop.py": STABLE, "shop.py": PRETTY}
    code = gitlab.add_project(CODE, files=files)
    code.members |= {USER: 40, "ada": 30}
    project = circleci.add_project(NAME, git_dir=code.git_dir)
    of_host, of_ci = gitlab_config(gitlab), circle_config(circleci)
    Connection.objects.create(
        provider="gitlab", name="code", config=of_host | {"webhook_secret": "x" * 20}, place="test: code"
    )
    for key, value in {"TOKEN": TOKEN, "URL": of_ci["base_url"], "WEBHOOK_SECRET": SECRET}.items():
        monkeypatch.setenv(f"CIRCLECI_{key}", value)
    connected = ci("connect", "circleci", "--repo", f"{CODE}={NAME}", "--code-host", "code")
    assert connected.code == 0, connected.err + connected.out
    both = Both(circleci, gitlab, project, code)
    repository = Repository.objects.get(connection__provider="circleci")
    more = {"trusted": of_ci["trusted"], "correlation_parameter": "orchestrate_id"}
    repository.connection.config = dict(repository.connection.config) | more
    repository.connection.save()
    made = Stage(both, repository)
    circleci.ledger.clear()
    return made


def push(stage: Stage, files: dict[str, str], *, opens: bool = True) -> str:
    sha = stage.both.code_host.commit(stage.both.code, files, branch="topic", by="ada")
    if opens:
        stage.both.code_host.open_request(stage.both.code, source="topic", by="ada")
    return sha


def attempts(**fields: Any) -> list[tuple[int, str]]:
    rows = Run.objects.filter(**fields).order_by("external_id", "attempt")
    return list(rows.values_list("attempt", "state"))


def done(stage: Stage) -> list[str]:
    return [kind for kind, _ in stage.both.ci.ledger]


def note_of(stage: Stage) -> str:
    notes = [note for request in stage.both.code.merge_requests for note in request.notes]
    (note,) = [note for note in notes if note["author"]["username"] == USER]
    return str(note["body"])


def test_connecting_sets_up_a_webhook_and_says_what_is_allowed(stage: Stage) -> None:
    (hook,) = stage.both.ci.hooks
    assert hook.url.endswith(f"/webhooks/circleci/{stage.connection.key}")
    assert stage.repository.code_name == CODE
    assert stage.connection.code_host is not None


def test_from_trigger_over_failure_and_retry_to_green(stage: Stage) -> None:
    stage.both.code_host.commit(stage.both.code, {"test_shop.py": FLAKY}, branch="main", by="ada")
    stage.both.mirror()
    asked = ci("trigger", "--branch", "main")
    assert asked.code == 0, asked.err
    stage.go()
    assert attempts() == [(1, "failure"), (2, "success")]
    first, second = Run.objects.order_by("attempt")
    assert first.jobs.get().external_id != second.jobs.get().external_id
    assert list(TestResult.objects.order_by("job").values_list("outcome", flat=True)) == ["failed", "passed"]
    assert done(stage) == ["trigger", "rerun"]
    assert [step.name for step in first.jobs.get().steps.all() if step.state == State.FAILURE] == ["Tests"]


def test_a_flaky_test_is_told_in_the_merge_request(stage: Stage) -> None:
    sha = push(stage, {"test_shop.py": FLAKY})
    stage.go()
    assert attempts(commit_sha=sha) == [(1, "failure"), (2, "success")]
    assert "passed on retry of the same commit: flaky" in note_of(stage)


def test_a_formatting_failure_becomes_a_merge_request_that_is_green(stage: Stage) -> None:
    sha = push(stage, {".circleci/config.yml": LINT, "pyproject.toml": "[tool.ruff]\n", "shop.py": UGLY})
    stage.go()
    attempt = fixed(sha)
    fix = stage.both.code.merge_requests[1]
    assert (attempt.change, fix.source_branch, fix.sha) == (fix.iid, attempt.branch, attempt.commit_sha)
    assert "trigger" not in done(stage), "the push started it"


def test_a_job_that_waits_is_let_go_on(stage: Stage) -> None:
    jobs = [FakeJob("hold", type="approval"), FakeJob("deploy", requires=["hold"])]
    pipeline = stage.both.ci.add_pipeline(stage.both.project, workflows={"release": jobs})
    stage.both.ci.advance(pipeline.workflows[0], "on_hold")
    run = sync.sync_run(stage.repository, run_of(pipeline))
    assert run.state == State.BLOCKED
    assert ci("wait", "--run", run.pk).code == 9
    approved = ci("approve", "--run", run.pk, "--job", "hold")
    assert approved.code == 0, approved.err
    assert done(stage) == ["approve"]


@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 504}, {"drop": True}])
def test_a_trigger_whose_answer_is_lost_is_one_pipeline(stage: Stage, fault: dict[str, Any], settings: Any) -> None:
    settings.ORCHESTRATE_COOL_DOWN = 0
    stage.both.ci.fail_next("POST", "/pipeline", after_effect=True, **fault)
    action = control.trigger(stage.repository, workflow="", branch="main", requested_by="ada")
    for _ in range(3):
        Action.objects.update(not_before=None)
        control.perform(action.pk)
    action.refresh_from_db()
    assert action.result_run is not None, action.last_error
    stage.go()
    assert done(stage) == ["trigger"]
    assert Run.objects.count() == 1


def test_a_rerun_whose_answer_is_lost_is_one_rerun(stage: Stage, settings: Any) -> None:
    settings.ORCHESTRATE_COOL_DOWN = 0
    stage.both.ci.fail_next("POST", "/rerun$", after_effect=True, status=502)
    push(stage, {"test_shop.py": FLAKY}, opens=False)
    for _ in range(2):
        stage.go()
        Action.objects.update(not_before=None)
    assert attempts() == [(1, "failure"), (2, "success")]
    assert done(stage) == ["rerun"]


def test_a_retry_of_one_job_is_followed(stage: Stage) -> None:
    push(stage, {"test_shop.py": BROKEN}, opens=False)
    stage.go()
    run = Run.objects.order_by("-attempt")[0]
    action = control.retry(run, scope=RetryScope.JOB, job=run.jobs.get(), requested_by="ada")
    stage.go()
    action.refresh_from_db()
    assert action.result_run is not None
    assert (action.result_run.attempt, action.result_run.state) == (run.attempt + 1, State.FAILURE)


def test_a_run_that_a_person_repeats_is_heard_of_at_its_end(stage: Stage) -> None:
    push(stage, {"test_shop.py": BROKEN}, opens=False)
    stage.go()
    before = len(attempts())
    ref = sync.run_ref(Run.objects.order_by("-attempt")[0])
    provider_for(stage.both.ci).retry(RetryRequest(ref, RetryScope.FAILED))
    stage.both.wait_idle()
    stage.settle()
    assert len(attempts()) == before + 1


@pytest.mark.django_db(transaction=True)
def test_a_running_jobs_output_is_printed_as_it_grows(stage: Stage) -> None:
    server = stage.both.ci
    pipeline = server.add_pipeline(stage.both.project, workflows={"build": [FakeJob("unit")]})
    workflow = pipeline.workflows[0]
    server.advance(workflow, "running")
    step = server.add_step(workflow.job("unit"), "Tests")
    run = sync.record_ref(stage.repository, RunRef(RepoRef(NAME), pipeline.id))
    written: list[float] = []

    def write() -> None:
        for number in range(4):
            time.sleep(1)
            server.write(step, f"line {number}\n".encode())
            written.append(time.monotonic())
        server.end_step(step, "success")
        server.advance(workflow, "success")

    writer = threading.Thread(target=write)
    writer.start()
    seen = Seeing()
    result = ci("logs", "--run", run.pk, "--job", "unit", "--follow", stdout=seen)
    writer.join()
    assert result.code == 0, result.err
    lines = [f"line {number}" for number in range(4)]
    assert [line for line in seen.at if line in lines] == lines
    assert all(seen.at[line] - at < 3 for line, at in zip(lines, written, strict=True))


def test_a_fix_that_starts_no_pipeline_is_triggered(stage: Stage) -> None:
    push(stage, {".circleci/config.yml": LINT, "pyproject.toml": "[tool.ruff]\n", "shop.py": UGLY})
    stage.go()
    services.sweep()
    assert FixAttempt.objects.count() == 1
