"""Logs: from the provider into storage, masked, with what they say went wrong."""

import logging
import tempfile
from collections.abc import Callable, Iterator
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction

from ci_integrations.domain import Capability, JobRef, LogChunk, State
from ci_integrations.errors import NotFound, OrchestrateError, ProviderError, Unavailable
from ci_integrations.models import Connection, Job, JobLog, LogFinding
from ci_integrations.parsing.ansi import clean_line
from ci_integrations.parsing.errors import LogScanner
from ci_integrations.parsing.logfile import LogIndex, read_lines, write_log
from ci_integrations.parsing.masking import Masker
from ci_integrations.providers.base import CIProvider
from ci_integrations.services.fitting import fitting, whole
from ci_integrations.services.sync import run_ref
from ci_integrations.wiring import provider_of, secrets_of

log = logging.getLogger(__name__)


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
    scanner = LogScanner()
    with tempfile.TemporaryFile() as out:
        try:
            lines = _scanned(mask.mask_stream(_whole(provider, _job_ref(job))), scanner)
            index = write_log(lines, out, max_bytes=settings.ORCHESTRATE_LOG_MAX_BYTES)
        except NotFound:
            return None
        out.seek(0)
        return _store(job, out, index, scanner)


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


def _scanned(lines: Iterator[bytes], scanner: LogScanner) -> Iterator[bytes]:
    for number, line in enumerate(lines, start=1):
        scanner.feed(number, clean_line(line.decode(errors="replace")))
        yield line


def _store(job: Job, out: BinaryIO, index: LogIndex, scanner: LogScanner) -> JobLog:
    """One row per job: the file is written first, and removed again where somebody was faster."""
    name = default_storage.save(f"logs/{job.run_id}/{job.pk}.log.gz", File(out))
    with transaction.atomic():
        stored, created = JobLog.objects.get_or_create(
            job=job,
            defaults={
                "file": name,
                "offsets": index.offsets,
                "lines": index.lines,
                "size": index.bytes,
                "is_truncated": index.truncated,
            },
        )
        if created:
            LogFinding.objects.bulk_create(
                [
                    LogFinding(
                        job=job,
                        line=line,
                        source_line=whole(finding.source_line),
                        **fitting(
                            LogFinding,
                            kind=finding.kind,
                            tool=finding.tool,
                            message=finding.message,
                            file=finding.file,
                        ),
                    )
                    for finding in scanner.findings
                    if (line := index.stored_line(finding.line)) is not None
                ],
                ignore_conflicts=True,
            )
    if not created:
        default_storage.delete(name)
    return stored
