"""Starting, finding, repeating, canceling and letting go on."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ci_integrations.domain import (
    RetryRequest,
    RetryScope,
    State,
)
from ci_integrations.errors import (
    AuthFailed,
    Conflict,
    Invalid,
    NotFound,
    NotSupported,
    Unavailable,
)
from tests.fakes.gitlab import FakeGitLab, FakeJob, FakePipeline, FakeProject
from tests.gitlab import USER, job_of, provider_for, ref_of, state_of, wish

# Starting.


def newest(project: FakeProject) -> FakePipeline:
    return project.pipelines[max(project.pipelines)]


def test_a_trigger_gives_the_pipeline(gitlab: FakeGitLab, shop: FakeProject) -> None:
    asked = wish(variables={"TARGET": "staging"}, inputs={"level": "int(3)", "deep": "bool(true)", "name": "x"})
    found = provider_for(gitlab).trigger(asked)
    made = newest(shop)
    assert found == ref_of(made)
    assert (made.source, made.user, made.ref) == ("api", USER, "main")
    assert made.variables == {"TARGET": "staging", "ORCHESTRATE_INTENT": "abc123"}
    assert made.inputs == {"level": 3, "deep": True, "name": "x"}
    assert gitlab.ledger == [("pipeline", f"{made.id}")]


def test_a_trigger_by_its_token(gitlab: FakeGitLab, shop: FakeProject) -> None:
    shop.trigger_tokens.add("glptt-1")
    provider = provider_for(gitlab, trigger_token="glptt-1")
    asked = wish(workflow="pipeline", variables={"TARGET": "staging"})
    found = provider.trigger(asked)
    made = newest(shop)
    assert (found, made.source) == (ref_of(made), "trigger")
    assert made.variables == {"TARGET": "staging", "ORCHESTRATE_INTENT": "abc123"}
    assert gitlab.count("POST", "/trigger/pipeline$") == 1
    assert provider.find_run(asked) == found


@pytest.mark.parametrize("named", ["refs/heads/main", "main"])
def test_a_branch_may_be_named_in_full(gitlab: FakeGitLab, shop: FakeProject, named: str) -> None:
    assert provider_for(gitlab).trigger(wish(branch=named)) is not None


def test_why_a_trigger_was_refused_is_told(gitlab: FakeGitLab, shop: FakeProject) -> None:
    with pytest.raises(Invalid, match="Reference not found") as caught:
        provider_for(gitlab).trigger(wish(branch="nowhere"))
    assert not caught.value.effect_unknown
    with pytest.raises(Invalid, match="no workflow 'deploy'"):
        provider_for(gitlab).trigger(wish(workflow="deploy"))
    with pytest.raises(Invalid, match="the input level"):
        provider_for(gitlab).trigger(wish(inputs={"level": "int(x)"}))
    assert gitlab.ledger == []


def test_a_branch_that_has_moved_on_is_not_run(gitlab: FakeGitLab, shop: FakeProject) -> None:
    provider = provider_for(gitlab)
    with pytest.raises(Conflict, match="not at beef"):
        provider.trigger(wish(commit_sha="beef" * 10))
    assert gitlab.ledger == []
    assert provider.trigger(wish(commit_sha=gitlab.heads(shop)["main"])) is not None


def test_where_variables_are_refused_our_mark_is_left_out(gitlab: FakeGitLab, shop: FakeProject) -> None:
    gitlab.refuses_variables = True
    provider, asked = provider_for(gitlab), wish()
    found = provider.trigger(asked)
    assert found == ref_of(newest(shop))
    assert len(gitlab.ledger) == 1
    provider_for(gitlab).trigger(asked)
    assert gitlab.count("POST", "/pipeline$") == 3, "it is tried once"
    with pytest.raises(Invalid, match="Settings > CI/CD > Variables"):
        provider.trigger(wish(variables={"TARGET": "x"}))
    assert len(gitlab.ledger) == 2


def test_variables_may_be_refused_as_a_lack_of_rights(gitlab: FakeGitLab, shop: FakeProject) -> None:
    gitlab.fail_next("POST", "/pipeline$", status=403, message="Insufficient permissions to set pipeline variables")
    assert provider_for(gitlab).trigger(wish()) == ref_of(newest(shop))
    gitlab.fail_next("POST", "/pipeline$", status=403, message="Insufficient permissions to start pipelines")
    with pytest.raises(AuthFailed):
        provider_for(gitlab).trigger(wish())
    assert len(gitlab.ledger) == 1


def test_the_pipeline_of_a_merge_request(gitlab: FakeGitLab, shop: FakeProject) -> None:
    provider = provider_for(gitlab)
    with pytest.raises(NotFound, match="no open merge request"):
        provider.trigger(wish(workflow="merge_request", branch="topic"))
    change = gitlab.open_request(shop, source="topic")
    asked = wish(workflow="merge_request", branch="topic", commit_sha=change.sha)
    found = provider.trigger(asked)
    assert found == ref_of(newest(shop))
    assert provider.find_run(asked) == found
    for taken in ({"variables": {"A": "b"}}, {"inputs": {"a": "b"}}):
        with pytest.raises(Invalid, match="neither variables nor inputs"):
            provider.trigger(wish(workflow="merge_request", branch="topic", **taken))
    with pytest.raises(Conflict, match="not at beef"):
        provider.trigger(wish(workflow="merge_request", branch="topic", commit_sha="beef" * 10))
    gitlab.open_request(shop, source="topic", target="stable")
    with pytest.raises(Invalid, match="!2, !1"):
        provider.trigger(wish(workflow="merge_request", branch="topic"))
    assert len(gitlab.ledger) == 1


# Finding what was started.

LOST = [{"status": 502}, {"status": 504}, {"drop": True}, {"status": 200, "raw": b"<html>OK</html>"}]


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_is_one_pipeline_and_it_is_found(
    gitlab: FakeGitLab, shop: FakeProject, fault: dict[str, Any]
) -> None:
    gitlab.add_pipeline(shop, source="api", user=USER)
    gitlab.fail_next("POST", "/pipeline$", after_effect=True, **fault)
    provider, asked = provider_for(gitlab), wish()
    with pytest.raises(Unavailable) as caught:
        provider.trigger(asked)
    assert caught.value.effect_unknown
    assert gitlab.count("POST", "/pipeline$") == 1
    assert provider.find_run(asked) == ref_of(newest(shop))
    assert provider.find_run(wish(intent_id="other")) is None, "the mark is another's"


def test_a_server_whose_clock_is_behind(gitlab: FakeGitLab, shop: FakeProject) -> None:
    provider, asked = provider_for(gitlab), wish()
    found = provider.trigger(asked)
    newest(shop).created_at -= timedelta(seconds=20)
    assert provider.find_run(asked) == found


def test_a_trigger_that_never_arrived_is_not_found(gitlab: FakeGitLab, shop: FakeProject) -> None:
    old = gitlab.add_pipeline(shop, source="api", user=USER)
    old.created_at -= timedelta(minutes=5)
    gitlab.add_pipeline(shop, source="push", user=USER)
    gitlab.add_pipeline(shop, source="api", user="ada")
    gitlab.add_pipeline(shop, source="api", user=USER, ref="stable")
    assert provider_for(gitlab).find_run(wish()) is None


def test_without_a_mark_it_is_the_one_that_may_be_it(gitlab: FakeGitLab, shop: FakeProject) -> None:
    gitlab.refuses_variables = True
    provider, asked = provider_for(gitlab), wish()
    found = provider.trigger(asked)
    other = gitlab.add_pipeline(shop, source="api", user=USER)
    with pytest.raises(Conflict, match="2 pipelines may be the one"):
        provider.find_run(asked)
    assert provider.find_run(wish(taken=frozenset({f"{other.id}"}))) == found
    assert provider.find_run(wish(taken=frozenset({f"{other.id}"}), commit_sha="beef" * 10)) is None


def test_a_request_that_was_never_sent_cannot_be_looked_for(gitlab: FakeGitLab, shop: FakeProject) -> None:
    with pytest.raises(NotSupported):
        provider_for(gitlab).find_run(wish(sent_at=None))


# Repeating, canceling, approving.


def test_one_job_is_repeated(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop, jobs=[FakeJob("unit"), FakeJob("lint")])
    gitlab.advance(pipeline, "failed", "script_failure")
    provider = provider_for(gitlab)
    request = RetryRequest(ref_of(pipeline), RetryScope.JOB, job_of(pipeline), sent_at=datetime.now(UTC))
    assert provider.find_run(request) is None
    assert provider.retry(request) == ref_of(pipeline, 2)
    assert provider.find_run(request) == ref_of(pipeline, 2)
    assert [job.name for job in pipeline.jobs[2:]] == ["unit"]
    with pytest.raises(Conflict, match="not retryable"):
        provider.retry(request)
    lint = RetryRequest(ref_of(pipeline), RetryScope.JOB, job_of(pipeline, 1), sent_at=datetime.now(UTC))
    assert provider.find_run(lint) is None, "it was another job's retry"


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_to_a_retry_is_found_by_the_new_jobs(
    gitlab: FakeGitLab, shop: FakeProject, fault: dict[str, Any]
) -> None:
    pipeline = gitlab.add_pipeline(shop)
    gitlab.advance(pipeline, "failed", "script_failure")
    provider = provider_for(gitlab)
    request = RetryRequest(ref_of(pipeline), RetryScope.FAILED, sent_at=datetime.now(UTC))
    assert provider.find_run(request) is None
    gitlab.fail_next("POST", "/retry$", after_effect=True, **fault)
    with pytest.raises(Unavailable) as caught:
        provider.retry(request)
    assert caught.value.effect_unknown
    assert provider.find_run(request) == ref_of(pipeline, 2)
    assert len(pipeline.jobs) == 2


def test_a_trigger_whose_answer_names_no_pipeline_is_looked_for(gitlab: FakeGitLab, shop: FakeProject) -> None:
    gitlab.fail_next("POST", "/pipeline$", status=201, raw=b'{"ok": true}', after_effect=True)
    provider, asked = provider_for(gitlab), wish()
    assert provider.trigger(asked) is None
    assert provider.find_run(asked) == ref_of(newest(shop))


def test_an_earlier_retry_is_not_this_one(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop)
    gitlab.advance(pipeline, "failed", "script_failure")
    provider = provider_for(gitlab)
    provider.retry(RetryRequest(ref_of(pipeline), RetryScope.FAILED))
    gitlab.advance(pipeline, "failed", "script_failure")
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert provider.find_run(RetryRequest(ref_of(pipeline, 2), RetryScope.FAILED, sent_at=later)) is None


def test_what_cannot_be_repeated_is_told(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop)
    gitlab.advance(pipeline, "success")
    provider = provider_for(gitlab)
    with pytest.raises(Conflict, match="no failed job"):
        provider.retry(RetryRequest(ref_of(pipeline), RetryScope.FAILED))
    with pytest.raises(NotSupported):
        provider.retry(RetryRequest(ref_of(pipeline), RetryScope.ALL))
    with pytest.raises(Invalid, match="no job"):
        provider.retry(RetryRequest(ref_of(pipeline), RetryScope.JOB))


def test_cancel(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop)
    gitlab.advance(pipeline, "running")
    provider = provider_for(gitlab)
    provider.cancel(ref_of(pipeline))
    assert state_of(provider, pipeline) is State.CANCELING
    gitlab.advance_job(pipeline.jobs[0], "canceled")
    assert state_of(provider, pipeline) is State.CANCELED
    with pytest.raises(NotSupported):
        provider.cancel(ref_of(pipeline), force=True)


@pytest.mark.parametrize("status", ["success", "failed", "skipped"])
def test_what_has_ended_cannot_be_canceled(gitlab: FakeGitLab, shop: FakeProject, status: str) -> None:
    pipeline = gitlab.add_pipeline(shop)
    gitlab.advance(pipeline, status)
    with pytest.raises(Conflict, match="already ended"):
        provider_for(gitlab).cancel(ref_of(pipeline))


def test_a_manual_job_is_let_go(gitlab: FakeGitLab, shop: FakeProject) -> None:
    pipeline = gitlab.add_pipeline(shop, jobs=[FakeJob("ship", status="manual")], status="manual")
    provider = provider_for(gitlab)
    assert state_of(provider, pipeline) is State.BLOCKED
    provider.approve(job_of(pipeline))
    assert state_of(provider, pipeline) is State.QUEUED
    with pytest.raises(Conflict, match="Unplayable"):
        provider.approve(job_of(pipeline))
    gitlab.fail_next("POST", "/play$", status=403, message="403 Forbidden")
    with pytest.raises(AuthFailed, match="manual job takes the right"):
        provider.approve(job_of(pipeline))
