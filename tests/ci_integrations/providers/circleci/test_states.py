"""Every state that CircleCI documents, and those that nobody does."""

import json

import pytest

from ci_integrations.domain import State
from ci_integrations.providers.circleci.states import (
    BUILDS,
    JOBS,
    OUTCOMES,
    PHASES,
    PIPELINES,
    WORKFLOWS,
    aggregated,
    job_state,
    phase_state,
    pipeline_state,
)
from tests.corpora import corpus

RUNNING, QUEUED, BLOCKED, UNKNOWN = State.RUNNING, State.QUEUED, State.BLOCKED, State.UNKNOWN
SUCCESS, FAILURE, ERROR, CANCELED = State.SUCCESS, State.FAILURE, State.ERROR, State.CANCELED


def described(path: str, *, listed: bool) -> set[str]:
    """The values that the official description allows for the state of something."""
    described = json.loads(corpus("specs", "circleci.json").read_text())
    answer = described["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    fields = (answer["properties"]["items"]["items"] if listed else answer)["properties"]
    return set(fields["status" if "status" in fields else "state"]["enum"])


def test_every_described_state_is_known() -> None:
    assert described("/api/v2/pipeline/{pipeline-id}", listed=False) == set(PIPELINES)
    assert described("/api/v2/workflow/{id}", listed=False) | {"queued"} == set(WORKFLOWS)
    assert described("/api/v2/workflow/{id}/job", listed=True) == set(JOBS)


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        ("queued", QUEUED),
        ("on_hold", BLOCKED),
        ("running", RUNNING),
        ("failing", RUNNING),
        ("success", SUCCESS),
        ("failed", FAILURE),
        ("error", ERROR),
        ("unauthorized", ERROR),
        ("canceled", CANCELED),
        ("not_run", State.SKIPPED),
    ],
)
def test_workflows(raw: str, state: State) -> None:
    assert WORKFLOWS[raw] is state


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        ("queued", QUEUED),
        ("not_running", QUEUED),
        ("blocked", QUEUED),
        ("on_hold", BLOCKED),
        ("running", RUNNING),
        ("success", SUCCESS),
        ("failed", FAILURE),
        ("timedout", State.TIMED_OUT),
        ("infrastructure_fail", ERROR),
        ("terminated-unknown", ERROR),
        ("unauthorized", ERROR),
        ("canceled", CANCELED),
        ("not_run", State.SKIPPED),
        ("retried", State.SKIPPED),
        ("vaporized", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_jobs(raw: str, state: State) -> None:
    assert job_state(raw, RUNNING) is state


def test_jobs_of_a_workflow_that_has_ended() -> None:
    assert {job_state(raw, FAILURE) for raw in ("blocked", "queued", "on_hold")} == {State.SKIPPED}
    assert job_state("running", CANCELED) is CANCELED
    assert job_state("running", FAILURE) is RUNNING
    assert job_state("vaporized", CANCELED) is UNKNOWN


@pytest.mark.parametrize(
    ("raw", "state"), [("scheduled", QUEUED), ("fixed", SUCCESS), ("no_tests", SUCCESS), ("timedout", State.TIMED_OUT)]
)
def test_builds_of_the_oldest_api(raw: str, state: State) -> None:
    assert BUILDS[raw] is state


@pytest.mark.parametrize(
    ("phase", "outcome", "state"),
    [
        ("created", "", State.CREATED),
        ("queued", "", QUEUED),
        ("on_hold", "", BLOCKED),
        ("started", "", RUNNING),
        ("ended", "succeeded", SUCCESS),
        ("ended", "failed", FAILURE),
        ("ended", "timedout", State.TIMED_OUT),
        ("ended", "errored", ERROR),
        ("ended", "infrastructure_fail", ERROR),
        ("ended", "unauthorized", ERROR),
        ("ended", "canceled", CANCELED),
        ("ended", "not_run", State.SKIPPED),
        ("ended", "", UNKNOWN),
        ("ended", "vaporized", UNKNOWN),
        ("vaporized", "succeeded", UNKNOWN),
    ],
)
def test_phases_and_outcomes(phase: str, outcome: str, state: State) -> None:
    assert phase_state(phase, outcome) is state


def test_no_phase_and_no_outcome_is_left_out() -> None:
    assert set(PHASES) == {"created", "queued", "started", "on_hold"}
    assert len(OUTCOMES) == 8


@pytest.mark.parametrize(
    ("states", "together"),
    [
        ([SUCCESS, RUNNING, FAILURE], RUNNING),
        ([QUEUED, BLOCKED, FAILURE], QUEUED),
        ([State.CANCELING, QUEUED], State.CANCELING),
        ([BLOCKED, FAILURE], BLOCKED),
        ([BLOCKED, UNKNOWN], UNKNOWN),
        ([UNKNOWN, FAILURE], UNKNOWN),
        ([ERROR, FAILURE, SUCCESS], ERROR),
        ([FAILURE, State.TIMED_OUT, CANCELED], FAILURE),
        ([State.TIMED_OUT, CANCELED, SUCCESS], State.TIMED_OUT),
        ([CANCELED, SUCCESS], CANCELED),
        ([SUCCESS, State.SKIPPED], SUCCESS),
        ([State.SKIPPED], State.SKIPPED),
        ([], State.SKIPPED),
    ],
)
def test_several_workflows(states: list[State], together: State) -> None:
    assert aggregated(states) is together


@pytest.mark.parametrize(
    ("raw", "states", "only_setup", "settled", "state"),
    [
        ("pending", [], False, False, State.CREATED),
        ("pending", [], False, True, State.CREATED),
        ("setup-pending", [], False, False, State.CREATED),
        ("created", [], False, False, State.CREATED),
        ("created", [], False, True, State.SKIPPED),
        ("created", [RUNNING, FAILURE], False, False, RUNNING),
        ("created", [SUCCESS], False, False, SUCCESS),
        ("setup", [RUNNING], True, False, RUNNING),
        ("setup", [SUCCESS], True, False, RUNNING),
        ("setup", [SUCCESS], True, True, SUCCESS),
        ("setup", [FAILURE], True, False, FAILURE),
        ("created", [SUCCESS], True, False, RUNNING),
        ("errored", [], False, False, ERROR),
        ("errored", [SUCCESS], True, False, ERROR),
        ("errored", [RUNNING], False, False, RUNNING),
        ("vaporized", [SUCCESS], False, True, UNKNOWN),
        ("", [], False, True, UNKNOWN),
    ],
)
def test_pipelines(raw: str, states: list[State], only_setup: bool, settled: bool, state: State) -> None:
    assert pipeline_state(raw, states, only_setup=only_setup, settled=settled) is state
