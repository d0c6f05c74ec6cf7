"""What providers told us: the doorbell."""

from django.db import models

from ci_integrations.models.connection import Connection
from ci_integrations.models.fields import Work


class Delivery(Work):
    """A webhook whose signature was good. A redelivery of one that is not done is worked on again."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="deliveries")
    delivery_id = models.CharField(max_length=200)
    event = models.CharField(max_length=100, blank=True, default="")
    body = models.BinaryField()
    received_at = models.DateTimeField(auto_now_add=True)
    note = models.CharField(max_length=500, blank=True, default="", help_text="what was done, or why nothing was")
    # What people asked for in it is answered by others, after `done_at`; set at once where nobody asked anything.
    answered_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["connection", "delivery_id"], name="delivery_id")]
        indexes = [models.Index(fields=["done_at", "dead_at"], name="delivery_open")]  # sweep: what is not done

    def __str__(self) -> str:
        return f"{self.connection} {self.delivery_id}"
