"""How one test did lately, and how long it took."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from django.utils import timezone

from ci_integrations.domain import Outcome
from ci_integrations.durations import Spread, change_of, spread_of
from ci_integrations.errors import NotFound
from ci_integrations.models import Job, TestCase, TestResult
from ci_integrations.selectors.passes import passes

DAYS: Final = 30
# Of the results so many are shown.
SHOWN: Final = 50
LONGEST_LINE: Final = 300
# A test that fails or is skipped has a row for each of its results.
MOST_ROWS: Final = 2_000
MOST_PASSES: Final = 2_000_000
# From so many runs on the later half of them can be held against the earlier one.
FEWEST_RUNS: Final = 8


@dataclass(frozen=True, slots=True)
class PastResult:
    """How a test ended in a job, with the first line of its message.

    `is_retried` where a later attempt in the same job took its place.
    """

    job: Job
    outcome: str
    seconds: float | None
    message: str = ""
    is_retried: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """How long a test took in a run, in seconds: the median over its jobs."""

    run: int
    at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Trend:
    """How long a test took lately, oldest run first. `spread` is over all results, None where none has a duration.

    `change` holds the later half of the runs against the earlier one, by their medians, as a share: 0.5 is half as long
    again. None for fewer than 8 runs.
    """

    points: list[Point]
    spread: Spread | None
    change: float | None


@dataclass(frozen=True, slots=True)
class History:
    """A test's results of the last `days`, newest first, and what they say of its duration.

    `jobs` is how many jobs of its repository were looked through for plain passes.
    """

    case: TestCase
    days: int
    jobs: int
    results: list[PastResult]
    trend: Trend


def get_case(case_id: int) -> TestCase:
    """One test with its repository and verdict. Raises NotFound."""
    case = TestCase.objects.select_related("repository__connection", "flaky_verdict").filter(pk=case_id).first()
    if case is None:
        raise NotFound(f"there is no test {case_id}")
    return case


def history_of(case: TestCase, *, days: int = DAYS) -> History:
    """The results of a test in runs of the last `days`: those that are rows, the newest 2,000 at most, and plain passes
    in the newest 100 jobs of its repository, or in so many that they hold 2,000,000.
    """
    since = timezone.now() - timedelta(days=days)
    rows = TestResult.objects.filter(case=case, job__run__created_at__gte=since, job__is_superseded=False)
    newest = rows.select_related("job__run").defer("details").order_by("-job__run__created_at", "-job_id", "-ordinal")
    results = [
        PastResult(row.job, row.outcome, row.duration, _first_line(row.message), row.is_retried)
        for row in newest[:MOST_ROWS]
    ]
    packs = [(job, packed.of(case.pk)) for job, packed in passes([case.repository_id], since, most=MOST_PASSES)]
    jobs = Job.objects.select_related("run").in_bulk([job for job, durations in packs if durations])
    results += [
        PastResult(jobs[job], Outcome.PASSED, seconds)
        for job, durations in packs
        if job in jobs
        for seconds in durations
    ]
    results.sort(key=lambda result: (result.job.run.created_at, result.job.pk), reverse=True)
    return History(case, days, len(packs), results, trend_of(results))


def trend_of(results: Sequence[PastResult]) -> Trend:
    """What results, newest first, say of how long a test takes: not those that were skipped or repeated."""
    by_run: dict[int, list[PastResult]] = defaultdict(list)
    for result in reversed(results):
        if result.seconds is not None and result.outcome != Outcome.SKIPPED and not result.is_retried:
            by_run[result.job.run_id].append(result)
    points = [Point(run, told[0].job.run.created_at, median(_seconds(told))) for run, told in by_run.items()]
    durations = [seconds for told in by_run.values() for seconds in _seconds(told)]
    return Trend(points, spread_of(durations) if durations else None, _change([point.seconds for point in points]))


def _first_line(message: str) -> str:
    return next((line for line in message.splitlines() if line.strip()), "")[:LONGEST_LINE]


def _seconds(results: Iterable[PastResult]) -> list[float]:
    return [result.seconds for result in results if result.seconds is not None]


def _change(seconds: Sequence[float]) -> float | None:
    if len(seconds) < FEWEST_RUNS:
        return None
    half = len(seconds) // 2
    return change_of(median(seconds[:half]), median(seconds[half:]))
