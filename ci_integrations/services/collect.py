"""Collect: logs and test results of a finished run become rows; then the run is settled."""

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from django.db import transaction
from django.utils import timezone

from ci_integrations.domain import Capability, Outcome, ResultSource, TestData
from ci_integrations.errors import ConfigError, ProviderError
from ci_integrations.models import Job, JobLog, Run
from ci_integrations.parsing.coverage import Coverage
from ci_integrations.parsing.masking import Masker
from ci_integrations.providers.base import CIProvider
from ci_integrations.services import annotations, change_coverage, coverage, flaky, logs, work
from ci_integrations.services.fitting import fitting
from ci_integrations.services.jobs import OwnJobs
from ci_integrations.services.reports import Reports, read_reports
from ci_integrations.services.results import JobResults, Room, store_results
from ci_integrations.services.sync import run_ref
from ci_integrations.signals import run_settled
from ci_integrations.wiring import provider_of, secrets_of

log = logging.getLogger(__name__)

NOTE_LENGTH: Final = 2000
# The files of frameworks that print them before the names of tests: pytest, Bats, busted, prove.
TEST_FILES: Final = (".py", ".bats", ".lua", ".t")


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
    jobs = OwnJobs(run)
    found: list[str] = []
    results = {job: JobResults() for job in jobs}
    reports = Reports()
    if Capability.ARTIFACTS in provider.capabilities:
        with _noting(found, "the list of artifacts"):
            reports = read_reports(provider, run, jobs, masker)
            for job, tests in reports.tests.items():
                results[job].tests += tests
    if Capability.NATIVE_TESTS in provider.capabilities and not all(one.tests for one in results.values()):
        with _noting(found, "the server's test results"):
            found += _add_told_tests(provider, run, jobs, results)
    store_results(run, results)
    covered = coverage.store_coverage(run, reports.coverage)
    if covered is not None:
        _cover_change(run, covered, found)
    untold = frozenset(job for job, one in results.items() if not one.tests)
    _fetch_logs(provider, jobs, untold, masker, found)
    notes += [masker.text(note) for note in found]


def _cover_change(run: Run, covered: Coverage, notes: list[str]) -> None:
    """How the lines of the change are covered. Whatever stands in the way is a note: no answer waits for this."""
    try:
        change_coverage.store_change(run, covered)
    except (ProviderError, ConfigError) as error:
        log.warning("the change that run %s is of could not be read: %s", run.pk, error)
        notes.append(f"the change that this run is of could not be read: {error}")


def _add_told_tests(provider: CIProvider, run: Run, jobs: OwnJobs, results: Mapping[Job, JobResults]) -> Iterable[str]:
    """What the server itself knows of the tests of jobs that left no report; of jobs it does not name, if none did.

    Gives notes on what was left out.
    """
    rooms: dict[Job, Room] = defaultdict(Room)
    reported = {job for job, one in results.items() if one.tests}
    for test in provider.list_tests(run_ref(run)):
        owner = test.job.external_id if test.job else ""
        job = jobs.of_result(owner)
        if job is None or job in reported or (reported and jobs.named(owner) is None):
            continue
        results[job].source = ResultSource.API
        if rooms[job].admits(test):
            results[job].tests.append(test)
    return [f"{job.name}: {room.note}" for job, room in rooms.items() if room.note]


def _logged(job: Job) -> JobResults:
    """The tests that failed by the log of a job, of which nothing else tells."""
    stored = JobLog.objects.filter(job=job).first()
    failed = stored.failed_tests if stored else []
    return JobResults(ResultSource.LOG, [_failed(told["name"], told["message"]) for told in failed])


def _failed(name: str, message: str) -> TestData:
    """A failed test of which a console tells: of some frameworks its name is the file's and then its own."""
    file = name.partition("::")[0]
    return TestData("", name, Outcome.FAILED, message=message, file=file if file.endswith(TEST_FILES) else "")


def _fetch_logs(provider: CIProvider, jobs: OwnJobs, untold: Collection[Job], masker: Masker, notes: list[str]) -> None:
    """Logs of the failed jobs, and what those jobs remarked at lines of files. Of the tests of `untold` jobs nothing
    else tells.
    """
    again: ProviderError | None = None
    code_host = provider.code_host
    for job in jobs.failed:
        try:
            with _noting(notes, f"the log of {job.name}"):
                logs.fetch_log(provider, job)
                if job in untold:
                    store_results(job.run, {job: _logged(job)})
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
