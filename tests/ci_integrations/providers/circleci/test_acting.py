"""Canceling, repeating and approving, over the fake CircleCI."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from ci_integrations.domain import JobRef, RetryRequest, RetryScope, RunRef, State
from ci_integrations.errors import (
    Conflict,
    Invalid,
    NotFound,
    NotSupported,
    ProviderError,
    RateLimited,
    Unavailable,
)
from tests.circleci import REPO, job_of, provider_for, run_of
from tests.fakes.circleci import FakeCircleCI, FakeJob, FakePipeline, FakeProject

ALL, FAILED, JOB = RetryScope.ALL, RetryScope.FAILED, RetryScope.JOB


@pytest.fixture
def pipeline(circleci: FakeCircleCI, shop: FakeProject) -> FakePipeline:
    """A pipeline of two workflows that run."""
    made = circleci.add_pipeline(
        shop, workflows={"test": [FakeJob("unit"), FakeJob("lint")], "deploy": [FakeJob("ship")]}
    )
    for workflow in made.workflows:
        circleci.advance(workflow, "running")
    return made


@pytest.fixture
def failed(circleci: FakeCircleCI, pipeline: FakePipeline) -> FakePipeline:
    """The same, one of whose workflows failed."""
    test, deploy = pipeline.workflows
    circleci.advance_job(test.job("lint"), "success")
    circleci.advance_job(test.job("unit"), "failed")
    circleci.advance(deploy, "success")
    return pipeline


def wish(pipeline: FakePipeline, scope: RetryScope, job: JobRef | None = None, **more: Any) -> RetryRequest:
    return RetryRequest(run_of(pipeline), scope, job, **more)


def written(server: FakeCircleCI) -> list[tuple[str, Any]]:
    """Path, without ids, and body of every write."""
    return [
        (seen.path.partition("/workflow/")[2].partition("/")[2], seen.json())
        for seen in server.requests
        if seen.method == "POST"
    ]


def test_every_workflow_that_runs_is_canceled(circleci: FakeCircleCI, pipeline: FakePipeline) -> None:
    circleci.advance(pipeline.workflows[1], "success")
    provider = provider_for(circleci)
    provider.cancel(run_of(pipeline))
    assert circleci.ledger == [("cancel", pipeline.workflows[0].id)]
    circleci.wait_idle()
    run = provider.get_run(run_of(pipeline))
    assert run.state is State.CANCELED
    with pytest.raises(Conflict, match="all have ended"):
        provider.cancel(run_of(pipeline))
    with pytest.raises(NotSupported, match="by force"):
        provider.cancel(run_of(pipeline), force=True)


@pytest.mark.parametrize("refuses", [False, True])
def test_a_workflow_that_ended_meanwhile_is_no_error(
    circleci: FakeCircleCI, pipeline: FakePipeline, refuses: bool
) -> None:
    circleci.refuses_late_cancels = refuses
    test, deploy = pipeline.workflows
    circleci.on_request = lambda seen: (
        circleci.advance(test, "success") if seen.path.endswith(f"{test.id}/cancel") else None
    )
    provider_for(circleci).cancel(run_of(pipeline))
    assert circleci.ledger == [("cancel", deploy.id)]


def test_all_that_ended_before_they_could_be_canceled(circleci: FakeCircleCI, pipeline: FakePipeline) -> None:
    circleci.refuses_late_cancels = True

    def end(seen: object) -> None:
        if "cancel" in f"{seen}":
            for workflow in pipeline.workflows:
                circleci.advance(workflow, "success")

    circleci.on_request = end
    with pytest.raises(Conflict, match="all have ended"):
        provider_for(circleci).cancel(run_of(pipeline))


@pytest.mark.parametrize("status", [400, 409])
def test_a_cancel_that_is_refused_for_another_reason(
    circleci: FakeCircleCI, pipeline: FakePipeline, status: int
) -> None:
    circleci.fail_next("POST", "/cancel$", status=status, message="Not today")
    # Not a conflict, which says that it has ended.
    with pytest.raises(Invalid, match="Not today") as caught:
        provider_for(circleci).cancel(run_of(pipeline))
    assert not caught.value.effect_unknown


@pytest.mark.parametrize("state", ["pending", "created", "setup-pending"])
def test_a_pipeline_whose_workflows_are_still_to_come_is_canceled_later(
    circleci: FakeCircleCI, shop: FakeProject, state: str
) -> None:
    early = circleci.add_pipeline(shop, workflows={}, state=state)
    provider = provider_for(circleci)
    with pytest.raises(Unavailable, match="no workflow yet") as caught:
        provider.cancel(run_of(early))
    assert (caught.value.retry_after, caught.value.effect_unknown) == (5.0, False)
    early.state = "created"
    circleci.advance(circleci.add_workflow(early, "build", [FakeJob("unit")]), "running")
    provider.cancel(run_of(early))
    assert circleci.ledger == [("cancel", early.workflows[0].id)]


def test_a_setup_that_is_to_be_continued_is_no_end(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(shop, workflows={}, state="setup")
    setup = circleci.add_workflow(pipeline, "setup", [FakeJob("continue")], tag="setup")
    circleci.advance(setup, "success")
    with pytest.raises(Unavailable, match="no workflow yet"):
        provider_for(circleci).cancel(run_of(pipeline))
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)), pytest.raises(Conflict, match="all have ended"):
        provider_for(circleci).cancel(run_of(pipeline))


def test_failed_workflows_are_repeated_from_their_failed_jobs(circleci: FakeCircleCI, failed: FakePipeline) -> None:
    provider = provider_for(circleci)
    before = provider.get_run(run_of(failed))
    assert provider.retry(wish(failed, FAILED)) == RunRef(REPO, failed.id, 2)
    assert written(circleci) == [("rerun", {"from_failed": True})]
    after = provider.get_run(run_of(failed, attempt=2))
    assert after.ref.attempt == 2
    assert before.jobs is not None
    assert after.jobs is not None
    ids = [{job.name: job.ref.external_id for job in jobs} for jobs in (before.jobs, after.jobs)]
    assert ids[0]["test: lint"] == ids[1]["test: lint"]
    assert ids[0]["test: unit"] != ids[1]["test: unit"]


@pytest.mark.parametrize("scope", [FAILED, ALL])
def test_what_failed_at_once_is_repeated_at_once(
    circleci: FakeCircleCI, failed: FakePipeline, scope: RetryScope
) -> None:
    provider = provider_for(circleci)
    for attempt in (2, 3, 4):
        request = RetryRequest(run_of(failed, attempt - 1), scope, sent_at=datetime.now(UTC))
        assert provider.retry(request) == RunRef(REPO, failed.id, attempt)
        for workflow in failed.newest:
            if not workflow.is_ended:
                circleci.advance(workflow, "failed")
    assert [workflow.name for workflow in failed.workflows].count("test") == 4


def test_everything_is_repeated_from_the_start(circleci: FakeCircleCI, failed: FakePipeline) -> None:
    assert provider_for(circleci).retry(wish(failed, ALL)) == RunRef(REPO, failed.id, 2)
    assert written(circleci) == [("rerun", {}), ("rerun", {})]


def test_one_job_is_repeated_in_its_workflow(circleci: FakeCircleCI, failed: FakePipeline) -> None:
    unit = failed.workflows[0].job("unit")
    provider_for(circleci).retry(wish(failed, JOB, job_of(failed, unit)))
    assert written(circleci) == [("rerun", {"jobs": [unit.id]})]
    with pytest.raises(Conflict, match="repeated since"):
        provider_for(circleci).retry(wish(failed, JOB, job_of(failed, unit)))
    with pytest.raises(Invalid, match="no job was named"):
        provider_for(circleci).retry(wish(failed, JOB))


def test_what_was_canceled_is_repeated_too(circleci: FakeCircleCI, pipeline: FakePipeline) -> None:
    for workflow in pipeline.workflows:
        circleci.advance(workflow, "canceled")
    provider_for(circleci).retry(wish(pipeline, FAILED))
    assert written(circleci) == [("rerun", {"from_failed": True})] * 2


def test_a_setup_that_continued_the_pipeline_is_not_repeated(circleci: FakeCircleCI, shop: FakeProject) -> None:
    pipeline = circleci.add_pipeline(shop, workflows={})
    setup = circleci.add_workflow(pipeline, "setup", [FakeJob("continue")], tag="setup")
    circleci.advance(setup, "success")
    build = circleci.add_workflow(pipeline, "build", [FakeJob("unit")])
    circleci.advance(build, "failed")
    provider_for(circleci).retry(wish(pipeline, ALL))
    assert [seen.path for seen in circleci.requests if seen.method == "POST"] == [f"/api/v2/workflow/{build.id}/rerun"]


def test_only_what_has_ended_can_be_repeated(circleci: FakeCircleCI, pipeline: FakePipeline) -> None:
    provider = provider_for(circleci)
    with pytest.raises(Conflict, match="deploy, test has not ended"):
        provider.retry(wish(pipeline, ALL))
    with pytest.raises(Conflict, match="no workflow that ended and failed"):
        provider.retry(wish(pipeline, FAILED))
    with pytest.raises(Conflict, match="has not ended"):
        provider.retry(wish(pipeline, JOB, job_of(pipeline, pipeline.workflows[0].jobs[0])))
    assert not written(circleci)


def test_a_pipeline_without_workflows_cannot_be_repeated(circleci: FakeCircleCI, shop: FakeProject) -> None:
    with pytest.raises(Conflict, match="it has no workflow"):
        provider_for(circleci).retry(wish(circleci.add_pipeline(shop, workflows={}), ALL))


def test_a_refusal_is_told_in_the_servers_words(circleci: FakeCircleCI, failed: FakePipeline) -> None:
    circleci.fail_next("POST", "/rerun$", status=400, message="Workflow must be in a terminal state to be rerun")
    with pytest.raises(Conflict, match="must be in a terminal state") as caught:
        provider_for(circleci).retry(wish(failed, FAILED))
    assert not caught.value.effect_unknown
    old = failed.workflows[0]
    old.created_at -= timedelta(days=91)
    with pytest.raises(Conflict, match="too old"):
        provider_for(circleci).retry(wish(failed, FAILED))


def test_a_refusal_after_one_was_accepted_leaves_the_effect_open(circleci: FakeCircleCI, failed: FakePipeline) -> None:
    request = wish(failed, ALL, sent_at=datetime.now(UTC))
    failed.workflows[0].created_at -= timedelta(days=91)
    provider = provider_for(circleci)
    with pytest.raises(Conflict, match="too old") as caught:
        provider.retry(request)
    assert caught.value.effect_unknown
    # Something is left to be repeated; asked for alone, it is refused for good.
    assert provider.find_run(request) is None
    with pytest.raises(Conflict, match="too old") as caught:
        provider.retry(request)
    assert not caught.value.effect_unknown
    assert [kind for kind, _ in circleci.ledger] == ["rerun"]


@pytest.mark.parametrize("scope", [FAILED, ALL])
@pytest.mark.parametrize("ended", ["", "success", "failed"])
@pytest.mark.parametrize("fault", [{"status": 429}, {"status": 503}, {"drop": True}])
def test_what_was_not_repeated_the_first_time_is_repeated_alone(
    circleci: FakeCircleCI, pipeline: FakePipeline, scope: RetryScope, ended: str, fault: dict[str, Any]
) -> None:
    test, _ = pipeline.workflows
    for workflow in pipeline.workflows:
        circleci.advance(workflow, "failed")
        workflow.created_at -= timedelta(minutes=10)
    request = wish(pipeline, scope, sent_at=datetime.now(UTC))
    provider = provider_for(circleci)
    circleci.fail_next("POST", f"/{test.id}/rerun$", **fault)
    with pytest.raises(ProviderError) as caught:
        provider.retry(request)
    assert caught.value.effect_unknown
    if ended:
        circleci.advance(pipeline.workflows[-1], ended)
    assert provider.find_run(request) is None
    assert provider.retry(request) == RunRef(REPO, pipeline.id, 2)
    assert [workflow.name for workflow in pipeline.workflows] == ["test", "deploy", "deploy", "test"]
    assert provider.find_run(request) == RunRef(REPO, pipeline.id, 2)


def test_a_retry_that_arrived_is_found_by_a_clock_that_is_ahead(circleci: FakeCircleCI, failed: FakePipeline) -> None:
    for workflow in failed.workflows:
        workflow.created_at -= timedelta(minutes=10)
    provider = provider_for(circleci)
    provider.retry(wish(failed, FAILED))
    assert provider.find_run(wish(failed, FAILED, sent_at=datetime.now(UTC) + timedelta(seconds=30))) is not None
    # What ended meanwhile may be the very workflow that is to be repeated.
    circleci.advance(failed.workflows[-1], "failed")
    assert provider.find_run(wish(failed, FAILED, sent_at=datetime.now(UTC) + timedelta(seconds=30))) is None


@pytest.mark.parametrize(
    "fault",
    [{"status": 502, "after_effect": True}, {"drop": True, "after_effect": True}, {"truncate": True}],
)
def test_a_lost_answer_is_found_again(circleci: FakeCircleCI, failed: FakePipeline, fault: dict[str, Any]) -> None:
    for workflow in failed.workflows:
        workflow.created_at -= timedelta(minutes=1)
    request = wish(failed, FAILED, sent_at=datetime.now(UTC))
    provider = provider_for(circleci)
    circleci.fail_next("POST", "/rerun$", **fault)
    with pytest.raises(Unavailable) as caught:
        provider.retry(request)
    assert caught.value.effect_unknown
    assert circleci.count("POST") == 1
    assert provider.find_run(request) == RunRef(REPO, failed.id, 2)


def test_what_never_arrived_is_not_found(circleci: FakeCircleCI, failed: FakePipeline) -> None:
    # The workflows that are to be repeated are new themselves.
    assert provider_for(circleci).find_run(wish(failed, FAILED, sent_at=datetime.now(UTC))) is None
    with pytest.raises(NotSupported, match="when"):
        provider_for(circleci).find_run(wish(failed, FAILED))


def test_more_words_in_logs_are_not_to_be_had(circleci: FakeCircleCI, failed: FakePipeline) -> None:
    with pytest.raises(NotSupported, match="retry_debug"):
        provider_for(circleci).retry(wish(failed, FAILED, debug=True))


def test_busy(circleci: FakeCircleCI, failed: FakePipeline) -> None:
    circleci.fail_next("POST", "/rerun$", status=429, raw=b"Too Many Requests", headers={"Retry-After": "5"})
    with pytest.raises(RateLimited) as caught:
        provider_for(circleci).retry(wish(failed, FAILED))
    assert (caught.value.retry_after, caught.value.effect_unknown) == (5.0, False)


def test_a_job_that_waits_is_let_go_on(circleci: FakeCircleCI, shop: FakeProject) -> None:
    hold, ship = FakeJob("hold", type="approval"), FakeJob("ship", requires=["hold"])
    pipeline = circleci.add_pipeline(shop, workflows={"build": [hold, ship]})
    provider = provider_for(circleci)
    with pytest.raises(Conflict, match="'ship' does not wait for approval: it is blocked"):
        provider.approve(job_of(pipeline, ship))
    provider.approve(job_of(pipeline, hold))
    assert circleci.ledger == [("approve", hold.id)]
    assert ship.status == "queued"
    with pytest.raises(Conflict, match="does not wait for approval: it is success"):
        provider.approve(job_of(pipeline, hold))
    with pytest.raises(NotFound):
        provider.approve(job_of(pipeline, FakeJob("other")))


def test_a_job_that_somebody_else_let_go_on_meanwhile(circleci: FakeCircleCI, shop: FakeProject) -> None:
    hold = FakeJob("hold", type="approval")
    pipeline = circleci.add_pipeline(shop, workflows={"build": [hold]})
    circleci.fail_next("POST", "/approve/", status=400, message="Job is not on hold")
    with pytest.raises(Conflict, match="not on hold"):
        provider_for(circleci).approve(job_of(pipeline, hold))
