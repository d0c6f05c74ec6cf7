"""Refetch and upsert: the provider's API is the truth, whatever rang the bell."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from ci_integrations.domain import Capability, JobData, RepoRef, RunData, RunRef, State
from ci_integrations.errors import Invalid
from ci_integrations.models import Connection, Job, Repository, Run, Step
from ci_integrations.polling import next_interval
from ci_integrations.services import generations, work
from ci_integrations.services.fitting import fitting
from ci_integrations.services.queue import IO, enqueue
from ci_integrations.wiring import provider_of

TEXTS = ("workflow", "branch", "commit_sha", "head_repository", "event", "title", "actor", "url", "problem")
POLL_TASK = "ci_integrations.tasks.poll_run"
COLLECT_TASK = "ci_integrations.tasks.collect_run"
# A job is told of before its run: the run's own webhook is given the time to come.
AFTER_JOB: Final = timedelta(minutes=1)
# News of jobs come in bursts.
STIRRED: Final = timedelta(seconds=3)
# An earlier attempt that nobody told of is fetched where it may still be evidence.
EARLIER_WITHIN: Final = timedelta(days=1)


def run_ref(run: Run) -> RunRef:
    """The provider's name of a run."""
    return RunRef(repo=RepoRef(run.repository.external_id), external_id=run.external_id, attempt=run.attempt)


def find_run(repository: Repository, ref: RunRef) -> Run | None:
    """The row of an attempt."""
    return Run.objects.filter(repository=repository, external_id=ref.external_id, attempt=ref.attempt).first()


def learn(repository: Repository, data: RunData) -> Run:
    """Take in what the server said of a run, in a listing or a signed webhook; where it ended, fetch its jobs.

    Raises ProviderError, ConfigError.
    """
    known, resumes = known_run(repository, data.ref), _resumes(repository)
    if known is not None and not _is_news(known, data, resumes=resumes):
        return known
    if data.state.is_terminal or resumes:
        return sync_run(repository, data.ref, seen=data)
    return record_run(repository, data)


def news_in(repository: Repository, listed: Sequence[RunData]) -> list[tuple[RunData, bool]]:
    """What of a listing is new, and whether the run has to be asked for, or only noted."""
    resumes = _resumes(repository)
    rows = Run.objects.filter(repository=repository, external_id__in=[data.ref.external_id for data in listed])
    known = {(row.external_id, None if resumes else row.attempt): row for row in rows.order_by("attempt")}
    news = []
    for data in listed:
        row = known.get((data.ref.external_id, None if resumes else data.ref.attempt))
        if row is None or _is_news(row, data, resumes=resumes):
            news.append((data, data.state.is_terminal or resumes))
    return news


def known_run(repository: Repository, ref: RunRef) -> Run | None:
    """The row that a provider's word of a run is about: the attempt it names, or the newest where it counts none."""
    return generations.newest(repository, ref.external_id) if _resumes(repository) else find_run(repository, ref)


def _is_news(known: Run, data: RunData, *, resumes: bool) -> bool:
    return generations.may_have_changed(known, data) if resumes else not known.state_is_final


def _resumes(repository: Repository) -> bool:
    return Capability.RESUMES in provider_of(repository.connection).capabilities


def sync_run(repository: Repository, ref: RunRef, *, seen: RunData | None = None) -> Run:
    """Fetch one attempt and bring its rows up to date; `seen` as for `get_run`. Raises ProviderError, ConfigError."""
    connection, asked_at = repository.connection, timezone.now()
    data = provider_of(connection).get_run(ref, seen=seen)
    if connection.trouble:
        Connection.objects.filter(pk=connection.pk).update(trouble="")
    return record_run(repository, data, asked_at=asked_at)


@transaction.atomic
def record_ref(
    repository: Repository,
    ref: RunRef,
    *,
    retry_of: Run | None = None,
    fetch_in: timedelta = timedelta(0),
    known: Mapping[str, str] | None = None,
) -> Run:
    """Make sure that a run named by the provider has a row, and have it fetched. `known` are texts to start with.

    Raises Invalid for an id that a row cannot hold.
    """
    now = timezone.now()
    poll_at = now + fetch_in
    if fitting(Run, external_id=ref.external_id)["external_id"] != ref.external_id:
        raise Invalid(f"the run id {ref.external_id[:40]!r}... cannot be stored")
    run, created = Run.objects.get_or_create(
        repository=repository,
        external_id=ref.external_id,
        attempt=ref.attempt,
        defaults={
            "created_at": now,
            "poll_at": poll_at,
            "retry_of": retry_of,
            "parent_job": retry_of.parent_job if retry_of is not None else None,
            "workflow": retry_of.workflow if retry_of is not None else "",
        }
        | fitting(Run, **(known or {})),
    )
    # Only a younger row repeats an older one: a server that answers with an earlier run makes no circle.
    if retry_of is not None and run.retry_of_id is None and run.pk > retry_of.pk:
        Run.objects.filter(pk=run.pk).update(retry_of=retry_of)
        run.retry_of = retry_of
    if created:
        work.wake(run, POLL_TASK, at=poll_at)
        Repository.objects.filter(pk=repository.pk).update(news_at=now)
    return run


@transaction.atomic
def record_run(repository: Repository, data: RunData, *, asked_at: datetime | None = None) -> Run:
    """Upsert what a provider said. Within an attempt a terminal state is final; later news of it changes nothing.

    `asked_at` is when the server was asked: a wish to look again that came since is kept.
    """
    resumes = _resumes(repository)
    if resumes:
        # One answer is placed at a time: two at once could each begin the next attempt.
        Repository.objects.select_for_update().get(pk=repository.pk)
        known = generations.newest(repository, data.ref.external_id)
        if known is not None and generations.is_stale(known, data):
            _look_again(known)
            return known
        data = generations.placed(known, data)
    run = record_ref(repository, data.ref, retry_of=_earlier_attempt(repository, data))
    run = Run.objects.select_for_update().get(pk=run.pk)
    if run.state_is_final:
        _note_later_change(run, data)
        return run
    _write_run(run, data, asked_at=asked_at)
    for job in data.jobs or ():
        _write_job(run, job, resumes=resumes)
    if resumes and data.jobs:
        _mark_superseded(run, data.jobs)
    if data.state.is_terminal and data.jobs is not None:
        enqueue(COLLECT_TASK, run.pk, cluster=IO)
    return run


def _look_again(run: Run) -> None:
    """A newer answer was stored meanwhile; the run is asked for once more, in case that one was in the wrong."""
    if not run.state_is_final:
        soon = timezone.now() + STIRRED
        Run.objects.filter(pk=run.pk).update(poll_failures=0, poll_at=soon)
        work.wake(run, POLL_TASK, at=soon)


def _mark_superseded(run: Run, jobs: Sequence[JobData]) -> None:
    """A job that is not named any more, while another one of its name is, was repeated within the attempt."""
    listed, names = [job.ref.external_id for job in jobs], [job.name for job in jobs]
    run.jobs.filter(external_id__in=listed, is_superseded=True).update(is_superseded=False)
    run.jobs.filter(name__in=names, is_superseded=False).exclude(external_id__in=listed).update(is_superseded=True)


def _note_later_change(run: Run, data: RunData) -> None:
    """Something about an ended run changed that is none of its results: it is not asked for again.

    A listing tells no jobs, so it cannot know that.
    """
    if data.jobs is not None and generations.may_have_changed(run, data):
        Run.objects.filter(pk=run.pk).update(updated_at=data.updated_at)


@transaction.atomic
def record_job(repository: Repository, data: JobData) -> None:
    """Upsert a job that a signed webhook told of; a run that nobody told of yet is fetched in a while."""
    ref = data.ref.run
    run = find_run(repository, ref) or record_ref(repository, ref, fetch_in=AFTER_JOB)
    if not run.state_is_final:
        _write_job(run, data, resumes=_resumes(repository))


def _earlier_attempt(repository: Repository, data: RunData) -> Run | None:
    ref = data.ref
    if ref.attempt == 1:
        return None
    same = Run.objects.filter(repository=repository, external_id=ref.external_id)
    began = data.started_at or data.created_at
    is_new = not same.filter(attempt=ref.attempt).exists()
    if is_new and began is not None and timezone.now() - began < EARLIER_WITHIN:
        # What failed before this attempt is evidence: it is fetched, and so are those before it in their turn.
        record_ref(repository, RunRef(ref.repo, ref.external_id, ref.attempt - 1))
    return same.filter(attempt__lt=ref.attempt).order_by("-attempt").first()


def _write_run(run: Run, data: RunData, *, asked_at: datetime | None) -> None:
    now, before = timezone.now(), run.state
    was_live = run.synced_at is not None
    # A provider that does not tell a thing must not wipe out what the trigger knew.
    for field, value in fitting(Run, **{name: getattr(data, name) for name in TEXTS}).items():
        setattr(run, field, value or getattr(run, field))
    for field in ("created_at", "started_at", "finished_at", "updated_at"):
        setattr(run, field, getattr(data, field) or getattr(run, field))
    run.coverage = run.coverage if data.coverage is None else data.coverage
    # A state without jobs (a listing) may not end the run: its jobs have to be fetched first.
    if not (data.state.is_terminal and data.jobs is None):
        run.state = data.state
        run.raw_state = fitting(Run, raw_state=data.raw_state)["raw_state"]
    if run.state_is_final and run.finished_at is None:
        # One that had ended before we saw it did not end now: old failures are not answered.
        run.finished_at = now if was_live else data.started_at or data.created_at or now
    run.synced_at, run.poll_failures = now, 0
    if data.state != before:
        Repository.objects.filter(pk=run.repository_id).update(news_at=now)
    run.poll_at = _poll_at(run, data, asked_at=asked_at if was_live else None)
    run.save()


def _poll_at(run: Run, data: RunData, *, asked_at: datetime | None) -> datetime | None:
    now, wished = timezone.now(), run.poll_at
    if not data.state.is_terminal and asked_at and wished and asked_at < wished <= now + STIRRED:
        # Something changed while the server was asked.
        return wished
    if data.state.is_terminal and not run.state_is_final:
        return now
    unsettled = Run.objects.filter(settled_at=None, repository__connection=run.repository.connection_id)
    live = unsettled.filter(poll_at__isnull=False, poll_failures=0).count()
    listed = Capability.LISTED_STATES in provider_of(run.repository.connection).capabilities
    wait = next_interval(State(run.state), age=now - run.created_at, live_runs=live, listed=listed)
    if wait is None:
        return None
    # A listing tells no jobs: where runs are not followed by it, it may bring the next look forward, not put it off.
    keeps = data.jobs is None and not listed and run.poll_at is not None
    return min(now + wait, run.poll_at) if keeps and run.poll_at else now + wait


def _may_go_on(job: Job, data: JobData) -> bool:
    """What was skipped is run after all where something before it is repeated; a job with a child goes on with that."""
    return State(job.state) is State.SKIPPED or data.child is not None


def _link_child(run: Run, job: Job, ref: RunRef) -> None:
    """The run that a job started, of a repository that is followed, becomes part of the tree."""
    rows = Repository.objects.filter(connection=run.repository.connection_id, is_active=True)
    repository = rows.filter(external_id__iexact=ref.repo.external_id).first()
    if repository is None:
        return
    known = {"workflow": f"{run.workflow}: {job.name}"}
    if repository == run.repository:
        known |= {"branch": run.branch, "commit_sha": run.commit_sha, "head_repository": run.head_repository}
    child = known_run(repository, ref) or record_ref(repository, ref, known=known)
    if child.pk != run.pk and child.parent_job_id != job.pk:
        # Its own webhook may have come first.
        told = {"workflow": child.workflow or known["workflow"]}
        Run.objects.filter(pk=child.pk).update(parent_job=job, **fitting(Run, **told))


def _write_job(run: Run, data: JobData, *, resumes: bool) -> None:
    texts = fitting(Job, external_id=data.ref.external_id, name=data.name, raw_state=data.raw_state, url=data.url)
    job, created = Job.objects.get_or_create(run=run, external_id=texts.pop("external_id"), defaults=texts)
    if State(job.state).is_terminal and not (resumes and _may_go_on(job, data)):
        return
    if created and resumes:
        job.carried_from = generations.origin_of(run, data)
    for field, text in texts.items():
        setattr(job, field, text)
    job.state, job.allow_failure, job.coverage = data.state, data.allow_failure, data.coverage
    # A webhook may tell less than the answer before it did.
    job.created_at = data.created_at or job.created_at
    job.started_at, job.finished_at = data.started_at, data.finished_at
    job.save()
    if data.child is not None:
        _link_child(run, job, data.child)
    Step.objects.bulk_create(
        [
            Step(
                job=job,
                number=step.number,
                state=step.state,
                started_at=step.started_at,
                finished_at=step.finished_at,
                **fitting(Step, external_id=step.external_id, name=step.name, raw_state=step.raw_state),
            )
            for step in data.steps
        ],
        update_conflicts=True,
        unique_fields=["job", "number"],
        update_fields=["external_id", "name", "state", "raw_state", "started_at", "finished_at"],
    )
