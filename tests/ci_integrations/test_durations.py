"""How long something waited and worked, and what many such times look like."""

from datetime import UTC, datetime, timedelta

import pytest

from ci_integrations.durations import (
    Times,
    between,
    change_of,
    machine_time,
    p95_of,
    queue_time,
    spread_of,
    work_time,
)

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def job(created: float, started: float, finished: float | None) -> Times:
    return Times(at(created), at(started), None if finished is None else at(finished))


@pytest.mark.parametrize(
    ("earlier", "later", "expected"),
    [
        (at(0), at(9.5), 9.5),
        (at(0), at(0), 0.0),
        (at(2), at(0), 0.0),
        (at(2.1), at(0), None),
        (None, at(0), None),
        (at(0), None, None),
    ],
)
def test_a_time_is_never_negative(earlier: datetime | None, later: datetime | None, expected: float | None) -> None:
    assert between(earlier, later) == expected


def test_a_job_waits_and_works() -> None:
    ran = job(0, 5, 65)
    assert (ran.queued, ran.worked) == (5, 60)
    assert (Times().queued, Times(started=at(0)).worked) == (None, None)


def test_a_run_waits_for_its_first_job_and_works_to_the_end_of_its_last() -> None:
    jobs = [job(40, 50, 170), job(0, 8, 38), Times(created=at(1))]
    assert (queue_time(at(0), jobs), work_time(jobs), machine_time(jobs)) == (8, 162, 150)


def test_a_run_that_works_on_has_no_work_time_yet() -> None:
    jobs = [job(0, 8, 38), job(40, 50, None)]
    assert (queue_time(at(0), jobs), work_time(jobs), machine_time(jobs)) == (8, None, 30)


def test_nothing_is_known_without_jobs() -> None:
    assert (queue_time(at(0), []), work_time([]), machine_time([])) == (None, None, None)
    assert queue_time(None, [job(0, 8, 38)]) is None


def test_what_durations_look_like() -> None:
    spread = spread_of([3.0, 1.0, 2.0, 10.0])
    assert (spread.count, spread.median) == (4, 2.5)
    # Method 7: rank 1 + 0.95 * (4 - 1) = 3.85, between 3 and 10.
    assert spread.p95 == pytest.approx(3.0 + 0.85 * 7.0)
    assert spread_of([4.0]).p95 == 4.0


def test_ninety_five_of_a_hundred_stay_below() -> None:
    assert p95_of([float(seconds) for seconds in reversed(range(1001))]) == 950


@pytest.mark.parametrize(
    ("before", "now", "expected"), [(2.0, 3.0, 0.5), (4.0, 3.0, -0.25), (None, 3.0, None), (0.0, 3.0, None)]
)
def test_a_change_is_a_share_of_what_was(before: float | None, now: float, expected: float | None) -> None:
    assert change_of(before, now) == expected
