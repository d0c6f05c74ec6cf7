"""What the tests of a run covered."""

from django.db import models
from django.db.models import Q

from ci_integrations.models.run import Job, Run


class CoverageReport(models.Model):
    """What the tests of a run covered: all of its reports together (`job` is empty), or those of one job.

    A kind that is not counted, or whose figures no column holds, is empty. `files` is packed (see
    `ci_integrations.packing`): of each file its figures, and in the row of a job of a server that goes on with the same
    run also which lines, branches and blocks ran: a later attempt in which the job does not run again needs them.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="coverage_reports")
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.CASCADE, related_name="coverage_reports")
    format = models.CharField(max_length=100)
    lines_covered = models.PositiveBigIntegerField(null=True, blank=True)
    lines_total = models.PositiveBigIntegerField(null=True, blank=True)
    branches_covered = models.PositiveBigIntegerField(null=True, blank=True)
    branches_total = models.PositiveBigIntegerField(null=True, blank=True)
    statements_covered = models.PositiveBigIntegerField(null=True, blank=True)
    statements_total = models.PositiveBigIntegerField(null=True, blank=True)
    files = models.BinaryField()
    # Of the change that the run is of: the commit it goes out from, its lines that are code, and those no test ran.
    base_sha = models.CharField(max_length=64, blank=True, default="")
    patch_covered = models.PositiveIntegerField(null=True, blank=True)
    patch_total = models.PositiveIntegerField(null=True, blank=True)
    patch_missed = models.JSONField(default=dict, blank=True, help_text="path -> lines that no test ran")
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run"], condition=Q(job=None), name="coverage_of_run"),
            models.UniqueConstraint(fields=["run", "job"], name="coverage_of_job"),
        ]

    def __str__(self) -> str:
        return f"coverage of {self.job or self.run}"
