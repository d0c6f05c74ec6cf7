"""The packed plain passes of a window of time. They are read job by job, so a bounded number of jobs is read."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from ci_integrations.models import PassedTests
from ci_integrations.packing import Passes

# The newest jobs that are read for one answer.
MOST_JOBS: Final = 100
_AT_ONCE: Final = 10


def passes(
    repositories: Sequence[int], since: datetime, until: datetime | None = None, *, most: int
) -> Iterator[tuple[int, Passes]]:
    """The ids of the newest jobs of a window with their passes, until 100 jobs or `most` passes are read."""
    left = most
    rows = _packs(repositories, since, until).values_list("job_id", "count", "packed")[:MOST_JOBS]
    for job, count, packed in rows.iterator(chunk_size=_AT_ONCE):
        yield job, Passes.unpack(bytes(packed))
        left -= count
        if left <= 0:
            return


def _packs(repositories: Sequence[int], since: datetime, until: datetime | None) -> QuerySet[PassedTests]:
    packs = PassedTests.objects.filter(
        job__run__repository__in=repositories, job__run__created_at__gte=since, job__is_superseded=False
    )
    packs = packs if until is None else packs.filter(job__run__created_at__lt=until)
    return packs.order_by("-job__run__created_at", "-pk")
