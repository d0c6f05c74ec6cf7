"""Logs and artifacts: what a run leaves behind as files.

https://docs.github.com/en/rest/actions/workflow-jobs#download-job-logs-for-a-workflow-run
https://docs.github.com/en/rest/actions/artifacts
"""

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, Final

from ci_integrations.domain import ArtifactRef, JobRef, LogChunk, RunRef
from ci_integrations.errors import Invalid, NotFound
from ci_integrations.providers.documents import Document, count, document, moment, text
from ci_integrations.providers.github.client import Caller, Client, path_of
from ci_integrations.providers.github.convert import to_artifact

MIB: Final = 1024 * 1024
MAX_LOG: Final = 64 * MIB
MAX_ZIP: Final = 256 * MIB
MAX_ARTIFACT: Final = 512 * MIB
# 256 jobs of a matrix, each with its steps.
MOST_ENTRIES: Final = 50_000
_COPY_BYTES: Final = 65_536
# Those that GitHub writes. Python unpacks the others in one go, without a bound.
_PACKINGS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# GitHub cuts the names in a log archive there: https://github.com/cli/cli/issues/10740
_NAME_UNITS: Final = 90
_TOP_LEVEL: Final = re.compile(r"-?\d+_(.*)\.txt")
_OF_STEP: Final = re.compile(r"([^/]+)/(\d+)_.*\.txt")


class Files:
    """The files of runs. What a listing said of an artifact's digest is remembered for when it is opened."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._digests: dict[str, str] = {}

    def log(self, ref: JobRef, offset: int) -> LogChunk:
        """A job's log from `offset` on: its own text, else its part of the run's archive. Raises NotFound.

        At most 64 MiB of it; where it is larger, its last line says so.
        """
        if offset < 0:
            raise Invalid("a log begins at byte 0")
        try:
            data = self._job_log(ref)
        except NotFound:
            data = self._log_in_archive(ref)
        return LogChunk(data[offset:], next_offset=max(offset, len(data)), complete=True, is_final=True)

    def artifacts(self, ref: RunRef) -> list[ArtifactRef]:
        """The artifacts that can still be had; of several with one name, left by several attempts, the newest."""
        path = path_of(ref.repo, "actions", "runs", ref.external_id, "artifacts")
        newest: dict[str, Document] = {}
        for one in self._client.repo(ref.repo).pages(path, "artifacts"):
            found = document(one, "artifact")
            before = newest.get(text(found, "name"))
            if before is None or _age(found) >= _age(before):
                newest[text(found, "name")] = found
        alive = [found for found in newest.values() if found.get("expired") is not True]
        made = [(to_artifact(ref, found), text(found, "digest")) for found in alive]
        self._digests |= {artifact.external_id: digest for artifact, digest in made}
        return [artifact for artifact, _ in made]

    @contextmanager
    def artifact(self, ref: ArtifactRef) -> Iterator[BinaryIO]:
        """The zip of an artifact as a stream. Raises NotFound where it is gone; reading it to its end raises Invalid
        where it is not what its digest says.
        """
        where = path_of(ref.run.repo, "actions", "artifacts", ref.external_id)
        with ExitStack() as stack:
            try:
                digest = self._digest(ref, where)
                opening = self._client.repo(ref.run.repo).download(f"{where}/zip", max_bytes=MAX_ARTIFACT)
                download = stack.enter_context(opening)
            except NotFound as error:
                raise NotFound(f"the artifact {ref.name} has expired or was deleted: {error}") from error
            yield io.BufferedReader(_Checked(download, digest, ref.name), _COPY_BYTES)

    def _digest(self, ref: ArtifactRef, where: str) -> str:
        if ref.external_id not in self._digests:
            found = document(self._client.repo(ref.run.repo).get(where), "artifact")
            self._digests[ref.external_id] = text(found, "digest")
        return self._digests[ref.external_id]

    def _job_log(self, ref: JobRef) -> bytes:
        path = path_of(ref.run.repo, "actions", "jobs", ref.external_id, "logs")
        with self._client.repo(ref.run.repo).download(path, max_bytes=MAX_ZIP) as download:
            return _bounded(download)

    def _log_in_archive(self, ref: JobRef) -> bytes:
        run, caller = ref.run, self._client.repo(ref.run.repo)
        job = document(caller.get(path_of(run.repo, "actions", "jobs", ref.external_id)), "job")
        path = path_of(run.repo, "actions", "runs", run.external_id)
        with TemporaryFile() as spool:
            try:
                _fetch(caller, f"{path}/attempts/{run.attempt}/logs", spool)
            except NotFound:
                # Servers that know no attempts have the newest one's under the run itself.
                if count(document(caller.get(path), "workflow run"), "run_attempt", default=1) != run.attempt:
                    raise
                _fetch(caller, f"{path}/logs", spool)
            return _log_of(spool, text(job, "name"))


class _Checked(io.RawIOBase):
    """A stream that tells at its end whether it was what the digest says; "" and unknown kinds are not looked at."""

    def __init__(self, stream: BinaryIO, digest: str, name: str) -> None:
        kind, _, self._expected = digest.partition(":")
        self._hash = hashlib.sha256() if kind == "sha256" else None
        self._stream, self._name = stream, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        if self._hash is None:
            return len(data)
        self._hash.update(data)
        if not data and self._hash.hexdigest() != self._expected.lower():
            raise Invalid(f"the artifact {self._name} is not what its digest says: it was cut or changed on its way")
        return len(data)


def _age(artifact: Document) -> tuple[datetime, int]:
    return moment(artifact, "created_at") or datetime.min.replace(tzinfo=UTC), count(artifact, "id")


def _fetch(caller: Caller, path: str, spool: IO[bytes]) -> None:
    with caller.download(path, max_bytes=MAX_ZIP) as download:
        while data := download.read(_COPY_BYTES):
            spool.write(data)
    spool.seek(0)


def _bounded(stream: IO[bytes]) -> bytes:
    data = stream.read(MAX_LOG + 1)
    if len(data) <= MAX_LOG:
        return data
    # At the end of a line, where there is one.
    kept = data[: data.rfind(b"\n", 0, MAX_LOG) + 1] or data[:MAX_LOG]
    mark = f"[the log goes on; the first {len(kept)} bytes are kept]\n".encode()
    return kept + (mark if kept.endswith(b"\n") else b"\n" + mark)


def _log_of(archive: IO[bytes], job: str) -> bytes:
    """A job's text in a run's log archive: one file for the job, else its steps' files in order. Raises NotFound."""
    try:
        with zipfile.ZipFile(archive) as opened:
            entries = opened.infolist()
            if len(entries) > MOST_ENTRIES:
                raise Invalid(f"the run's log archive holds {len(entries)} files; the limit is {MOST_ENTRIES}")
            wanted = _entries_of(entries, job)
            if not wanted:
                raise NotFound(f"the run's log archive holds nothing of job {job[:100]!r}")
            return _unpacked(opened, wanted)
    # A RuntimeError tells an encrypted file, or a way of packing that Python does not know.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, OSError, ValueError) as error:
        raise Invalid(f"the run's log archive cannot be read: {error}") from error


def _unpacked(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> bytes:
    parts: list[bytes] = []
    room = MAX_LOG
    for entry in entries:
        if entry.compress_type not in _PACKINGS:
            raise ValueError(f"packed in way {entry.compress_type}")
        with archive.open(entry) as packed:
            parts.append(packed.read(room + 1))
        room -= min(room, len(parts[-1]))
    return _bounded(io.BytesIO(b"".join(parts)))


def _entries_of(entries: list[zipfile.ZipInfo], job: str) -> list[zipfile.ZipInfo]:
    name = _archived(job)
    whole = [
        entry for entry in entries if (found := _TOP_LEVEL.fullmatch(entry.filename)) and _trimmed(found[1]) == name
    ]
    if len(whole) > 1:
        raise NotFound(f"the run's log archive holds {len(whole)} logs under the name of job {job[:100]!r}")
    steps = [
        (int(found[2]), entry)
        for entry in entries
        if (found := _OF_STEP.fullmatch(entry.filename)) and _trimmed(found[1]) == name
    ]
    return whole or [entry for _, entry in sorted(steps, key=lambda step: step[0])]


def _archived(job: str) -> str:
    """A job's name as GitHub writes it into the archive: without `/` and `:`, cut to 90 UTF-16 units."""
    plain = job.replace("/", "").replace(":", "")
    return _trimmed(plain.encode("utf-16-le")[: 2 * _NAME_UNITS].decode("utf-16-le", "ignore"))


def _trimmed(name: str) -> str:
    # The cut may go through a character; what is left of it is written as U+FFFD.
    return name.rstrip("\ufffd").strip()
