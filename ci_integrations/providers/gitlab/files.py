"""Artifacts of jobs: one archive each, and report files beside it.

https://docs.gitlab.com/api/job_artifacts/
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import BinaryIO, Final
from urllib.parse import quote

from ci_integrations.domain import ArtifactRef, JobRef, RunRef
from ci_integrations.errors import NotFound
from ci_integrations.providers.documents import Document, count, document, identity, items, moment, part, text
from ci_integrations.providers.gitlab.client import PAGE, Client, path_of
from ci_integrations.providers.gitlab.reportfiles import MAGIC, unpacked

MIB: Final = 1024 * 1024
MAX_ARTIFACT: Final = 512 * MIB
ARCHIVE: Final = "archive"
JUNIT: Final = "junit"
# How an archive begins.
ZIP: Final = b"PK"
_NOT_GIVEN: Final = "is a report that this GitLab gives out under `artifacts:paths` only; its own test report is read"


class Files:
    """The artifacts of one connection."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def artifacts(self, ref: RunRef) -> list[ArtifactRef]:
        """What the newest jobs left behind and has not expired; the test reports of a job before its archive."""
        jobs = self._client.project(ref.repo).pipelines.get(ref.external_id, lazy=True).jobs
        listed = self._client.pages(lambda: jobs.list(iterator=True, per_page=PAGE, include_retried="false"))
        found = [artifact for job in listed if not _is_expired(job) for artifact in _of_job(ref, job)]
        return sorted(found, key=lambda one: (int(one.job.external_id) if one.job else 0, one.is_archive))

    @contextmanager
    def artifact(self, ref: ArtifactRef) -> Iterator[BinaryIO]:
        """One artifact as a stream, unpacked where it is a packed report. Raises NotFound where it is gone."""
        job, _, kind = ref.external_id.partition("/")
        path = path_of(ref.run.repo, "jobs", job, "artifacts")
        if kind != ARCHIVE:
            # Servers that do not know this serve the archive.
            path += f"?file_type={quote(kind)}"
        with ExitStack() as stack:
            try:
                download = stack.enter_context(self._client.download(path, max_bytes=MAX_ARTIFACT))
            except NotFound as error:
                why = "has expired or was deleted" if kind == ARCHIVE else _NOT_GIVEN
                raise NotFound(f"the artifact {ref.name} {why}: {error}") from error
            if kind == JUNIT and download.peek(len(ZIP)).startswith(ZIP):
                raise NotFound(f"the artifact {ref.name} {_NOT_GIVEN}")
            if kind == ARCHIVE or not download.peek(len(MAGIC)).startswith(MAGIC):
                yield download
            else:
                yield stack.enter_context(unpacked(download, ref.name, max_bytes=MAX_ARTIFACT))


def _of_job(run: RunRef, job: Document) -> list[ArtifactRef]:
    """Traces and archives' tables of contents are no artifacts for people; other reports cannot be had by all."""
    ref = JobRef(run, identity(job))
    found = [document(one, "artifact") for one in items(job, "artifacts")]
    archives = [one for one in found if text(one, "file_type") == ARCHIVE]
    if not archives and text(part(job, "artifacts_file"), "filename"):
        archives = [part(job, "artifacts_file")]
    reports = [one for one in found if text(one, "file_type") == JUNIT]
    return [_artifact(ref, job, one, ARCHIVE) for one in archives[:1]] + [
        _artifact(ref, job, one, JUNIT) for one in reports[:1]
    ]


def _artifact(ref: JobRef, job: Document, value: Document, kind: str) -> ArtifactRef:
    """Named by its job too: every archive is called `artifacts.zip`."""
    size, name = count(value, "size", default=-1), text(value, "filename")
    plain = name.removesuffix(".gz") or (f"{kind}.xml" if kind == JUNIT else f"{kind}.zip")
    return ArtifactRef(
        run=ref.run,
        external_id=f"{ref.external_id}/{kind}",
        name=f"{text(job, 'name')}/{plain}",
        # Of a packed report, the size on the server says little.
        size=size if size >= 0 and plain == name else None,
        job=ref,
        is_archive=kind == ARCHIVE,
    )


def _is_expired(job: Document) -> bool:
    expires = moment(job, "artifacts_expire_at")
    return expires is not None and expires <= datetime.now(UTC)
