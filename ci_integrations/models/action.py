"""What we ask of providers: the ledger of intents."""

import secrets
from enum import StrEnum

from django.db import models
from django.db.models import Q

from ci_integrations.crypto import EncryptedJSONField
from ci_integrations.models.connection import Repository
from ci_integrations.models.fields import Work, choices, one_of
from ci_integrations.models.run import Run


class ActionKind(StrEnum):
    """A write to a provider."""

    TRIGGER = "trigger"
    RETRY = "retry"
    CANCEL = "cancel"
    APPROVE = "approve"


class ActionState(StrEnum):
    """Where an action stands.

    `sending` is committed before the one request: found after a crash it means "look before you send". `sent` is
    accepted, while the run that comes of it is not known yet.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"


def new_intent() -> str:
    """An id that travels to the provider, so that the effect of a lost answer can be found."""
    return secrets.token_hex(8)


class Action(Work):
    """One wish, sent at most once. `idempotency_key` names the wish: asking for the same again gives the same row."""

    idempotency_key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=10, choices=choices(ActionKind))
    state = models.CharField(max_length=10, choices=choices(ActionState), default=ActionState.PENDING)
    intent_id = models.CharField(max_length=32, default=new_intent, unique=True)
    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="actions")
    # The run that is retried or canceled.
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.CASCADE, related_name="actions")
    request = models.JSONField(default=dict, help_text="workflow, branch, commit, inputs; or the job")
    # Encrypted: people put secrets into them.
    variables = EncryptedJSONField(null=True, help_text="set in the environment of the jobs of a new run")
    requested_by = models.CharField(max_length=150)
    # Failed, and nobody knows whether the server acted: the same wish is not sent a second time.
    effect_unknown = models.BooleanField(default=False)
    # The server may have taken any sending since the first one for what was asked.
    first_sent_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="the last time")
    finished_at = models.DateTimeField(null=True, blank=True)
    # The run that came of it.
    result_run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="caused_by")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            one_of("kind", ActionKind, name="action_kind"),
            one_of("state", ActionState, name="action_state"),
            models.CheckConstraint(
                condition=Q(kind=ActionKind.TRIGGER.value) | Q(run__isnull=False), name="action_has_subject"
            ),
        ]
        indexes = [models.Index(fields=["state", "not_before"], name="action_open")]  # sweep: what is not finished

    def __str__(self) -> str:
        return f"{self.kind} {self.idempotency_key}"
