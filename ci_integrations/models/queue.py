"""Signs of life of the queue."""

from django.db import models


class Heartbeat(models.Model):
    """When a cluster last showed that it lives: an old one tells a stuck cluster."""

    cluster = models.CharField(max_length=40, unique=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.cluster} {self.beat_at:%H:%M:%S}"
