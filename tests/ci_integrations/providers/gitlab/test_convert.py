"""GitLab's states and documents as values of the domain."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ci_integrations.domain import JobData, JobRef, RepoRef, RunRef, State
from ci_integrations.errors import Invalid
from ci_integrations.providers.documents import Document, text
from ci_integrations.providers.gitlab.convert import (
    change_of_ref,
    is_bot,
    to_change,
    to_job,
    to_repository,
    to_run,
)
from ci_integrations.providers.gitlab.inputs import typed
from ci_integrations.providers.gitlab.states import STATUSES, failed_state, job_state, raw_job_state, state_of

REPO = RepoRef("acme/shop")
REF = RunRef(REPO, "7", 3)
# GitLab's OpenAPI description, `scope` of the jobs of a pipeline, and app/models/concerns/ci/has_status.rb.
RAW = {
    "created": State.CREATED,
    "waiting_for_resource": State.QUEUED,
    "preparing": State.QUEUED,
    "waiting_for_callback": State.QUEUED,
    "pending": State.QUEUED,
    "running": State.RUNNING,
    "success": State.SUCCESS,
    "failed": State.FAILURE,
    "canceling": State.CANCELING,
    "canceled": State.CANCELED,
    "skipped": State.SKIPPED,
    "manual": State.BLOCKED,
    "scheduled": State.BLOCKED,
}
MACHINES = [
    "runner_system_failure",
    "api_failure",
    "scheduler_failure",
    "data_integrity_failure",
    "missing_dependency_failure",
    "runner_unsupported",
    "ci_quota_exceeded",
    "trace_size_exceeded",
    "unmet_prerequisites",
    "stale_schedule",
    "archived_failure",
    "forward_deployment_failure",
    "user_blocked",
    "project_deleted",
    "pipeline_loop_detected",
    "no_matching_runner",
    "builds_disabled",
    "secrets_provider_not_found",
    "downstream_bridge_project_not_found",
    "unknown_failure",
    "invented_tomorrow",
]


@pytest.mark.parametrize(("status", "state"), RAW.items())
def test_every_status(status: str, state: State) -> None:
    assert state_of(status) is state
    assert to_run(REF, {"id": 7, "status": status}).state is state
    assert to_job(REF, {"id": 1, "name": "a", "status": status}).state is state


def test_no_status_is_left_out() -> None:
    assert set(STATUSES) == set(RAW)
    assert not state_of("canceling").is_terminal


@pytest.mark.parametrize("status", ["", "invented", "FAILED", "Success"])
def test_an_invented_status_is_neither_success_nor_failure(status: str) -> None:
    assert to_run(REF, {"id": 7, "status": status}).state is State.UNKNOWN
    assert to_job(REF, {"id": 7, "status": status}).state is State.UNKNOWN


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("", State.FAILURE),
        ("script_failure", State.FAILURE),
        ("job_execution_timeout", State.TIMED_OUT),
        ("stuck_or_timeout_failure", State.TIMED_OUT),
        *((reason, State.ERROR) for reason in MACHINES),
    ],
)
def test_why_a_job_failed(reason: str, state: State) -> None:
    assert job_state("failed", reason) is state
    # Webhooks give a reason whatever the status.
    assert job_state("success", reason) is State.SUCCESS


def test_both_raw_values_are_kept() -> None:
    assert raw_job_state("failed", "script_failure") == "failed (script_failure)"
    assert raw_job_state("success", "unknown_failure") == "success"
    assert to_job(REF, {"id": 1, "status": "failed", "failure_reason": "x"}).raw_state == "failed (x)"


def job(state: State, *, allow_failure: bool = False) -> JobData:
    return JobData(JobRef(REF, "1"), "a", state, allow_failure=allow_failure)


@pytest.mark.parametrize(
    ("jobs", "state"),
    [
        ([job(State.SUCCESS), job(State.ERROR), job(State.TIMED_OUT), job(State.FAILURE)], State.FAILURE),
        ([job(State.ERROR), job(State.TIMED_OUT)], State.TIMED_OUT),
        ([job(State.ERROR), job(State.FAILURE, allow_failure=True)], State.ERROR),
        ([job(State.SUCCESS)], State.ERROR),
        ([], State.FAILURE),
    ],
)
def test_how_a_pipeline_failed_is_how_its_jobs_did(jobs: list[JobData], state: State) -> None:
    assert failed_state(jobs) is state


# https://docs.gitlab.com/api/pipelines/#get-a-single-pipeline
PIPELINE = {
    "id": 287,
    "iid": 144,
    "project_id": 21,
    "name": "Build pipeline",
    "sha": "50f0acb76a40e34a4ff304f7347dcc6587da8a14",
    "ref": "main",
    "status": "success",
    "source": "push",
    "created_at": "2022-09-21T01:05:07.200Z",
    "updated_at": "2022-09-21T01:05:50.185Z",
    "web_url": "http://127.0.0.1:3000/test-group/test-project/-/pipelines/287",
    "yaml_errors": None,
    "user": {"id": 1, "username": "root", "name": "Administrator"},
    "started_at": "2022-09-21T01:05:14.197Z",
    "finished_at": "2022-09-21T01:05:50.175Z",
    "coverage": "30.5",
}


def test_a_documented_pipeline() -> None:
    run = to_run(REF, PIPELINE)
    assert (run.ref, run.workflow, run.branch, run.event, run.actor) == (REF, "Build pipeline", "main", "push", "root")
    assert (run.commit_sha[:4], run.coverage, run.problem, run.jobs) == ("50f0", 30.5, "", None)
    assert run.created_at is not None
    assert run.updated_at is not None
    assert (run.created_at.isoformat(), run.updated_at.microsecond) == ("2022-09-21T01:05:07.200000+00:00", 185000)
    assert run.url.endswith("/-/pipelines/287")


def test_a_pipeline_that_says_little() -> None:
    run = to_run(REF, {"id": 7, "status": "running", "user": None, "coverage": None, "name": None, "ref": None})
    assert (run.workflow, run.branch, run.actor, run.created_at, run.coverage) == ("pipeline", "", "", None, None)


def test_a_child_without_a_name_leaves_it_to_its_parent() -> None:
    assert to_run(REF, {"id": 7, "status": "running", "source": "parent_pipeline"}).workflow == ""


def test_a_configuration_that_cannot_be_read_is_no_failure_of_the_code() -> None:
    run = to_run(REF, {"id": 7, "status": "failed", "yaml_errors": "jobs:test: unknown keys: scrip"})
    assert (run.state, run.problem) == (State.ERROR, "jobs:test: unknown keys: scrip")


def test_a_job() -> None:
    found = to_job(
        REF,
        {
            "id": 6,
            "name": "rspec 1/3",
            "status": "failed",
            "failure_reason": "script_failure",
            "allow_failure": True,
            "coverage": 12.5,
            "web_url": "https://example.com/j/6",
            "started_at": "2015-12-24T17:54:24.729Z",
            "finished_at": None,
        },
    )
    assert (found.ref, found.name, found.allow_failure) == (JobRef(REF, "6"), "rspec 1/3", True)
    assert (found.coverage, found.url, found.finished_at) == (12.5, "https://example.com/j/6", None)
    assert found.started_at is not None


@pytest.mark.parametrize(
    ("below", "child", "state"),
    [
        ("failed", RunRef(REPO, "8"), State.FAILURE),
        ("running", RunRef(REPO, "8"), State.ERROR),
        ("failed", None, State.ERROR),
    ],
)
def test_a_trigger_job_fails_as_what_it_started(below: str, child: RunRef | None, state: State) -> None:
    bridge = {"id": 6, "name": "child", "status": "failed", "failure_reason": "unknown_failure"}
    found = to_job(REF, bridge | {"downstream_pipeline": {"id": 8, "status": below}}, child)
    assert (found.state, found.child) == (state, child)


@pytest.mark.parametrize(
    "value", [None, [], "x", {"status": "success"}, {"id": "7"}, {"id": True}, {"id": 7, "status": 5}]
)
def test_what_is_no_job_is_refused(value: Any) -> None:
    with pytest.raises(Invalid):
        to_job(REF, value)


@pytest.mark.parametrize(
    ("ref", "number"),
    [
        ("refs/merge-requests/12/head", 12),
        ("refs/merge-requests/12/merge", 12),
        ("refs/merge-requests/12/train", 12),
        ("main", None),
        ("refs/merge-requests/x/head", None),
        ("refs/merge-requests/12/head/more", None),
    ],
)
def test_refs_of_merge_requests(ref: str, number: int | None) -> None:
    assert change_of_ref(ref) == number


def fork_of(merge_request: Document) -> str:
    return f"project {merge_request['source_project_id']} of {text(merge_request, 'source_branch')}"


CHANGE = {
    "iid": 4,
    "sha": "c0ffee",
    "source_branch": "fix",
    "target_branch": "main",
    "source_project_id": 1,
    "target_project_id": 1,
    "web_url": "https://example.com/4",
    "state": "opened",
}


def test_a_merge_request() -> None:
    found = to_change(REPO, CHANGE, fork_of=fork_of)
    assert (found.number, found.head_sha, found.head_branch, found.base_branch) == (4, "c0ffee", "fix", "main")
    assert (found.is_open, found.is_merged, found.head_repository) == (True, False, "")


@pytest.mark.parametrize(
    ("state", "is_open", "is_merged"),
    [("opened", True, False), ("locked", True, False), ("closed", False, False), ("merged", False, True)],
)
def test_states_of_merge_requests(state: str, is_open: bool, is_merged: bool) -> None:
    found = to_change(REPO, CHANGE | {"state": state}, fork_of=fork_of)
    assert (found.is_open, found.is_merged) == (is_open, is_merged)


def test_a_merge_request_of_a_fork_says_so() -> None:
    assert to_change(REPO, CHANGE | {"source_project_id": 2}, fork_of=fork_of).head_repository == "project 2 of fix"
    # The fork is gone: in doubt its commits are foreign.
    assert to_change(REPO, CHANGE | {"source_project_id": None}, fork_of=fork_of).head_repository
    with pytest.raises(Invalid, match="iid"):
        to_change(REPO, CHANGE | {"iid": None}, fork_of=fork_of)


def test_a_project() -> None:
    found = to_repository({"path_with_namespace": "acme/tools/shop", "default_branch": "trunk", "archived": True})
    assert (found.external_id, found.default_branch, found.is_archived) == ("acme/tools/shop", "trunk", True)
    with pytest.raises(Invalid):
        to_repository({"path_with_namespace": None})


@pytest.mark.parametrize(
    ("name", "bot"),
    [
        ("project_123_bot_9d2a", True),
        ("project_123_bot", True),
        ("group_5_bot_ab12", True),
        ("ghost", True),
        ("ada", False),
        ("project_bot", False),
        ("my_project_1_bot_x", False),
    ],
)
def test_bots(name: str, bot: bool) -> None:
    assert is_bot(name) is bot


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("int(3)", 3),
        (" int( -3 ) ", -3),
        ("float(1.5)", 1.5),
        ("number(2)", 2),
        ("bool(true)", True),
        ("bool(FALSE)", False),
        ('array(["a", {"b": 1}])', ["a", {"b": 1}]),
        ("3", "3"),
        ("true", "true"),
        ("", ""),
        ("print(3)", "print(3)"),
        ("int(3) and more", "int(3) and more"),
    ],
)
def test_inputs_have_types(written: str, value: Any) -> None:
    assert typed({"x": written}) == {"x": value}


@pytest.mark.parametrize(
    "written",
    [
        "int(x)",
        "int(1.5)",
        "int(true)",
        "bool(1)",
        "array({})",
        "array([)",
        "array([NaN])",
        "float(NaN)",
        "number()",
        f"int({'9' * 50})",
        f"array({'[' * 9999})",
    ],
)
def test_an_input_that_is_not_what_it_says_is_refused(written: str) -> None:
    with pytest.raises(Invalid, match="the input x"):
        typed({"x": written})


STARTED = {"id": 6, "created_at": "2026-01-01T10:00:00Z", "started_at": "2026-01-01T12:00:00.500Z"}


def test_a_job_waits_from_when_it_is_put_before_the_runners() -> None:
    # It was made two hours before, with its pipeline: what it waited for then was a person, or another stage.
    found = to_job(REF, STARTED | {"queued_duration": 2.25})
    assert found.created_at == datetime(2026, 1, 1, 11, 59, 58, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    "document",
    [
        STARTED,
        STARTED | {"queued_duration": None},
        STARTED | {"queued_duration": -1},
        STARTED | {"queued_duration": 1e300},
        STARTED | {"queued_duration": 196.0, "started_at": None},
    ],
)
def test_since_when_a_job_waits_is_not_always_told(document: dict[str, Any]) -> None:
    assert to_job(REF, document).created_at is None
