"""What can be done on the page of a run."""

import re
from collections.abc import Mapping

import pytest
from django.test import Client
from django.urls import reverse

from ci_integrations.domain import Capability, State
from ci_integrations.models import Action, Repository, Run
from ci_integrations.models.action import ActionKind
from fixers.models import AttemptState, FixAttempt
from tests.factories import (
    ABLE,
    make_action,
    make_connection,
    make_finding,
    make_fix_attempt,
    make_job,
    make_repository,
    make_run,
    make_triage,
)
from tests.fakes.memory import MemoryServer


def able(**fields: object) -> Repository:
    """A repository on a server that can do everything."""
    fields.setdefault("clone_url", "https://git.example.com/shop.git")
    return make_repository(connection=make_connection(config=ABLE), **fields)


def text_of(client: Client, run: Run, headers: Mapping[str, str] | None = None) -> str:
    return client.get(reverse("dashboard:run", args=[run.pk]), headers=headers).content.decode()


def reasons(text: str) -> dict[str, str]:
    """The buttons that are off, with the reason."""
    return dict(re.findall(r'<li id="why-\d"><strong>([^<]+):</strong> ([^<]+)</li>', text))


@pytest.mark.parametrize(
    ("state", "off"),
    [
        (State.FAILURE, {"Cancel": "the run has ended"}),
        (
            State.SUCCESS,
            {
                "Cancel": "the run has ended",
                "Retry failed jobs": "nothing in this run failed",
                "Fix": "nothing in this run failed",
            },
        ),
        (
            State.RUNNING,
            {
                "Retry failed jobs": "the run has not ended yet",
                "Retry all jobs": "the run has not ended yet",
                "Fix": "the run has not ended yet",
            },
        ),
    ],
)
def test_buttons_follow_the_state(page: Client, state: State, off: dict[str, str]) -> None:
    text = text_of(page, make_run(state, repository=able()))

    assert reasons(text) == off
    assert text.count(" disabled ") == len(off)


def test_buttons_follow_the_capabilities(page: Client) -> None:
    failed = reasons(text_of(page, make_run(State.FAILURE)))
    running = reasons(text_of(page, make_run(State.RUNNING)))

    assert "cannot retry failed jobs" in failed["Retry failed jobs"]
    assert "cannot retry runs" in failed["Retry all jobs"]
    assert "clone_url" in failed["Fix"]
    assert "cannot cancel" in running["Cancel"]


def test_a_broken_configuration_is_told_not_raised(page: Client) -> None:
    config = ABLE | {"auth": {"type": "bearer", "token": "${NOT_SET_ANYWHERE}"}}
    run = make_run(State.FAILURE, repository=make_repository(connection=make_connection(config=config)))

    assert "NOT_SET_ANYWHERE is not set" in reasons(text_of(page, run))["Retry all jobs"]


def test_what_was_done_is_not_offered_again(page: Client) -> None:
    run = make_run(State.FAILURE, repository=able())
    again = make_run(repository=run.repository, retry_of=run)
    make_action(run.repository, ActionKind.RETRY, run=run, state="done", result_run=again)
    make_fix_attempt(make_triage(run), AttemptState.FIXED, branch="orchestrate/fix/9-1")

    off = reasons(text_of(page, run))

    assert off["Retry failed jobs"] == f"already retried as run {again.pk}"
    assert off["Fix"] == "already fixed on branch orchestrate/fix/9-1"
    assert "Retry all jobs" not in off


def test_a_failed_retry_can_be_asked_again(page: Client) -> None:
    run = make_run(State.FAILURE, repository=able())
    make_action(run.repository, ActionKind.RETRY, run=run, state="failed")

    assert "Retry failed jobs" not in reasons(text_of(page, run))


def test_retry_asks_once(page: Client) -> None:
    run = make_run(State.FAILURE, repository=able())

    page.post(reverse("dashboard:retry-failed", args=[run.pk]))
    answer = page.post(reverse("dashboard:retry-failed", args=[run.pk]), follow=True)

    action = Action.objects.get()
    assert (action.kind, action.run, action.request["scope"]) == ("retry", run, "failed")
    assert action.requested_by == "ada"
    assert "The retry was asked for" in answer.content.decode()


def test_retry_all_and_cancel(page: Client) -> None:
    repository = able()
    page.post(reverse("dashboard:retry-all", args=[make_run(repository=repository).pk]))
    page.post(reverse("dashboard:cancel", args=[make_run(State.RUNNING, repository=repository).pk]))

    kinds = Action.objects.order_by("id").values_list("kind", "request")
    assert list(kinds) == [("retry", {"scope": "all", "job": ""}), ("cancel", {"force": False})]


def test_one_job_is_retried_or_let_go_on(page: Client, repository: Repository) -> None:
    ended = make_run(State.FAILURE, repository=repository)
    failed = make_job(ended, State.FAILURE)
    waiting = make_job(make_run(State.BLOCKED, repository=repository), State.BLOCKED)
    assert f"/jobs/{failed.pk}/retry" in text_of(page, ended)
    assert f"/jobs/{waiting.pk}/approve" in text_of(page, waiting.run)

    page.post(reverse("dashboard:retry-job", args=[ended.pk, failed.pk]))
    answer = page.post(reverse("dashboard:approve-job", args=[waiting.run_id, waiting.pk]), follow=True)

    kinds = [(action.kind, action.request["job"]) for action in Action.objects.order_by("id")]
    assert kinds == [("retry", failed.external_id), ("approve", waiting.external_id)]
    assert "is asked to let" in answer.content.decode()
    refused = page.post(reverse("dashboard:approve-job", args=[ended.pk, failed.pk]), follow=True)
    assert "does not wait for anybody" in refused.content.decode()


def test_who_may_only_look_is_offered_nothing_for_a_job(looker: Client, repository: Repository) -> None:
    job = make_job(make_run(State.FAILURE, repository=repository), State.FAILURE)
    assert f"/jobs/{job.pk}/retry" not in text_of(looker, job.run)
    assert looker.post(reverse("dashboard:retry-job", args=[job.run_id, job.pk])).status_code == 403


def test_a_fix_is_offered_where_the_code_host_is_known(
    page: Client, repository: Repository, server: MemoryServer
) -> None:
    run = make_run(State.FAILURE, repository=repository)
    assert "not known where the code" in reasons(text_of(page, run))["Fix"]
    server.code_host = object()  # type: ignore[assignment]  # nothing is asked of it here
    assert "Fix" not in reasons(text_of(page, run))


@pytest.mark.parametrize("name", ["retry-failed", "retry-all", "cancel", "fix"])
def test_what_cannot_be_done_says_why(page: Client, name: str) -> None:
    run = make_run(State.SUCCESS)

    answer = page.post(reverse(f"dashboard:{name}", args=[run.pk]), follow=True)

    assert re.search(r'note-bad">[^<]*(cannot|has already ended|did not fail)', answer.content.decode())
    assert not Action.objects.exists()


def test_a_fix_is_asked_for(page: Client) -> None:
    run = make_run(State.FAILURE, repository=able())
    job = make_job(run, State.FAILURE)
    make_finding(job, 1, "Would reformat: shop.py", kind="format", tool="ruff format", file="shop.py")

    answer = page.post(reverse("dashboard:fix", args=[run.pk]), follow=True)

    assert "A fix was asked for" in answer.content.decode()
    assert FixAttempt.objects.get().triage.run == run


def test_capabilities_come_from_the_server(page: Client, repository: Repository, server: MemoryServer) -> None:
    server.capabilities = Capability.RETRY_ALL
    run = make_run(State.FAILURE, repository=repository)

    off = reasons(text_of(page, run))

    assert "Retry all jobs" not in off
    assert "Retry failed jobs" in off
