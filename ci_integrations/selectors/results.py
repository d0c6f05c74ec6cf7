"""How the tests of a run ended, and which of all tests are flaky."""

from django.db.models import Count, Prefetch, QuerySet, Sum

from ci_integrations.domain import Outcome
from ci_integrations.flaky.engine import FlakyState
from ci_integrations.models import FlakyEvidence, FlakyVerdict, PassedTests, Run, TestResult
from ci_integrations.selectors.jobs import speaking_jobs

FAILED_OUTCOMES = (Outcome.FAILED, Outcome.ERROR)


def failed_tests(run: Run) -> QuerySet[TestResult]:
    """The failed test results of a run, with case and verdict; of a job that was not run again, the last ones."""
    rows = TestResult.objects.filter(job__in=speaking_jobs(run), outcome__in=FAILED_OUTCOMES, is_retried=False)
    return rows.select_related("case__flaky_verdict", "job").order_by("case__suite", "case__name", "ordinal")


def test_counts(run: Run) -> dict[str, int]:
    """How many tests ended with each outcome, counting the last attempt of each."""
    rows = TestResult.objects.filter(job__in=speaking_jobs(run), is_retried=False)
    counts = dict(rows.order_by().values_list("outcome").annotate(Count("id")))
    packed = PassedTests.objects.filter(job__in=speaking_jobs(run)).aggregate(count=Sum("count"))["count"]
    return counts | ({Outcome.PASSED.value: counts.get(Outcome.PASSED, 0) + packed} if packed else {})


def flaky_tests() -> QuerySet[FlakyVerdict]:
    """Tests that passed and failed on the same commit, newest verdict first, with how often."""
    rows = FlakyVerdict.objects.filter(state=FlakyState.FLAKY).select_related("case__repository")
    return rows.annotate(times=Count("case__flaky_evidence")).order_by("-decided_at")


def flaky_with_evidence(*, per_test: int = 5, limit: int = 100) -> list[FlakyVerdict]:
    """Flaky tests, newest verdict first, each case with its newest `evidence` and both runs of each."""
    evidence = FlakyEvidence.objects.select_related("failed_run", "passed_run").order_by("-seen_at", "-id")[:per_test]
    return list(flaky_tests().prefetch_related(Prefetch("case__flaky_evidence", evidence, to_attr="evidence"))[:limit])
