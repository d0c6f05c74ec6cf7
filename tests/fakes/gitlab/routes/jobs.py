"""Jobs, their logs and artifacts. https://docs.gitlab.com/api/jobs/"""

import gzip
import io
import re
import zipfile
from typing import TYPE_CHECKING

from tests.fakes.gitlab import runs
from tests.fakes.gitlab.access import Denied, missing
from tests.fakes.gitlab.routing import route
from tests.fakes.gitlab.state import DEVELOPER, REPORTER, FakeJob, FakePipeline, FakeProject
from tests.fakes.http import Refused, Reply, Seen

if TYPE_CHECKING:
    from tests.fakes.gitlab.server import FakeGitLab


def _found(project: FakeProject, number: str, *kinds: str) -> tuple[FakePipeline, FakeJob]:
    found = project.find_job(int(number))
    if found is None or found[1].kind not in (kinds or ("build",)):
        raise missing()
    return found


@route("GET", "{project}/jobs/{num}", level=REPORTER)
def get_job(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """One, also of those that were retried; no trigger job."""
    return Reply(200, runs.job(server, *_found(project, num)))


@route("GET", "{project}/jobs/{num}/trace", level=REPORTER)
def get_trace(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """Its log up to now, whole: GitLab itself serves no ranges. Empty while there is none."""
    _, job = _found(project, num)
    data = job.log()
    headers = {"Content-Type": "text/plain", "Content-Disposition": f'infile; filename="{job.id}.log"'}
    wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", seen.headers.get("range", ""))
    if not server.serves_ranges or wanted is None:
        return Reply(200, headers=headers, raw=data)
    start, end = int(wanted[1]), min(int(wanted[2] or len(data)), len(data) - 1)
    if start >= len(data):
        return Reply(416, headers={**headers, "Content-Range": f"bytes */{len(data)}"}, raw=b"")
    span = {"Content-Range": f"bytes {start}-{end}/{len(data)}"}
    return Reply(206, headers=headers | span, raw=data[start : end + 1])


def _archive(server: "FakeGitLab", job: FakeJob) -> bytes:
    if job.archive is None or _is_expired(server, job):
        raise missing()
    return job.archive


def _report(server: "FakeGitLab", job: FakeJob) -> bytes:
    """The files one after another, as runners pack them."""
    if not job.reports or _is_expired(server, job):
        raise missing()
    return b"".join(gzip.compress(report) for report in job.reports)


def _is_expired(server: "FakeGitLab", job: FakeJob) -> bool:
    return job.expires_at is not None and job.expires_at <= server.now()


@route("GET", "{project}/jobs/{num}/artifacts", level=REPORTER)
def get_artifacts(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """Its archive, or on new servers a report. https://docs.gitlab.com/api/job_artifacts/"""
    _, job = _found(project, num)
    kind = seen.query.get("file_type", "archive") if server.serves_reports else "archive"
    if kind not in {"archive", "junit"}:
        raise Denied(400, {"error": "file_type does not have a valid value"})
    if kind == "junit":
        return Reply(200, headers={"Content-Type": "application/gzip"}, raw=_report(server, job))
    headers = {"Content-Type": "application/zip", "Content-Disposition": 'attachment; filename="artifacts.zip"'}
    return Reply(200, headers=headers, raw=_archive(server, job))


@route("GET", "{project}/jobs/{num}/artifacts/{rest}", level=REPORTER)
def get_artifact_file(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str, rest: str) -> Reply:
    """One file of the archive."""
    _, job = _found(project, num)
    if ".." in rest.split("/"):
        raise Refused(400, "400 Bad request")
    with zipfile.ZipFile(io.BytesIO(_archive(server, job))) as archive:
        if rest not in archive.namelist():
            raise missing()
        return Reply(200, headers={"Content-Type": "application/octet-stream"}, raw=archive.read(rest))


@route("POST", "{project}/jobs/{num}/retry", level=DEVELOPER)
def retry(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """Run it again: a new job, of another number."""
    line, job = _found(project, num, "build", "bridge")
    fresh = server.lifecycle.retry_job(line, job, by=seen.identity)
    server.ledger.append(("retry-job", f"{fresh.id}"))
    return Reply(201, runs.job(server, line, fresh))


@route("POST", "{project}/jobs/{num}/cancel", level=DEVELOPER)
def cancel(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """End it."""
    line, job = _found(project, num)
    server.lifecycle.cancel(line, [job])
    server.ledger.append(("cancel-job", num))
    return Reply(201, runs.job(server, line, job))


@route("POST", "{project}/jobs/{num}/play", level=DEVELOPER)
def play(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """Let it go on, where it waits for a person."""
    line, job = _found(project, num, "build", "bridge")
    server.lifecycle.play(line, job, by=seen.identity)
    server.ledger.append(("play", num))
    return Reply(200, runs.job(server, line, job))
