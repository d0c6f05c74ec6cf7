"""What the API and the command line's `--json` say of how long things took: in seconds, null for what is not known."""

from datetime import datetime

from ninja import Field, Schema

from ci_integrations.flaky.engine import FlakyState
from ci_integrations.models import TestCase
from ci_integrations.schemas import Text
from ci_integrations.selectors import slowtests, testhistory

MOST_DAYS = 365


class StepTimingOut(Schema):
    """How long a step of a job worked."""

    number: int
    name: str
    state: str
    worked_seconds: float = Field(alias="worked")


class JobTimingOut(Schema):
    """How long a job waited for a machine and worked; `steps` are its slowest ones, at most 5, the slowest first.

    `counts` is false for a job that is no part of the run's own times: replaced, skipped, or of an earlier attempt.
    """

    id: int
    name: str
    state: str
    counts: bool
    queued_seconds: float | None = Field(alias="queued")
    worked_seconds: float | None = Field(alias="worked")
    steps: list[StepTimingOut]


class SlowTestOut(Schema):
    """A test of a run, in the job in which it took longest."""

    id: int = Field(alias="case.pk")
    suite: str = Field(alias="case.suite")
    name: str = Field(alias="case.name")
    job: str
    outcome: str
    seconds: float


class RunTimingsOut(Schema):
    """How long a run took: `total_seconds` from beginning to end, `queued_seconds` until its first job began,
    `worked_seconds` from then to its last job's end, `machine_seconds` summed over its jobs.
    """

    run: int = Field(alias="run.pk")
    total_seconds: float | None = Field(alias="times.total")
    queued_seconds: float | None = Field(alias="times.queued")
    worked_seconds: float | None = Field(alias="times.worked")
    machine_seconds: float | None = Field(alias="times.machine")
    jobs: list[JobTimingOut]
    slowest_tests: list[SlowTestOut]


class SlowCaseOut(Schema):
    """A test over a window: how many results it had, their median and 95th percentile.

    `before_seconds` is its median over the window before, `change` the share by which the median grew since.
    """

    id: int = Field(alias="case.pk")
    repository: str = Field(alias="case.repository.name")
    suite: str = Field(alias="case.suite")
    name: str = Field(alias="case.name")
    results: int = Field(alias="spread.count")
    median_seconds: float = Field(alias="spread.median")
    p95_seconds: float = Field(alias="spread.p95")
    before_seconds: float | None = Field(alias="before")
    change: float | None


class SlowestOut(Schema):
    """The slowest tests of the last `days`, by their median. `jobs` were looked through, `jobs_before` of the days
    before.
    """

    days: int
    jobs: int
    jobs_before: int
    tests: list[SlowCaseOut]


class PastResultOut(Schema):
    """How a test ended in a job of a run. `is_retried`: a later attempt in the same job took its place."""

    run: int = Field(alias="job.run_id")
    job: str = Field(alias="job.name")
    at: datetime = Field(alias="job.run.created_at")
    outcome: str
    seconds: float | None
    message: str
    is_retried: bool


class PointOut(Schema):
    """The median duration of a test over the jobs of a run."""

    run: int
    at: datetime
    seconds: float


class TestHistoryOut(Schema):
    """A test and its newest 50 results of the last `days`; `jobs` were looked through for plain passes.

    `trend` has a point for each run, oldest first; `median_seconds` and `p95_seconds` are over all results, `change` is
    the share by which the later half of the runs takes longer than the earlier one (null for fewer than 8 runs).
    """

    __test__ = False

    id: int = Field(alias="case.pk")
    repository: str = Field(alias="case.repository.name")
    suite: str = Field(alias="case.suite")
    name: str = Field(alias="case.name")
    is_flaky: bool
    verdict: str
    days: int
    jobs: int
    median_seconds: float | None = Field(None, alias="trend.spread.median")
    p95_seconds: float | None = Field(None, alias="trend.spread.p95")
    change: float | None = Field(alias="trend.change")
    trend: list[PointOut] = Field(alias="trend.points")
    results: list[PastResultOut]

    @staticmethod
    def resolve_is_flaky(history: testhistory.History) -> bool:
        """Whether it passed and failed on the same commit."""
        return is_flaky(history.case)

    @staticmethod
    def resolve_verdict(history: testhistory.History) -> str:
        """What its results were judged to say, "" where nothing was decided."""
        verdict = getattr(history.case, "flaky_verdict", None)
        return verdict.reason if verdict else ""

    @staticmethod
    def resolve_results(history: testhistory.History) -> list[testhistory.PastResult]:
        """The newest ones."""
        return history.results[: testhistory.SHOWN]


class HistoryQuery(Schema):
    """How far back to look."""

    days: int = Field(testhistory.DAYS, ge=1, le=MOST_DAYS)


class SlowestQuery(Schema):
    """Which tests: of the repositories of that name, or of all, over so many days."""

    repository: Text = ""
    days: int = Field(slowtests.DAYS, ge=1, le=MOST_DAYS)
    limit: int = Field(slowtests.SHOWN, ge=1, le=500)


def is_flaky(case: TestCase) -> bool:
    """Whether a test passed and failed on the same commit, as it was last judged."""
    verdict = getattr(case, "flaky_verdict", None)
    return verdict is not None and verdict.state == FlakyState.FLAKY
