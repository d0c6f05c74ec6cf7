"""Collect: logs and test results of a finished run become rows; then the run is settled."""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable
from tempfile import TemporaryFile
from typing import BinaryIO, Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ci_integrations.domain import ArtifactRef, Capability, RunRef, State, TestData
from ci_integrations.errors import Invalid, NotFound
from ci_integrations.models import Artifact, Job, Run, TestCase, TestResult
from ci_integrations.parsing.junit import JUnitReport, looks_like_junit, parse_junit
from ci_integrations.providers.base import CIProvider
from ci_integrations.services import flaky, logs, work
from ci_integrations.services.sync import run_ref
from ci_integrations.signals import run_settled
from ci_integrations.wiring import provider_of

log = logging.getLogger(__name__)

RESULTS_PER_RUN: Final = 200_000
REPORT_NAME: Final = (".xml", "junit")
SNIFF_BYTES: Final = 2048
COPY_BYTES: Final = 65_536


def collect_run(run_id: int) -> None:
    """Fetch what a finished run left behind, store it, settle the run. Safe to call any number of times.

    Where the provider stays silent for all attempts, the run is settled without what is missing, and says so.
    """
    run = Run.objects.select_related("repository__connection").get(pk=run_id)
    if not run.state_is_final or run.settled_at is not None:
        return
    with work.attempt(run) as claimed:
        if claimed:
            _collect(run)
            settle(run)
    run.refresh_from_db()
    if run.dead_at is not None:
        settle(run)


def settle(run: Run) -> None:
    """Tell the rest of the house, once, that this run's results are in. Part of one transaction with what follows."""
    with transaction.atomic():
        if Run.objects.filter(pk=run.pk, settled_at=None).update(settled_at=timezone.now()):
            flaky.record_evidence(run)
            run_settled.send(sender=Run, run_id=run.pk)


def _collect(run: Run) -> None:
    provider = provider_of(run.repository.connection)
    jobs = {job.external_id: job for job in run.jobs.order_by("id")}
    for job in jobs.values():
        if State(job.state).is_failed:
            logs.fetch_log(provider, job)
    results = _results(provider, run, jobs)
    store_results(run, results)


def _results(provider: CIProvider, run: Run, jobs: dict[str, Job]) -> dict[Job, list[TestData]]:
    """Test results by job: from report files where there are any, else as the server itself knows them."""
    ref = run_ref(run)
    found: dict[Job, list[TestData]] = defaultdict(list)
    if Capability.ARTIFACTS in provider.capabilities:
        _read_reports(provider, run, ref, jobs, found)
    if not found and Capability.NATIVE_TESTS in provider.capabilities:
        for test in provider.list_tests(ref):
            job = _job_for(test.job.external_id if test.job else "", jobs)
            if job is not None:
                found[job].append(test)
    return found


def _read_reports(
    provider: CIProvider, run: Run, ref: RunRef, jobs: dict[str, Job], found: dict[Job, list[TestData]]
) -> None:
    for artifact in provider.list_artifacts(ref):
        job = _job_for(artifact.job.external_id if artifact.job else "", jobs)
        note = ""
        if job is not None and artifact.name.lower().endswith(REPORT_NAME):
            report, note = _read_report(provider, artifact)
            found[job] += report.tests if report else []
        Artifact.objects.update_or_create(
            run=run,
            external_id=artifact.external_id[:500],
            defaults={"name": artifact.name[:500], "size": artifact.size, "job": job, "note": note[:500]},
        )


def _read_report(provider: CIProvider, artifact: ArtifactRef) -> tuple[JUnitReport | None, str]:
    try:
        with provider.open_artifact(artifact) as stream, TemporaryFile() as spool:
            _copy(stream, spool, limit=settings.ORCHESTRATE_ARTIFACT_MAX_BYTES)
            spool.seek(0)
            if not looks_like_junit(spool.read(SNIFF_BYTES)):
                return None, ""
            spool.seek(0)
            report = parse_junit(spool)
    except (NotFound, Invalid) as error:
        return None, f"not read: {error}"
    note = f"{len(report.tests)} test results"
    return report, f"{note}, cut short: {report.error}" if report.error else note


def _copy(source: BinaryIO, target: BinaryIO, *, limit: int) -> None:
    """Raises Invalid for more than `limit` bytes."""
    room = limit
    while data := source.read(min(COPY_BYTES, room + 1)):
        room -= len(data)
        if room < 0:
            raise Invalid(f"larger than {limit} bytes (ORCHESTRATE_ARTIFACT_MAX_BYTES)")
        target.write(data)


def _job_for(external_id: str, jobs: dict[str, Job]) -> Job | None:
    """The job a result belongs to: the named one, else a failed one, else the first."""
    if external_id in jobs:
        return jobs[external_id]
    failed = [job for job in jobs.values() if State(job.state).is_failed]
    return next(iter(failed or jobs.values()), None)


@transaction.atomic
def store_results(run: Run, results: dict[Job, list[TestData]]) -> None:
    """Replace the test results of a run, in a few statements however many there are."""
    TestResult.objects.filter(job__run=run).delete()
    cases = _cases(run, (test for tests in results.values() for test in tests))
    rows = []
    for job, tests in results.items():
        seen: dict[str, int] = defaultdict(int)
        for test in tests[:RESULTS_PER_RUN]:
            key = fingerprint(test)
            rows.append(
                TestResult(
                    job=job,
                    case=cases[key],
                    ordinal=seen[key],
                    outcome=test.outcome,
                    duration=test.duration,
                    message=test.message,
                    details=test.details,
                    file=test.file[:500],
                    line=test.line,
                )
            )
            seen[key] += 1
    TestResult.objects.bulk_create(rows, batch_size=2000)


def fingerprint(test: TestData) -> str:
    """What makes two results results of the same test: suite and name."""
    return hashlib.sha256(f"{test.suite}\0{test.name}".encode(errors="replace")).hexdigest()


def _cases(run: Run, tests: Iterable[TestData]) -> dict[str, TestCase]:
    wanted = {fingerprint(test): test for test in tests}
    TestCase.objects.bulk_create(
        [
            TestCase(repository=run.repository, fingerprint=key, suite=test.suite[:500], name=test.name[:1000])
            for key, test in wanted.items()
        ],
        ignore_conflicts=True,
        batch_size=2000,
    )
    cases: dict[str, TestCase] = {}
    keys = list(wanted)
    for start in range(0, len(keys), 500):
        rows = TestCase.objects.filter(repository=run.repository, fingerprint__in=keys[start : start + 500])
        cases |= {case.fingerprint: case for case in rows}
    return cases
