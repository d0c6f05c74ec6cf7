"""Putting work on the queue: a row in the caller's own transaction, so nothing is enqueued for what was rolled back."""

from datetime import datetime
from typing import Final

from django.conf import settings
from django_q.brokers.orm import ORM
from django_q.tasks import async_task

DEFAULT: Final = ""
IO: Final = "io"
FIX: Final = "fix"


class _LaterBroker(ORM):  # type: ignore[misc]  # django-q2 carries no types
    """Django-q2's own broker, whose row is locked ("prevent any cluster from pulling") until a given time."""

    def __init__(self, list_key: str, not_before: datetime) -> None:
        super().__init__(list_key)
        self.not_before = not_before

    def enqueue(self, task: str) -> int:
        row = self.get_connection().create(key=self.list_key, payload=task, lock=self.not_before)
        return int(row.pk)


def enqueue(task: str, row_id: int | str, *, cluster: str = DEFAULT, not_before: datetime | None = None) -> None:
    """Have `task` (a dotted path) called with one id, by the named cluster, not before the given time.

    The queue's payload is a pickle: nothing but an id of ours ever goes into it.
    """
    key = cluster or settings.Q_CLUSTER["name"]
    options: dict[str, object] = {"task_name": f"{task.rpartition('.')[2]}:{row_id}"[:100]}
    if not_before is not None:
        options["broker"] = _LaterBroker(key, not_before)
    elif cluster:
        options["cluster"] = cluster
    async_task(task, row_id, **options)
