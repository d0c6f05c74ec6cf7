"""Small pieces that models share."""

from collections.abc import Iterable
from enum import StrEnum

from django.db import models
from django.db.models import Q


def choices(values: type[StrEnum]) -> list[tuple[str, str]]:
    """Django choices of an enum: its value and the value in words."""
    return [(member.value, member.value.replace("_", " ")) for member in values]


def one_of(field: str, values: Iterable[str], *, name: str) -> models.CheckConstraint:
    """A constraint that holds `field` to `values`, in the database too."""
    return models.CheckConstraint(condition=Q(**{f"{field}__in": list(values)}), name=name)


class Wakeable(models.Model):
    """A row that a delayed task comes back to."""

    wake_at = models.DateTimeField(null=True, blank=True, help_text="a task waits on the queue until then")

    class Meta:
        abstract = True


class Work(Wakeable):
    """A row that is worked on by tasks: attempts, back-off, lease and the dead state live here, not in the queue.

    A worker claims it by a conditional UPDATE (`services.work.claim`), which counts the attempt before the work begins:
    a task that kills its worker is counted too, and dies after its last attempt.
    """

    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True, blank=True, help_text="no attempt before this time")
    leased_until = models.DateTimeField(null=True, blank=True, help_text="somebody works on it until then")
    dead_at = models.DateTimeField(null=True, blank=True, help_text="given up after the last attempt")
    last_error = models.TextField(blank=True, default="")
    error_kind = models.CharField(max_length=40, blank=True, default="", help_text="class of the last error")

    class Meta:
        abstract = True
