"""The page of one run."""

from collections.abc import Mapping
from datetime import timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from ci_integrations.domain import Outcome, State
from ci_integrations.models import JobAnnotation, Repository, Run
from ci_integrations.models.action import ActionKind
from fixers.models import AttemptState, Decision
from tests.factories import (
    ABLE,
    SHA,
    ago,
    make_action,
    make_artifact,
    make_case,
    make_connection,
    make_coverage,
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


def able(**fields: object) -> Repository:
    """A repository on a server that can do everything."""
    fields.setdefault("clone_url", "https://git.example.com/shop.git")
    return make_repository(connection=make_connection(config=ABLE), **fields)


def text_of(client: Client, run: Run, headers: Mapping[str, str] | None = None) -> str:
    return client.get(reverse("dashboard:run", args=[run.pk]), headers=headers).content.decode()


def test_a_run_without_anything_is_shown(page: Client) -> None:
    run = make_run(State.CREATED, title="", workflow="", branch="", commit_sha="", event="", actor="", started_at=None)

    text = text_of(page, run)

    assert "No jobs are known yet" in text
    assert "What was decided and why" in text


def test_failures_come_first(page: Client) -> None:
    run = make_run(State.FAILURE, repository=able())
    make_job(run, name="lint")
    job = make_job(run, State.FAILURE, name="tests")
    make_step(job, 1, State.FAILURE, name="pytest -q")
    make_result(job, make_case(run.repository), message="assert 3 == 4", file="tests/test_shop.py", line=17)
    make_result(job, make_case(run.repository, "test_fine"), Outcome.PASSED, message="never shown")
    make_finding(job, 1234, "E   assert 3 == 4")
    make_artifact(run, "report.xml")

    text = text_of(page, run)

    order = ["Failed tests", "assert 3 == 4", "What the logs say", 'id="jobs"', "pytest -q", "Artifacts", "report.xml"]
    assert sorted(order, key=text.index) == order
    assert text.index("<strong>tests</strong>") < text.index("<strong>lint</strong>")
    assert "tests/test_shop.py:17" in text
    assert f"/runs/{run.pk}/jobs/{job.pk}/log/?from=1234#L1234" in text
    assert "1 failed, 1 passed" in text
    assert "never shown" not in text


def test_the_lines_that_say_why_are_shown_with_the_way_to_them(page: Client) -> None:
    run = make_run(State.FAILURE, repository=able())
    job = make_job(run, State.FAILURE, name="build")
    make_log(job, "a\nb\n", excerpts=[[1201, 1203], [7, 8]], excerpt="ld: cannot find <-lfoo>\ncollect2: error")

    text = text_of(page, run)

    assert f'/runs/{run.pk}/jobs/{job.pk}/log/?from=1201#L1201">Lines 1201 to 1203</a>' in text
    assert "ld: cannot find &lt;-lfoo&gt;\ncollect2: error</pre>" in text


def test_findings_near_the_lines_that_say_why_come_before_others_and_warnings_last(page: Client) -> None:
    run = make_run(State.FAILURE, repository=able())
    job = make_job(run, State.FAILURE, name="build")
    make_log(job, "a\nb\n", excerpts=[[500, 510]], excerpt="boom")
    for line, severity in ((3, "error"), (490, "error"), (505, "warning"), (600, "error")):
        make_finding(job, line, f"at {line}", severity=severity)

    text = text_of(page, run)

    order = ["<code>at 490</code>", "<code>at 600</code>", "<code>at 3</code>", "<code>at 505</code>"]
    assert sorted(order, key=text.index) == order


def test_a_flaky_test_is_marked(page: Client) -> None:
    run = make_run(State.FAILURE)
    job = make_job(run, State.FAILURE)
    flaky, other = make_case(run.repository, "test_a"), make_case(run.repository, "test_b")
    make_flaky(flaky, run, make_run(repository=run.repository))
    make_result(job, flaky)
    make_result(job, other)

    text = text_of(page, run)

    assert text.count("tag-flaky") == 1
    assert text.index("test_a") < text.index("tag-flaky") < text.index("test_b")


def test_many_failures_are_cut_and_counted(page: Client) -> None:
    run = make_run(State.FAILURE)
    job = make_job(run, State.FAILURE)
    for number in range(103):
        make_result(job, make_case(run.repository, f"test_{number:03}"))

    text = text_of(page, run)

    assert "The first 100 of 103 are shown" in text
    assert "test_099" in text
    assert "test_100" not in text


def test_decision_attempts_and_report_are_shown(page: Client) -> None:
    run = make_run(State.FAILURE, repository=able())
    triage = make_triage(run, Decision.FIX, reason="the formatter can mend that", report="# Failed\n- shop.py")
    green = make_run(repository=run.repository, branch="orchestrate/fix/1-1")
    make_fix_attempt(triage, trigger=make_action(run.repository, state="done", result_run=green))
    make_fix_event(triage, "cause: format", kind="diagnosis")

    text = text_of(page, run)

    assert "the formatter can mend that" in text
    assert "# Failed" in text
    assert "cause: format" in text
    assert f'href="/runs/{green.pk}/"' in text
    assert '<span class="diff-del">-    return a+b\n</span>' in text
    assert '<span class="diff-add">+    return a + b\n</span>' in text
    assert '<span class="diff-file">+++ b/shop.py\n</span>' in text
    assert "ruff format --check ." in text


def test_the_timeline_is_in_order(page: Client) -> None:
    run = make_run(State.FAILURE, repository=able(), created_at=ago(minutes=10))
    make_fix_event(make_triage(run), "looked closely", kind="diagnosis")
    make_action(run.repository, ActionKind.RETRY, run=run, state="failed", last_error="refused", requested_by="eve")

    text = text_of(page, run)

    events = ["full began on main", "ended: failure", "results collected", "looked closely", "failed: refused"]
    assert sorted(events, key=text.index) == events


def test_attempts_can_be_switched(page: Client) -> None:
    first = make_run(State.FAILURE)
    second = make_run(State.RUNNING, repository=first.repository, retry_of=first)

    text = text_of(page, second)

    assert f'<a href="/runs/{second.pk}/" aria-current="page">' in text
    assert f'<a href="/runs/{first.pk}/">' in text
    assert 'aria-label="Attempts"' not in text_of(page, make_run())


def test_the_page_asks_again_only_while_something_may_change(page: Client) -> None:
    old = make_run(State.FAILURE, created_at=ago(hours=1))
    assert "hx-trigger" not in text_of(page, old)

    assert "hx-trigger" in text_of(page, make_run(State.RUNNING))
    assert "hx-trigger" in text_of(page, make_run(State.FAILURE, settled_at=ago(seconds=20)))
    make_fix_attempt(make_triage(old), AttemptState.VERIFYING)
    assert "hx-trigger" in text_of(page, old)


def test_htmx_gets_the_part_that_changes(page: Client) -> None:
    text = text_of(page, make_run(State.RUNNING), headers={"HX-Request": "true"})

    assert text.strip().startswith('<div id="run"')
    assert "csrfmiddlewaretoken" in text
    assert "<html" not in text


def test_the_number_of_queries_does_not_grow(
    page: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    run = make_run(State.FAILURE, repository=able(), commit_sha=SHA)
    for number in range(30):
        job = make_job(run, State.FAILURE)
        make_step(job, 1)
        make_finding(job, 1, "E")
        make_artifact(run, f"report{number}.xml", job=job)
        case = make_case(run.repository, f"test_{number}")
        make_result(job, case)
        make_flaky(case, run, run)
        make_action(run.repository, ActionKind.RETRY, run=run, state="done", result_run=run)
    triage = make_triage(run)
    for number in range(5):
        make_fix_attempt(triage, ordinal=number, trigger=make_action(run.repository, result_run=run))
        make_fix_event(triage, "tried")

    for one in (run, make_run(repository=run.repository, created_at=ago(days=1))):
        make_coverage(one, 1, 2, {f"{number}.py": (one.pk + number, 10_000) for number in range(30)})

    with django_assert_max_num_queries(32):
        text_of(page, run)


def test_who_looks_at_a_live_run_has_it_asked_for(page: Client) -> None:
    run = make_run(State.RUNNING, synced_at=ago(minutes=1), poll_at=timezone.now() + timedelta(minutes=15))
    page.get(f"/runs/{run.pk}/")
    run.refresh_from_db()
    assert run.poll_at is not None
    assert run.poll_at <= timezone.now()


def test_what_a_job_remarked_is_shown(page: Client) -> None:
    run = make_run(State.FAILURE)
    job = make_job(run, State.FAILURE)
    JobAnnotation.objects.create(job=job, ordinal=0, level="failure", path="a.py", line=3, message="<b>undefined</b>")
    text = page.get(f"/runs/{run.pk}/").content.decode()
    assert "<code>a.py:3</code> &lt;b&gt;undefined&lt;/b&gt;" in text


def test_the_runs_that_a_job_started_are_part_of_its_tree(page: Client) -> None:
    run = make_run(State.FAILURE, problem="jobs:unit config should be a hash", coverage=81.25)
    trigger = make_job(run, State.FAILURE, name="trigger-child")
    child = make_run(State.FAILURE, repository=run.repository, parent_job=trigger)
    unit = make_job(child, State.FAILURE, name="unit-of-child", allow_failure=True, coverage=50.0)
    make_finding(unit, 3, "E  boom")
    make_job(run, State.FAILURE, name="old", is_superseded=True)
    text = text_of(page, run)

    order = [text.index(word) for word in ("<strong>trigger-child", "<strong>unit-of-child", "<strong>old")]
    assert order == sorted(order)
    assert f'href="/runs/{child.pk}/"' in text
    assert f'href="/runs/{child.pk}/jobs/{unit.pk}/log/?from=3#L3"' in text
    for words in ("jobs:unit config should be a hash", "81.25 %", "coverage 50 %", "may fail", "repeated", "depth-1"):
        assert words in text
    assert f"run #{run.pk}" in text_of(page, child)
    assert f"part of #{run.pk}" in page.get("/").content.decode()
