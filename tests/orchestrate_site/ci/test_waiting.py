"""wait: the exit code tells the result, and nothing else is taken for one."""

import threading
from collections.abc import Callable

import pytest

from ci_integrations.domain import Outcome, State, TestData
from ci_integrations.errors import AuthFailed, Invalid, NotFound, ProviderError, RateLimited, Unavailable
from ci_integrations.models import Repository, Run
from tests.fakes.memory import MemoryServer
from tests.orchestrate_site.ci.harness import Terminal, ci

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(repository: Repository, server: MemoryServer) -> Run:
    """A run that the server says is running."""
    server.add_run("r1", State.RUNNING)
    return Run.objects.create(repository=repository, external_id="r1", created_at="2026-01-01T00:00:00Z")


def later(seconds: float, act: Callable[[], object]) -> None:
    """Have something happen on the server while the verb waits."""
    threading.Timer(seconds, act).start()


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (State.SUCCESS, 0),
        (State.NEUTRAL, 0),
        (State.SKIPPED, 0),
        (State.FAILURE, 1),
        (State.TIMED_OUT, 1),
        (State.ERROR, 1),
        (State.CANCELED, 6),
        (State.BLOCKED, 9),
    ],
)
def test_the_exit_code_tells_how_it_ended(run: Run, server: MemoryServer, state: State, code: int) -> None:
    server.finish("r1", state)
    result = ci("wait", "--run", run.pk)

    assert result.code == code
    assert result.out.startswith(f"run {run.pk}: {state}")


def test_it_waits_for_the_end_and_tells_each_change_once(run: Run, server: MemoryServer) -> None:
    later(0.5, lambda: server.finish("r1", State.SUCCESS))
    result = ci("wait", "--run", run.pk, "--interval", "0.1")

    assert result.code == 0
    assert [line.split(": ")[1].split(",")[0] for line in result.err.splitlines()] == ["running", "success"]
    assert server.calls.count("get_run") >= 3


def test_a_terminal_sees_a_line_that_is_taken_away_at_the_end(run: Run, server: MemoryServer) -> None:
    server.finish("r1", State.SUCCESS)
    result = ci("wait", "--run", run.pk, stderr=Terminal())

    assert "\r\x1b[K" in result.err
    assert result.err.endswith("\r\x1b[K")


def test_the_time_may_be_up_before_the_run_has_ended(run: Run) -> None:
    result = ci("wait", "--run", run.pk, "--timeout", "0.3", "--interval", "0.1", "--json")

    assert (result.code, result.error["code"], result.out) == (8, "timeout", "")


@pytest.mark.parametrize("error", [Unavailable("502 Bad Gateway"), RateLimited("429 Too Many Requests")])
def test_errors_of_the_server_are_survived(run: Run, server: MemoryServer, error: ProviderError) -> None:
    server.fail_next("get_run", error, times=3)
    server.finish("r1", State.SUCCESS)
    result = ci("wait", "--run", run.pk, "--interval", "0.1")

    assert result.code == 0
    assert result.err.count("no answer") == 1


@pytest.mark.parametrize("error", [Unavailable("502 Bad Gateway"), RateLimited("429 Too Many Requests")])
def test_no_answer_for_too_long_is_neither_red_nor_green(run: Run, server: MemoryServer, error: ProviderError) -> None:
    server.fail_next("get_run", error, times=1000)
    result = ci("wait", "--run", run.pk, "--interval", "0.1", "--patience", "0.4", "--json")

    assert (result.code, result.out) == (4, "")
    assert result.error["message"] == f"{error}"


def test_a_wait_that_the_server_asks_for_beyond_all_patience_ends_at_once(run: Run, server: MemoryServer) -> None:
    server.fail_next("get_run", RateLimited("429", retry_after=3600), times=1000)

    assert ci("wait", "--run", run.pk).code == 4
    assert server.calls.count("get_run") == 1


@pytest.mark.parametrize(("error", "code"), [(AuthFailed("401 Unauthorized"), 3), (NotFound("404"), 5)])
@pytest.mark.parametrize("seen", [None, "2026-01-01T00:00:00Z"])
def test_no_access_and_no_such_run_end_the_wait_at_once(
    run: Run, server: MemoryServer, error: ProviderError, code: int, seen: str | None
) -> None:
    Run.objects.update(synced_at=seen)
    server.fail_next("get_run", error)

    assert ci("wait", "--run", run.pk).code == code


def test_the_page_of_a_proxy_between_two_answers_is_survived(run: Run, server: MemoryServer) -> None:
    later(0.3, lambda: server.fail_next("get_run", Invalid("200 with a web page"), times=2))
    later(0.8, lambda: server.finish("r1", State.SUCCESS))

    assert ci("wait", "--run", run.pk, "--interval", "0.1").code == 0


def test_an_answer_that_was_never_understood_ends_the_wait(run: Run, server: MemoryServer) -> None:
    server.fail_next("get_run", Invalid("no state at `state`"))

    assert ci("wait", "--run", run.pk).code == 7


def test_a_run_just_triggered_may_not_be_there_yet(repository: Repository, server: MemoryServer) -> None:
    server.fail_next("get_run", NotFound("404"))
    later(0.5, lambda: server.finish("run-1", State.SUCCESS))

    assert ci("trigger", "--workflow", "ci", "--wait", "--interval", "0.2").code == 0


def test_trigger_and_retry_can_wait_too(repository: Repository, server: MemoryServer) -> None:
    later(0.5, lambda: server.finish("run-1", State.FAILURE))
    first = ci("trigger", "--workflow", "ci", "--wait", "--interval", "0.1", "--json")
    later(0.5, lambda: server.finish("run-1", State.SUCCESS, attempt=2))
    second = ci("retry", "--run", first.json["id"], "--wait", "--interval", "0.1", "--json")

    assert (first.code, first.json["state"]) == (1, "failure")
    assert (second.code, second.json["state"], second.json["attempt"]) == (0, "success", 2)


def test_the_results_are_in_when_the_wait_is_over(run: Run, server: MemoryServer) -> None:
    server.finish("r1", State.FAILURE).tests = [
        TestData("suite", "test_a", Outcome.FAILED, message="boom", file="test_a.py", line=7),
        TestData("suite", "test_b", Outcome.PASSED),
    ]
    result = ci("wait", "--run", run.pk, "--json")

    assert result.json["results_are_in"] is True
    assert result.json["tests"] == {"failed": 1, "passed": 1}
    assert result.json["failed_tests"][0]["name"] == "test_a"


def test_results_that_cannot_be_fetched_change_nothing_about_the_result(run: Run, server: MemoryServer) -> None:
    server.finish("r1", State.FAILURE)
    server.fail_next("list_artifacts", Unavailable("502"), times=100)
    result = ci("wait", "--run", run.pk, "--timeout", "0.5")

    assert result.code == 1
    assert "not collected yet" in result.err


def test_an_ended_run_is_not_asked_for_again(run: Run, server: MemoryServer) -> None:
    server.finish("r1", State.SUCCESS)
    ci("wait", "--run", run.pk)
    Run.objects.update(synced_at="2026-01-01T00:00:00Z")
    server.calls.clear()

    assert ci("wait", "--run", run.pk).code == 0
    assert server.calls == []
