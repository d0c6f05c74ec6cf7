"""Collect: logs and test results of a finished run become rows; then the run is settled."""

import logging
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import BinaryIO, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from ci_integrations.domain import ArtifactRef, Capability, State, TestData
from ci_integrations.errors import Invalid, NotFound, ProviderError
from ci_integrations.models import Artifact, Job, Run
from ci_integrations.parsing.archives import BadArchive, entries, looks_like_zip
from ci_integrations.parsing.junit import looks_like_junit, parse_junit
from ci_integrations.parsing.masking import Masker
from ci_integrations.providers.base import CIProvider
from ci_integrations.services import annotations, flaky, logs, work
from ci_integrations.services.fitting import MAX_BIG_INTEGER, fitting, whole
from ci_integrations.services.results import store_results
from ci_integrations.services.sync import run_ref
from ci_integrations.signals import run_settled
from ci_integrations.wiring import provider_of, secrets_of

log = logging.getLogger(__name__)

REPORT_NAME: Final = (".xml", "junit")
# An archive of a passing run is fetched where its name speaks of results; of a failing run any may tell why.
ARCHIVE_OF_REPORTS: Final = re.compile(r"test|junit|xunit|report|result|surefire|spec|check", re.IGNORECASE)
SNIFF_BYTES: Final = 2048
COPY_BYTES: Final = 65_536
NOTE_LENGTH: Final = 2000

Results = dict[Job, list[TestData]]


def collect_run(run_id: int) -> None:
    """Fetch what a finished run left behind, store it, settle the run. Safe to call any number of times.

    What cannot be read is noted on the run (`last_error`) and the rest is kept. Where the provider stays silent for all
    attempts, the run is settled without what is missing, and says so.
    """
    run = Run.objects.select_related("repository__connection").get(pk=run_id)
    if not run.state_is_final or run.settled_at is not None:
        return
    notes: list[str] = []
    with work.attempt(run) as claimed:
        if claimed:
            _collect(run, notes)
            settle(run)
    run.refresh_from_db()
    if run.dead_at is not None:
        settle(run)
    elif notes:
        note = fitting(Run, last_error="; ".join(notes)[:NOTE_LENGTH])
        Run.objects.filter(pk=run.pk, settled_at__isnull=False).update(**note)


def settle(run: Run) -> None:
    """Tell the rest of the house, once, that this run's results are in. Part of one transaction with what follows."""
    with transaction.atomic():
        if Run.objects.filter(pk=run.pk, settled_at=None).update(settled_at=timezone.now()):
            flaky.record_evidence(run)
            run_settled.send(sender=Run, run_id=run.pk)


def _collect(run: Run, notes: list[str]) -> None:
    """Results first: a log that cannot be had keeps nothing else from being stored.

    Adds to `notes` what cannot be read. Raises ProviderError where another try may help.
    """
    provider = provider_of(run.repository.connection)
    masker = Masker(secrets_of(run.repository.connection))
    found: list[str] = []
    store_results(run, _results(provider, run, masker, found))
    _fetch_logs(provider, run, masker, found)
    notes += [masker.text(note) for note in found]


def _fetch_logs(provider: CIProvider, run: Run, masker: Masker, notes: list[str]) -> None:
    """Logs of the failed jobs, and what those jobs remarked at lines of files."""
    again: ProviderError | None = None
    code_host = provider.code_host
    for job in _own_jobs(run):
        if not State(job.state).is_failed:
            continue
        try:
            with _noting(notes, f"the log of {job.name}"):
                logs.fetch_log(provider, job)
            if code_host is not None:
                annotations.fetch(code_host, job, masker)
        except ProviderError as error:
            again = again or error
    if again is not None:
        raise again


@contextmanager
def _noting(notes: list[str], what: str) -> Iterator[None]:
    """An error that another try would meet again ends here, as a note."""
    try:
        yield
    except ProviderError as error:
        if error.retryable:
            raise
        log.warning("%s could not be read: %s", what, error)
        notes.append(f"{what} could not be read: {error}")


def _results(provider: CIProvider, run: Run, masker: Masker, notes: list[str]) -> Results:
    """Test results by job: from report files where there are any, else as the server itself knows them."""
    found: Results = defaultdict(list)
    jobs = {job.external_id: job for job in _own_jobs(run)}
    elsewhere = _jobs_elsewhere(run)
    if Capability.ARTIFACTS in provider.capabilities:
        with _noting(notes, "the list of artifacts"):
            _read_reports(provider, run, jobs, elsewhere, masker, found)
    if not any(found.values()) and Capability.NATIVE_TESTS in provider.capabilities:
        with _noting(notes, "the server's test results"):
            for test in provider.list_tests(run_ref(run)):
                owner = test.job.external_id if test.job else ""
                job = None if owner in elsewhere else _job_for(owner, jobs)
                if job is not None:
                    found[job].append(test)
    return found


def _own_jobs(run: Run) -> QuerySet[Job]:
    """The jobs that ran in this attempt, and were not repeated in it."""
    rows = run.jobs.filter(carried_from=None, is_superseded=False)
    return rows.select_related("run__repository__connection").order_by("id")


def _jobs_elsewhere(run: Run) -> frozenset[str]:
    """Jobs of this attempt whose results are those of another one, or count no more."""
    rows = run.jobs.filter(Q(is_superseded=True) | Q(carried_from__isnull=False))
    return frozenset(rows.values_list("external_id", flat=True))


def _read_reports(
    provider: CIProvider, run: Run, jobs: dict[str, Job], elsewhere: frozenset[str], masker: Masker, found: Results
) -> None:
    reported: set[str] = set()
    for artifact in _artifacts(provider, run):
        owner = artifact.job.external_id if artifact.job else ""
        if owner in elsewhere:
            continue
        job, note = _job_for(owner, jobs), ""
        # Of a job that gave its reports out by themselves, the archive holds the same ones once more.
        is_known = artifact.is_archive and owner in reported
        if job is not None and not is_known and _may_hold_results(run, artifact):
            tests, note = _read_tests(provider, artifact)
            found[job] += tests
            if owner and tests and not artifact.is_archive:
                reported.add(owner)
        texts = {"external_id": artifact.external_id, "name": artifact.name, "note": note}
        row = fitting(Artifact, **{name: masker.text(text) for name, text in texts.items()})
        Artifact.objects.update_or_create(
            run=run,
            external_id=row.pop("external_id"),
            defaults={**row, "size": whole(artifact.size, most=MAX_BIG_INTEGER), "job": job},
        )


def _artifacts(provider: CIProvider, run: Run) -> list[ArtifactRef]:
    try:
        return list(provider.list_artifacts(run_ref(run)))
    except NotFound:
        return []


def _may_hold_results(run: Run, artifact: ArtifactRef) -> bool:
    if not artifact.is_archive:
        return artifact.name.lower().endswith(REPORT_NAME)
    return State(run.state).is_failed or ARCHIVE_OF_REPORTS.search(artifact.name) is not None


def _read_tests(provider: CIProvider, artifact: ArtifactRef) -> tuple[list[TestData], str]:
    """The results that an artifact holds, and a note for people."""
    tests: list[TestData] = []
    troubles: list[str] = []
    limit = settings.ORCHESTRATE_ARTIFACT_MAX_BYTES
    try:
        with provider.open_artifact(artifact) as stream, TemporaryFile() as spool:
            _copy(stream, spool, limit=limit)
            for file in _reports_in(spool, limit=limit):
                report = parse_junit(file)
                tests += report.tests
                troubles += [f"cut short: {report.error}"] if report.error else []
    except ProviderError as error:
        if error.retryable:
            raise
        troubles.append(f"not read: {error}")
    except BadArchive as error:
        troubles.append(f"not read to its end: {error}")
    counted = [f"{len(tests)} test results"] if tests else []
    return tests, ", ".join(counted + troubles)


def _reports_in(spool: BinaryIO, *, limit: int) -> Iterator[BinaryIO]:
    """The JUnit files of a file that may be an archive of them."""
    spool.seek(0)
    is_archive = looks_like_zip(spool.read(SNIFF_BYTES))
    files = (file for _, file in entries(spool, suffix=".xml", max_bytes=limit)) if is_archive else iter([spool])
    for file in files:
        file.seek(0)
        if looks_like_junit(file.read(SNIFF_BYTES)):
            file.seek(0)
            yield file


def _copy(source: BinaryIO, target: BinaryIO, *, limit: int) -> None:
    """Raises Invalid for more than `limit` bytes."""
    room = limit
    while data := source.read(min(COPY_BYTES, room + 1)):
        room -= len(data)
        if room < 0:
            raise Invalid(f"larger than {limit} bytes (ORCHESTRATE_ARTIFACT_MAX_BYTES)")
        target.write(data)


def _job_for(external_id: str, jobs: dict[str, Job]) -> Job | None:
    """The job a result belongs to: the named one, else a failed one, one that may not fail first, else the first."""
    if external_id in jobs:
        return jobs[external_id]
    failed = sorted((job for job in jobs.values() if State(job.state).is_failed), key=lambda job: job.allow_failure)
    return next(iter(failed or jobs.values()), None)
