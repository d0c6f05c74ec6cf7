"""Report files: what a run left at its server is fetched, read for test results and coverage, and listed."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import BinaryIO, Final

from django.conf import settings

from ci_integrations.domain import ArtifactRef, State, TestData
from ci_integrations.errors import Invalid, NotFound, ProviderError
from ci_integrations.models import Artifact, Job, Run
from ci_integrations.parsing.coverage import Coverage
from ci_integrations.parsing.files import Kind, Piece, Unreadable, read_file
from ci_integrations.parsing.logs import LogScan
from ci_integrations.parsing.masking import Masker
from ci_integrations.parsing.reports.merging import Merger
from ci_integrations.providers.base import CIProvider
from ci_integrations.services.fitting import MAX_BIG_INTEGER, fitting, whole
from ci_integrations.services.jobs import OwnJobs
from ci_integrations.services.results import Room
from ci_integrations.services.sync import run_ref

# By its name a file is fetched; what it is, its content tells.
REPORT: Final = re.compile(
    r"\.(?:xml|coveragexml|trx|tap|lcov)(?:\.gz)?$|junit[^/]*$|\blcov[^/]*\.info$|\b(?:cover|coverage)[^/]*\.(?:out|txt)$"
    r"|(?:test|spec|result|report|coverage|cucumber|jest|vitest|mocha|rspec|playwright|ctrf|nextest|newman)[^/]*\.jsonl?$"
    r"|(?:coveralls|codecov|covdir|gcovr|xccov)[^/]*\.json$",
    re.IGNORECASE,
)
# An archive of a passing run is fetched where its name speaks of results; of a failing run any may tell why.
ARCHIVE_OF_REPORTS: Final = re.compile(
    r"test|junit|xunit|report|result|surefire|spec|check|coverage|lcov|jacoco", re.IGNORECASE
)
MOST_FETCHED: Final = 200
COPY_BYTES: Final = 65_536


@dataclass(slots=True)
class Reports:
    """What the report files of a run say, by job."""

    tests: dict[Job, list[TestData]] = field(default_factory=lambda: defaultdict(list))
    coverage: dict[Job, list[Coverage]] = field(default_factory=lambda: defaultdict(list))


def read_reports(provider: CIProvider, run: Run, jobs: OwnJobs, masker: Masker) -> Reports:
    """Read the files that a run left, list each of them, and say beside it what it held or what was wrong with it.

    Of files that say the same about one job, one counts. Raises ProviderError where another try may help.
    """
    reports = Reports()
    merging: dict[Job, Merger] = defaultdict(Merger)
    rooms: dict[Job, Room] = defaultdict(Room)
    reported: set[str] = set()
    fetched = 0
    for artifact in _artifacts(provider, run):
        owner = artifact.job.external_id if artifact.job else ""
        if owner in jobs.elsewhere:
            continue
        job, note = jobs.of_result(owner), ""
        # Of a job that gave its reports out by themselves, the archive holds the same ones once more.
        is_known = artifact.is_archive and owner in reported
        if job is not None and not is_known and _may_hold_results(run, artifact):
            fetched += 1
            if fetched <= MOST_FETCHED:
                said = _read(provider, artifact, merging[job], rooms[job])
                reports.tests[job] += said.tests
                reports.coverage[job] += said.coverage
                note = said.note
                if owner and said.tests and not artifact.is_archive:
                    reported.add(owner)
            else:
                note = f"not read: only {MOST_FETCHED} files of a run are"
        _list(run, job, artifact, masker, note)
    return reports


def _list(run: Run, job: Job | None, artifact: ArtifactRef, masker: Masker, note: str) -> None:
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
        return REPORT.search(artifact.name) is not None
    return State(run.state).is_failed or ARCHIVE_OF_REPORTS.search(artifact.name) is not None


@dataclass(slots=True)
class _Said:
    """What one artifact says."""

    tests: list[TestData] = field(default_factory=list)
    coverage: list[Coverage] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    @property
    def note(self) -> str:
        counted = [f"{len(self.tests)} test results"] if self.tests else []
        counted += ["coverage"] if self.coverage else []
        return ", ".join(counted + list(dict.fromkeys(self.troubles)))


def _read(provider: CIProvider, artifact: ArtifactRef, merger: Merger, room: Room) -> _Said:
    said = _Said()
    limit = settings.ORCHESTRATE_ARTIFACT_MAX_BYTES
    try:
        with provider.open_artifact(artifact) as stream, TemporaryFile() as spool:
            _copy(stream, spool, limit=limit)
            for piece in read_file(spool, Kind.REPORT, max_archive=limit):
                _take(said, piece, merger, room)
    except ProviderError as error:
        if error.retryable:
            raise
        said.troubles.append(f"not read: {error}")
    said.troubles += [room.note] if room.note else []
    return said


def _take(said: _Said, piece: Piece, merger: Merger, room: Room) -> None:
    content = piece.content
    said.troubles += [f"not read to its end: {piece.error}"] if piece.error else []
    if isinstance(content, Unreadable):
        # That an archive holds other things than reports is no trouble.
        said.troubles += [f"not read to its end: {content.error}"] if content.is_damage else []
    elif isinstance(content, Coverage):
        said.coverage.append(content)
        said.troubles += [f"cut short: {content.error}"] if content.error else []
    elif not isinstance(content, LogScan):
        said.tests += merger.add([test for test in content if room.admits(test)])
        said.troubles += [f"cut short: {content.reading.error}"] if content.reading.error else []


def _copy(source: BinaryIO, target: BinaryIO, *, limit: int) -> None:
    """Raises Invalid for more than `limit` bytes."""
    room = limit
    while data := source.read(min(COPY_BYTES, room + 1)):
        room -= len(data)
        if room < 0:
            raise Invalid(f"larger than {limit} bytes (ORCHESTRATE_ARTIFACT_MAX_BYTES)")
        target.write(data)
