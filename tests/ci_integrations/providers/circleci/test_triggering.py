"""Starting pipelines, and finding the one of a request whose answer was lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ci_integrations.domain import RepoRef, RunRef, TriggerRequest
from ci_integrations.errors import AuthFailed, Conflict, Invalid, NotFound, NotSupported, RateLimited, Unavailable
from tests.circleci import APP_REPO, REPO, TOKEN, provider_for, run_of
from tests.fakes.circleci import FakeCircleCI, FakeDefinition, FakeJob, FakeProject

INTENT = "0123456789abcdef0123456789abcdef"


def wish(repo: RepoRef = REPO, **more: Any) -> TriggerRequest:
    return TriggerRequest(repo=repo, **({"workflow": "", "branch": "main"} | more))


def ago(server: FakeCircleCI, seconds: float) -> None:
    moment = datetime.now(UTC) - timedelta(seconds=seconds)
    server.now = lambda: moment


def test_a_project_named_after_a_repository_is_started_the_old_way(circleci: FakeCircleCI, shop: FakeProject) -> None:
    started = provider_for(circleci).trigger(wish(branch="refs/heads/feature/x", workflow="build, test"))
    (pipeline,) = shop.pipelines
    assert started == RunRef(REPO, pipeline.id)
    (sent,) = circleci.requests
    assert (sent.path, sent.json()) == ("/api/v2/project/gh/acme/shop/pipeline", {"branch": "feature/x"})


def test_a_tag_is_no_branch(circleci: FakeCircleCI, shop: FakeProject, app: FakeProject) -> None:
    provider_for(circleci).trigger(wish(branch="refs/tags/v1"))
    assert circleci.requests[-1].json() == {"tag": "v1"}
    provider_for(circleci).trigger(wish(APP_REPO, branch="refs/tags/v1"))
    assert circleci.requests[-1].json()["checkout"] == {"tag": "v1"}
    assert (shop.pipelines[0].tag, app.pipelines[0].tag) == ("v1", "v1")


def test_a_project_of_the_github_app_runs_its_only_definition(circleci: FakeCircleCI, app: FakeProject) -> None:
    started = provider_for(circleci).trigger(wish(APP_REPO, branch="feature/x", inputs={"deploy": "bool(true)"}))
    (pipeline,) = app.pipelines
    assert started == RunRef(APP_REPO, pipeline.id)
    sent = circleci.requests[-1]
    assert sent.raw_path.split("?")[0] == f"/api/v2/project/{app.slug}/pipeline/run"
    assert sent.json() == {
        "definition_id": app.definitions[0].id,
        "config": {"branch": "feature/x"},
        "checkout": {"branch": "feature/x"},
        "parameters": {"deploy": True},
    }


@pytest.mark.parametrize(
    ("configured", "asked", "expected"),
    [
        (None, "nightly", "nightly"),
        (None, "ID", "nightly"),
        ("nightly", "", "nightly"),
        ("nightly", "build, test", "nightly"),
        ("nightly", "build-and-test", "build-and-test"),
    ],
)
def test_which_definition_is_run(
    circleci: FakeCircleCI, app: FakeProject, configured: str | None, asked: str, expected: str
) -> None:
    app.definitions.append(FakeDefinition("nightly", ".circleci/nightly.yml"))
    circleci.add_pipeline(app, workflows={"build": [FakeJob("unit")], "test": [FakeJob("unit")]})
    asked = app.definitions[1].id if asked == "ID" else asked
    provider_for(circleci, definition=configured).trigger(wish(APP_REPO, workflow=asked))
    chosen = next(one for one in app.definitions if one.name == expected)
    assert circleci.requests[-1].json()["definition_id"] == chosen.id


@pytest.mark.parametrize("asked", ["deply", "build, deply", "build,test"])
@pytest.mark.parametrize("configured", [None, "build-and-test"])
def test_what_is_neither_a_definition_nor_a_workflow_that_ran_is_refused(
    circleci: FakeCircleCI, app: FakeProject, configured: str | None, asked: str
) -> None:
    circleci.add_pipeline(app, workflows={"build": [FakeJob("unit")], "test": [FakeJob("unit")]})
    with pytest.raises(Invalid, match=f"which pipeline definition .* as '{asked}'; it has: build-and-test "):
        provider_for(circleci, definition=configured).trigger(wish(APP_REPO, workflow=asked))
    assert not circleci.ledger


def test_a_run_is_started_again_by_what_it_is_known_by(circleci: FakeCircleCI, app: FakeProject) -> None:
    pipeline = circleci.add_pipeline(app, workflows={"test": [FakeJob("unit")], "build": [FakeJob("unit")]})
    for _ in range(3):
        circleci.add_pipeline(app, workflows={"build": [FakeJob("unit")]})
    provider = provider_for(circleci)
    workflow = provider.get_run(run_of(pipeline)).workflow
    assert workflow == "build, test"
    provider.trigger(wish(APP_REPO, workflow=workflow))
    assert circleci.requests[-1].json()["definition_id"] == app.definitions[0].id


@pytest.mark.parametrize(("configured", "asked"), [(None, ""), (None, "build, test"), ("gone", "")])
def test_a_definition_that_is_not_clear(
    circleci: FakeCircleCI, app: FakeProject, configured: str | None, asked: str
) -> None:
    app.definitions.append(FakeDefinition("nightly", ".circleci/nightly.yml"))
    with pytest.raises(Invalid, match=r"which pipeline definition .* build-and-test \(.*, nightly \(.* `definition`"):
        provider_for(circleci, definition=configured).trigger(wish(APP_REPO, workflow=asked))
    assert not circleci.ledger


def test_a_configured_definition_that_is_gone_is_not_replaced(circleci: FakeCircleCI, app: FakeProject) -> None:
    with pytest.raises(Invalid, match="which pipeline definition"):
        provider_for(circleci, definition="gone").trigger(wish(APP_REPO))


def test_a_definition_that_the_configuration_names_is_run_in_any_project(
    circleci: FakeCircleCI, shop: FakeProject
) -> None:
    shop.definitions.append(FakeDefinition("nightly", ".circleci/nightly.yml"))
    assert provider_for(circleci, definition="nightly").trigger(wish()) == RunRef(REPO, shop.pipelines[0].id)
    assert circleci.requests[-1].json()["definition_id"] == shop.definitions[1].id


def test_a_project_that_refuses_the_old_way_is_started_the_new_way(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.fail_next("POST", "/pipeline$", status=400, message="This endpoint does not support GitHub App projects.")
    assert provider_for(circleci).trigger(wish()) == RunRef(REPO, shop.pipelines[0].id)
    assert circleci.count("POST", "/pipeline/run$") == 1


@pytest.mark.parametrize("message", ["Branch not found", "Unexpected argument(s): deploy"])
def test_another_refusal_is_final(circleci: FakeCircleCI, shop: FakeProject, message: str) -> None:
    circleci.fail_next("POST", "/pipeline$", status=400, message=message)
    with pytest.raises(Invalid) as caught:
        provider_for(circleci).trigger(wish())
    assert message in f"{caught.value}"
    assert not caught.value.effect_unknown
    assert circleci.count("POST") == 1


def test_a_commit_that_is_skipped_starts_nothing(circleci: FakeCircleCI, app: FakeProject) -> None:
    circleci.skips = "Ignoring pipeline due to CI skip in the commit"
    with pytest.raises(Conflict, match="skipped it, nothing was started: Ignoring pipeline due to CI skip") as caught:
        provider_for(circleci).trigger(wish(APP_REPO))
    assert not caught.value.effect_unknown
    assert not app.pipelines


def test_parameters_have_their_types_and_our_id(circleci: FakeCircleCI, shop: FakeProject) -> None:
    inputs = {"count": "int(-3)", "deploy": "bool(false)", "word": "3", "text": "int(x) or so", "empty": ""}
    provider_for(circleci, correlation_parameter="orchestrate_id").trigger(wish(inputs=inputs, intent_id=INTENT))
    assert shop.pipelines[0].parameters == {
        "count": -3,
        "deploy": False,
        "word": "3",
        "text": "int(x) or so",
        "empty": "",
        "orchestrate_id": INTENT,
    }


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({f"p{at}": "x" for at in range(101)}, "101 pipeline parameters"),
        ({"k" * 129: "x"}, "too long"),
        ({"k": "x" * 513}, "too long"),
        ({"": "x"}, "too long"),
        ({"k": "int(three)"}, "is no int"),
        ({"k": "bool(yes)"}, "is no bool"),
    ],
)
def test_parameters_that_circleci_would_refuse(
    circleci: FakeCircleCI, shop: FakeProject, inputs: dict[str, str], words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        provider_for(circleci).trigger(wish(inputs=inputs))
    assert not circleci.requests


def test_variables_are_not_taken(circleci: FakeCircleCI, shop: FakeProject) -> None:
    with pytest.raises(NotSupported, match="variables"):
        provider_for(circleci).trigger(wish(variables={"A": "b"}))


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 502, "after_effect": True},
        {"status": 504, "after_effect": True},
        {"drop": True, "after_effect": True},
        {"truncate": True},
    ],
)
@pytest.mark.parametrize("kind", ["oauth", "app"])
def test_a_lost_answer_is_found_again_and_nothing_is_started_twice(
    circleci: FakeCircleCI, shop: FakeProject, app: FakeProject, fault: dict[str, Any], kind: str
) -> None:
    project = shop if kind == "oauth" else app
    request = wish(RepoRef(project.slug), sent_at=datetime.now(UTC), intent_id=INTENT)
    provider = provider_for(circleci)
    circleci.fail_next("POST", "/pipeline", **fault)
    with pytest.raises(Unavailable) as caught:
        provider.trigger(request)
    assert caught.value.effect_unknown
    assert TOKEN not in f"{caught.value!r}"
    assert provider.find_run(request) == RunRef(RepoRef(project.slug), project.pipelines[0].id)
    assert len(project.pipelines) == circleci.count("POST") == 1


def test_an_answer_that_nobody_understands_may_have_started_something(
    circleci: FakeCircleCI, shop: FakeProject
) -> None:
    circleci.fail_next("POST", "/pipeline$", status=201, raw=b"<html>", after_effect=True)
    with pytest.raises(Unavailable) as caught:
        provider_for(circleci).trigger(wish())
    assert caught.value.effect_unknown


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 201, "raw": b"{}"},
        {"status": 201, "raw": b'{"id": 7}'},
        {"status": 201, "raw": b'{"id": "' + b"x" * 101 + b'"}'},
        {"status": 200, "raw": b'{"message": {"text": "ok"}}'},
        {"status": 201, "raw": b'{"message": "created"}'},
    ],
)
def test_what_was_accepted_in_other_words_is_looked_for(
    circleci: FakeCircleCI, shop: FakeProject, fault: dict[str, Any]
) -> None:
    circleci.fail_next("POST", "/pipeline$", after_effect=True, **fault)
    request = wish(sent_at=datetime.now(UTC))
    provider = provider_for(circleci)
    assert provider.trigger(request) is None
    assert provider.find_run(request) == RunRef(REPO, shop.pipelines[0].id)


@pytest.mark.parametrize(
    ("fault", "kind", "unknown"),
    [
        ({"status": 503}, Unavailable, True),
        ({"status": 429, "raw": b"slow down", "headers": {"Retry-After": "30"}}, RateLimited, False),
        ({"status": 401}, AuthFailed, False),
        ({"status": 404}, NotFound, False),
        ({"status": 301, "headers": {"Location": "https://elsewhere.example.com/"}}, Invalid, True),
        ({"hang": 1.0, "status": 201}, Unavailable, True),
    ],
)
def test_a_start_that_fails_is_sent_once(
    circleci: FakeCircleCI, shop: FakeProject, fault: dict[str, Any], kind: type[Exception], unknown: bool
) -> None:
    circleci.fail_next("POST", "/pipeline$", times=9, **fault)
    with pytest.raises(kind) as caught:
        provider_for(circleci, timeout=0.3).trigger(wish())
    assert getattr(caught.value, "effect_unknown") is unknown  # noqa: B009  # of several types
    assert circleci.count("POST") == 1


def test_what_never_arrived_is_not_found(circleci: FakeCircleCI, shop: FakeProject) -> None:
    ago(circleci, 90)
    circleci.start(shop, branch="main")
    ago(circleci, 0)
    circleci.start(shop, branch="other")
    for foreign in ("webhook", "custom_webhook", "scheduled_pipeline", "schedule", "gitlab"):
        circleci.start(shop, branch="main", trigger=foreign)
    taken = circleci.start(shop, branch="main")
    request = wish(sent_at=datetime.now(UTC), taken=frozenset({taken.id}))
    assert provider_for(circleci).find_run(request) is None


@pytest.mark.parametrize("kind", ["api", "explicit", "decoupled_ingestion_system", ""])
def test_what_may_be_it_is_found_whatever_it_is_called(circleci: FakeCircleCI, shop: FakeProject, kind: str) -> None:
    ours = circleci.start(shop, branch="main", trigger=kind)
    # Our clock may be ahead.
    sent_at = datetime.now(UTC) + timedelta(seconds=30)
    assert provider_for(circleci).find_run(wish(sent_at=sent_at)) == run_of(ours)


def test_a_tag_is_found_among_branches(circleci: FakeCircleCI, shop: FakeProject) -> None:
    sent_at = datetime.now(UTC)
    circleci.start(shop, branch="main")
    ours = circleci.start(shop, tag="v1")
    circleci.start(shop, tag="v2")
    assert provider_for(circleci).find_run(wish(branch="refs/tags/v1", sent_at=sent_at)) == run_of(ours)


def test_several_that_may_be_it_are_left_alone(circleci: FakeCircleCI, shop: FakeProject) -> None:
    sent_at = datetime.now(UTC)
    first, second = (circleci.start(shop, branch="main") for _ in range(2))
    with pytest.raises(Conflict, match=r"2 pipelines may be .*correlation_parameter"):
        provider_for(circleci).find_run(wish(sent_at=sent_at))
    known = wish(sent_at=sent_at, taken=frozenset({first.id}))
    assert provider_for(circleci).find_run(known) == run_of(second)


def test_our_own_id_tells_pipelines_apart(circleci: FakeCircleCI, shop: FakeProject) -> None:
    sent_at = datetime.now(UTC)
    provider = provider_for(circleci, correlation_parameter="orchestrate_id")
    for intent in ("f" * 32, INTENT, "e" * 32):
        provider.trigger(wish(intent_id=intent))
    ours = next(one for one in shop.pipelines if one.parameters["orchestrate_id"] == INTENT)
    assert provider.find_run(wish(sent_at=sent_at, intent_id=INTENT)) == run_of(ours)
    # All that is there names another id, or none: ours never arrived.
    circleci.start(shop, branch="main", parameters={"orchestrate_id": ""})
    assert provider.find_run(wish(sent_at=sent_at, intent_id="d" * 32)) is None


def test_where_parameters_are_not_told_time_and_branch_have_to_do(circleci: FakeCircleCI, shop: FakeProject) -> None:
    sent_at = datetime.now(UTC)
    pipeline = circleci.start(shop, branch="main")
    provider = provider_for(circleci, correlation_parameter="orchestrate_id")
    assert provider.find_run(wish(sent_at=sent_at, intent_id=INTENT)) == run_of(pipeline)


def test_a_busy_project_is_searched_as_far_back_as_needed(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.page_size = 3
    ago(circleci, 30)
    sent_at = circleci.now()
    ours = circleci.start(shop, branch="main")
    ago(circleci, 5)
    for _ in range(10):
        circleci.start(shop, branch="main", trigger="webhook")
    assert provider_for(circleci).find_run(wish(sent_at=sent_at)) == run_of(ours)


def test_a_project_that_is_too_busy_to_be_searched(circleci: FakeCircleCI, shop: FakeProject) -> None:
    circleci.page_size = 1
    sent_at = datetime.now(UTC)
    for _ in range(22):
        circleci.start(shop, branch="main", trigger="webhook")
    with pytest.raises(Conflict, match="too many pipelines"):
        provider_for(circleci).find_run(wish(sent_at=sent_at))


def test_when_it_was_sent_has_to_be_known(circleci: FakeCircleCI, shop: FakeProject) -> None:
    with pytest.raises(NotSupported, match="when"):
        provider_for(circleci).find_run(wish())
