"""How long something waited and worked, and how such times are spread. Everything is in seconds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median, quantiles
from typing import Final

# Two clocks of one server, or times that it rounds: what ended so little before it began took no time.
CLOCK_SKEW: Final = 2.0


@dataclass(frozen=True, slots=True)
class Times:
    """When a job began to wait for a machine, when it began to work and when it ended; None for what is not known."""

    created: datetime | None = None
    started: datetime | None = None
    finished: datetime | None = None

    @property
    def queued(self) -> float | None:
        """How long it waited."""
        return between(self.created, self.started)

    @property
    def worked(self) -> float | None:
        """How long it worked."""
        return between(self.started, self.finished)


@dataclass(frozen=True, slots=True)
class Spread:
    """What `count` durations look like. `p95` is what 95 of 100 stay below: see `p95_of`."""

    count: int
    median: float
    p95: float


def between(earlier: datetime | None, later: datetime | None) -> float | None:
    """The time from one to the other, never negative; None where one is not known or they are the wrong way round.

    A server that names a job once more, which ended in an earlier attempt, gives it a creation after its end.
    """
    if earlier is None or later is None:
        return None
    passed = (later - earlier).total_seconds()
    return max(passed, 0.0) if passed >= -CLOCK_SKEW else None


def queue_time(created: datetime | None, jobs: Iterable[Times]) -> float | None:
    """How long a run waited: from its creation until the first of its jobs began to work."""
    return between(created, min((job.started for job in jobs if job.started), default=None))


def work_time(jobs: Sequence[Times]) -> float | None:
    """How long a run worked: from when its first job began to when its last one ended. None while one works."""
    begun = [job for job in jobs if job.started]
    if any(job.finished is None for job in begun):
        return None
    return between(
        min((job.started for job in begun if job.started), default=None),
        max((job.finished for job in begun if job.finished), default=None),
    )


def machine_time(jobs: Iterable[Times]) -> float | None:
    """How long machines worked for a run: the sum over its jobs that have ended; None where there is none."""
    worked = [job.worked for job in jobs if job.worked is not None]
    return sum(worked) if worked else None


def spread_of(durations: Sequence[float]) -> Spread:
    """What at least one duration looks like."""
    return Spread(len(durations), median(durations), p95_of(durations))


def p95_of(durations: Sequence[float]) -> float:
    """The 95th percentile of at least one duration: between the two closest of them, in proportion.

    It is method 7 of Hyndman and Fan, which NumPy and spreadsheets take too (PERCENTILE.INC):
    https://docs.python.org/3/library/statistics.html#statistics.quantiles, "inclusive".
    """
    return quantiles(durations, n=20, method="inclusive")[-1] if len(durations) > 1 else durations[0]


def change_of(before: float | None, now: float | None) -> float | None:
    """By how much a duration changed, as a share of what it was: 0.5 is half as long again.

    None where one is not known, or where there was nothing to grow from.
    """
    return None if now is None or not before else now / before - 1
