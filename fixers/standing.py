"""What stands of one commit: its runs, what failed in them, since when, and what was done about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef

from ci_integrations import selectors as ci
from ci_integrations.domain import State
from ci_integrations.flaky.engine import FlakyState
from ci_integrations.models import Repository, Run, TestResult
from ci_integrations.models.action import ActionState
from ci_integrations.selectors.coverage import coverage_text
from fixers import selectors
from fixers.models import ENDED, AttemptState, Decision, FixAttempt, Triage

MOST_ITEMS: Final = 50
LOOK_BACK: Final = 50
MESSAGE: Final = 300


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that failed: a test, or what a tool complained about. `verdict` and `since` are words."""

    label: str
    job: str
    verdict: str
    since: str
    message: str = ""
    file: str = ""
    line: int | None = None
    is_muted: bool = False
    is_flaky: bool = False


@dataclass(frozen=True, slots=True)
class RunStanding:
    """The newest attempt of one run, and what was done about it and about those before it.

    `changes` are the numbers of pull requests with fixes; `coverage` says in one line what its tests covered.
    """

    run_id: int
    workflow: str
    state: State
    attempt: int
    url: str
    items: tuple[Item, ...] = ()
    done: tuple[str, ...] = ()
    changes: tuple[int, ...] = ()
    passed_on_retry: bool = False
    flaky: tuple[str, ...] = ()
    coverage: str = ""

    @property
    def is_muted(self) -> bool:
        """It failed for muted tests alone."""
        return self.state.is_failed and bool(self.items) and all(item.is_muted for item in self.items)


@dataclass(frozen=True, slots=True)
class Standing:
    """All of it. `is_busy`: something is under way, so nothing is final. `patch` is offered to people."""

    repository: str
    commit_sha: str
    runs: tuple[RunStanding, ...]
    is_busy: bool = False
    can_retry: bool = False
    can_fix: bool = False
    patch: str = ""

    @property
    def failed(self) -> tuple[RunStanding, ...]:
        """The runs that failed for more than muted tests."""
        return tuple(run for run in self.runs if run.state.is_failed and not run.is_muted)

    @property
    def items(self) -> tuple[Item, ...]:
        """Everything that failed."""
        return tuple(item for run in self.runs for item in run.items)

    @property
    def conclusion(self) -> State | None:
        """What a check of the commit says; None while it is not final."""
        if self.is_busy:
            return None
        if self.failed:
            return State.FAILURE
        if any(run.is_muted for run in self.runs) or not any(run.state.is_passed for run in self.runs):
            return State.NEUTRAL
        return State.SUCCESS


def standing_of(repository: Repository, commit_sha: str) -> Standing:
    """What stands of a commit now."""
    runs = newest_runs(repository, commit_sha)
    triages = {run.pk: selectors.triages_of(ci.attempts(run)) for run in runs}
    attempts = [attempt for found in triages.values() for triage in found for attempt in triage.fix_attempts.all()]
    told = tuple(_standing(run, triages[run.pk]) for run in runs)
    is_busy = any(run.settled_at is None for run in runs) or _under_way(triages.values())
    failed = any(run.state.is_failed for run in told)
    return Standing(
        repository=repository.name,
        commit_sha=commit_sha,
        runs=told,
        is_busy=is_busy,
        can_retry=failed and not is_busy and any(selectors.can_retry(run) for run in runs),
        can_fix=failed and not is_busy and not any(attempt.state == AttemptState.FIXED for attempt in attempts),
        patch=next((attempt.diff for attempt in reversed(attempts) if attempt.state == AttemptState.OFFERED), ""),
    )


def newest_runs(repository: Repository, commit_sha: str) -> list[Run]:
    """The runs that count for a commit, at every CI server: of each workflow and event the newest, in its last attempt.

    `repository` is the one at the code host, where that is followed.
    """
    rows = Run.objects.filter(repository__in=ci.same_code(repository), commit_sha=commit_sha, retries=None)
    rows = rows.select_related("repository__connection").order_by("created_at", "pk")
    newest = {(run.repository_id, run.workflow, run.event): run for run in rows}
    return sorted(newest.values(), key=lambda run: (run.workflow, run.pk))


def has_failed(repository: Repository, commit_sha: str) -> bool:
    """Whether any run of a commit ever failed: of others nothing needs to be said."""
    rows = Run.objects.filter(repository__in=ci.same_code(repository), commit_sha=commit_sha)
    states = rows.values_list("state", flat=True)
    return any(State(state).is_failed for state in states)


def _under_way(found: Iterable[list[Triage]]) -> bool:
    waiting = {ActionState.PENDING, ActionState.SENDING, ActionState.SENT}
    return any(
        (triage.action is not None and triage.action.state in waiting)
        or any(attempt.state not in ENDED for attempt in triage.fix_attempts.all())
        for triages in found
        for triage in triages
    )


def _standing(run: Run, triages: list[Triage]) -> RunStanding:
    state = State(run.state)
    passed_on_retry = state.is_passed and run.retry_of is not None and State(run.retry_of.state).is_failed
    return RunStanding(
        run_id=run.pk,
        workflow=run.workflow,
        state=state,
        attempt=len(ci.attempts(run)),
        url=run.url,
        items=_items(run) if state.is_failed else (),
        done=tuple(line for triage in triages for line in _done(triage)),
        changes=tuple(one.change for triage in triages for one in triage.fix_attempts.all() if one.change),
        passed_on_retry=passed_on_retry,
        flaky=_passed_now(run) if passed_on_retry else (),
        coverage=coverage_text(run),
    )


def _items(run: Run) -> tuple[Item, ...]:
    tests = list(ci.failed_tests(run).filter(job__allow_failure=False, job__is_superseded=False)[:MOST_ITEMS])
    if tests:
        return tuple(_test(run, result) for result in tests)
    found = selectors.facts(run).complaints[:MOST_ITEMS]
    return tuple(
        Item(
            label=finding.tool or finding.kind,
            job=finding.job,
            verdict="",
            since="",
            message=finding.message[:MESSAGE],
            file=finding.file,
            line=finding.source_line,
        )
        for finding in found
    )


def _test(run: Run, result: TestResult) -> Item:
    case = result.case
    verdict = getattr(case, "flaky_verdict", None)
    is_flaky = verdict is not None and verdict.state == FlakyState.FLAKY
    commits = _streak(run, result)
    is_new = len(commits) <= 1
    word = "flaky" if is_flaky else "new" if is_new else "known"
    return Item(
        label=f"{case}",
        job=result.job.name,
        verdict=f"{word}, muted" if case.muted_at else word,
        since="this commit" if is_new else f"{commits[-1][:7]} ({len(commits)} commits)",
        message=result.message[:MESSAGE],
        file=result.file,
        line=result.line,
        is_muted=case.muted_at is not None,
        is_flaky=is_flaky,
    )


def _streak(run: Run, result: TestResult) -> list[str]:
    """The commits of this branch on which the test failed without a pass in between, newest first."""
    rows = TestResult.objects.filter(case=result.case, job__run__created_at__lte=run.created_at)
    rows = rows.filter(job__run__branch=run.branch, job__run__workflow=run.workflow)
    if passed_at := _passed_at(run, result):
        rows = rows.filter(job__run__created_at__gt=passed_at)
    seen = rows.order_by("-job__run__created_at", "-pk").values_list("job__run__commit_sha", "outcome")[:LOOK_BACK]
    commits: list[str] = []
    for commit, outcome in seen:
        if outcome not in ci.FAILED_OUTCOMES:
            break
        if commit not in commits:
            commits.append(commit)
    return commits


def _passed_at(run: Run, result: TestResult) -> datetime | None:
    """When the last run on this branch before this one began that passed without a failure of the test; None: never.

    A pass needs no row: logs tell of failures alone, and passes are deleted some day.
    """
    before = Run.objects.filter(repository=run.repository, branch=run.branch, workflow=run.workflow)
    passed = before.filter(state=State.SUCCESS, created_at__lt=run.created_at)
    failures = TestResult.objects.filter(case=result.case, outcome__in=ci.FAILED_OUTCOMES, is_retried=False)
    without = passed.exclude(Exists(failures.filter(job__run=OuterRef("pk"))))
    return without.order_by("-created_at").values_list("created_at", flat=True).first()


def _passed_now(run: Run) -> tuple[str, ...]:
    """The tests that failed in the attempt before and no longer do."""
    if run.retry_of is None:
        return ()
    return tuple(f"{result.case}" for result in ci.failed_tests(run.retry_of)[:MOST_ITEMS])


def _done(triage: Triage) -> list[str]:
    lines = []
    if triage.action is not None:
        outcome = triage.action.result_run.state if triage.action.result_run else triage.action.state
        lines.append(f"retried by {triage.action.requested_by}: {outcome}")
    lines += [_attempt(attempt) for attempt in triage.fix_attempts.all()]
    if not lines and triage.decision != Decision.NOTHING:
        lines.append(f"{triage.decision}: {triage.reason}")
    return lines


def _attempt(attempt: FixAttempt) -> str:
    where = f" on {attempt.branch}" if attempt.branch else ""
    ended = f": {attempt.reason}" if attempt.reason and attempt.state != AttemptState.FIXED else ""
    return f"fix by {attempt.strategy}{where}: {attempt.state.replace('_', ' ')}{ended}"
