"""How long a run, its jobs, steps and tests took."""

import time
from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from ci_integrations.domain import Outcome, State
from ci_integrations.models import Job, Run
from ci_integrations.packing import Passes
from ci_integrations.selectors import timings
from tests.factories import ago, make_case, make_job, make_passes, make_repository, make_result, make_run, make_step

pytestmark = pytest.mark.django_db
BEGIN = ago(hours=1)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def run_at(**fields: object) -> Run:
    return make_run(**{"created_at": BEGIN, "started_at": at(1), "finished_at": at(200), **fields})  # type: ignore[arg-type]


def job_at(run: Run, created: float | None, started: float | None, finished: float | None, **fields: object) -> Job:
    times = {"created_at": created, "started_at": started, "finished_at": finished}
    return make_job(run, **fields, **{name: None if when is None else at(when) for name, when in times.items()})  # type: ignore[arg-type]


def test_a_run_waits_until_its_first_job_begins_and_works_from_then() -> None:
    run = run_at()
    job_at(run, 50, 70, 190, name="deploy")
    job_at(run, 2, 10, 50, name="build")
    found = timings.timings_of(run)
    assert found.times == timings.RunTimes(total=200, queued=10, worked=180, machine=160)
    assert [(job.name, job.queued, job.worked, job.counts) for job in found.jobs] == [
        ("build", 8, 40, True),
        ("deploy", 20, 120, True),
    ]


def test_a_job_that_was_replaced_skipped_or_ran_before_does_not_count() -> None:
    run = run_at()
    before = job_at(run_at(repository=run.repository), 0, 1, 2)
    job_at(run, 1, 2, 300, name="replaced", is_superseded=True)
    job_at(run, 1, 3, 400, name="earlier", carried_from=before)
    job_at(run, 1, 1, 1, name="skipped", state=State.SKIPPED)
    job_at(run, 5, 20, 30, name="again")
    found = timings.timings_of(run)
    assert found.times == timings.RunTimes(total=200, queued=20, worked=10, machine=10)
    assert {job.name for job in found.jobs if not job.counts} == {"replaced", "earlier", "skipped"}


def test_what_is_not_told_is_not_known() -> None:
    run = run_at(finished_at=None, started_at=None)
    job_at(run, None, None, None, state=State.QUEUED)
    found = timings.timings_of(run)
    assert found.times == timings.RunTimes(total=None, queued=None, worked=None, machine=None)
    assert [(job.queued, job.worked) for job in found.jobs] == [(None, None)]


def test_a_job_made_anew_after_its_end_did_not_wait() -> None:
    run = run_at()
    job_at(run, 100, 10, 50)
    assert [job.queued for job in timings.timings_of(run).jobs] == [None]


def test_an_attempt_waits_from_its_own_beginning() -> None:
    first = run_at()
    # GitHub tells of every attempt when the first one was created.
    again = run_at(repository=first.repository, attempt=2, retry_of=first, started_at=at(1000), finished_at=at(1100))
    job_at(again, 1000, 1009, 1090)
    assert timings.timings_of(again).times == timings.RunTimes(total=100, queued=9, worked=81, machine=81)
    # Where the server counts none, an attempt is created when it is asked for, and starts with its first job.
    resumed = run_at(created_at=at(500), attempt=2, retry_of=first, started_at=at(530), finished_at=at(600))
    job_at(resumed, 510, 530, 600)
    assert timings.timings_of(resumed).times == timings.RunTimes(total=100, queued=30, worked=70, machine=70)


def test_the_slowest_steps_come_first() -> None:
    job = make_job(run_at())
    for number, seconds in enumerate((3, 9, 1, 7, 5, 2), start=1):
        make_step(job, number, started_at=at(0), finished_at=at(seconds))
    make_step(job, 7, started_at=at(0), finished_at=None)
    (found,) = timings.timings_of(job.run).jobs
    assert [(step.number, step.worked) for step in found.steps] == [(2, 9), (4, 7), (5, 5), (1, 3), (6, 2)]


def test_the_number_of_queries_does_not_grow(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    run = run_at()
    for number in range(20):
        make_step(make_job(run), number)
    with django_assert_num_queries(4):
        timings.timings_of(run)


def test_the_slowest_tests_are_those_of_rows_and_of_packed_passes() -> None:
    run = run_at()
    one, other = make_job(run, name="linux"), make_job(run, name="windows")
    a, b, c, d = (make_case(run.repository, name) for name in "abcd")
    make_result(one, a, Outcome.FAILED, duration=4.0)
    make_result(other, b, Outcome.PASSED, duration=9.0, ordinal=0, is_retried=True)
    make_result(other, b, Outcome.PASSED, duration=2.0, ordinal=1)
    make_passes(one, (c, 3.0), (c, 3.5), (d, None))
    make_passes(other, (c, 8.0), (a, 1.0))
    found = timings.slowest_tests(run)
    assert [(slow.case, slow.job, slow.outcome, slow.seconds) for slow in found] == [
        (c, "windows", "passed", 8.0),
        (a, "linux", "failed", 4.0),
        (b, "windows", "passed", 2.0),
    ]
    assert [slow.case for slow in timings.slowest_tests(run, 1)] == [c]


def test_tests_of_a_job_that_was_replaced_are_not_those_of_the_run() -> None:
    run = run_at()
    before = make_job(run_at(repository=run.repository), name="kept")
    a, b = make_case(run.repository, "a"), make_case(run.repository, "b")
    make_passes(make_job(run, is_superseded=True), (a, 9.0))
    make_passes(before, (b, 2.0))
    make_job(run, name="kept", carried_from=before)
    assert [(slow.case, slow.seconds) for slow in timings.slowest_tests(run)] == [(b, 2.0)]


def test_a_run_without_tests_has_no_slow_ones() -> None:
    assert timings.slowest_tests(run_at()) == []


def test_twenty_thousand_packed_passes_are_looked_through_at_once() -> None:
    repository = make_repository()
    case = make_case(repository)
    job = make_job(make_run(repository=repository))
    row = make_passes(job, (case, 99.0))
    numbers = [(case.pk + at, 0.001 * (at % 700)) for at in range(1, 20_000)]
    row.packed, row.count = Passes([(case.pk, 99.0), *numbers]).pack(), 20_000
    row.save()
    timings.slowest_tests(job.run)
    begin = time.process_time()
    found = timings.slowest_tests(job.run)
    assert time.process_time() - begin < 0.05
    assert [slow.case for slow in found] == [case]
