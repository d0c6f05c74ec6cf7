"""Runs what is on the queue, in this process, in order: for tests that need no cluster."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext

import time_machine
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import OrmQ
from django_q.signing import SignedPackage


def drain(
    *,
    max_tasks: int = 200,
    include_later: bool = False,
    cluster: str = "",
    instead: Mapping[str, Callable[..., object]] | None = None,
) -> list[str]:
    """Run due tasks until none is left; gives the dotted paths of those that ran.

    A row is deleted before its task runs. With `include_later` rows for later are run too, the clock being moved to
    their time. `cluster` runs the rows of one cluster only. `instead` gives for a task's path another callable, for a
    task that would start a process. What a task raises is raised. More than `max_tasks` is an AssertionError.
    """
    ran: list[str] = []
    while row := _next(cluster, include_later=include_later):
        assert len(ran) < max_tasks, f"more than {max_tasks} tasks; the last ones: {ran[-5:]}"
        task = SignedPackage.loads(row.payload)
        later = row.lock is not None and row.lock > timezone.now()
        row.delete()
        path = task["func"]
        function = (instead or {}).get(path) or import_string(path)
        with time_machine.travel(row.lock, tick=True) if later else nullcontext():
            function(*task["args"], **task["kwargs"])
        ran.append(path)
    return ran


def waiting(cluster: str = "") -> list[tuple[str, tuple[object, ...]]]:
    """What is on the queue, due or not: dotted path and arguments, in order."""
    tasks = [SignedPackage.loads(row.payload) for row in _rows(cluster)]
    return [(task["func"], tuple(task["args"])) for task in tasks]


def _next(cluster: str, *, include_later: bool) -> OrmQ | None:
    rows = _rows(cluster)
    return (rows if include_later else rows.filter(lock__lte=timezone.now())).first()


def _rows(cluster: str):  # type: ignore[no-untyped-def]  # django-q2 carries no types
    rows = OrmQ.objects.order_by(F("lock").asc(nulls_first=True), "id")
    return rows.filter(key=cluster) if cluster else rows
