"""Attempts of runs whose server counts none: a retry goes on with the same run, so we tell one end from the next.

What tells them apart are the jobs: a retry makes new ones, or has those run that had not. A state alone proves little,
since what the server answers may be older than what is known, or not yet tell of a retry that it has accepted.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from django.db.models import QuerySet
from django.utils import timezone

from ci_integrations.domain import JobData, RunData, State
from ci_integrations.models import Job, Repository, Run

# A retry that changed nothing for so long was none: the run has ended as it had before.
BEGINS_WITHIN: Final = timedelta(minutes=15)
# Two processes that asked at the same time store their answers in any order.
ANSWERS_CROSS_WITHIN: Final = timedelta(minutes=2)
_NOT_RUN: Final = frozenset({State.CREATED, State.BLOCKED, State.SKIPPED})


def newest(repository: Repository, external_id: str) -> Run | None:
    """The last attempt of a run, as far as we know."""
    return Run.objects.filter(repository=repository, external_id=external_id).order_by("-attempt").first()


def may_have_changed(known: Run, data: RunData) -> bool:
    """Whether a listing, which tells no jobs, speaks of something that is worth asking for.

    A live run is asked for by itself.
    """
    if not known.state_is_final or data.updated_at is None:
        return False
    return known.updated_at is None or data.updated_at > known.updated_at


def is_stale(known: Run, data: RunData) -> bool:
    """Whether another answer, which came in meanwhile, was newer; after a while a server's clock is believed again."""
    if data.updated_at is None or known.updated_at is None or known.synced_at is None:
        return False
    return data.updated_at < known.updated_at and timezone.now() - known.synced_at < ANSWERS_CROSS_WITHIN


def placed(known: Run | None, data: RunData) -> RunData:
    """What the server said, under the attempt that it speaks of; `known` is the last one that we know of."""
    if known is None:
        return _at(data, 1)
    if known.state_is_final:
        return _next_of(known, data) if _goes_on(known, data) else _at(data, known.attempt)
    before = _before(known)
    if before is None:
        return _at(data, known.attempt)
    if data.state.is_terminal and not _has_begun(known, before, data):
        # The end of the attempt before: the server has not taken up the retry yet.
        return replace(_at(data, known.attempt), state=State.CREATED, created_at=None, finished_at=None, jobs=())
    return _next_of(before, data)


def origin_of(run: Run, data: JobData) -> Job | None:
    """The job of an earlier attempt that ended there, and that the server names once more because it did not run again.

    None for a job that is this attempt's own.
    """
    if run.attempt == 1:
        return None
    earlier = _earlier(run).filter(external_id=data.ref.external_id, run__attempt__lt=run.attempt).last()
    return None if earlier is None or _is_new(run, data, upto=run.attempt - 1) else earlier.origin


def _next_of(before: Run, data: RunData) -> RunData:
    """The run as the attempt that follows another one: it began with the first job that is new."""
    began = [job.started_at for job in data.jobs or () if job.started_at and _is_new(before, job, upto=before.attempt)]
    return replace(_at(data, before.attempt + 1), created_at=None, started_at=min(began, default=None))


def _at(data: RunData, attempt: int) -> RunData:
    ref = replace(data.ref, attempt=attempt)
    if data.jobs is None:
        return replace(data, ref=ref)
    return replace(data, ref=ref, jobs=tuple(replace(job, ref=replace(job.ref, run=ref)) for job in data.jobs))


def _before(known: Run) -> Run | None:
    return Run.objects.filter(
        repository=known.repository, external_id=known.external_id, attempt=known.attempt - 1
    ).first()


def _goes_on(known: Run, data: RunData) -> bool:
    """Whether a run that had ended lives again, or has ended again."""
    if data.jobs is None:
        return False
    if any(_is_new(known, job, upto=known.attempt) for job in data.jobs):
        return True
    # With the same jobs it is something else that goes on, such as a status that another program put on the commit;
    # a run without jobs has nothing else to tell it by.
    return not data.jobs and not data.state.is_terminal and may_have_changed(known, data)


def _has_begun(known: Run, before: Run, data: RunData) -> bool:
    if data.jobs is None or timezone.now() - known.created_at > BEGINS_WITHIN:
        return True
    return any(_is_new(before, job, upto=before.attempt) for job in data.jobs)


def _earlier(run: Run) -> QuerySet[Job]:
    """The jobs of all attempts of a run, oldest attempt first."""
    same = Job.objects.filter(run__repository=run.repository_id, run__external_id=run.external_id)
    return same.select_related("carried_from").order_by("run__attempt", "pk")


def _is_new(run: Run, job: JobData, *, upto: int) -> bool:
    """Whether a job is of no attempt up to that one, or has run since."""
    known = _earlier(run).filter(external_id=job.ref.external_id, run__attempt__lte=upto)
    states = list(known.values_list("state", flat=True))
    if not states:
        return True
    if job.child is not None:
        # A job that started another run goes on when that one is repeated.
        last = State(states[-1])
        return last.is_terminal and job.state is not last and job.state not in _NOT_RUN
    return all(State(state) in _NOT_RUN for state in states) and job.state not in _NOT_RUN
