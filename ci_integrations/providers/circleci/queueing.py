"""Since when a job waited for a machine. Lists of jobs do not tell; what v2 says of a single job does.

https://circleci.com/docs/api/v2/index.html#operation/getJobDetails
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from ci_integrations.domain import JobData, RepoRef
from ci_integrations.errors import AuthFailed, Invalid, NotFound, RateLimited, Unavailable
from ci_integrations.providers.circleci.client import Client, project_path
from ci_integrations.providers.documents import moment
from ci_integrations.providers.memo import FOR_EVER, Memo

log = logging.getLogger(__name__)

# Each is one request, and one only: a look at a run bounds how many come at once.
_MOST_ASKED: Final = 50
# A provider is built for each task; what was told of a job that has ended stays as it is. A tuple: None is an answer.
_kept: Final = Memo[str, tuple[datetime | None]](5000, longest=FOR_EVER)


class Queue:
    """Asks since when jobs of one connection waited."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def told(self, jobs: Sequence[JobData], numbers: Mapping[str, int | None]) -> list[JobData]:
        """The jobs, those that have ended with `created_at`. `numbers` are theirs in the project, by id.

        It is left out where it cannot be had: what a run is known by does not hang on it.
        """
        keys = {job.ref.external_id: self._client.key_of(job.ref.external_id) for job in jobs}
        unknown = [one for one in _ended(jobs, numbers) if _kept.get(keys[one[0].ref.external_id]) is None]
        try:
            for job, number in unknown[:_MOST_ASKED]:
                _kept.put(keys[job.ref.external_id], (self._queued_at(job.ref.run.repo, number),))
        except (Unavailable, RateLimited) as error:
            log.warning("how long jobs waited is left out for now: %s", error)
        return [replace(job, created_at=(_kept.get(keys[job.ref.external_id]) or (None,))[0]) for job in jobs]

    def _queued_at(self, repo: RepoRef, number: int) -> datetime | None:
        try:
            return moment(self._client.get(project_path(repo, "job", number)), "queued_at")
        except (NotFound, AuthFailed, Invalid):
            return None


def _ended(jobs: Sequence[JobData], numbers: Mapping[str, int | None]) -> Iterator[tuple[JobData, int]]:
    """The jobs that ran and have ended, with their numbers: of others nothing is told yet."""
    for job in jobs:
        number = numbers.get(job.ref.external_id)
        if job.state.is_terminal and job.started_at is not None and number is not None:
            yield job, number
