"""The API: who may do what, the shapes of its answers, and its errors."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from ci_integrations.domain import Capability, Outcome, State, TestData
from ci_integrations.errors import Unavailable
from ci_integrations.models import Action, Repository, Run
from ci_integrations.services import collect, control, results, sync
from fixers.models import Decision, Triage
from tests.factories import ago, make_coverage, make_run
from tests.fakes.memory import MemoryServer

pytestmark = pytest.mark.django_db
EPOCH = "2026-01-01T00:00:00Z"


@pytest.fixture
def reader(db: None) -> Client:
    """Logged in, without permissions."""
    client = Client()
    client.force_login(User.objects.create_user("reader"))
    return client


@pytest.fixture
def actor(db: None) -> Client:
    """Logged in, may act."""
    return logged_in("actor")


def logged_in(name: str) -> Client:
    """A client of a new user who may act."""
    user = User.objects.create_user(name)
    user.user_permissions.add(Permission.objects.get(codename="add_action"))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def run(repository: Repository, server: MemoryServer) -> Run:
    """A failed run with a failed test."""
    server.add_run("r1", State.FAILURE).tests = [TestData("s", "t", Outcome.FAILED, message="boom", file="f", line=7)]
    row = Run.objects.create(repository=repository, external_id="r1", created_at=EPOCH)
    collect.collect_run(sync.sync_run(repository, sync.run_ref(row)).pk)
    return Run.objects.get()


def post(client: Client, path: str, body: object = None, **headers: str) -> Any:
    """Post JSON."""
    return client.post(path, data={} if body is None else body, content_type="application/json", headers=headers)


@pytest.mark.parametrize(
    "path", ["/api/runs", "/api/runs/1", "/api/runs/1/coverage", "/api/flaky", "/api/connections", "/api/actions/1"]
)
def test_strangers_see_nothing(db: None, path: str) -> None:
    answer = Client().get(path)

    assert (answer.status_code, set(answer.json())) == (401, {"error"})


@pytest.mark.parametrize("path", ["/api/runs", "/api/runs/1/retry", "/api/runs/1/cancel", "/api/runs/1/fix"])
def test_who_may_only_look_cannot_act(reader: Client, run: Run, server: MemoryServer, path: str) -> None:
    answer = post(reader, path, {"workflow": "ci"} if path == "/api/runs" else None)

    assert answer.status_code == 403
    assert "ci_integrations.add_action" in answer.json()["error"]
    assert not Action.objects.exists()


def test_a_request_forged_by_another_site_is_refused(actor: Client, run: Run) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = actor.cookies

    assert post(strict, f"/api/runs/{run.pk}/retry").status_code == 403
    assert not Action.objects.exists()


def test_runs_are_listed_newest_first(reader: Client, repository: Repository) -> None:
    for name, state in (("a", State.FAILURE), ("b", State.SUCCESS), ("c", State.ERROR)):
        Run.objects.create(repository=repository, external_id=name, state=state, created_at=EPOCH, branch=name)

    def listed(query: str) -> list[str]:
        return [row["external_id"] for row in reader.get(f"/api/runs?{query}").json()["runs"]]

    assert listed("") == ["c", "b", "a"]
    assert listed("state=failure&state=error") == ["c", "a"]
    assert listed("branch=b") == ["b"]
    assert listed("limit=1&offset=1") == ["b"]
    assert listed("repository=acme/other") == []


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "offset=-1", "limit=x", "branch=%00"])
def test_a_wrong_query_is_refused(reader: Client, query: str) -> None:
    answer = reader.get(f"/api/runs?{query}")

    assert (answer.status_code, set(answer.json())) == (422, {"error"})


def test_a_run_is_told_with_all_that_is_known(reader: Client, run: Run) -> None:
    Triage.objects.create(run=run, cause="test", decision=Decision.REPORT, reason="a real bug", report="# report")
    document = reader.get(f"/api/runs/{run.pk}").json()

    assert (document["id"], document["state"], document["connection"]) == (run.pk, "failure", "memory:one")
    assert document["jobs"][0]["name"] == "test"
    assert document["failed_tests"][0]["message"] == "boom"
    assert (document["triage"]["decision"], document["triage"]["report"]) == ("report", "# report")
    assert [event["kind"] for event in document["timeline"]] == ["run", "run", "collect"]


def test_the_coverage_of_a_run_is_told_with_its_files(reader: Client, run: Run) -> None:
    before = make_run(repository=run.repository, branch=run.branch, workflow=run.workflow, created_at=ago(days=600))
    make_coverage(before, 1, 4, {"a.py": (2, 2), "gone.py": (1, 1)})
    assert reader_error(reader.get(f"/api/runs/{run.pk}/coverage")) == 404
    make_coverage(run, 1, 2, {"a.py": (1, 2), "b.py": (0, 7), "c.py": (7, 7)}, patch_covered=0, patch_total=0)

    page = reader.get(f"/api/runs/{run.pk}/coverage?limit=2").json()
    assert (page["count"], [file["path"] for file in page["files"]]) == (3, ["b.py", "a.py"])
    half = {"covered": 1, "total": 2, "percent": 50.0}
    expected = {"path": "a.py", "lines": half, "branches": None, "statements": None, "points": -50.0}
    assert page["files"][1] == expected
    told = page["coverage"]
    assert (told["text"], told["format"], told["lines"]) == (
        "50.00 % of lines (+25.00 against main's 4f2a91c)",
        "lcov",
        half,
    )
    assert (told["base"], told["previous"]["run"], told["previous"]["lines"]) == (None, before.pk, 25.0)
    assert told["patch"] == {"covered": 0, "total": 0, "percent": None, "missed": []}
    rest = reader.get(f"/api/runs/{run.pk}/coverage?limit=2&offset=2").json()
    assert [file["path"] for file in rest["files"]] == ["c.py"]

    changed = reader.get(f"/api/runs/{run.pk}/coverage?order=changed").json()
    assert [(file["path"], file["points"]) for file in changed["files"]] == [
        ("b.py", None),
        ("a.py", -50.0),
        ("c.py", None),
        ("gone.py", None),
    ]
    assert reader.get(f"/api/runs/{run.pk}").json()["coverage_report"] == told


@pytest.mark.parametrize("query", ["order=best", "limit=0", "limit=1001", "offset=-1"])
def test_a_wrong_query_of_files_is_refused(reader: Client, run: Run, query: str) -> None:
    assert reader_error(reader.get(f"/api/runs/{run.pk}/coverage?{query}")) == 422


@pytest.mark.parametrize("number", ["4711", "9" * 18])
def test_an_unknown_run_is_not_found(actor: Client, number: str) -> None:
    assert reader_error(actor.get(f"/api/runs/{number}")) == 404
    assert reader_error(actor.get(f"/api/runs/{number}/coverage")) == 404
    assert reader_error(post(actor, f"/api/runs/{number}/retry")) == 404
    assert reader_error(post(actor, f"/api/runs/{number}/fix")) == 404


def reader_error(answer: Any) -> int:
    """The status of an answer that is an error."""
    assert set(answer.json()) == {"error"}
    return int(answer.status_code)


def test_a_trigger_is_accepted_and_followed(actor: Client, repository: Repository, server: MemoryServer) -> None:
    answer = post(actor, "/api/runs", {"workflow": "ci", "inputs": {"a": "b"}})
    action = answer.json()
    control.perform(action["id"])
    later = actor.get(f"/api/actions/{action['id']}").json()

    assert (answer.status_code, action["state"], action["requested_by"]) == (202, "pending", "actor")
    assert (later["state"], later["result_run"]) == ("done", Run.objects.get().pk)
    assert Action.objects.get().request["branch"] == "main"


def test_the_same_idempotency_key_gives_the_same_action(actor: Client, repository: Repository) -> None:
    first = post(actor, "/api/runs", {"workflow": "ci"}, **{"Idempotency-Key": "k"})
    again = post(actor, "/api/runs", {"workflow": "ci"}, **{"Idempotency-Key": "k"})
    other = post(actor, "/api/runs", {"workflow": "deploy"}, **{"Idempotency-Key": "k"})
    somebody = post(logged_in("else"), "/api/runs", {"workflow": "ci"}, **{"Idempotency-Key": "k"})

    assert first.json()["id"] == again.json()["id"]
    assert reader_error(other) == 422
    assert somebody.json()["id"] != first.json()["id"]


def test_without_a_key_each_trigger_is_one(actor: Client, repository: Repository) -> None:
    assert (
        post(actor, "/api/runs", {"workflow": "ci"}).json()["id"]
        != (post(actor, "/api/runs", {"workflow": "ci"}).json()["id"])
    )


@pytest.mark.parametrize(
    "body",
    [{"workflow": 5}, {"workflow": "x" * 301}, {"workflow": "a", "commit": "../x"}, {"variables": {"": "x"}}],
)
def test_a_wrong_wish_is_refused(actor: Client, repository: Repository, body: object) -> None:
    assert reader_error(post(actor, "/api/runs", body)) in {400, 422}
    assert not Action.objects.exists()


def test_an_unknown_repository_is_not_found(actor: Client, repository: Repository) -> None:
    assert reader_error(post(actor, "/api/runs", {"workflow": "ci", "repository": "acme/other"})) == 404


def test_a_retry_is_accepted_once(actor: Client, run: Run) -> None:
    first, again = (post(actor, f"/api/runs/{run.pk}/retry") for _ in range(2))
    job = post(actor, f"/api/runs/{run.pk}/retry", {"job": "test"})
    everything = post(actor, f"/api/runs/{run.pk}/retry", {"all": True})

    assert [answer.status_code for answer in (first, again, job, everything)] == [202] * 4
    assert first.json()["id"] == again.json()["id"]
    scopes = [action.request["scope"] for action in Action.objects.order_by("id")]
    assert scopes == ["failed", "job", "all"]
    assert reader_error(post(actor, f"/api/runs/{run.pk}/retry", {"job": "none"})) == 404


def test_a_waiting_job_is_let_go_on(actor: Client, run: Run, server: MemoryServer) -> None:
    refused = post(actor, f"/api/runs/{run.pk}/approve", {"job": "test"})
    run.jobs.update(state=State.BLOCKED)
    accepted = post(actor, f"/api/runs/{run.pk}/approve", {"job": "test"})

    assert (reader_error(refused), accepted.status_code, accepted.json()["kind"]) == (409, 202, "approve")
    assert reader_error(post(actor, f"/api/runs/{run.pk}/approve", {})) in {400, 422}


def test_a_run_is_triggered_with_variables_and_without_a_workflow(actor: Client, repository: Repository) -> None:
    assert post(actor, "/api/runs", {"variables": {"DEPLOY": "yes"}}).status_code == 202
    assert Action.objects.get().variables == {"DEPLOY": "yes"}


def test_a_child_names_its_parent_and_is_named_by_its_job(reader: Client, run: Run) -> None:
    child = Run.objects.create(
        repository=run.repository, external_id="c1", created_at=EPOCH, parent_job=run.jobs.get(), coverage=87.5
    )

    assert reader.get(f"/api/runs/{run.pk}").json()["jobs"][0]["children"] == [child.pk]
    told = reader.get(f"/api/runs/{child.pk}").json()
    assert (told["parent"], told["coverage"], told["jobs"]) == (run.pk, 87.5, [])


def test_an_ended_run_cannot_be_canceled(actor: Client, run: Run) -> None:
    assert reader_error(post(actor, f"/api/runs/{run.pk}/cancel")) == 409


def test_a_live_run_can_be_canceled_and_not_retried(actor: Client, run: Run) -> None:
    Run.objects.update(state=State.RUNNING)

    assert reader_error(post(actor, f"/api/runs/{run.pk}/retry")) == 409
    assert post(actor, f"/api/runs/{run.pk}/cancel", {"force": True}).json()["kind"] == "cancel"


def test_what_the_server_cannot_do_is_refused(actor: Client, run: Run, server: MemoryServer) -> None:
    server.capabilities = Capability.NONE

    assert reader_error(post(actor, f"/api/runs/{run.pk}/retry")) == 422


def test_a_failed_action_tells_its_error(actor: Client, run: Run, server: MemoryServer) -> None:
    action = post(actor, f"/api/runs/{run.pk}/retry").json()
    server.fail_next("retry", Unavailable("502 Bad Gateway"))
    control.perform(action["id"])

    assert actor.get(f"/api/actions/{action['id']}").json()["error"] == "502 Bad Gateway"


def test_connections_are_told_without_their_configuration(reader: Client, repository: Repository) -> None:
    text = reader.get("/api/connections").content.decode()

    assert '"name": "one"' in text
    assert repository.connection.key not in text
    assert "server" not in text


def test_flaky_tests_are_told_with_how_often(reader: Client, run: Run, repository: Repository) -> None:
    other = Run.objects.create(
        repository=repository,
        external_id="r2",
        state=State.SUCCESS,
        created_at=EPOCH,
        commit_sha=run.commit_sha,
        workflow=run.workflow,
    )
    job = other.jobs.create(external_id="j", name="test", state=State.SUCCESS)
    results.store_results(other, {job: results.JobResults(tests=[TestData("s", "t", Outcome.PASSED)])})
    collect.settle(other)
    (test,) = reader.get("/api/flaky").json()["tests"]

    assert (test["repository"], test["suite"], test["name"], test["times"]) == ("acme/repo", "s", "t", 1)
