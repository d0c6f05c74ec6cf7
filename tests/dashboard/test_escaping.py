"""What comes from outside is text, never markup; reading never writes."""

import re
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ci_integrations.domain import State
from ci_integrations.models.action import ActionKind
from tests.factories import (
    ABLE,
    make_action,
    make_artifact,
    make_case,
    make_connection,
    make_finding,
    make_fix_attempt,
    make_fix_event,
    make_flaky,
    make_job,
    make_log,
    make_repository,
    make_result,
    make_run,
    make_step,
    make_triage,
)

BAD_URL = "javascript:alert(document.cookie)//http://x"
SHORT = "\"'><img src=x onerror=alert({})>"


def bad(name: str) -> str:
    """Markup that would run where `name` is not escaped, and tells it."""
    return SHORT.format(name)


@dataclass(frozen=True)
class Poisoned:
    """A run whose every field from outside is markup."""

    run: int
    job: int
    case: int

    def addresses(self) -> dict[str, tuple[str, ...]]:
        """Each page, with the fields it must show."""
        run = ("title", "branch", "commit", "workflow", "actor", "event", "repository", "job")
        return {
            "/": (*run, "connection", "trouble", "asked", "wish"),
            f"/runs/{self.run}/": (
                *run,
                *("raw-state", "external", "case", "suite", "message", "details", "file", "flaky", "finding"),
                *("finding-file", "step", "artifact", "note", "reason", "report", "strategy", "attempt-reason"),
                *("command", "fix-branch", "diff", "event-text", "action-error", "kind"),
            ),
            f"/runs/{self.run}/jobs/{self.job}/log/": ("title", "job", "finding", "line"),
            "/flaky/": ("case", "suite", "flaky", "repository", "evidence-commit"),
            f"/tests/{self.case}/": ("case", "suite", "flaky", "repository", "job", "branch", "commit", "message"),
            "/tests/slow/": ("case", "suite", "repository"),
            "/fixes/": ("strategy", "attempt-reason", "repository", "fix-branch"),
            "/trigger/": ("workflow", "repository"),
        }


@pytest.fixture
def poisoned(db: None) -> Poisoned:
    """Rows as a hostile server would make them."""
    server = make_connection(name=bad("connection"), trouble=bad("trouble"), config=ABLE)
    repository = make_repository(connection=server, name=bad("repository"))
    run = make_run(
        State.FAILURE,
        repository=repository,
        external_id=bad("external"),
        title=bad("title"),
        branch=bad("branch"),
        commit_sha=bad("commit"),
        workflow=bad("workflow"),
        actor=bad("actor"),
        event=bad("event"),
        raw_state=bad("raw-state"),
        url=BAD_URL,
    )
    job = make_job(run, State.FAILURE, name=bad("job"), url=BAD_URL)
    make_step(job, 1, name=bad("step"))
    make_log(job, f"\x1b[31m{bad('line')}\n")
    make_finding(job, 1, bad("finding"), file=bad("finding-file"))
    make_artifact(run, bad("artifact"), job=job, note=bad("note"))
    case = make_case(repository, bad("case"), bad("suite"))
    make_result(job, case, message=bad("message"), details=bad("details"), file=bad("file"))
    make_flaky(case, make_run(repository=repository, commit_sha=bad("evidence-commit")), run, reason=bad("flaky"))
    triage = make_triage(run, reason=bad("reason"), report=bad("report"))
    make_fix_event(triage, bad("event-text"), kind=bad("kind"))
    make_fix_attempt(
        triage,
        strategy=bad("strategy"),
        reason=bad("attempt-reason"),
        command=[bad("command")],
        branch=bad("fix-branch"),
        commit_sha=bad("fix-commit"),
        diff=f"+{bad('diff')}",
    )
    make_action(repository, state="failed", last_error=bad("asked"), request={"workflow": bad("wish"), "branch": ""})
    make_action(repository, ActionKind.RETRY, run=run, state="failed", last_error=bad("action-error"))
    return Poisoned(run.pk, job.pk, case.pk)


@pytest.mark.parametrize("number", range(8))
def test_nothing_from_outside_becomes_markup(page: Client, poisoned: Poisoned, number: int) -> None:
    address, fields = list(poisoned.addresses().items())[number]

    text = page.get(address).content.decode()

    shown = set(re.findall(r"&lt;img src=x onerror=alert\(([\w-]+)\)&gt;", text))
    missing = set(fields) - shown
    assert not missing, "these fields are not on the page, so nothing was tested"
    assert "<img" not in text
    assert 'x" onerror' not in text


@pytest.mark.parametrize("number", range(8))
def test_no_link_runs_a_script(page: Client, poisoned: Poisoned, number: int) -> None:
    text = page.get(list(poisoned.addresses())[number]).content.decode()

    assert "javascript:" not in text


def test_a_link_to_the_server_names_no_referrer(page: Client) -> None:
    run = make_run(url="https://ci.example.com/builds/12?a=1&b=2")

    text = page.get(f"/runs/{run.pk}/").content.decode()

    assert '<a href="https://ci.example.com/builds/12?a=1&amp;b=2" rel="noreferrer">' in text


@pytest.mark.parametrize("query", ["branch", "workflow", "repository", "state", "before"])
def test_a_filter_is_not_markup(page: Client, query: str) -> None:
    make_run(State.RUNNING)

    text = page.get("/", {query: bad("query")}).content.decode()

    assert "<img" not in text


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true"}])
def test_reading_never_writes(page: Client, poisoned: Poisoned, number: int, htmx: dict[str, str]) -> None:
    address = list(poisoned.addresses())[number]

    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert page.get(address, headers=htmx).status_code == 200

    assert [one["sql"] for one in queries if not one["sql"].startswith("SELECT")] == []
