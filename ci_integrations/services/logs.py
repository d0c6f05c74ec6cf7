"""Logs: from the provider into storage, masked, with what they say went wrong."""

import gzip
import logging
import tempfile
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from ci_integrations.domain import Capability, JobRef, LogChunk, State
from ci_integrations.errors import NotFound, OrchestrateError, ProviderError, Unavailable
from ci_integrations.models import Connection, Job, JobLog, LogFinding
from ci_integrations.parsing.ansi import clean_line
from ci_integrations.parsing.files import Kind, read_file
from ci_integrations.parsing.logfile import LogIndex, read_lines, write_log
from ci_integrations.parsing.logs import FailedTest, LogScan
from ci_integrations.parsing.logs.model import LESS_THAN_ERRORS
from ci_integrations.parsing.logtext import log_lines
from ci_integrations.parsing.masking import Masker
from ci_integrations.parsing.texts import storable
from ci_integrations.providers.base import CIProvider
from ci_integrations.services.fitting import fitting, whole
from ci_integrations.services.sync import run_ref
from ci_integrations.wiring import provider_of, secrets_of

log = logging.getLogger(__name__)

# Logs of runs that passed are read to tell what is usual, as many and as large ones as these.
BACKGROUND_LOGS: Final = 3
BACKGROUND_BYTES: Final = 5_000_000
MAX_EXCERPTS: Final = 20
MAX_EXCERPT: Final = 50
MAX_FINDINGS: Final = 200
MAX_NAMES: Final = 2_000


def ensure_log(job: Job) -> JobLog | None:
    """The stored log of a job; fetched first where it is not stored yet. None: the server has none.

    The log of a job that still runs is not kept: read it with `live_log`. Raises ProviderError.
    """
    job = job.origin
    stored = JobLog.objects.filter(job=job).first()
    if stored is not None or not State(job.state).is_terminal:
        return stored
    return fetch_log(provider_of(job.run.repository.connection), job)


def store_log(job_id: int) -> None:
    """Store the log of a finished job that somebody wants to read. Trouble is noted on the connection."""
    job = Job.objects.select_related("run__repository__connection").get(pk=job_id)
    try:
        ensure_log(job)
    except OrchestrateError as error:
        log.warning("job %s: its log cannot be fetched: %s", job.pk, error)
        Connection.objects.filter(pk=job.run.repository.connection_id).update(trouble=f"{error}"[:500])


def fetch_log(provider: CIProvider, job: Job) -> JobLog | None:
    """Fetch, mask, scan and store the log of a finished job. None: the server has none. Raises ProviderError."""
    stored = JobLog.objects.filter(job=job).first()
    if stored is not None or Capability.LOGS not in provider.capabilities:
        return stored
    mask = Masker(secrets_of(job.run.repository.connection))
    with tempfile.TemporaryFile() as out:
        try:
            lines = mask.mask_stream(_whole(provider, _job_ref(job)))
            index = write_log(lines, out, max_bytes=settings.ORCHESTRATE_LOG_MAX_BYTES)
        except NotFound:
            return None
        out.seek(0)
        scan = _scan(job, out)
        out.seek(0)
        return _store(job, out, index, scan)


def live_log(job: Job) -> Iterator[bytes]:
    """The present log of a job, straight from the server, masked, in whole lines. Raises ProviderError."""
    mask = Masker(secrets_of(job.run.repository.connection))
    chunks = _chunks(provider_of(job.run.repository.connection), _job_ref(job))
    yield from mask.mask_stream(chunk.data for chunk in chunks)


def follow_log(
    job: Job, *, wait: Callable[[ProviderError | None], None], has_ended: Callable[[], bool]
) -> Iterator[bytes]:
    """The log of a job as it grows, masked, in whole lines, until nothing will follow.

    `wait` is called between two looks at the server, with the error where one that may pass came instead of an answer:
    it pauses, or raises. `has_ended` is asked, where the server says nothing new, whether the job has ended. Raises
    ProviderError.
    """
    mask = Masker(secrets_of(job.run.repository.connection))
    chunks = _growing(provider_of(job.run.repository.connection), _job_ref(job), wait, has_ended)
    yield from mask.mask_stream(chunks)


def _growing(
    provider: CIProvider,
    ref: JobRef,
    wait: Callable[[ProviderError | None], None],
    has_ended: Callable[[], bool],
) -> Iterator[bytes]:
    offset, is_quiet = 0, False
    while True:
        # Asked before the log is: what was written before the end is read then.
        is_over = is_quiet and has_ended()
        try:
            chunk = provider.read_log(ref, offset=offset)
        except ProviderError as error:
            is_quiet = isinstance(error, NotFound)
            if is_over and is_quiet:
                return
            if not (error.retryable or is_quiet):
                raise
            wait(None if is_quiet else error)
            continue
        yield chunk.data
        offset, is_quiet = chunk.next_offset, not chunk.data
        if chunk.complete and (chunk.is_final or is_over):
            return
        if chunk.complete:
            wait(None)


def read_page(stored: JobLog, start: int, stop: int) -> list[str]:
    """Lines `start` (from 0) to `stop` (excluded) of a stored log, as text with its colours."""
    with stored.file.open("rb") as file:
        lines = read_lines(cast(BinaryIO, file), bytes(stored.offsets), start, min(stop, stored.lines))
    return [line.decode(errors="replace").rstrip("\r\n") for line in lines]


def _job_ref(job: Job) -> JobRef:
    return JobRef(run=run_ref(job.run), external_id=job.external_id)


def _chunks(provider: CIProvider, ref: JobRef) -> Iterator[LogChunk]:
    offset = 0
    while True:
        chunk = provider.read_log(ref, offset=offset)
        yield chunk
        if chunk.complete or not chunk.data:
            return
        offset = chunk.next_offset


def _whole(provider: CIProvider, ref: JobRef) -> Iterator[bytes]:
    """The log of a job that has ended. Raises Unavailable where the server says that it has not come in whole yet."""
    for chunk in _chunks(provider, ref):
        yield chunk.data
        if chunk.complete and chunk.is_final is False:
            raise Unavailable(f"the log of job {ref.external_id} has not come to its end yet")


def _scan(job: Job, stored: BinaryIO) -> LogScan:
    """What a log says, by the numbers of its stored lines; nothing for one of a job that did not fail."""
    if not State(job.state).is_failed:
        return LogScan()
    with gzip.open(stored) as lines:
        piece = next(read_file(cast(BinaryIO, lines), Kind.LOG, background=_lines_of_passed(job)))
        return piece.content if isinstance(piece.content, LogScan) else LogScan()


def _lines_of_passed(job: Job) -> Iterator[str]:
    """The lines of the newest stored logs of the same job where it passed: they are no reason to fail."""
    same = JobLog.objects.filter(job__run__repository=job.run.repository_id, job__name=job.name)
    passed = same.filter(job__state=State.SUCCESS, job__run__workflow=job.run.workflow, size__lte=BACKGROUND_BYTES)
    for stored in passed.order_by("-pk")[:BACKGROUND_LOGS]:
        try:
            with stored.file.open("rb") as file, gzip.open(cast(BinaryIO, file)) as lines:
                yield from log_lines(cast(BinaryIO, lines))
        except (OSError, EOFError, zlib.error) as error:
            # Its file is gone, as that of a run which is just being deleted: one that passed is no need.
            log.warning("the log of job %s cannot be read: %s", stored.job_id, error)


def _store(job: Job, out: BinaryIO, index: LogIndex, scan: LogScan) -> JobLog:
    """One row per job: the file is written first, and removed again where somebody was faster."""
    name = default_storage.save(f"logs/{job.run_id}/{job.pk}.log.gz", File(out))
    # A log that ends no line by LF, all by CR, is one line in the storage.
    excerpts = [span for span in scan.excerpts if span.end <= index.lines][:MAX_EXCERPTS]
    first = excerpts[0] if excerpts else None
    shown = read_lines(out, index.offsets, first.start - 1, min(first.end, first.start + MAX_EXCERPT)) if first else []
    with transaction.atomic():
        stored, created = JobLog.objects.get_or_create(
            job=job,
            defaults={
                "file": name,
                "offsets": index.offsets,
                "lines": index.lines,
                "size": index.bytes,
                "is_truncated": index.truncated,
                "excerpts": [[span.start, span.end] for span in excerpts],
                "excerpt": "\n".join(storable(clean_line(line.decode(errors="replace"))) for line in shown),
                "failed_tests": [_told(test, index.lines) for test in scan.failed_tests[:MAX_NAMES]],
                "tests_total": whole(scan.tally.total),
                "tests_failed": whole(scan.tally.failed),
                "tests_skipped": whole(scan.tally.skipped),
                "tests_seconds": scan.duration_s,
            },
        )
        if created:
            LogFinding.objects.bulk_create(_findings(job, scan, index.lines), ignore_conflicts=True)
    if not created:
        default_storage.delete(name)
    return stored


def _told(test: FailedTest, lines: int) -> dict[str, str | int]:
    """A failed test as it is stored; the log has so many lines."""
    return {"name": storable(test.name), "message": storable(test.message), "line": min(test.line, lines)}


def _findings(job: Job, scan: LogScan, lines: int) -> list[LogFinding]:
    """What tools complained of: errors before what is less, in their order; so many that people may look at them."""
    gravest = sorted(scan.issues, key=lambda issue: issue.severity in LESS_THAN_ERRORS)[:MAX_FINDINGS]
    return [
        LogFinding(
            job=job,
            line=min(issue.line, lines),
            source_line=whole(issue.source_line),
            severity=issue.severity,
            **fitting(
                LogFinding,
                kind=issue.kind,
                tool=issue.tool,
                message=issue.message,
                file=issue.path,
                signature=issue.signature,
            ),
        )
        for issue in gravest
    ]
