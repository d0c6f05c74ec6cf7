"""Flaky evidence: the same test failed in one run and passed in another of the same commit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from django.db import transaction
from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from ci_integrations.domain import Outcome
from ci_integrations.flaky.engine import Evidence, Observation, judge, same_commit_evidence
from ci_integrations.models import FlakyEvidence, FlakyVerdict, Job, PassedTests, Run, TestCase, TestResult
from ci_integrations.services.passes import unpack

# A verdict looks at this many of the newest results of a test.
HISTORY: Final = 200
MOST_FAILED: Final = 500
# So many jobs back plain passes are looked up for a test that failed for the first time.
PACKS: Final = 30
_FAILURES: Final = (Outcome.FAILED, Outcome.ERROR)


@transaction.atomic
def record_evidence(run: Run) -> None:
    """Compare a settled run with the other runs of its commit; keep what is evidence and judge those tests anew.

    Looked at are the tests of this run that failed in it, or in another run of its commit. Where those are more than
    500, none is: that is a broken build or server, not flaky tests.
    """
    failed = _failed(run)
    if not failed or len(failed) > MOST_FAILED:
        return
    unpack(_packs(run, failed), failed)
    cases = _doubtful(run, failed)
    if not cases:
        return
    seen = _history(cases)
    evidence = {case: same_commit_evidence(seen[case]) for case in cases}
    _keep_evidence(evidence)
    _keep_verdicts(evidence, seen)


def _failed(run: Run) -> list[int]:
    """The ids of the tests that failed on a run's commit; one more than is looked at tells that there are too many."""
    if not run.commit_sha:
        return []
    failed = TestResult.objects.filter(job__run__in=_siblings(run), outcome__in=_FAILURES)
    return list(failed.order_by("case_id").values_list("case_id", flat=True).distinct()[: MOST_FAILED + 1])


def _siblings(run: Run) -> QuerySet[Run]:
    """The runs of a workflow on one commit, this one included."""
    return Run.objects.filter(repository=run.repository, commit_sha=run.commit_sha, workflow=run.workflow)


def _packs(run: Run, failed: Sequence[int]) -> QuerySet[PassedTests]:
    """The passes on a run's commit, and the newest ones on its branch of jobs named as those in which tests failed: the
    history of these tests.
    """
    failing = Job.objects.filter(
        run__in=_siblings(run), test_results__case__in=failed, test_results__outcome__in=_FAILURES
    )
    namesakes = PassedTests.objects.filter(
        job__run__repository=run.repository,
        job__run__workflow=run.workflow,
        job__run__branch=run.branch,
        job__name__in=failing.values("name"),
    ).exclude(job__run__commit_sha=run.commit_sha)
    lately = list(namesakes.order_by("-pk").values_list("pk", flat=True)[:PACKS])
    return PassedTests.objects.filter(Q(job__run__in=_siblings(run)) | Q(pk__in=lately))


def _doubtful(run: Run, failed: Sequence[int]) -> list[int]:
    """Of these tests those that this run tells of, sorted: all write in one order, so none wait in a circle."""
    own = TestResult.objects.filter(job__run=run, case__in=failed).exclude(outcome=Outcome.SKIPPED)
    return list(own.order_by("case_id").values_list("case_id", flat=True).distinct())


def _history(cases: Sequence[int]) -> Mapping[int, list[Observation]]:
    """The newest results of each test, in order of time."""
    newest = Window(RowNumber(), partition_by=F("case_id"), order_by=["-job__run__created_at", "-pk"])
    rows = (
        TestResult.objects.filter(case__in=cases)
        .exclude(outcome=Outcome.SKIPPED)
        .annotate(place=newest)
        .filter(place__lte=HISTORY)
        .order_by("-place")
        .values_list("case_id", "job__run__commit_sha", "job__run_id", "outcome")
    )
    seen: dict[int, list[Observation]] = defaultdict(list)
    for case, commit, run_id, outcome in rows:
        seen[case].append(Observation(commit_sha=commit, run_id=run_id, outcome=Outcome(outcome)))
    return seen


def _keep_evidence(evidence: Mapping[int, Sequence[Evidence]]) -> None:
    FlakyEvidence.objects.bulk_create(
        [
            FlakyEvidence(
                case_id=case,
                failed_run_id=piece.failed_run,
                passed_run_id=piece.passed_run,
                commit_sha=piece.commit_sha,
            )
            for case, pieces in evidence.items()
            for piece in pieces
        ],
        ignore_conflicts=True,
        batch_size=2000,
    )


def _keep_verdicts(evidence: Mapping[int, Sequence[Evidence]], seen: Mapping[int, list[Observation]]) -> None:
    now = timezone.now()
    verdicts = {case: judge(pieces, seen[case]) for case, pieces in evidence.items()}
    FlakyVerdict.objects.bulk_create(
        [
            FlakyVerdict(case_id=case, state=verdict.state, reason=verdict.reason, decided_at=now)
            for case, verdict in verdicts.items()
        ],
        update_conflicts=True,
        unique_fields=["case"],
        update_fields=["state", "reason", "decided_at"],
    )


def mute(cases: Sequence[TestCase], *, by: str) -> None:
    """Failures of these tests alone turn no check of ours red. Muting a muted one changes nothing."""
    rows = TestCase.objects.filter(pk__in=[case.pk for case in cases], muted_at=None)
    rows.update(muted_at=timezone.now(), muted_by=by[:150])


def unmute(case_id: int) -> None:
    """The failures of a test count again."""
    TestCase.objects.filter(pk=case_id).update(muted_at=None, muted_by="")
