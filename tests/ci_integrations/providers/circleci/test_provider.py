"""What runs and jobs look like, over the fake CircleCI."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from ci_integrations.domain import Capability, RepoRef, RunRef, State
from ci_integrations.errors import AuthFailed, Invalid, NotFound, NotSupported, RateLimited, Unavailable
from ci_integrations.providers.circleci.client import HAS_V3
from ci_integrations.providers.registry import provider_class
from tests.circleci import APP_REPO, NAME, PLACE, REPO, TOKEN, provider_for, run_of
from tests.fakes.circleci import FakeCircleCI, FakeJob, FakePipeline, FakeProject


def test_it_is_found_by_its_slug_and_tells_what_it_can(circleci: FakeCircleCI) -> None:
    assert provider_class("circleci").slug == "circleci"
    made = provider_for(circleci)
    hooks = Capability.WEBHOOKS | Capability.INSTALLS_WEBHOOKS
    assert hooks in made.capabilities
    assert Capability.RESUMES | Capability.LIVE_LOG | Capability.APPROVE in made.capabilities
    assert not made.capabilities & (Capability.HEARS_STARTS | Capability.VARIABLES | Capability.LISTED_STATES)
    assert not provider_for(circleci, webhook_secret=None).capabilities & hooks
    assert made.code_host is None


def test_nothing_is_sent_to_build_one_and_no_secret_is_shown(circleci: FakeCircleCI) -> None:
    made = provider_for(circleci)
    assert not circleci.requests
    assert TOKEN not in repr(vars(made))


def test_a_run_is_a_pipeline_with_the_jobs_of_its_workflow(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(
        shop, sha="5ca1ab1e" * 5, workflows={"build": [FakeJob("unit"), FakeJob("lint", requires=["unit"])]}
    )
    circleci.advance_job(pipeline.workflows[0].job("unit"), "running")
    run = provider_for(circleci).get_run(run_of(pipeline))
    assert run.ref == RunRef(REPO, pipeline.id, 1)
    assert (run.state, run.raw_state, run.workflow) == (State.RUNNING, "created/running", "build")
    assert (run.branch, run.commit_sha, run.event, run.actor) == ("main", "5ca1ab1e" * 5, "webhook", "ada")
    assert run.title == "A change"
    assert run.url == f"{circleci.base_url}/pipelines/{NAME}/1"
    assert (run.created_at is None, run.started_at is None, run.finished_at) == (False, False, None)
    assert run.jobs is not None
    unit, lint = run.jobs
    assert (unit.name, unit.state, unit.raw_state) == ("unit", State.RUNNING, "running")
    assert unit.url == f"{run.url}/workflows/{pipeline.workflows[0].id}/jobs/1"
    assert (lint.name, lint.state, lint.started_at) == ("lint", State.QUEUED, None)
    # One for the pipeline, one for its workflows, one for each newest workflow's jobs.
    assert len(circleci.requests) == 3


def test_the_token_is_sent_as_a_header(circleci: FakeCircleCI, shop: FakeProject) -> None:
    provider_for(circleci).get_run(run_of(circleci.add_pipeline(shop)))
    assert {seen.headers["circle-token"] for seen in circleci.requests} == {TOKEN}
    assert not any("circle-token" in seen.query for seen in circleci.requests)


def test_a_pipeline_of_the_github_app_tells_its_code_elsewhere(circleci: FakeCircleCI, app: FakeProject) -> None:
    pipeline = circleci.add_pipeline(app, branch="feature/x", sha="5ca1ab1e" * 5, subject="Add x")
    run = provider_for(circleci).get_run(run_of(pipeline))
    assert (run.branch, run.commit_sha, run.title, run.actor) == ("feature/x", "5ca1ab1e" * 5, "Add x", "ada")
    assert (run.ref.repo, run.head_repository) == (APP_REPO, "")


def test_the_newest_workflow_of_each_name_counts(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(shop, workflows={"test": [FakeJob("unit")], "deploy": [FakeJob("ship")]})
    failed, shipped = pipeline.workflows
    circleci.advance(failed, "failed")
    circleci.advance(shipped, "success")
    assert provider_for(circleci).get_run(run_of(pipeline)).state is State.FAILURE
    again = circleci.add_workflow(pipeline, "test", [FakeJob("unit")], first=failed.id, rerun=1)
    run = provider_for(circleci).get_run(run_of(pipeline, attempt=2))
    assert (run.state, run.ref.attempt, run.workflow) == (State.QUEUED, 2, "deploy, test") or run.state is State.RUNNING
    assert run.jobs is not None
    assert {job.ref.external_id for job in run.jobs} == {again.jobs[0].id, shipped.jobs[0].id}
    assert {job.name for job in run.jobs} == {"test: unit", "deploy: ship"}
    circleci.advance(again, "success")
    done = provider_for(circleci).get_run(run_of(pipeline, attempt=2))
    assert (done.state, done.finished_at is not None) == (State.SUCCESS, True)
    assert done.updated_at is not None
    assert run.updated_at is not None
    assert done.updated_at > run.updated_at


def test_jobs_that_failed_have_their_steps_and_others_cost_nothing(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(shop, workflows={"build": [FakeJob("unit"), FakeJob("lint")]})
    unit, lint = pipeline.workflows[0].jobs
    for job in (unit, lint):
        circleci.advance_job(job, "running")
    step = circleci.add_step(unit, "Run tests", command="pytest")
    circleci.end_step(step, "failed", exit_code=1)
    circleci.advance_job(unit, "failed")
    circleci.advance_job(lint, "success")
    jobs = provider_for(circleci).get_run(run_of(pipeline)).jobs
    assert jobs is not None
    assert {job.name: [(step.name, step.state) for step in job.steps] for job in jobs} == {
        "unit": [("Run tests", State.FAILURE)],
        "lint": [],
    }
    asked = circleci.count("GET", "/api/v3/jobs/")
    assert asked == 1
    provider_for(circleci).get_run(run_of(pipeline))
    assert circleci.count("GET", "/api/v3/jobs/") == asked


@pytest.mark.parametrize("fault", [{"status": 403}, {"status": 400}, {"status": 200, "raw": b"<html>"}])
def test_a_run_does_not_hang_on_its_steps(circleci: FakeCircleCI, shop: FakeProject, fault: dict[str, object]) -> None:
    pipeline = circleci.add_pipeline(shop)
    circleci.advance_job(pipeline.workflows[0].jobs[0], "failed")
    circleci.fail_next("GET", "/api/v3/", times=9, **fault)
    run = provider_for(circleci).get_run(run_of(pipeline))
    assert run.jobs is not None
    assert (run.state, run.jobs[0].state, run.jobs[0].steps) == (State.FAILURE, State.FAILURE, ())


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 429, "headers": {"Retry-After": "30"}}, {"drop": True}])
def test_steps_that_cannot_be_had_now_are_asked_for_next_time(
    circleci: FakeCircleCI, shop: FakeProject, fault: dict[str, Any]
) -> None:
    pipeline = circleci.add_pipeline(shop, workflows={"build": [FakeJob("unit"), FakeJob("lint")]})
    for job in pipeline.workflows[0].jobs:
        circleci.advance_job(job, "running")
        circleci.add_step(job, "Run tests", command="pytest")
        circleci.advance_job(job, "failed")
    HAS_V3[circleci.base_url] = True
    circleci.fail_next("GET", "/api/v3/", times=99, **fault)
    run = provider_for(circleci).get_run(run_of(pipeline))
    assert run.jobs is not None
    assert (run.state, [job.steps for job in run.jobs]) == (State.FAILURE, [(), ()])
    # Each job would be asked for in vain, for seconds.
    assert len({seen.path for seen in circleci.requests if "/v3/" in seen.path}) == 1
    circleci.faults.clear()
    assert [len(job.steps) for job in provider_for(circleci).get_run(run_of(pipeline)).jobs or ()] == [1, 1]


def test_a_job_without_steps_is_not_asked_for_them_again(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(shop)
    circleci.advance_job(pipeline.workflows[0].jobs[0], "infrastructure_fail")
    circleci.fail_next("GET", "/api/(v1.1|v3)/", status=404, times=99)
    counts = []
    # A moment after its end they may only be late.
    for minutes in (0, 2, 3):
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=minutes)):
            provider_for(circleci).get_run(run_of(pipeline))
        counts.append(circleci.count("GET", "/api/v1.1/"))
    assert counts == [1, 2, 2]


def test_of_many_jobs_that_failed_some_have_their_steps(circleci: FakeCircleCI, shop: FakeProject) -> None:
    names = [f"unit-{at}" for at in range(15)]
    pipeline = circleci.add_pipeline(
        shop, workflows={"one": [FakeJob(name) for name in names], "two": [FakeJob(name) for name in names]}
    )
    for workflow in pipeline.workflows:
        circleci.advance(workflow, "running")
        for job in workflow.jobs:
            circleci.add_step(job, "Run tests", command="pytest")
        circleci.advance(workflow, "failed")
    jobs = provider_for(circleci).get_run(run_of(pipeline)).jobs
    assert jobs is not None
    assert (len(jobs), sum(bool(job.steps) for job in jobs)) == (30, 20)
    assert circleci.count("GET", "/api/v3/jobs/") == 20


@pytest.mark.parametrize("has_v3", [True, False])
@pytest.mark.parametrize("called", ["failed", "timedout"])
def test_a_step_killed_for_its_silence_timed_out(
    circleci: FakeCircleCI, shop: FakeProject, has_v3: bool, called: str
) -> None:
    circleci.has_v3 = has_v3
    pipeline = circleci.add_pipeline(shop)
    job = pipeline.workflows[0].jobs[0]
    circleci.advance_job(job, "running")
    circleci.end_step(circleci.add_step(job, "Wait for the server", command="wait"), "timedout")
    circleci.end_step(circleci.add_step(job, "Clean up", command="true"), "success", exit_code=0)
    circleci.advance_job(job, called)
    run = provider_for(circleci).get_run(run_of(pipeline))
    assert run.jobs is not None
    assert [step.state for step in run.jobs[0].steps] == [State.TIMED_OUT, State.SUCCESS]
    assert (run.jobs[0].state, run.state) == (State.TIMED_OUT, State.TIMED_OUT)


def test_a_workflow_failed_where_one_of_its_jobs_did(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(shop, workflows={"build": [FakeJob("unit"), FakeJob("slow")]})
    unit, slow = pipeline.workflows[0].jobs
    circleci.advance_job(slow, "timedout")
    circleci.advance_job(unit, "failed")
    assert provider_for(circleci).get_run(run_of(pipeline)).state is State.FAILURE


@pytest.mark.parametrize("never_run", ["blocked", "not_run"])
def test_jobs_that_can_never_start_are_skipped(circleci: FakeCircleCI, shop: FakeProject, never_run: str) -> None:
    circleci.never_run = never_run
    jobs = [FakeJob("unit"), FakeJob("hold", type="approval", requires=["unit"]), FakeJob("ship", requires=["hold"])]
    pipeline = circleci.add_pipeline(shop, workflows={"build": jobs})
    circleci.advance_job(jobs[0], "failed")
    run = provider_for(circleci).get_run(run_of(pipeline))
    assert run.jobs is not None
    assert [(job.name, job.state) for job in run.jobs][1:] == [("hold", State.SKIPPED), ("ship", State.SKIPPED)]


def test_a_job_that_waits_for_a_person(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(shop, workflows={"build": [FakeJob("hold", type="approval")]})
    run = provider_for(circleci).get_run(run_of(pipeline))
    assert run.jobs is not None
    assert (run.state, run.jobs[0].state) == (State.BLOCKED, State.BLOCKED)
    assert run.jobs[0].url.endswith(f"/workflows/{pipeline.workflows[0].id}")


def test_a_configuration_that_cannot_be_read(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(
        shop, workflows={}, state="errored", errors=[{"type": "config", "message": "Job 'unit' is not defined"}]
    )
    run = provider_for(circleci).get_run(run_of(pipeline))
    assert (run.state, run.problem, run.jobs) == (State.ERROR, "config: Job 'unit' is not defined", ())
    assert run.finished_at is not None


def test_a_pipeline_whose_workflows_were_all_filtered_out_is_skipped_after_a_while(
    circleci: FakeCircleCI, shop: FakeProject
) -> None:
    pipeline = circleci.add_pipeline(shop, workflows={})
    assert provider_for(circleci).get_run(run_of(pipeline)).state is State.CREATED
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        assert provider_for(circleci).get_run(run_of(pipeline)).state is State.SKIPPED


def test_a_setup_is_not_the_end(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(shop, workflows={}, state="setup")
    setup = circleci.add_workflow(pipeline, "setup", [FakeJob("continue")], tag="setup")
    circleci.advance(setup, "success")
    for state in ("setup", "created"):
        pipeline.state = state
        assert provider_for(circleci).get_run(run_of(pipeline)).state is State.RUNNING
    circleci.advance(circleci.add_workflow(pipeline, "build", [FakeJob("unit")]), "failed")
    assert provider_for(circleci).get_run(run_of(pipeline)).state is State.FAILURE


def test_many_jobs_come_over_pages(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.page_size = 3
    pipeline = circleci.add_pipeline(shop, workflows={"build": [FakeJob(f"unit-{at}") for at in range(35)]})
    jobs = provider_for(circleci).get_run(run_of(pipeline)).jobs
    assert jobs is not None
    assert [job.name for job in jobs] == [f"unit-{at}" for at in range(35)]


def test_jobs_of_workflows_that_have_ended_are_asked_for_once(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(shop, workflows={f"w{at}": [FakeJob("unit")] for at in range(15)})
    for workflow in pipeline.workflows[:14]:
        circleci.advance(workflow, "success")
    first = provider_for(circleci).get_run(run_of(pipeline))
    circleci.requests.clear()
    assert provider_for(circleci).get_run(run_of(pipeline)) == first
    assert circleci.count("GET", "/job$") == 1
    assert len(circleci.requests) == 3


def test_jobs_that_end_after_their_workflow_are_asked_for_again(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(shop)
    (workflow,) = pipeline.workflows
    circleci.advance(workflow, "running")
    workflow.status = "failed"
    for status, state in (("running", State.RUNNING), ("failed", State.FAILURE)):
        workflow.jobs[0].status = status
        (job,) = provider_for(circleci).get_run(run_of(pipeline)).jobs or ()
        assert job.state is state


def test_runs_are_listed_newest_first_as_far_back_as_is_asked(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.page_size = 2
    now = datetime.now(UTC)
    made: list[FakePipeline] = []
    for hours in (9, 8, 7, 6, 5):
        circleci.now = lambda hours=hours: now - timedelta(hours=hours)  # type: ignore[misc]
        made.insert(0, circleci.add_pipeline(shop))
    provider = provider_for(circleci)
    found = list(provider.list_runs(REPO, updated_since=now - timedelta(hours=7, minutes=30)))
    assert [run.ref.external_id for run in found] == [pipeline.id for pipeline in made[:4]]
    assert {(run.state, run.jobs, run.workflow) for run in found} == {(State.CREATED, None, "")}
    circleci.requests.clear()
    assert len(list(provider.list_runs(REPO))) == 2
    assert len(circleci.requests) == 1


def test_one_odd_pipeline_does_not_stop_the_list(
    circleci: FakeCircleCI, shop: FakeProject, caplog: pytest.LogCaptureFixture
) -> None:
    pipelines = [circleci.add_pipeline(shop) for _ in range(3)]
    pipelines[1].branch = 7  # type: ignore[assignment]
    found = [run.ref.external_id for run in provider_for(circleci).list_runs(REPO)]
    assert found == [pipelines[2].id, pipelines[0].id]
    assert "a pipeline of gh/acme/shop is left out" in caplog.text


def test_an_errored_pipeline_is_told_in_the_list(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.add_pipeline(shop, workflows={}, state="errored", errors=[{"type": "plan", "message": "No credits"}])
    (run,) = provider_for(circleci).list_runs(REPO)
    assert (run.state, run.problem) == (State.ERROR, "plan: No credits")


def test_what_is_not_there(circleci: FakeCircleCI, shop: FakeProject) -> None:
    provider = provider_for(circleci)
    with pytest.raises(NotFound, match="Pipeline not found"):
        provider.get_run(RunRef(REPO, "5034460f-c7c4-4c43-9457-de07e2029e7b"))
    with pytest.raises(NotFound):
        list(provider.list_runs(RepoRef("gh/acme/none")))
    with pytest.raises(Invalid, match="project slug"):
        list(provider.list_runs(RepoRef("acme/shop")))
    with pytest.raises(Invalid):
        provider.get_run(RunRef(REPO, ".."))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 502}, Unavailable),
        ({"status": 504}, Unavailable),
        ({"drop": True}, Unavailable),
        ({"truncate": True}, Unavailable),
        ({"status": 429, "raw": b"Too many requests", "headers": {"Retry-After": "90"}}, RateLimited),
        ({"status": 401, "message": "You must log in first."}, AuthFailed),
        ({"status": 200, "raw": b"<html>maintenance</html>"}, Invalid),
        ({"status": 200, "raw": b'{"id": 7}'}, Invalid),
        ({"status": 200, "raw": b"[1]"}, Invalid),
    ],
)
def test_reads_that_fail(
    circleci: FakeCircleCI, shop: FakeProject, fault: dict[str, object], kind: type[Exception]
) -> None:
    pipeline = circleci.add_pipeline(shop)
    circleci.fail_next("GET", "/pipeline/[^/]+$", times=9, **fault)
    with pytest.raises(kind) as caught:
        provider_for(circleci).get_run(run_of(pipeline))
    assert TOKEN not in f"{caught.value!r}"


def test_a_token_that_the_server_repeats_is_masked(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.fail_next("GET", "/pipeline$", status=403, message=f"{TOKEN} may not")
    with pytest.raises(AuthFailed, match=r"\*\*\* may not"):
        list(provider_for(circleci).list_runs(REPO))


def test_a_read_is_repeated_where_the_server_was_away(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(shop)
    circleci.fail_next("GET", "/pipeline/[^/]+$", status=503, times=2)
    assert provider_for(circleci).get_run(run_of(pipeline)).ref.external_id == pipeline.id


@pytest.mark.parametrize("as_date", [False, True])
def test_how_long_to_wait_is_passed_on(circleci: FakeCircleCI, shop: FakeProject, as_date: bool) -> None:
    circleci.budget, circleci.retry_after, circleci.retry_as_date = 0, 90, as_date
    with pytest.raises(RateLimited) as caught:
        list(provider_for(circleci).list_runs(REPO))
    assert caught.value.retry_after == pytest.approx(90, abs=3)


def test_a_hung_connection_is_given_up(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.fail_next("GET", "/pipeline", hang=1.5, status=200, times=9)
    with pytest.raises(Unavailable, match="in time"):
        list(provider_for(circleci, timeout=0.2).list_runs(REPO))


def test_a_token_that_was_taken_back(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.revoke(TOKEN)
    with pytest.raises(AuthFailed, match="check the credentials") as caught:
        list(provider_for(circleci).list_runs(REPO))
    assert not caught.value.retryable


def test_no_webhook_without_a_secret(circleci: FakeCircleCI) -> None:
    with pytest.raises(NotSupported, match="webhook_secret"):
        provider_for(circleci, webhook_secret=None).authenticate_webhook({}, b"{}")


def test_names_of_projects_are_checked(circleci: FakeCircleCI) -> None:
    with pytest.raises(Exception, match="project slug") as caught:
        provider_for(circleci, "acme/shop")
    assert f"{caught.value}".startswith(f"{PLACE}.repositories:")


def test_how_long_jobs_waited_is_asked_for_once_they_have_ended(circleci: FakeCircleCI, shop: FakeProject) -> None:
    begin = datetime.now(UTC) - timedelta(hours=1)
    circleci.now = lambda: begin
    pipeline = circleci.add_pipeline(shop, workflows={"build": [FakeJob("unit"), FakeJob("lint")]})
    unit, lint = pipeline.workflows[0].jobs
    circleci.now = lambda: begin + timedelta(minutes=7)
    for job in (unit, lint):
        circleci.advance_job(job, "running")
    circleci.advance_job(unit, "success")
    told = {job.name: job for job in provider_for(circleci).get_run(run_of(pipeline)).jobs or ()}
    created, started = told["unit"].created_at, told["unit"].started_at
    assert created is not None
    assert started is not None
    assert (started - created, told["lint"].created_at) == (timedelta(minutes=7), None)
    asked = circleci.count("GET", "/api/v2/project/.*/job/")
    assert asked == 1
    provider_for(circleci).get_run(run_of(pipeline))
    assert circleci.count("GET", "/api/v2/project/.*/job/") == asked


@pytest.mark.parametrize(
    "fault", [{"status": 404}, {"status": 403}, {"status": 500}, {"status": 200, "raw": b"<html>"}]
)
def test_a_run_does_not_hang_on_how_long_jobs_waited(
    circleci: FakeCircleCI, shop: FakeProject, fault: dict[str, object]
) -> None:
    pipeline = circleci.add_pipeline(shop)
    circleci.advance(pipeline.workflows[0], "success")
    circleci.fail_next("GET", "/api/v2/project/.*/job/", times=9, **fault)
    run = provider_for(circleci).get_run(run_of(pipeline))
    assert run.state is State.SUCCESS
    assert [job.created_at for job in run.jobs or ()] == [None]


def test_how_long_jobs_waited_is_asked_of_so_many_at_a_time(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(shop, workflows={"build": [FakeJob(f"unit-{at}") for at in range(60)]})
    for job in pipeline.workflows[0].jobs:
        circleci.advance_job(job, "running")
    circleci.advance(pipeline.workflows[0], "success")
    for known in (50, 60):
        jobs = provider_for(circleci).get_run(run_of(pipeline)).jobs or ()
        assert sum(job.created_at is not None for job in jobs) == known
