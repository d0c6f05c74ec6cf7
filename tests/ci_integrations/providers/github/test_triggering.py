"""Starting a run where the server is unusual, and finding it again: what is found decides whether it is sent anew."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ci_integrations.domain import RunRef, TriggerRequest
from ci_integrations.errors import Invalid
from ci_integrations.providers.base import ConnectionConfig
from ci_integrations.providers.github import GitHubProvider
from tests.ci_integrations.providers.raw_server import answer, serving
from tests.fakes.github import FakeGitHub, FakeRepo
from tests.github import REPO, provider_for

BOT = "orchestrate-test[bot]"


def wish(**fields: Any) -> TriggerRequest:
    made = TriggerRequest(REPO, "ci.yml", "main", intent_id="abc1", sent_at=datetime.now(UTC))
    return replace(made, **fields)


def ref_of(run: Any) -> RunRef:
    return RunRef(REPO, f"{run.id}")


def test_a_trigger_that_was_accepted_in_unknown_words_is_looked_for(github: FakeGitHub, shop: FakeRepo) -> None:
    github.fail_next("POST", "/dispatches", status=200, after_effect=True)
    provider, asked = provider_for(github), wish()
    assert provider.trigger(asked) is None
    found = provider.find_run(asked)
    assert found is not None
    assert github.ledger == [("dispatch", found.external_id)]


def test_why_a_trigger_was_refused_is_told(github: FakeGitHub, shop: FakeRepo) -> None:
    github.fail_next("POST", "/dispatches", status=422, message="Workflow does not have 'workflow_dispatch' trigger")
    with pytest.raises(Invalid, match="does not have 'workflow_dispatch' trigger") as caught:
        provider_for(github).trigger(wish())
    assert not caught.value.effect_unknown
    assert github.count("POST", "/dispatches") == 1


def test_a_run_that_somebody_else_repeated_since_is_still_ours(github: FakeGitHub, shop: FakeRepo) -> None:
    asked = wish()
    run = github.add_run(shop, event="workflow_dispatch", actor=BOT)
    github.advance(run, "completed", "failure")
    github.rerun(run, run.latest.jobs, by="ada")
    found = provider_for(github).find_run(asked)
    assert found is not None
    assert found.external_id == f"{run.id}"


def test_a_run_with_more_than_a_page_of_newer_ones_is_found(github: FakeGitHub, shop: FakeRepo) -> None:
    asked = wish()
    run = github.add_run(shop, event="workflow_dispatch", actor=BOT)
    for _ in range(100):
        github.add_run(shop, event="workflow_dispatch", actor="ada")
    assert provider_for(github).find_run(asked) == ref_of(run)


def test_it_is_looked_for_no_further_back_than_it_was_sent(github: FakeGitHub, shop: FakeRepo) -> None:
    for _ in range(101):
        github.add_run(shop, event="workflow_dispatch", actor=BOT).created_at = datetime(2020, 1, 1, tzinfo=UTC)
    assert provider_for(github).find_run(wish()) is None
    assert github.count("GET", "/workflows/ci.yml/runs$") == 1


@pytest.mark.parametrize("named", ["refs/heads/main", "refs/tags/main"])
def test_a_branch_may_be_named_in_full(github: FakeGitHub, shop: FakeRepo, named: str) -> None:
    run = github.add_run(shop, event="workflow_dispatch", actor=BOT)
    assert provider_for(github).find_run(wish(branch=named)) == ref_of(run)


def workflow(number: int, state: str = "active") -> dict[str, Any]:
    return {"id": number, "name": "CI", "path": f".github/workflows/ci{number}.yml", "state": state}


@pytest.mark.parametrize(
    ("listed", "reason"),
    [
        ([workflow(1), workflow(2)], "2 workflows are named 'CI': .*ci1.yml, .*ci2.yml"),
        ([workflow(1, "disabled_manually")], "disabled_manually"),
    ],
)
def test_a_name_that_leads_to_no_one_workflow_is_not_sent(listed: list[dict[str, Any]], reason: str) -> None:
    with serving(answer(body=json.dumps({"total_count": len(listed), "workflows": listed}).encode())) as server:
        config = {"base_url": server.url, "token": "t"}
        provider = GitHubProvider(ConnectionConfig("github", config, "here", (REPO.external_id,)))
        with pytest.raises(Invalid, match=reason):
            provider.trigger(wish(workflow="CI"))
    assert [request.split()[0] for request in server.requests] == [b"GET"]


def test_a_run_of_no_workflow_is_not_sent(github: FakeGitHub, shop: FakeRepo) -> None:
    with pytest.raises(Invalid, match="name the workflow"):
        provider_for(github).trigger(wish(workflow=""))
    assert github.requests == []
