"""What was decided about a failure, and what was tried."""

import re
from typing import Final
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models

from ci_integrations.models import Action, Repository, Run
from ci_integrations.models.fields import Work, choices, one_of
from fixers.outcome import ENDED, WORKING, AttemptState
from fixers.policy import Decision

__all__ = ["ENDED", "WORKING", "AttemptState", "Decision", "FixAttempt", "FixEvent", "FixPolicy", "Report", "Triage"]


_VARIABLES: Final = re.compile(r"(\$\{[A-Za-z_][A-Za-z0-9_]*\})+")


def holds_password(url: str) -> bool:
    """Whether an address holds a password, or with https a user alone, that is not written as `${VARIABLE}`."""
    if "://" not in url:
        return False
    parts = urlsplit(url)
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    secret = password or (user if parts.scheme == "https" else "")
    return bool(secret) and not _VARIABLES.fullmatch(secret)


class FixPolicy(models.Model):
    """What may be done on a repository's behalf. A repository without a row has the defaults."""

    repository = models.OneToOneField(Repository, on_delete=models.CASCADE, related_name="fix_policy")
    retry_enabled = models.BooleanField(default=True)
    fix_enabled = models.BooleanField(default=True)
    max_attempts_per_day = models.PositiveSmallIntegerField(default=20)
    max_retries_per_day = models.PositiveSmallIntegerField(default=50)
    agent_command = models.CharField(
        max_length=1000,
        blank=True,
        default="",
        help_text="a command line with {prompt_file} in it, run in a disposable tree; empty: no agent",
    )
    agent_seconds = models.PositiveIntegerField(default=900)
    push_url = models.CharField(
        max_length=500,
        blank=True,
        default="",
        help_text="where fix branches are pushed to, a password in it as ${VARIABLE}; empty: the clone_url",
    )

    class Meta:
        verbose_name_plural = "fix policies"

    def __str__(self) -> str:
        return f"policy of {self.repository}"

    def clean(self) -> None:
        """Refuse a password in clear: it would be stored and shown. Raises ValidationError."""
        if holds_password(self.push_url):
            raise ValidationError({"push_url": "write the password as ${VARIABLE}; it is read from the environment"})


class Triage(models.Model):
    """The diagnosis of one settled run and the decision, with the reasons in words."""

    run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="triage")
    cause = models.CharField(max_length=20)
    tool = models.CharField(max_length=60, blank=True, default="", help_text="the program that complained")
    evidence = models.JSONField(default=list, help_text="the lines that the diagnosis rests on")
    decision = models.CharField(max_length=10, choices=choices(Decision))
    reason = models.TextField()
    # The retry that was decided.
    action = models.ForeignKey(Action, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Markdown: failing tests, messages, log excerpt; an agent's context file as it stands.
    report = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [one_of("decision", Decision, name="triage_decision")]

    def __str__(self) -> str:
        return f"{self.run}: {self.decision}"


class FixAttempt(models.Model):
    """One try of one strategy at one failure."""

    triage = models.ForeignKey(Triage, on_delete=models.CASCADE, related_name="fix_attempts")
    strategy = models.CharField(max_length=40)
    ordinal = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=14, choices=choices(AttemptState), default=AttemptState.QUEUED)
    reason = models.TextField(blank=True, default="")
    command = models.JSONField(default=list, help_text="the failing command, as an argument list")
    diff = models.TextField(blank=True, default="")
    branch = models.CharField(max_length=200, blank=True, default="")
    commit_sha = models.CharField(max_length=64, blank=True, default="")
    change = models.PositiveIntegerField(null=True, blank=True, help_text="number of the pull request with the fix")
    change_url = models.CharField(max_length=1000, blank=True, default="")
    # The CI run on the fix branch is asked for by this action.
    trigger = models.ForeignKey(Action, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # The process that works on it renews the lease; one that ran out means that the process was lost.
    leased_until = models.DateTimeField(null=True, blank=True)
    # The task that will take it up is on the queue since then; empty once it was taken up.
    queued_at = models.DateTimeField(null=True, blank=True)
    starts = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0, help_text="starts whose own process ended without a result")
    requested_by = models.CharField(max_length=150, default="orchestrate")
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["triage", "strategy", "ordinal"], name="attempt_ordinal"),
            one_of("state", AttemptState, name="attempt_state"),
        ]
        indexes = [models.Index(fields=["state", "leased_until"], name="attempt_open")]  # sweep: lost ones

    def __str__(self) -> str:
        return f"{self.strategy} {self.ordinal} for {self.triage.run}"


class Report(Work):
    """What is said of one commit where people look: a check, and a comment on its pull request.

    The Work fields are those of sending it; ids are stored as soon as they are known, so that each is written once and
    then edited.
    """

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="reports")
    commit_sha = models.CharField(max_length=64)
    check_id = models.CharField(max_length=40, blank=True, default="")
    change = models.PositiveIntegerField(null=True, blank=True, help_text="number of the pull request")
    comment_id = models.CharField(max_length=40, blank=True, default="")
    note = models.TextField(blank=True, default="", help_text="the answer to what somebody asked last")
    # What was sent last, so that nothing is sent where nothing changed; and the annotations, which can only be added.
    sent_hash = models.CharField(max_length=64, blank=True, default="")
    annotated = models.JSONField(default=list)
    due_at = models.DateTimeField(null=True, blank=True, help_text="something changed since it was sent")
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "commit_sha"], name="report_commit")]
        indexes = [models.Index(fields=["due_at"], name="report_due")]  # sweep: what is not sent

    def __str__(self) -> str:
        return f"report on {self.repository} {self.commit_sha[:12]}"


class FixEvent(models.Model):
    """What happened during a triage or an attempt. Append only."""

    triage = models.ForeignKey(Triage, on_delete=models.CASCADE, related_name="events")
    attempt = models.ForeignKey(FixAttempt, null=True, blank=True, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=40)
    text = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return self.text
