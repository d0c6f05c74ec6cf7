"""What is known of tests that both pass and fail on the same code."""

from django.db import models

from ci_integrations.flaky.engine import FlakyState
from ci_integrations.models.fields import choices, one_of
from ci_integrations.models.results import TestCase
from ci_integrations.models.run import Run


class FlakyEvidence(models.Model):
    """One test that failed in one run and passed in another of the same commit."""

    case = models.ForeignKey(TestCase, on_delete=models.CASCADE, related_name="flaky_evidence")
    commit_sha = models.CharField(max_length=64)
    failed_run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    passed_run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    seen_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "flaky evidence"
        constraints = [
            models.UniqueConstraint(fields=["case", "failed_run", "passed_run"], name="evidence_pair"),
        ]

    def __str__(self) -> str:
        return f"{self.case} on {self.commit_sha[:12]}"


class FlakyVerdict(models.Model):
    """The present verdict on a test, with its reason."""

    case = models.OneToOneField(TestCase, on_delete=models.CASCADE, related_name="flaky_verdict")
    state = models.CharField(max_length=8, choices=choices(FlakyState))
    reason = models.TextField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [one_of("state", FlakyState, name="verdict_state")]

    def __str__(self) -> str:
        return f"{self.case}: {self.state}"
