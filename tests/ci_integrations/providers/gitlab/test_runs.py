"""Pipelines as runs: asked for with their jobs, and listed."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ci_integrations.domain import (
    RepoRef,
    RetryRequest,
    RetryScope,
    RunRef,
    State,
)
from ci_integrations.errors import Invalid
from tests.fakes.gitlab import FakeGitLab, FakeJob, FakePipeline, FakeProject
from tests.gitlab import NAME, REPO, TOKEN, USER, provider_for, ref_of, state_of


def test_nothing_is_sent_when_a_provider_is_built(gitlab: FakeGitLab, shop: FakeProject) -> None:
    provider_for(gitlab)
    assert gitlab.requests == []


def test_a_pipeline_with_its_jobs(gitlab: FakeGitLab, shop: FakeProject) -> None:
    jobs = [FakeJob("unit", coverage=80.0), FakeJob("lint", allow_failure=True), FakeJob("ship", status="manual")]
    pipeline = gitlab.add_pipeline(shop, jobs=jobs, name="Nightly", user="ada")
    gitlab.advance_job(jobs[0], "failed", "script_failure")
    gitlab.advance_job(jobs[1], "failed", "runner_system_failure")
    found = provider_for(gitlab).get_run(ref_of(pipeline, 4))
    assert (found.ref.attempt, found.workflow, found.branch, found.actor) == (4, "Nightly", "main", "ada")
    assert (found.coverage, found.title, found.event) == (80.0, "A change", "push")
    told = {job.name: (job.state, job.raw_state, job.allow_failure) for job in found.jobs or ()}
    assert told == {
        "unit": (State.FAILURE, "failed (script_failure)", False),
        "lint": (State.ERROR, "failed (runner_system_failure)", True),
        "ship": (State.BLOCKED, "manual", False),
    }


@pytest.mark.parametrize(
    ("config", "header", "value"),
    [
        ({}, "private-token", TOKEN),
        ({"token": None, "oauth_token": "oauth-1"}, "authorization", "Bearer oauth-1"),
    ],
)
def test_who_asks_is_told_in_the_header_that_fits(
    gitlab: FakeGitLab, shop: FakeProject, config: dict[str, Any], header: str, value: str
) -> None:
    gitlab.add_token("oauth-1", USER, oauth=True)
    pipeline = gitlab.add_pipeline(shop)
    provider_for(gitlab, **config).get_run(ref_of(pipeline))
    told = {name: text for name, text in gitlab.requests[0].headers.items() if "token" in name or "auth" in name}
    assert told == {header: value}


def test_a_project_is_not_asked_for_by_itself(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop)
    provider_for(gitlab).get_run(ref_of(pipeline))
    assert gitlab.count("GET", "/projects/[^/]+$") == gitlab.count("GET", f"/{NAME}$") == 0


def test_a_project_may_be_named_by_its_number(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop)
    ref = RunRef(RepoRef(f"{shop.id}"), f"{pipeline.id}")
    assert provider_for(gitlab, f"{shop.id}").get_run(ref).ref == ref


def test_all_jobs_of_a_large_pipeline(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop, jobs=[FakeJob(f"job {number}") for number in range(256)])
    found = provider_for(gitlab).get_run(ref_of(pipeline)).jobs or ()
    assert [job.name for job in found] == [f"job {number}" for number in range(256)]


@pytest.mark.parametrize(
    ("reasons", "state"),
    [
        (["script_failure"], State.FAILURE),
        (["runner_system_failure", "script_failure"], State.FAILURE),
        (["runner_system_failure", "job_execution_timeout"], State.TIMED_OUT),
        (["stuck_or_timeout_failure"], State.TIMED_OUT),
        (["runner_system_failure"], State.ERROR),
        (["invented_tomorrow"], State.ERROR),
    ],
)
def test_why_a_pipeline_failed(gitlab: FakeGitLab, shop: FakeProject, reasons: list[str], state: State) -> None:
    jobs = [FakeJob(f"job {number}") for number in range(len(reasons))]
    pipeline = gitlab.add_pipeline(shop, jobs=jobs)
    for job, reason in zip(jobs, reasons, strict=True):
        gitlab.advance_job(job, "failed", reason)
    found = provider_for(gitlab).get_run(ref_of(pipeline))
    assert (found.state, found.raw_state) == (state, "failed")
    assert found.finished_at is not None


def test_what_may_fail_fails_nothing(gitlab: FakeGitLab, shop: FakeProject) -> None:
    job = FakeJob("lint", allow_failure=True)
    pipeline = gitlab.add_pipeline(shop, jobs=[job])
    gitlab.advance_job(job, "failed", "script_failure")
    found = provider_for(gitlab).get_run(ref_of(pipeline))
    assert (found.state, [one.state for one in found.jobs or ()]) == (State.SUCCESS, [State.FAILURE])


def test_a_configuration_that_cannot_be_read(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop, jobs=[])
    pipeline.yaml_errors = "jobs:unit config contains unknown keys: scrip"
    gitlab.advance(pipeline, "failed")
    found = provider_for(gitlab).get_run(ref_of(pipeline))
    assert (found.state, found.problem, found.jobs) == (State.ERROR, pipeline.yaml_errors, ())


def test_a_pipeline_follows_its_jobs_by_and_by(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop)
    gitlab.advance(pipeline, "failed", "script_failure")
    # A job was retried a moment ago; the pipeline's own status does not say so yet.
    pipeline.jobs[0].status = "pending"
    assert state_of(provider_for(gitlab), pipeline) is State.RUNNING


def test_what_we_say_of_a_commit_does_not_keep_it_failed(gitlab: FakeGitLab, shop: FakeProject) -> None:
    ours = FakeJob("Orchestrate CI", "external", status="failed", kind="external", user=USER)
    pipeline = gitlab.add_pipeline(shop, jobs=[FakeJob("unit"), ours])
    gitlab.advance(pipeline, "success")
    pipeline.status = pipeline.computed()
    assert pipeline.status == "failed"
    provider = provider_for(gitlab)
    assert state_of(provider, pipeline) is State.SUCCESS
    ours.name = "SonarQube"
    assert state_of(provider, pipeline) is State.ERROR


def test_a_retry_shows_the_newest_jobs_alone(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop, jobs=[FakeJob("unit"), FakeJob("lint")])
    gitlab.advance(pipeline, "failed", "script_failure")
    provider = provider_for(gitlab)
    assert provider.retry(RetryRequest(ref_of(pipeline), RetryScope.FAILED)) == ref_of(pipeline, 2)
    found = provider.get_run(ref_of(pipeline, 2))
    assert (found.ref.attempt, found.state) == (2, State.QUEUED)
    ids = {job.ref.external_id for job in found.jobs or ()}
    assert len(ids) == 2
    assert not ids & {f"{job.id}" for job in pipeline.jobs[:2]}


def test_a_server_that_lists_retried_jobs_all_the_same(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop)
    listed = [
        {"id": 5, "name": "unit", "status": "running"},
        {"id": 4, "name": "lint", "status": "success"},
        {"id": 3, "name": "unit", "status": "failed"},
    ]
    gitlab.fail_next("GET", "/jobs$", status=200, raw=json.dumps(listed).encode())
    found = provider_for(gitlab).get_run(ref_of(pipeline)).jobs or ()
    assert [(job.ref.external_id, job.name) for job in found] == [("4", "lint"), ("5", "unit")]


@pytest.mark.parametrize("key", ["iid", "project_id"])
def test_what_a_server_leaves_null_is_not_needed(gitlab: FakeGitLab, shop: FakeProject, key: str) -> None:
    pipeline = gitlab.add_pipeline(shop)
    told = {"id": pipeline.id, "iid": 1, "project_id": shop.id, "status": "running", key: None}
    gitlab.fail_next("GET", f"/pipelines/{pipeline.id}$", status=200, raw=json.dumps(told).encode())
    assert state_of(provider_for(gitlab), pipeline) is State.RUNNING
    gitlab.fail_next("GET", "/pipelines$", status=200, raw=json.dumps([told]).encode())
    assert [run.ref for run in provider_for(gitlab).list_runs(REPO)] == [ref_of(pipeline)]


# Downstream pipelines.


@pytest.fixture(params=[True, False], ids=["trigger_jobs", "bridges"])
def bridged(gitlab: FakeGitLab, shop: FakeProject, request: pytest.FixtureRequest) -> FakePipeline:
    gitlab.has_trigger_jobs = request.param
    return gitlab.add_pipeline(shop, jobs=[FakeJob("unit"), FakeJob("child", kind="bridge")])


def test_a_child_pipeline_is_told(gitlab: FakeGitLab, shop: FakeProject, bridged: FakePipeline) -> None:
    provider = provider_for(gitlab)
    before = {job.name: job.child for job in provider.get_run(ref_of(bridged)).jobs or ()}
    assert before == {"unit": None, "child": None}
    child = gitlab.add_pipeline(shop, source="parent_pipeline", parent=(bridged, bridged.jobs[1]))
    found = {job.name: job.child for job in provider.get_run(ref_of(bridged)).jobs or ()}
    assert found == {"unit": None, "child": ref_of(child)}
    assert provider.get_run(ref_of(child)).workflow == ""


def test_a_pipeline_of_another_project_is_told(gitlab: FakeGitLab, shop: FakeProject, bridged: FakePipeline) -> None:
    other = gitlab.add_project("acme/tools/deploy")
    other.members[USER] = 20
    below = gitlab.add_pipeline(other, source="pipeline", parent=(bridged, bridged.jobs[1]))
    for _ in range(2):
        found = [job.child for job in provider_for(gitlab).get_run(ref_of(bridged)).jobs or ()]
        assert RunRef(RepoRef("acme/tools/deploy"), f"{below.id}") in found
    assert gitlab.count("GET", f"/projects/{other.id}$") == 1, "its path is asked for once"


def test_which_name_trigger_jobs_have_is_learned_once(gitlab: FakeGitLab, bridged: FakePipeline) -> None:
    for _ in range(3):
        provider_for(gitlab).get_run(ref_of(bridged))
    assert gitlab.count("GET", "/trigger_jobs$") == (3 if gitlab.has_trigger_jobs else 1)
    assert gitlab.count("GET", "/bridges$") == (0 if gitlab.has_trigger_jobs else 3)


def test_a_pipeline_without_trigger_jobs_is_asked_for_them_once(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop)
    for _ in range(3):
        provider_for(gitlab).get_run(ref_of(pipeline))
    assert gitlab.count("GET", "/trigger_jobs$") == 1


def test_a_server_that_knows_no_trigger_jobs_at_all(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop)
    gitlab.fail_next("GET", "/(trigger_jobs|bridges)$", status=404, times=2)
    assert len(provider_for(gitlab).get_run(ref_of(pipeline)).jobs or ()) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 405, 501, 200])
def test_a_server_that_refuses_to_list_trigger_jobs(
    gitlab: FakeGitLab, shop: FakeProject, bridged: FakePipeline, status: int
) -> None:
    child = gitlab.add_pipeline(shop, source="parent_pipeline", parent=(bridged, bridged.jobs[1]))
    gitlab.has_trigger_jobs = False
    gitlab.fail_next("GET", "/trigger_jobs$", status=status, raw=b"<html>", times=3)
    found = provider_for(gitlab).get_run(ref_of(bridged))
    assert [job.child for job in found.jobs or ()] == [None, ref_of(child)]


def test_a_server_that_was_updated_is_asked_by_the_new_name(
    gitlab: FakeGitLab, shop: FakeProject, bridged: FakePipeline
) -> None:
    gitlab.has_trigger_jobs = False
    provider_for(gitlab).get_run(ref_of(bridged))
    gitlab.has_trigger_jobs = True
    gitlab.fail_next("GET", "/bridges$", status=404)
    for _ in range(2):
        assert len(provider_for(gitlab).get_run(ref_of(bridged)).jobs or ()) == 2
    assert gitlab.count("GET", "/bridges$") == 2


def test_trigger_jobs_that_could_not_be_asked_for_are_asked_for_again(
    gitlab: FakeGitLab, shop: FakeProject, bridged: FakePipeline
) -> None:
    gitlab.fail_next("GET", "/(trigger_jobs|bridges)$", status=403, times=2)
    assert len(provider_for(gitlab).get_run(ref_of(bridged)).jobs or ()) == 1
    assert len(provider_for(gitlab).get_run(ref_of(bridged)).jobs or ()) == 2


def test_a_trigger_job_fails_as_its_child(gitlab: FakeGitLab, shop: FakeProject, bridged: FakePipeline) -> None:
    bridged.jobs[1].spec["trigger"] = {"strategy": "depend"}
    child = gitlab.add_pipeline(shop, source="parent_pipeline", parent=(bridged, bridged.jobs[1]))
    gitlab.advance_job(bridged.jobs[0], "success")
    gitlab.advance(child, "failed", "script_failure")
    gitlab.advance_job(bridged.jobs[1], "failed", "unknown_failure")
    assert state_of(provider_for(gitlab), bridged) is State.FAILURE


# Merge requests.


def test_a_pipeline_of_a_merge_request_is_of_its_branch(gitlab: FakeGitLab, shop: FakeProject) -> None:
    change = gitlab.open_request(shop, source="topic")
    ref = f"refs/merge-requests/{change.iid}/head"
    pipeline = gitlab.add_pipeline(shop, source="merge_request_event", ref=ref, request=change)
    for _ in range(2):
        found = provider_for(gitlab).get_run(ref_of(pipeline))
        assert (found.branch, found.head_repository, found.event) == ("topic", "", "merge_request_event")
    assert gitlab.count("GET", "/merge_requests/1$") == 1, "it never changes"


def test_commits_of_a_fork_are_told_as_such(gitlab: FakeGitLab, shop: FakeProject) -> None:
    fork = gitlab.add_project("eve/shop")
    change = gitlab.open_request(shop, source="topic", by="eve", fork=fork)
    ref = f"refs/merge-requests/{change.iid}/merge"
    pipeline = gitlab.add_pipeline(shop, source="merge_request_event", ref=ref, request=change)
    assert provider_for(gitlab).get_run(ref_of(pipeline)).head_repository == f"{fork.id}", "it cannot be seen"
    fork.public = True
    assert provider_for(gitlab).get_run(ref_of(pipeline)).head_repository == "eve/shop"


def test_a_fork_that_can_be_seen_later_is_named_then(gitlab: FakeGitLab, shop: FakeProject) -> None:
    fork = gitlab.add_project("eve/shop")
    change = gitlab.open_request(shop, source="topic", by="eve", fork=fork)
    ref = f"refs/merge-requests/{change.iid}/head"
    pipeline = gitlab.add_pipeline(shop, source="merge_request_event", ref=ref, request=change)
    assert provider_for(gitlab).get_run(ref_of(pipeline)).head_repository == f"{fork.id}"
    fork.public = True
    assert provider_for(gitlab).get_run(ref_of(pipeline)).head_repository == "eve/shop"


def test_a_merge_request_that_cannot_be_seen_may_be_a_forks(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop, source="merge_request_event", ref="refs/merge-requests/404/head")
    assert provider_for(gitlab).get_run(ref_of(pipeline)).head_repository != ""


# Listings.


def test_pipelines_are_listed_newest_first_and_no_further_than_needed(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipelines = [gitlab.add_pipeline(shop) for _ in range(150)]
    provider = provider_for(gitlab)
    listed = [run.ref.external_id for run in provider.list_runs(REPO)]
    assert listed == [f"{pipeline.id}" for pipeline in reversed(pipelines)][:100]
    assert gitlab.count("GET", "/pipelines$") == 1
    long_ago = datetime.now(UTC) - timedelta(days=1)
    assert len(list(provider.list_runs(REPO, updated_since=long_ago))) == 150


def test_what_changed_is_listed(gitlab: FakeGitLab, shop: FakeProject) -> None:
    old, revived = gitlab.add_pipeline(shop), gitlab.add_pipeline(shop)
    for pipeline in (old, revived):
        pipeline.updated_at = datetime(2026, 1, 1, tzinfo=UTC)
    gitlab.advance(revived, "running")
    since = datetime.now(UTC) - timedelta(minutes=5)
    (found,) = provider_for(gitlab).list_runs(REPO, updated_since=since)
    assert (found.ref, found.state, found.jobs) == (ref_of(revived), State.RUNNING, None)
    assert found.updated_at == revived.updated_at.replace(microsecond=revived.updated_at.microsecond // 1000 * 1000)


def test_pipelines_of_other_programs_statuses_are_left_out(gitlab: FakeGitLab, shop: FakeProject) -> None:
    gitlab.add_pipeline(shop, source="external")
    pipeline = gitlab.add_pipeline(shop)
    assert [run.ref for run in provider_for(gitlab).list_runs(REPO)] == [ref_of(pipeline)]


def test_a_server_that_knows_no_filters(gitlab: FakeGitLab, shop: FakeProject) -> None:
    now = datetime.now(UTC)
    listed = [
        {"id": number, "status": "success", "updated_at": f"{now - timedelta(hours=number)}"} for number in (1, 9, 2)
    ]
    gitlab.fail_next("GET", "/pipelines$", status=200, raw=json.dumps(listed).encode())
    found = provider_for(gitlab).list_runs(REPO, updated_since=now - timedelta(hours=3))
    assert [run.ref.external_id for run in found] == ["1", "2"]


def test_another_pipeline_than_was_asked_for_is_refused(gitlab: FakeGitLab, shop: FakeProject) -> None:
    gitlab.fail_next("GET", "/pipelines/7$", status=200, raw=b'{"id": 8, "status": "success"}')
    with pytest.raises(Invalid, match="asked for pipeline 7"):
        provider_for(gitlab).get_run(RunRef(REPO, "7"))


@pytest.mark.parametrize(
    ("address", "project"),
    [
        ("https://gitlab.example.com/gitlab/acme/tools/deploy/-/pipelines/5", "acme/tools/deploy"),
        ("https://gitlab.example.com/gitlab/acme/tools/deploy/pipelines/5", "acme/tools/deploy"),
        (f"https://gitlab.example.com/gitlab/{NAME}/-/pipelines/5", NAME),
        ("", NAME),
    ],
)
def test_older_servers_name_the_other_project_by_its_address(
    gitlab: FakeGitLab, shop: FakeProject, address: str, project: str
) -> None:
    gitlab.external_url = "https://gitlab.example.com/gitlab"
    pipeline = gitlab.add_pipeline(shop)
    bridge = {"id": 9, "name": "deploy", "status": "success", "downstream_pipeline": {"id": 5, "web_url": address}}
    gitlab.fail_next("GET", "/trigger_jobs$", status=200, raw=json.dumps([bridge]).encode())
    found = [job.child for job in provider_for(gitlab).get_run(ref_of(pipeline)).jobs or ()]
    assert found == [None, RunRef(RepoRef(project), "5")]


def test_how_long_a_job_waited_for_a_runner(gitlab: FakeGitLab, shop: FakeProject) -> None:
    begin = datetime(2026, 1, 1, 12, tzinfo=UTC)
    job = FakeJob("ship", status="manual")
    gitlab.now = lambda: begin
    pipeline = gitlab.add_pipeline(shop, jobs=[job])
    for hours, status in ((3, "pending"), (4, "running"), (5, "success")):
        gitlab.now = lambda hours=hours: begin + timedelta(hours=hours)  # type: ignore[misc]
        gitlab.advance_job(job, status)
    (found,) = provider_for(gitlab).get_run(ref_of(pipeline)).jobs or ()
    assert (found.created_at, found.started_at) == (begin + timedelta(hours=3), begin + timedelta(hours=4))
