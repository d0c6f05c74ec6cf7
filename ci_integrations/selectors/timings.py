"""How long a run, its jobs, steps and tests took."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ci_integrations.domain import Outcome, State
from ci_integrations.durations import Times, between, machine_time, queue_time, work_time
from ci_integrations.models import Job, PassedTests, Run, Step, TestCase, TestResult
from ci_integrations.packing import Passes
from ci_integrations.selectors import speaking_jobs

SLOWEST_STEPS: Final = 5
SLOWEST_TESTS: Final = 20
# Of the tests that passed in a run so many are looked at, whole jobs at a time.
MOST_PASSES: Final = 400_000


@dataclass(frozen=True, slots=True)
class StepTiming:
    """How long a step worked."""

    number: int
    name: str
    state: str
    worked: float


@dataclass(frozen=True, slots=True)
class JobTiming:
    """How long a job waited for a machine and worked, and its slowest steps, the slowest first.

    `counts` is False for one that a later job of the attempt replaced, and for one that ran in an earlier attempt or
    not at all: the times of the run leave it out.
    """

    id: int
    name: str
    state: str
    counts: bool
    queued: float | None
    worked: float | None
    steps: list[StepTiming]


@dataclass(frozen=True, slots=True)
class RunTimes:
    """How long an attempt of a run took, in seconds; None for what is not known yet, or not told.

    `total` from its beginning to its end, `queued` to the first job's start, `worked` from there to the last job's end;
    `machine` is the sum over its jobs.
    """

    total: float | None
    queued: float | None
    worked: float | None
    machine: float | None


@dataclass(frozen=True, slots=True)
class SlowTest:
    """A test, and the name of the job of a run in which it took longest."""

    case: TestCase
    job: str
    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True)
class RunTimings:
    """How long a run took, its jobs in the order in which they started, and its slowest tests."""

    run: Run
    times: RunTimes
    jobs: list[JobTiming]
    slowest_tests: list[SlowTest]


@dataclass(frozen=True, slots=True)
class _Ran:
    """A test that ran in the job of that name."""

    seconds: float
    case: int
    job: str
    outcome: str


def timings_of(run: Run) -> RunTimings:
    """The times of a run, of its jobs and of its slowest tests."""
    jobs = sorted(run.jobs.prefetch_related("steps"), key=_by_start)
    return RunTimings(run, run_times(run, jobs), [_job_timing(job) for job in jobs], slowest_tests(run))


def run_times(run: Run, jobs: Iterable[Job]) -> RunTimes:
    """The times of a run; `jobs` are its own."""
    counted = [times_of(job) for job in jobs if _counts(job)]
    began = began_at(run)
    return RunTimes(
        total=between(began, run.finished_at),
        queued=queue_time(began, counted),
        worked=work_time(counted),
        machine=machine_time(counted),
    )


def began_at(run: Run) -> datetime | None:
    """When an attempt was asked for. Servers that count attempts tell of all the creation of the first one."""
    before = run.retry_of
    is_of_first = run.attempt > 1 and (before is None or before.created_at == run.created_at)
    return run.started_at if is_of_first else run.created_at


def times_of(job: Job) -> Times:
    """The times of a job, as its server tells them."""
    return Times(job.created_at, job.started_at, job.finished_at)


def slowest_tests(run: Run, limit: int = SLOWEST_TESTS) -> list[SlowTest]:
    """The tests of a run that took longest, each with its longest result; only the last attempt within a job counts.

    At most 400,000 passes are looked at: further jobs are left out.
    """
    jobs = speaking_jobs(run).filter(is_superseded=False)
    rows = TestResult.objects.filter(job__in=jobs, is_retried=False, duration__isnull=False).order_by("-duration")
    # One test may be the slowest in several jobs.
    found = [
        _Ran(seconds, case, job, outcome)
        for seconds, case, job, outcome in rows.values_list("duration", "case_id", "job__name", "outcome")[: limit * 20]
        if seconds is not None
    ]
    packs = PassedTests.objects.filter(job__in=jobs).order_by("pk").values_list("job__name", "count", "packed")
    seen = 0
    for job, count, packed in packs.iterator(chunk_size=10):
        seen += count
        if seen > MOST_PASSES and seen > count:
            break
        found += _slowest_passes(job, Passes.unpack(bytes(packed)), limit)
    return _described(_longest(found, limit))


def _counts(job: Job) -> bool:
    return not (job.is_superseded or job.carried_from_id or State(job.state) is State.SKIPPED)


def _by_start(job: Job) -> tuple[bool, float, int]:
    started = job.started_at
    return started is None, started.timestamp() if started else 0.0, job.pk


def _job_timing(job: Job) -> JobTiming:
    times = times_of(job)
    worked = [timing for step in job.steps.all() if (timing := _step_timing(step))]
    return JobTiming(
        id=job.pk,
        name=job.name,
        state=job.state,
        counts=_counts(job),
        queued=times.queued,
        worked=times.worked,
        steps=heapq.nlargest(SLOWEST_STEPS, worked, key=lambda step: step.worked),
    )


def _step_timing(step: Step) -> StepTiming | None:
    worked = between(step.started_at, step.finished_at)
    return None if worked is None else StepTiming(step.number, step.name, step.state, worked)


def _slowest_passes(job: str, passes: Passes, limit: int) -> list[_Ran]:
    told = ((seconds, case) for case, seconds in passes if seconds is not None)
    return [_Ran(seconds, case, job, Outcome.PASSED) for seconds, case in heapq.nlargest(limit, told)]


def _longest(found: Sequence[_Ran], limit: int) -> list[_Ran]:
    """The longest of each test, the longest of all first."""
    longest: dict[int, _Ran] = {}
    for ran in sorted(found, key=lambda ran: (-ran.seconds, ran.job, ran.case)):
        longest.setdefault(ran.case, ran)
    return list(longest.values())[:limit]


def _described(found: Sequence[_Ran]) -> list[SlowTest]:
    """A test that was deleted since is left out."""
    cases = TestCase.objects.in_bulk({ran.case for ran in found})
    return [SlowTest(cases[ran.case], ran.job, ran.outcome, ran.seconds) for ran in found if ran.case in cases]
