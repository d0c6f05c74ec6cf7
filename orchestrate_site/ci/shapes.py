"""Documents that speak of more than one app: a run with what was decided about it. Used by `--json` and the API."""

from datetime import datetime

from ninja import Field, Schema

from ci_integrations import selectors
from ci_integrations.models import Action, Job, Run, TestResult
from ci_integrations.schemas import ActionOut, ConnectionOut, EventOut, JobOut, RunOut, TestOut
from ci_integrations.schemas_coverage import CoverageOut
from ci_integrations.selectors.coverage import RunCoverage, coverage_of
from ci_integrations.selectors.timings import run_times
from fixers import selectors as decisions
from fixers.models import FixAttempt, Triage

MAX_TESTS = 1000


class FixOut(Schema):
    """One try of one strategy at a failure; `run` is the CI run on its branch."""

    strategy: str
    ordinal: int
    state: str
    reason: str
    branch: str
    commit: str = Field(alias="commit_sha")
    created_at: datetime
    finished_at: datetime | None
    run: int | None

    @staticmethod
    def resolve_run(attempt: FixAttempt) -> int | None:
        """The number of the run that checks the fix, once it is known."""
        return attempt.trigger.result_run_id if attempt.trigger else None


class TriageOut(Schema):
    """What was decided about a finished run, and why; `report` is Markdown, "" where none was written."""

    cause: str
    decision: str
    reason: str
    evidence: list[object]
    report: str
    fixes: list[FixOut]

    @staticmethod
    def resolve_fixes(triage: Triage) -> list[FixAttempt]:
        """The attempts so far, oldest first."""
        return list(decisions.attempts_of(triage.run))


class RunReport(RunOut):
    """A run with its jobs (failed ones first), its failed tests, what was decided, and its timeline.

    `tests` counts test results by outcome; of failed tests the first 1000 are given; `triage` is null before one is,
    `coverage_report` where no report told of coverage. `queued_seconds` is the time until its first job began,
    `worked_seconds` that from then to its last job's end.
    """

    queued_seconds: float | None
    worked_seconds: float | None
    jobs: list[JobOut]
    tests: dict[str, int]
    failed_tests: list[TestOut]
    coverage_report: CoverageOut | None
    triage: TriageOut | None
    timeline: list[EventOut]

    @staticmethod
    def resolve_queued_seconds(run: Run) -> float | None:
        """How long it waited."""
        return run_times(run, run.jobs.all()).queued

    @staticmethod
    def resolve_worked_seconds(run: Run) -> float | None:
        """How long it worked."""
        return run_times(run, run.jobs.all()).worked

    @staticmethod
    def resolve_jobs(run: Run) -> list[Job]:
        """The jobs, failed ones first."""
        return selectors.jobs_failures_first(run)

    @staticmethod
    def resolve_tests(run: Run) -> dict[str, int]:
        """How many tests ended how."""
        return selectors.test_counts(run)

    @staticmethod
    def resolve_failed_tests(run: Run) -> list[TestResult]:
        """The failed tests, by suite and name."""
        return list(selectors.failed_tests(run)[:MAX_TESTS])

    @staticmethod
    def resolve_coverage_report(run: Run) -> RunCoverage | None:
        """What its tests covered."""
        return coverage_of(run)

    @staticmethod
    def resolve_triage(run: Run) -> Triage | None:
        """What was decided."""
        return decisions.triage_of(run)

    @staticmethod
    def resolve_timeline(run: Run) -> list[selectors.Event]:
        """What happened, oldest first."""
        return sorted([*selectors.timeline(run), *decisions.timeline(run)], key=lambda event: event.at)


class ActionReport(Schema):
    """A request, and the run that it is about: `id`, `external_id` and `state` are null while that is not known."""

    id: int | None
    external_id: str | None
    connection: str
    url: str
    state: str | None
    action: ActionOut


class Access(Schema):
    """One permission or event: what is needed, why, and whether it is granted (null: it cannot be found out)."""

    name: str
    needed: str
    why: str
    granted: bool | None
    found: str


class Setup(Schema):
    """Installed providers, and connections; by connection id, `webhooks` gives the URL to enter at the server and
    `access` what is allowed there.
    """

    providers: list[str]
    connections: list[ConnectionOut]
    webhooks: dict[int, str]
    access: dict[int, list[Access]] = {}


def action_report(action: Action, run: Run | None) -> ActionReport:
    """What became of a request."""
    return ActionReport.model_validate(
        {
            "id": run and run.pk,
            "external_id": run and run.external_id,
            "connection": f"{action.repository.connection}",
            "url": run.url if run else "",
            "state": run and run.state,
            "action": action,
        }
    )
