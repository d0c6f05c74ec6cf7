"""Every verb of the provider over a stateful GitHub."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ci_integrations.domain import (
    Capability,
    JobRef,
    RetryRequest,
    RetryScope,
    RunData,
    RunRef,
    State,
    TriggerRequest,
)
from ci_integrations.errors import AuthFailed, Conflict, Invalid, NotFound, NotSupported, RateLimited, Unavailable
from ci_integrations.providers.github import triggering
from tests.fakes.github import FakeGitHub, FakeJob, FakeRepo
from tests.github import REPO, provider_for, token_config


def ref_of(run: Any, attempt: int = 1) -> RunRef:
    return RunRef(REPO, f"{run.id}", attempt)


def wish(**fields: Any) -> TriggerRequest:
    return TriggerRequest(REPO, **{"workflow": "ci.yml", "branch": "main", "intent_id": "abc123"} | fields)


def sent_wish(**fields: Any) -> TriggerRequest:
    return wish(sent_at=datetime.now(UTC), **fields)


def test_what_an_app_and_a_token_can_do(github: FakeGitHub, shop: FakeRepo) -> None:
    app, token = provider_for(github), provider_for(github, token_config(github))
    assert Capability.INSTALLATIONS in app.capabilities
    assert Capability.WEBHOOKS in app.capabilities
    assert not token.capabilities & (Capability.INSTALLATIONS | Capability.WEBHOOKS)
    assert not app.capabilities & (Capability.LIVE_LOG | Capability.NATIVE_TESTS)
    with pytest.raises(NotSupported):
        token.authenticate_webhook({}, b"")
    assert github.requests == [], "nothing is sent when a provider is built"


def test_a_run_with_its_jobs_and_steps(github: FakeGitHub, shop: FakeRepo) -> None:
    run = github.add_run(shop, jobs=[FakeJob("unit"), FakeJob("lint")], title="Count twice")
    github.advance(run, "completed", "failure")
    found = provider_for(github).get_run(ref_of(run))
    assert (found.state, found.workflow, found.title, found.branch) == (State.FAILURE, "ci.yml", "Count twice", "main")
    assert [job.name for job in found.jobs or ()] == ["unit", "lint"]
    assert found.finished_at is not None


def test_of_a_run_that_was_seen_to_end_the_jobs_alone_are_asked_for(github: FakeGitHub, shop: FakeRepo) -> None:
    run = github.add_run(shop)
    github.advance(run, "completed", "success")
    provider = provider_for(github)
    seen = RunData(ref_of(run), State.SUCCESS)
    assert len(provider.get_run(seen.ref, seen=seen).jobs or ()) == 1
    assert github.count("GET", "/actions/") == 1
    provider.get_run(seen.ref, seen=RunData(seen.ref, State.RUNNING))
    assert github.count("GET", "/actions/") == 3


def test_all_jobs_of_a_large_matrix(github: FakeGitHub, shop: FakeRepo) -> None:
    run = github.add_run(shop, jobs=[FakeJob(f"job {number}") for number in range(256)])
    assert len(provider_for(github).get_run(ref_of(run)).jobs or ()) == 256


def test_each_attempt_is_what_it_was(github: FakeGitHub, shop: FakeRepo) -> None:
    run = github.add_run(shop)
    github.advance(run, "completed", "failure")
    provider = provider_for(github)
    again = provider.retry(RetryRequest(ref_of(run), RetryScope.FAILED))
    github.advance(run, "completed", "success")
    assert again == ref_of(run, 2)
    assert provider.get_run(ref_of(run)).state is State.FAILURE
    assert provider.get_run(ref_of(run, 2)).state is State.SUCCESS


def test_a_server_that_knows_no_attempts(github: FakeGitHub, shop: FakeRepo) -> None:
    github.knows_attempts = False
    run = github.add_run(shop)
    github.advance(run, "completed", "failure")
    github.rerun(run, run.latest.jobs, by="ada")
    provider = provider_for(github)
    assert provider.get_run(ref_of(run, 2)).ref.attempt == 2
    newest = provider.get_run(ref_of(run, 1))
    assert newest.ref.attempt == 2, "an older attempt is never mistaken for the newest"
    assert len(newest.jobs or ()) == 1
    with pytest.raises(NotFound):
        provider.get_run(ref_of(run, 3))


def test_runs_are_listed_newest_first_and_no_further_than_needed(github: FakeGitHub, shop: FakeRepo) -> None:
    runs = [github.add_run(shop) for _ in range(150)]
    provider = provider_for(github)
    assert [run.ref.external_id for run in provider.list_runs(REPO)] == [f"{run.id}" for run in reversed(runs)][:100]
    assert github.count("GET", "/actions/runs$") == 1
    long_ago = datetime.now(UTC) - timedelta(days=1)
    assert len(list(provider.list_runs(REPO, updated_since=long_ago))) == 150


def test_what_has_not_changed_is_not_sent_again(github: FakeGitHub, shop: FakeRepo) -> None:
    run = github.add_run(shop)
    provider_for(github).get_run(ref_of(run))
    before = github.remaining
    assert provider_for(github).get_run(ref_of(run)).state is State.QUEUED
    assert github.remaining == before
    assert [seen.status for seen in github.requests[-2:]] == [304, 304]
    github.advance(run, "in_progress")
    assert provider_for(github).get_run(ref_of(run)).state is State.RUNNING


def test_a_trigger_gives_the_run(github: FakeGitHub, shop: FakeRepo) -> None:
    found = provider_for(github).trigger(wish(inputs={"target": "staging"}))
    assert found is not None
    assert github.ledger == [("dispatch", found.external_id)]
    sent = github.requests[-1].json()
    assert sent == {"ref": "main", "inputs": {"target": "staging"}, "return_run_details": True}


def test_the_newer_version_of_the_api_takes_no_flag(github: FakeGitHub, shop: FakeRepo) -> None:
    assert provider_for(github, api_version="2026-03-10").trigger(wish()) is not None
    assert "return_run_details" not in github.requests[-1].json()


def test_a_server_that_refuses_the_flag_is_asked_without_it_once(
    github: FakeGitHub, shop: FakeRepo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(triggering, "_refusing", set())
    github.takes_flag = False
    provider = provider_for(github)
    assert provider.trigger(wish()) is None
    assert len(github.ledger) == 1
    assert provider.trigger(wish()) is None
    assert github.count("POST", "/dispatches") == 3


def test_a_workflow_is_found_by_its_name(github: FakeGitHub, shop: FakeRepo) -> None:
    shop.workflow_id("ci.yml")
    assert provider_for(github).trigger(wish(workflow="CI")) is not None
    with pytest.raises(NotFound, match="no workflow 'Nightly'"):
        provider_for(github).trigger(wish(workflow="Nightly"))


def test_more_inputs_than_github_takes(github: FakeGitHub, shop: FakeRepo) -> None:
    with pytest.raises(Invalid, match="25"):
        provider_for(github).trigger(wish(inputs={f"i{number}": "x" for number in range(26)}))
    assert github.ledger == []


def test_a_lost_answer_is_one_run_and_it_is_found(github: FakeGitHub, shop: FakeRepo) -> None:
    github.fail_next("POST", "/dispatches", status=502, after_effect=True)
    provider, asked = provider_for(github), sent_wish()
    with pytest.raises(Unavailable) as caught:
        provider.trigger(asked)
    assert caught.value.effect_unknown
    assert github.count("POST", "/dispatches") == 1
    found = provider.find_run(asked)
    assert found is not None
    assert ("dispatch", found.external_id) in github.ledger


def test_a_trigger_that_never_arrived_is_not_found(github: FakeGitHub, shop: FakeRepo) -> None:
    old = github.add_run(shop, event="workflow_dispatch", actor="orchestrate-test[bot]")
    old.created_at -= timedelta(minutes=5)
    github.add_run(shop, event="push", actor="orchestrate-test[bot]")
    github.add_run(shop, event="workflow_dispatch", actor="ada")
    assert provider_for(github).find_run(sent_wish()) is None


def test_a_server_that_lists_no_workflows_own_runs(github: FakeGitHub, shop: FakeRepo) -> None:
    github.add_run(shop, "other.yml", event="workflow_dispatch", actor="orchestrate-test[bot]")
    run = github.add_run(shop, event="workflow_dispatch", actor="orchestrate-test[bot]")
    github.fail_next("GET", "/workflows/ci.yml/runs$", status=404)
    assert provider_for(github).find_run(sent_wish()) == ref_of(run)


def test_two_runs_that_may_be_it_are_refused(github: FakeGitHub, shop: FakeRepo) -> None:
    runs = [github.add_run(shop, event="workflow_dispatch", actor="orchestrate-test[bot]") for _ in range(2)]
    provider = provider_for(github)
    with pytest.raises(Conflict, match="2 runs may be the one"):
        provider.find_run(sent_wish())
    known = frozenset({f"{runs[0].id}"})
    assert provider.find_run(sent_wish(taken=known)) == ref_of(runs[1])


def test_a_name_of_its_own_tells_runs_apart(github: FakeGitHub, shop: FakeRepo) -> None:
    provider = provider_for(github, correlation_input="orchestrate_id")
    first, second = sent_wish(intent_id="aaaa"), sent_wish(intent_id="bbbb")
    for one in (first, second):
        provider.trigger(one)
    assert provider.find_run(second) == ref_of(list(shop.runs.values())[1])
    assert provider.find_run(sent_wish(intent_id="cccc")) is None


def test_a_request_that_was_never_sent_cannot_be_looked_for(github: FakeGitHub, shop: FakeRepo) -> None:
    with pytest.raises(NotSupported):
        provider_for(github).find_run(wish())


@pytest.mark.parametrize("scope", list(RetryScope))
def test_retry_gives_the_next_attempt(github: FakeGitHub, shop: FakeRepo, scope: RetryScope) -> None:
    run = github.add_run(shop, jobs=[FakeJob("unit"), FakeJob("lint")])
    github.advance(run, "completed", "failure")
    run.latest.jobs[1].conclusion = "success"
    job = JobRef(ref_of(run), f"{run.latest.jobs[0].id}")
    request = RetryRequest(ref_of(run), scope, job=job if scope is RetryScope.JOB else None, debug=True)
    assert provider_for(github).retry(request) == ref_of(run, 2)
    assert github.requests[-1].json() == {"enable_debug_logging": True}
    fresh = [new.id != old.id for new, old in zip(run.attempts[1].jobs, run.attempts[0].jobs, strict=True)]
    assert fresh == ([True, True] if scope is RetryScope.ALL else [True, False])


def test_a_lost_answer_to_a_retry_is_found_by_the_attempt(github: FakeGitHub, shop: FakeRepo) -> None:
    run = github.add_run(shop)
    github.advance(run, "completed", "failure")
    provider, request = provider_for(github), RetryRequest(ref_of(run), RetryScope.ALL)
    assert provider.find_run(request) is None
    github.fail_next("POST", "/rerun$", drop=True, after_effect=True)
    with pytest.raises(Unavailable) as caught:
        provider.retry(request)
    assert caught.value.effect_unknown
    assert provider.find_run(request) == ref_of(run, 2)
    assert len(run.attempts) == 2


def test_an_acceptance_that_cannot_be_read_is_no_refusal(github: FakeGitHub, shop: FakeRepo) -> None:
    github.fail_next("POST", "/dispatches", status=200, after_effect=True, raw=b"<html>OK</html>")
    provider, asked = provider_for(github), sent_wish()
    with pytest.raises(Unavailable) as caught:
        provider.trigger(asked)
    assert caught.value.effect_unknown
    assert provider.find_run(asked) is not None


def test_why_a_run_cannot_be_repeated_is_told(github: FakeGitHub, shop: FakeRepo) -> None:
    run = github.add_run(shop)
    provider = provider_for(github)
    with pytest.raises(Conflict, match="already running"):
        provider.retry(RetryRequest(ref_of(run), RetryScope.ALL))
    github.advance(run, "completed", "cancelled")
    with pytest.raises(Conflict, match="no failed jobs"):
        provider.retry(RetryRequest(ref_of(run), RetryScope.FAILED))


def test_cancel_and_force_cancel(github: FakeGitHub, shop: FakeRepo) -> None:
    run, stuck = github.add_run(shop), github.add_run(shop)
    provider = provider_for(github)
    provider.cancel(ref_of(run))
    provider.cancel(ref_of(stuck), force=True)
    assert [verb for verb, _ in github.ledger] == ["cancel", "force-cancel"]
    assert provider.get_run(ref_of(run)).state is State.CANCELED
    with pytest.raises(Conflict):
        provider.cancel(ref_of(run))


RATE_LIMITS = [
    ({"status": 429, "headers": {"Retry-After": "120"}}, 120.0),
    ({"status": 429}, None),
    ({"status": 403, "headers": {"Retry-After": "30"}}, 30.0),
    ({"status": 403, "message": "You have exceeded a secondary rate limit."}, 60.0),
    ({"status": 403, "message": "You have triggered an abuse detection mechanism."}, 60.0),
]


@pytest.mark.parametrize(("fault", "asked"), RATE_LIMITS)
def test_a_rate_limit_is_told_with_the_time_to_wait(
    github: FakeGitHub, shop: FakeRepo, fault: dict[str, Any], asked: float | None
) -> None:
    run = github.add_run(shop)
    github.fail_next("GET", "/attempts/1$", times=3, **fault)
    with pytest.raises(RateLimited) as caught:
        provider_for(github).get_run(ref_of(run))
    assert caught.value.retry_after == asked


def test_the_primary_limit_waits_until_its_reset(github: FakeGitHub, shop: FakeRepo) -> None:
    reset = int(datetime.now(UTC).timestamp()) + 600
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{reset}"}
    github.fail_next("GET", "/actions/runs$", status=403, headers=headers)
    with pytest.raises(RateLimited) as caught:
        list(provider_for(github).list_runs(REPO))
    assert caught.value.retry_after is not None
    assert 590 < caught.value.retry_after <= 600


def test_a_read_is_repeated_where_the_server_is_away_for_a_moment(github: FakeGitHub, shop: FakeRepo) -> None:
    run = github.add_run(shop)
    github.fail_next("GET", "/attempts/1$", status=502, times=2)
    assert provider_for(github).get_run(ref_of(run)).state is State.QUEUED


def test_a_connection_that_hangs_is_let_go(github: FakeGitHub, shop: FakeRepo) -> None:
    run = github.add_run(shop)
    provider = provider_for(github, timeout=0.2)
    github.fail_next("GET", "/attempts/1$", hang=1.0, status=200)
    assert provider.get_run(ref_of(run)).state is State.QUEUED, "a read is tried again"
    github.fail_next("POST", "/cancel$", hang=1.0, status=202)
    with pytest.raises(Unavailable) as caught:
        provider.cancel(ref_of(run))
    assert caught.value.effect_unknown
    assert github.count("POST", "/cancel$") == 1


WRITES: list[tuple[str, Callable[[Any, RunRef], object]]] = [
    ("/dispatches", lambda provider, ref: provider.trigger(sent_wish())),
    ("/rerun$", lambda provider, ref: provider.retry(RetryRequest(ref, RetryScope.ALL))),
    ("/cancel$", lambda provider, ref: provider.cancel(ref)),
]


@pytest.mark.parametrize(("path", "write"), WRITES)
@pytest.mark.parametrize("fault", [{"status": 502}, {"status": 429}, {"drop": True}])
def test_no_write_is_ever_sent_twice(
    github: FakeGitHub, shop: FakeRepo, path: str, write: Callable[[Any, RunRef], object], fault: dict[str, Any]
) -> None:
    run = github.add_run(shop)
    github.fail_next("POST", path, times=5, **fault)
    with pytest.raises((Unavailable, RateLimited)):
        write(provider_for(github), ref_of(run))
    assert github.count("POST", path) == 1


def test_a_refusal_for_want_of_permission_names_it(github: FakeGitHub, shop: FakeRepo) -> None:
    run = github.add_run(shop)
    headers = {"X-Accepted-GitHub-Permissions": "actions=write"}
    github.fail_next("POST", "/cancel", status=403, message="Resource not accessible by integration", headers=headers)
    with pytest.raises(AuthFailed, match="needed: actions=write"):
        provider_for(github).cancel(ref_of(run))


def test_no_test_results_are_promised(github: FakeGitHub, shop: FakeRepo) -> None:
    with pytest.raises(NotSupported):
        provider_for(github).list_tests(RunRef(REPO, "1"))


@pytest.mark.parametrize("name", ["shop", "a/b/c", "../..", "/shop", "acme/", ""])
def test_what_is_no_repository_is_not_asked_for(github: FakeGitHub, name: str) -> None:
    provider = provider_for(github, token_config(github))
    with pytest.raises(Invalid, match="owner/name"):
        provider.get_run(RunRef(type(REPO)(name), "1"))
    assert github.requests == []
