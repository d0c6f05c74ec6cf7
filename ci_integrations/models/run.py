"""What ran: runs, jobs, steps."""

from django.db import models
from django.db.models import Q

from ci_integrations.domain import State
from ci_integrations.models.connection import Repository
from ci_integrations.models.fields import Work, choices, one_of


class Run(Work):
    """One attempt of one run. The Work fields are those of collecting its results."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="runs")
    external_id = models.CharField(max_length=200)
    attempt = models.PositiveIntegerField(default=1)
    # The run that this one repeats, where a retry is a new run at the provider.
    retry_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="retries")
    # The job that started this one: a child pipeline. Its rows are those of another run.
    parent_job = models.ForeignKey("Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="children")
    state = models.CharField(max_length=12, choices=choices(State), default=State.CREATED)
    raw_state = models.CharField(max_length=100, blank=True, default="")
    problem = models.TextField(blank=True, default="", help_text="what the server says is wrong with the run itself")
    workflow = models.CharField(max_length=200, blank=True, default="")
    branch = models.CharField(max_length=300, blank=True, default="")
    commit_sha = models.CharField(max_length=64, blank=True, default="")
    head_repository = models.CharField(max_length=200, blank=True, default="", help_text="the fork it came from")
    event = models.CharField(max_length=60, blank=True, default="")
    title = models.CharField(max_length=500, blank=True, default="")
    actor = models.CharField(max_length=200, blank=True, default="")
    url = models.CharField(max_length=1000, blank=True, default="")
    created_at = models.DateTimeField(help_text="by the provider's clock where it tells, else when first seen")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(null=True, blank=True, help_text="last change, by the provider's clock")
    coverage = models.FloatField(null=True, blank=True, help_text="percent, as the server counts it")
    synced_at = models.DateTimeField(null=True, blank=True, help_text="last time the provider was asked")
    poll_at = models.DateTimeField(null=True, blank=True, help_text="when to ask again; empty once settled")
    poll_failures = models.PositiveIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True, help_text="results are in, the failure response began")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "external_id", "attempt"], name="run_attempt"),
            one_of("state", State, name="run_state"),
        ]
        indexes = [
            models.Index(fields=["poll_at"], name="run_poll"),  # poll: runs that are due
            models.Index(fields=["-created_at", "-id"], name="run_newest"),  # run list, newest first
            models.Index(fields=["repository", "commit_sha"], name="run_commit"),  # evidence on the same commit
            # what a run's coverage is held against: the runs before it on its branch
            models.Index(fields=["repository", "branch", "workflow", "-created_at"], name="run_branch"),
            # sweep and poll: the few that are still followed, among all that ever were
            models.Index(fields=["repository", "state"], condition=Q(settled_at=None), name="run_unsettled"),
        ]

    def __str__(self) -> str:
        return f"{self.repository} {self.external_id}.{self.attempt}"

    @property
    def state_is_final(self) -> bool:
        """Nothing more happens within this attempt."""
        return State(self.state).is_terminal


class Job(models.Model):
    """One job of one attempt."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="jobs")
    external_id = models.CharField(max_length=200)
    name = models.CharField(max_length=300)
    state = models.CharField(max_length=12, choices=choices(State), default=State.CREATED)
    raw_state = models.CharField(max_length=100, blank=True, default="")
    url = models.CharField(max_length=1000, blank=True, default="")
    allow_failure = models.BooleanField(default=False)
    # A later job of the same attempt took its place: the server repeated it by itself, or somebody did.
    is_superseded = models.BooleanField(default=False)
    # It ended in an earlier attempt and did not run again in this one: its log and results are kept there.
    carried_from = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="carried_to"
    )
    coverage = models.FloatField(null=True, blank=True, help_text="percent, as the server counts it")
    created_at = models.DateTimeField(null=True, blank=True, help_text="when it began to wait for a machine")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # Set by the selector `with_child_runs`.
    child_runs: list[Run]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "external_id"], name="job_external_id"),
            one_of("state", State, name="job_state"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def origin(self) -> "Job":
        """The job that really ran: this one, or that of an earlier attempt."""
        return self.carried_from or self


class Step(models.Model):
    """One step of one job."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    external_id = models.CharField(max_length=200, blank=True, default="")
    name = models.CharField(max_length=300)
    state = models.CharField(max_length=12, choices=choices(State), default=State.CREATED)
    raw_state = models.CharField(max_length=100, blank=True, default="")
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["job", "number"], name="step_number"),
            one_of("state", State, name="step_state"),
        ]

    def __str__(self) -> str:
        return self.name
