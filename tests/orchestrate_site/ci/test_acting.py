"""trigger, retry, cancel: what reaches the server, and what is said of it."""

import time

import pytest
from pytest_django.fixtures import Settings

from ci_integrations.domain import Capability, State
from ci_integrations.errors import AuthFailed, Conflict, Invalid, NotFound, RateLimited, Unavailable
from ci_integrations.models import Action, Repository, Run
from tests.fakes.memory import MemoryServer, lost_answer
from tests.orchestrate_site.ci.harness import ci

pytestmark = pytest.mark.django_db


def a_run(server: MemoryServer, repository: Repository, state: State = State.FAILURE) -> Run:
    """A run that is on the server and known here."""
    server.add_run("r1", state)
    return Run.objects.create(repository=repository, external_id="r1", state=state, created_at="2026-01-01T00:00:00Z")


def test_trigger_prints_the_number_of_the_run_and_nothing_else(repository: Repository, server: MemoryServer) -> None:
    result = ci("trigger", "--workflow", "ci", "--branch", "topic", "--commit", "abc", "--input", "a=b=c")

    run = Run.objects.get()
    assert (result.code, result.out) == (0, f"{run.pk}\n")
    assert server.ledger == [("trigger", "run-1")]
    assert Action.objects.get().request == {
        "workflow": "ci",
        "branch": "topic",
        "commit_sha": "abc",
        "inputs": {"a": "b=c"},
    }


def test_variables_and_no_workflow(repository: Repository, server: MemoryServer) -> None:
    result = ci("trigger", "--variable", "DEPLOY=yes", "--input", "n=int(3)")

    assert result.code == 0
    action = Action.objects.get()
    assert (action.request["workflow"], action.request["inputs"]) == ("", {"n": "int(3)"})
    assert action.variables == {"DEPLOY": "yes"}
    assert ci("trigger", "--variable", "DEPLOY").code == 2
    server.capabilities &= ~Capability.VARIABLES
    assert ci("trigger", "--variable", "DEPLOY=yes").code == 2


def test_a_job_that_waits_is_let_go_on(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.BLOCKED)
    result = ci("approve", "--run", run.pk, "--job", "test")

    assert (result.code, result.out) == (0, f"{run.pk}\n")
    assert server.ledger == [("approve", "r1")]
    again = ci("approve", "--run", run.pk, "--job", "test", "--json")
    assert (again.code, again.error["code"]) == (2, "conflict")


def test_trigger_uses_the_default_branch(repository: Repository) -> None:
    ci("trigger", "--workflow", "ci")

    assert Action.objects.get().request["branch"] == "main"


def test_trigger_as_json_names_run_and_action(repository: Repository) -> None:
    document = ci("trigger", "--workflow", "ci", "--json").json

    assert set(document) == {"id", "external_id", "connection", "url", "state", "action"}
    assert document["id"] == Run.objects.get().pk
    assert (document["external_id"], document["connection"]) == ("run-1", "memory:one")
    assert document["action"]["state"] == "done"


def test_waiting_for_a_run_that_is_never_known_ends_with_the_time(repository: Repository, server: MemoryServer) -> None:
    server.ids_known = False
    server.fail_next("find_run", Unavailable("502"), times=100)
    result = ci("trigger", "--workflow", "ci", "--wait", "--timeout", "0.5", "--json")

    assert (result.code, result.error["code"]) == (8, "timeout")
    assert server.ledger == [("trigger", "run-1")]


def test_an_accepted_trigger_whose_run_is_not_known_in_time_is_no_failure(
    repository: Repository, server: MemoryServer
) -> None:
    server.ids_known = False
    result = ci("trigger", "--workflow", "ci", "--timeout", "0.3")

    assert (result.code, result.out) == (0, "")
    assert "not known yet" in result.err


def test_the_same_key_triggers_once(repository: Repository, server: MemoryServer) -> None:
    first = ci("trigger", "--workflow", "ci", "--idempotency-key", "a")
    second = ci("trigger", "--workflow", "ci", "--idempotency-key", "a")
    other = ci("trigger", "--workflow", "ci", "--idempotency-key", "ab")

    assert first.out == second.out != other.out
    assert len(server.ledger) == 2


def test_the_same_key_for_another_wish_is_refused(repository: Repository, server: MemoryServer) -> None:
    ci("trigger", "--workflow", "ci", "--idempotency-key", "a")
    result = ci("trigger", "--workflow", "deploy", "--idempotency-key", "a", "--json")

    assert (result.code, result.error["code"]) == (2, "usage")
    assert len(server.ledger) == 1


@pytest.mark.parametrize(
    ("error", "code", "slug"),
    [
        (AuthFailed("refused"), 3, "auth_failed"),
        (NotFound("no such workflow"), 5, "not_found"),
        (Invalid("no such input"), 7, "invalid"),
        (Conflict("busy"), 2, "conflict"),
    ],
)
def test_a_refused_trigger_ends_with_the_code_of_its_error(
    repository: Repository, server: MemoryServer, error: Exception, code: int, slug: str
) -> None:
    server.fail_next("trigger", error)
    result = ci("trigger", "--workflow", "ci", "--json")

    assert (result.code, result.error["code"], result.out) == (code, slug, "")
    assert result.error["message"] == f"{error}"


@pytest.mark.parametrize("error", [Unavailable("502 Bad Gateway"), RateLimited("429", retry_after=30)])
def test_a_server_that_is_away_is_not_a_failed_run(
    repository: Repository, server: MemoryServer, error: Unavailable
) -> None:
    server.fail_next("trigger", error, times=9)
    result = ci("trigger", "--workflow", "ci", "--timeout", "0.3")

    assert result.code == 4
    assert "--idempotency-key" in result.err
    assert server.ledger == []


def test_a_server_that_comes_back_is_asked_again(repository: Repository, server: MemoryServer) -> None:
    server.fail_next("trigger", Unavailable("502 Bad Gateway"))
    result = ci("trigger", "--workflow", "ci")

    assert result.code == 0
    assert len(server.ledger) == 1
    assert "trying again" in result.err


def test_a_lost_answer_is_said_and_never_sent_twice(repository: Repository, server: MemoryServer) -> None:
    server.fail_next("trigger", lost_answer(), after_effect=True)
    began = time.monotonic()
    result = ci("trigger", "--workflow", "ci", "--json")

    assert (result.code, result.error["code"]) == (4, "answer_lost")
    assert f"Request {Action.objects.get().pk} stays open" in result.error["message"]
    assert time.monotonic() - began < 10
    assert len(server.ledger) == 1


def test_with_wait_a_lost_answer_is_looked_for_until_the_run_is_found(
    repository: Repository, server: MemoryServer, settings: Settings
) -> None:
    settings.ORCHESTRATE_COOL_DOWN = 1
    server.fail_next("trigger", lost_answer(), after_effect=True)
    result = ci("trigger", "--workflow", "ci", "--wait", "--timeout", "3.5", "--interval", "0.2")

    assert result.code == 8  # the run of this server stays queued
    assert "the answer was lost" in result.err
    assert Run.objects.get().external_id == "run-1"
    assert server.ledger == [("trigger", "run-1")]


def test_a_server_without_triggers_says_so(repository: Repository, server: MemoryServer) -> None:
    server.capabilities = Capability.CANCEL
    result = ci("trigger", "--workflow", "ci", "--json")

    assert (result.code, result.error["code"]) == (2, "not_supported")


def test_retry_repeats_the_failed_jobs_once(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository)
    first, second = ci("retry", "--run", run.pk), ci("retry", "--run", run.pk)

    assert first.code == 0
    assert first.out == second.out == f"{Run.objects.get(attempt=2).pk}\n"
    assert server.ledger == [("retry", "r1")]
    assert Action.objects.get().request == {"scope": "failed", "job": ""}


def test_retry_of_one_job_or_of_all(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository)
    run.jobs.create(external_id="r1-job", name="test", state=State.FAILURE)
    ci("retry", "--run", run.pk, "--job", "test")
    server.finish("r1", State.FAILURE, attempt=2)
    refused = ci("retry", "--run", run.pk, "--all", "--json")
    second = Run.objects.get(attempt=2)
    ci("status", "--run", second.pk)
    ci("retry", "--run", second.pk, "--all")

    assert (refused.code, refused.error["code"]) == (2, "conflict")
    assert f"repeated as run {second.pk}" in refused.error["message"]
    assert [action.request["scope"] for action in Action.objects.order_by("id")] == ["job", "all"]


def test_the_values_of_variables_are_not_printed(repository: Repository, server: MemoryServer) -> None:
    server.fail_next("trigger", lost_answer(), after_effect=True)
    result = ci("trigger", "--variable", "TOKEN=hidden-4711", "--timeout", "0.3")

    assert result.code == 4
    assert "--variable TOKEN=..." in result.err
    assert "hidden-4711" not in result.err + result.out


def test_retry_of_an_unknown_job_names_the_known_ones(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository)
    run.jobs.create(external_id="r1-job", name="test", state=State.FAILURE)
    result = ci("retry", "--run", run.pk, "--job", "tset")

    assert result.code == 5
    assert "test" in result.err


def test_retry_of_a_running_run_is_refused(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.RUNNING)
    result = ci("retry", "--run", run.pk)

    assert result.code == 2
    assert server.ledger == []


def test_cancel_asks_the_server_to_stop(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.RUNNING)
    result = ci("cancel", "--run", run.pk, "--json")

    assert (result.code, result.json["action"]["kind"]) == (0, "cancel")
    assert server.ledger == [("cancel", "r1")]
    assert ci("wait", "--run", run.pk).code == 6


def test_cancel_of_a_run_that_has_ended_meanwhile_is_refused(repository: Repository, server: MemoryServer) -> None:
    run = a_run(server, repository, State.RUNNING)
    server.finish("r1", State.SUCCESS)
    result = ci("cancel", "--run", run.pk)

    assert result.code == 2
    assert server.ledger == []


def test_an_input_without_a_value_is_a_usage_error(repository: Repository, server: MemoryServer) -> None:
    result = ci("trigger", "--workflow", "ci", "--input", "name")

    assert result.code == 2
    assert "name=value" in result.err
    assert server.ledger == []
