"""The jobs of one attempt that hold results of their own."""

from collections.abc import Iterator
from functools import cached_property

from django.db.models import Q

from ci_integrations.domain import State
from ci_integrations.models import Job, Run


class OwnJobs:
    """The jobs that ran in an attempt and were not repeated in it, in their order."""

    def __init__(self, run: Run) -> None:
        rows = run.jobs.filter(carried_from=None, is_superseded=False).select_related("run__repository__connection")
        self._jobs = {job.external_id: job for job in rows.order_by("id")}
        self._run = run

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    @cached_property
    def elsewhere(self) -> frozenset[str]:
        """The external ids of the jobs whose results are those of another attempt, or count no more."""
        rows = self._run.jobs.filter(Q(is_superseded=True) | Q(carried_from__isnull=False))
        return frozenset(rows.values_list("external_id", flat=True))

    @property
    def failed(self) -> list[Job]:
        """Those that failed."""
        return [job for job in self if State(job.state).is_failed]

    def named(self, external_id: str) -> Job | None:
        """The job of an external id."""
        return self._jobs.get(external_id)

    def of_result(self, external_id: str) -> Job | None:
        """The job a result belongs to: the named one, else a failed one, one that may not fail first, else the first.

        None where the named one's results count elsewhere, or there is no job at all.
        """
        if external_id in self._jobs:
            return self._jobs[external_id]
        if external_id in self.elsewhere:
            return None
        failed = sorted(self.failed, key=lambda job: job.allow_failure)
        return next(iter(failed or self), None)
