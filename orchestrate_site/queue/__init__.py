"""The queue runner: crash-only django-q2 clusters and the supervisor that restarts them (docs/adr/0003-queue.md)."""
