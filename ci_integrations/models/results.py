"""What a run left behind."""

from typing import Final

from django.db import models
from django.utils import timezone

from ci_integrations.domain import AnnotationLevel, Outcome, ResultSource
from ci_integrations.models.connection import Repository
from ci_integrations.models.fields import choices, one_of
from ci_integrations.models.run import Job, Run

SIGNATURE: Final = 200


class JobLog(models.Model):
    """A job's log: gzip members of 500 lines in a file, and here the byte offset of each (u64, little-endian)."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="log")
    file = models.FileField(upload_to="logs", max_length=300)
    offsets = models.BinaryField()
    lines = models.PositiveIntegerField()
    size = models.PositiveBigIntegerField(help_text="bytes before compression")
    is_truncated = models.BooleanField(default=False)
    # Where it says why the job failed: pairs of first and last line, from 1, the most telling first; and those lines.
    excerpts = models.JSONField(default=list)
    excerpt = models.TextField(blank=True, default="", help_text="the lines of the first excerpt")
    failed_tests = models.JSONField(default=list, help_text="of each name, message and line of the log, from 1")
    tests_total = models.PositiveIntegerField(null=True, blank=True, help_text="as the log tells, as the next two")
    tests_failed = models.PositiveIntegerField(null=True, blank=True)
    tests_skipped = models.PositiveIntegerField(null=True, blank=True)
    tests_seconds = models.FloatField(null=True, blank=True)

    def __str__(self) -> str:
        return f"log of {self.job}"

    @property
    def first_excerpt(self) -> tuple[int, int] | None:
        """The first and the last line of what best says why the job failed; None where nothing does."""
        return (self.excerpts[0][0], self.excerpts[0][1]) if self.excerpts else None


class LogFinding(models.Model):
    """A line of a log that says what went wrong."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="findings")
    line = models.PositiveIntegerField(help_text="line of the log, from 1")
    kind = models.CharField(max_length=20)
    tool = models.CharField(max_length=60, blank=True, default="")
    message = models.TextField()
    file = models.CharField(max_length=500, blank=True, default="")
    source_line = models.PositiveIntegerField(null=True, blank=True)
    severity = models.CharField(max_length=8, blank=True, default="", help_text="error, warning, note, or not told")
    signature = models.CharField(max_length=SIGNATURE, blank=True, default="", help_text="the same in other runs")

    class Meta:
        ordering = ["line"]
        constraints = [models.UniqueConstraint(fields=["job", "line"], name="finding_line")]

    def __str__(self) -> str:
        return self.message


class JobAnnotation(models.Model):
    """A remark at a line of a file that a job itself left at the code host."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="annotations")
    ordinal = models.PositiveIntegerField()
    level = models.CharField(max_length=8, choices=choices(AnnotationLevel))
    path = models.CharField(max_length=500)
    line = models.PositiveIntegerField(help_text="line of the file, from 1")
    title = models.CharField(max_length=255, blank=True, default="")
    message = models.TextField()

    class Meta:
        ordering = ["ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["job", "ordinal"], name="annotation_ordinal"),
            one_of("level", AnnotationLevel, name="annotation_level"),
        ]

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


class Artifact(models.Model):
    """A file that a run left behind, listed; its content stays at the provider."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="artifacts")
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.CASCADE, related_name="artifacts")
    external_id = models.CharField(max_length=500)
    name = models.CharField(max_length=500)
    size = models.PositiveBigIntegerField(null=True, blank=True, help_text="bytes")
    # What reading it for results brought: "" for nothing of interest, else a count or what was wrong with it.
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "external_id"], name="artifact_external_id")]

    def __str__(self) -> str:
        return self.name


class TestCase(models.Model):
    """A test, the same one in every run of its repository."""

    __test__ = False

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="test_cases")
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of suite and name")
    suite = models.CharField(max_length=500, blank=True, default="")
    name = models.CharField(max_length=1000)
    # It failed once: from then on each of its results is a row.
    has_failed = models.BooleanField(default=False)
    # Brought up to date once a week at most: a test that no run knows any more is deleted some day.
    seen_at = models.DateTimeField(default=timezone.now)
    # Somebody decided that its failures say nothing: a check does not turn red for them alone.
    muted_at = models.DateTimeField(null=True, blank=True)
    muted_by = models.CharField(max_length=150, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "fingerprint"], name="case_fingerprint")]

    def __str__(self) -> str:
        return f"{self.suite}::{self.name}" if self.suite else self.name


class TestResult(models.Model):
    """How a test ended in one job; `ordinal` counts its attempts within the job. Plain passes of tests that do not fail
    are no rows but part of the job's `PassedTests`.
    """

    __test__ = False

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="test_results")
    case = models.ForeignKey(TestCase, on_delete=models.CASCADE, related_name="results")
    ordinal = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=8, choices=choices(Outcome))
    # A later attempt within the same job took its place.
    is_retried = models.BooleanField(default=False)
    source = models.CharField(max_length=8, choices=choices(ResultSource), default=ResultSource.REPORT)
    duration = models.FloatField(null=True, blank=True, help_text="seconds")
    message = models.TextField(blank=True, default="")
    details = models.TextField(blank=True, default="")
    file = models.CharField(max_length=500, blank=True, default="")
    line = models.PositiveIntegerField(null=True, blank=True)
    signature = models.CharField(max_length=SIGNATURE, blank=True, default="", help_text="the same in other runs")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "case", "ordinal"], name="result_ordinal"),
            one_of("outcome", Outcome, name="result_outcome"),
            one_of("source", ResultSource, name="result_source"),
        ]

    def __str__(self) -> str:
        return f"{self.case} {self.outcome}"


class PassedTests(models.Model):
    """The plain passes of one job, packed (see `ci_integrations.packing`): a row for each would say nothing new."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="passed_tests")
    count = models.PositiveIntegerField()
    packed = models.BinaryField()

    class Meta:
        verbose_name_plural = "passed tests"

    def __str__(self) -> str:
        return f"{self.count} passed in {self.job}"
