"""Flaky evidence: the same test failed in one run and passed in another of the same commit."""

from django.db import transaction
from django.utils import timezone

from ci_integrations.domain import Outcome
from ci_integrations.flaky.engine import Observation, judge, same_commit_evidence
from ci_integrations.models import FlakyEvidence, FlakyVerdict, Run, TestCase, TestResult

# A verdict looks at this many of the newest results of a test.
HISTORY = 200


@transaction.atomic
def record_evidence(run: Run) -> None:
    """Compare a settled run with the other runs of its commit; keep what is evidence and judge those tests anew."""
    if not run.commit_sha:
        return
    siblings = Run.objects.filter(repository=run.repository, commit_sha=run.commit_sha, workflow=run.workflow)
    results = TestResult.objects.filter(job__run__in=siblings)
    failed = set(results.filter(outcome__in=(Outcome.FAILED, Outcome.ERROR)).values_list("case_id", flat=True))
    for case in TestCase.objects.filter(pk__in=failed):
        _judge(case)


def _judge(case: TestCase) -> None:
    rows = (
        TestResult.objects.filter(case=case)
        .exclude(outcome=Outcome.SKIPPED)
        .order_by("-job__run__created_at", "-pk")
        .values_list("job__run__commit_sha", "job__run_id", "outcome")[:HISTORY]
    )
    observations = [
        Observation(commit_sha=commit, run_id=run_id, outcome=Outcome(outcome))
        for commit, run_id, outcome in reversed(rows)
    ]
    evidence = same_commit_evidence(observations)
    for piece in evidence:
        FlakyEvidence.objects.get_or_create(
            case=case,
            failed_run_id=piece.failed_run,
            passed_run_id=piece.passed_run,
            defaults={"commit_sha": piece.commit_sha},
        )
    verdict = judge(evidence, observations)
    FlakyVerdict.objects.update_or_create(
        case=case, defaults={"state": verdict.state, "reason": verdict.reason, "decided_at": timezone.now()}
    )
