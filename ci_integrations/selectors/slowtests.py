"""Which tests of a repository take longest."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from django.utils import timezone

from ci_integrations.domain import Outcome
from ci_integrations.durations import Spread, change_of, spread_of
from ci_integrations.models import Repository, TestCase, TestResult
from ci_integrations.selectors.passes import passes

DAYS: Final = 7
SHOWN: Final = 50
# Results that are rows: of tests that failed once or were skipped.
MOST_ROWS: Final = 20_000
MOST_PASSES: Final = 500_000


@dataclass(frozen=True, slots=True)
class SlowCase:
    """A test with its durations over a window, in seconds.

    `before` is its median over the window before, None where it has none; `change` from that to the present median is
    a share: 0.5 is half as long again.
    """

    case: TestCase
    spread: Spread
    before: float | None
    change: float | None


@dataclass(frozen=True, slots=True)
class Slowest:
    """The slowest tests of the last `days`, by their median.

    `jobs` is how many jobs were looked through for plain passes, `jobs_before` those of the window before.
    """

    days: int
    jobs: int
    jobs_before: int
    tests: list[SlowCase]


@dataclass(frozen=True, slots=True)
class _Window:
    repositories: Sequence[int]
    since: datetime
    until: datetime | None = None


def slowest_tests_of(repository: str = "", *, days: int = DAYS, limit: int = SHOWN) -> Slowest:
    """The tests that take longest by their median over the last `days`, of the repositories of that name, or of all.

    Of each window are read the newest 100 jobs with plain passes, or so many that they hold 500,000, and the newest
    20,000 results that are rows.
    """
    now = timezone.now()
    narrow = {"name": repository} if repository else {}
    repositories = list(Repository.objects.filter(**narrow).values_list("pk", flat=True))
    begin = now - timedelta(days=days)
    durations, jobs = _durations(_Window(repositories, begin))
    slowest = sorted(durations, key=lambda case: (-median(durations[case]), case))[:limit]
    earlier, jobs_before = _durations(_Window(repositories, now - timedelta(days=2 * days), begin), of=slowest)
    cases = TestCase.objects.select_related("repository").in_bulk(slowest)
    tests = [_slow_case(cases[case], durations[case], earlier.get(case, [])) for case in slowest if case in cases]
    return Slowest(days, jobs, jobs_before, tests)


def _slow_case(case: TestCase, now: Sequence[float], earlier: Sequence[float]) -> SlowCase:
    spread, before = spread_of(now), median(earlier) if earlier else None
    return SlowCase(case, spread, before, change_of(before, spread.median))


def _durations(window: _Window, of: Sequence[int] | None = None) -> tuple[Mapping[int, list[float]], int]:
    """The durations of each test, or of those alone, and how many jobs were looked through for plain passes."""
    found: dict[int, list[float]] = defaultdict(list)
    jobs = 0
    for _, packed in passes(window.repositories, window.since, window.until, most=MOST_PASSES):
        jobs += 1
        told = packed if of is None else ((case, seconds) for case in of for seconds in packed.of(case))
        for case, seconds in told:
            if seconds is not None:
                found[case].append(seconds)
    for case, seconds in _of_rows(window, of):
        found[case].append(seconds)
    return found, jobs


def _of_rows(window: _Window, of: Sequence[int] | None) -> list[tuple[int, float]]:
    rows = TestResult.objects.filter(
        job__run__repository__in=window.repositories,
        job__run__created_at__gte=window.since,
        job__is_superseded=False,
        is_retried=False,
    ).exclude(outcome=Outcome.SKIPPED)
    rows = rows if window.until is None else rows.filter(job__run__created_at__lt=window.until)
    rows = rows if of is None else rows.filter(case__in=of)
    told = rows.order_by("-job__run__created_at", "-pk").values_list("case_id", "duration")[:MOST_ROWS]
    return [(case, seconds) for case, seconds in told if seconds is not None]
