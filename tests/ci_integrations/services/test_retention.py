"""What is too old is deleted, with its files; what is young, unfinished or still needed stays."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ, Task
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from ci_integrations import schedules
from ci_integrations.domain import Outcome, State
from ci_integrations.models import Action, Delivery, Job, JobLog, PassedTests, Run, TestCase, TestResult
from ci_integrations.models.action import ActionKind, ActionState
from ci_integrations.services import retention
from fixers.models import FixAttempt
from tests.factories import (
    ago,
    make_action,
    make_case,
    make_connection,
    make_fix_attempt,
    make_job,
    make_log,
    make_repository,
    make_result,
    make_run,
    make_triage,
)

pytestmark = pytest.mark.django_db


def next_tasks() -> list[tuple[str, Any]]:
    return [(row.task["func"], *row.task["args"]) for row in OrmQ.objects.order_by("pk")]


def settled(days: float, **fields: Any) -> Run:
    return make_run(State.FAILURE, settled_at=ago(days=days), **fields)


def heard(**fields: Any) -> int:
    number = Delivery.objects.count()
    return Delivery.objects.create(connection=make_connection(), delivery_id=f"d{number}", body=b"{}", **fields).pk


def failed_task(days: float) -> str:
    name = f"t{days}"
    when = ago(days=days)
    return str(Task.objects.create(id=name, name=name, func="a.b", started=when, stopped=when, success=False).pk)


def store(name: str, *, days: float) -> Path:
    """A file in the storage, as old as that."""
    path = Path(default_storage.path(default_storage.save(name, ContentFile(b"text"))))
    age(path, days=days)
    return path


def age(path: Path, *, days: float) -> None:
    then = ago(days=days).timestamp()
    os.utime(path, (then, then))


def test_webhooks_that_are_over_are_kept_for_two_weeks() -> None:
    heard(done_at=ago(days=15))
    heard(dead_at=ago(days=15))
    kept = {heard(done_at=ago(days=13)), heard(dead_at=ago(days=13)), heard()}
    Delivery.objects.filter(done_at=None, dead_at=None).update(received_at=ago(days=99))

    retention.prune()

    assert set(Delivery.objects.values_list("pk", flat=True)) == kept


def test_failed_tasks_are_kept_for_two_weeks() -> None:
    failed_task(15)
    kept = failed_task(13)

    retention.prune()

    assert [task.pk for task in Task.objects.all()] == [kept]


def test_sessions_that_have_expired_are_deleted() -> None:
    Session.objects.create(session_key="old", session_data="", expire_date=ago(seconds=1))
    Session.objects.create(session_key="new", session_data="", expire_date=timezone.now() + timedelta(minutes=1))

    retention.prune()

    assert [session.pk for session in Session.objects.all()] == ["new"]


def test_a_run_goes_after_a_year_with_all_that_belongs_to_it(
    storage: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    run, young = settled(366), settled(364)
    for each in (run, young):
        job = make_job(each)
        make_log(job, "one\ntwo\n")
        make_result(job, make_case(each.repository, f"test_{each.pk}"))
        make_fix_attempt(make_triage(each))
    make_action(run.repository, ActionKind.RETRY, run=run, result_run=young, state=ActionState.DONE)

    with django_capture_on_commit_callbacks(execute=True):
        retention.prune()

    assert [row.pk for row in Run.objects.all()] == [young.pk]
    assert [Job.objects.count(), TestResult.objects.count(), FixAttempt.objects.count()] == [1, 1, 1]
    assert Action.objects.count() == 0
    assert [file.name for file in storage.rglob("*.gz")] == [Path(f"{JobLog.objects.get().file}").name]


def test_a_run_that_is_not_settled_stays() -> None:
    run = make_run(State.UNKNOWN, created_at=ago(days=999), settled_at=None)

    retention.prune()

    assert Run.objects.get() == run


@pytest.mark.parametrize("state", [ActionState.PENDING, ActionState.SENDING, ActionState.SENT])
def test_a_run_that_an_open_action_speaks_of_stays_until_that_is_over(state: ActionState) -> None:
    subject, result, _ = settled(366), settled(366), settled(366)
    make_action(make_repository(), ActionKind.RETRY, run=subject, state=state)
    make_action(make_repository(), result_run=result, state=state)

    retention.prune()
    assert {run.pk for run in Run.objects.all()} == {subject.pk, result.pk}

    Action.objects.update(state=ActionState.FAILED)
    retention.prune()
    assert not Run.objects.exists()


@pytest.mark.parametrize("days", [0, -1])
def test_no_number_of_days_keeps_for_ever(settings: Settings, days: int) -> None:
    settings.ORCHESTRATE_KEEP_DELIVERIES_DAYS = settings.ORCHESTRATE_KEEP_RUNS_DAYS = days
    settled(9999)
    heard(done_at=ago(days=9999))
    failed_task(9999)

    retention.prune()

    assert [Run.objects.count(), Delivery.objects.count(), Task.objects.count()] == [1, 1, 1]


def test_the_days_can_be_set(settings: Settings) -> None:
    settings.ORCHESTRATE_KEEP_DELIVERIES_DAYS, settings.ORCHESTRATE_KEEP_RUNS_DAYS = 1, 2
    settled(2.1)
    heard(done_at=ago(days=1.1))

    retention.prune()

    assert [Run.objects.count(), Delivery.objects.count()] == [0, 0]


def test_more_than_fits_into_a_batch_is_deleted_in_one_turn() -> None:
    repository = make_repository()
    for _ in range(2 * retention.RUNS_AT_ONCE + 1):
        settled(366, repository=repository)

    retention.prune()

    assert not Run.objects.exists()
    assert next_tasks() == [(retention.LOGS_TASK, 0)]


def test_what_one_turn_leaves_is_left_to_the_next() -> None:
    settled(366)

    retention.prune(3, seconds=0)

    assert Run.objects.count() == 1
    assert next_tasks() == [(retention.PRUNE_TASK, 4)]


def test_the_file_of_a_log_stays_where_the_deletion_is_taken_back(
    storage: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    make_log(make_job(make_run()), "one\n")

    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        Run.objects.all().delete()
        transaction.set_rollback(True)

    assert default_storage.exists(f"{JobLog.objects.get().file}")


@pytest.mark.django_db(transaction=True)
def test_a_file_that_cannot_be_deleted_does_not_keep_its_run(storage: Path) -> None:
    stored = make_log(make_job(settled(366)), "one\n")
    path = storage / f"{stored.file}"
    path.unlink()
    (path / "in the way").mkdir(parents=True)

    retention.prune()

    assert not Run.objects.exists()


def test_a_log_file_goes_that_has_had_no_row_for_a_day(storage: Path) -> None:
    run = make_run()
    named = store(f"logs/{run.pk}/named.log.gz", days=9)
    JobLog.objects.create(job=make_job(run), file=f"logs/{run.pk}/named.log.gz", offsets=b"", lines=0, size=0)
    lost = store(f"logs/{run.pk}/lost.log.gz", days=1.1)
    lost_with_its_run = store("logs/999999/lost.log.gz", days=1.1)
    young = store(f"logs/{run.pk}/young.log.gz", days=0.9)
    foreign = [store(f"logs/{run.pk}/notes.txt", days=9), store("logs/other/a.log.gz", days=9)]

    retention.prune_logs(0)

    assert [path.exists() for path in (lost, lost_with_its_run)] == [False, False]
    assert all(path.exists() for path in (named, young, *foreign))
    assert next_tasks() == []


def test_a_folder_that_has_been_empty_for_a_day_goes(storage: Path) -> None:
    for run_id, days in ((1, 1.1), (2, 0.9)):
        folder = storage / "logs" / str(run_id)
        folder.mkdir(parents=True)
        age(folder, days=days)

    retention.prune_logs(0)

    assert [path.name for path in (storage / "logs").iterdir()] == ["2"]


def test_the_next_task_goes_on_after_the_last_folder(storage: Path) -> None:
    files = {run_id: store(f"logs/{run_id}/lost.log.gz", days=2) for run_id in (2, 9, 10)}

    retention.prune_logs(2, seconds=0)

    assert [run_id for run_id, path in files.items() if path.exists()] == [2, 10]
    assert next_tasks() == [(retention.LOGS_TASK, 9)]


def test_a_storage_without_logs_is_in_order(storage: Path) -> None:
    retention.prune_logs(0)

    assert next_tasks() == []


@pytest.mark.parametrize("task", [*(task for task, _ in schedules.DESIRED.values()), retention.LOGS_TASK])
def test_what_is_scheduled_and_enqueued_exists(task: str) -> None:
    assert callable(import_string(task))


def test_it_is_done_daily() -> None:
    assert (retention.PRUNE_TASK, 24 * 60) in schedules.DESIRED.values()


def test_results_that_are_no_news_go_before_their_run(settings: Settings) -> None:
    settings.ORCHESTRATE_KEEP_PASSES_DAYS = 90
    for days in (80, 100):
        job = make_job(settled(days), State.FAILURE)
        PassedTests.objects.create(job=job, count=1, packed=b"")
        for outcome in (Outcome.PASSED, Outcome.SKIPPED, Outcome.FAILED):
            make_result(job, make_case(job.run.repository, outcome), outcome)
    retention.prune()
    assert Run.objects.count() == 2
    assert PassedTests.objects.count() == 1
    assert sorted(TestResult.objects.values_list("outcome", flat=True)) == ["failed", "failed", "passed", "skipped"]


def test_a_test_that_no_run_knows_any_more_is_forgotten() -> None:
    repository = make_repository()
    for name in ("gone", "muted", "known", "young"):
        make_case(repository, name)
    TestCase.objects.update(seen_at=ago(days=400))
    # It may have been seen any day since: that is written down once a week.
    TestCase.objects.filter(name="young").update(seen_at=ago(days=370))
    TestCase.objects.filter(name="muted").update(muted_at=timezone.now())
    make_result(make_job(settled(10), State.FAILURE), TestCase.objects.get(name="known"))
    retention.prune()
    assert set(TestCase.objects.values_list("name", flat=True)) == {"muted", "known", "young"}


def test_a_test_of_which_no_failure_is_left_counts_as_one_that_never_failed() -> None:
    repository = make_repository()
    for name in ("healed", "failed"):
        make_case(repository, name)
    TestCase.objects.update(has_failed=True)
    job = make_job(settled(10), State.FAILURE)
    make_result(job, TestCase.objects.get(name="failed"), Outcome.ERROR)
    make_result(job, TestCase.objects.get(name="healed"), Outcome.PASSED)
    retention.prune()
    assert list(TestCase.objects.filter(has_failed=True).values_list("name", flat=True)) == ["failed"]
