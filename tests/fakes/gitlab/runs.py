"""How the fake GitLab says what runs, in REST answers: https://docs.gitlab.com/api/pipelines/ and /jobs/"""

from typing import TYPE_CHECKING, Any

from tests.fakes.gitlab.clock import seconds, stamp
from tests.fakes.gitlab.shapes import someone
from tests.fakes.gitlab.state import FakeJob, FakePipeline
from tests.fakes.gitlab.status import detailed

if TYPE_CHECKING:
    from tests.fakes.gitlab.world import World


def basic_pipeline(server: "World", found: FakePipeline) -> dict[str, Any]:
    """A pipeline in a list."""
    return {
        "id": found.id,
        "iid": found.iid,
        "project_id": found.project.id,
        "sha": found.sha,
        "ref": found.ref,
        "status": found.status,
        "source": found.source,
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.updated_at),
        "web_url": f"{server.external_url}/{found.project.path}/-/pipelines/{found.id}",
        "name": found.name,
    }


def pipeline(server: "World", found: FakePipeline) -> dict[str, Any]:
    """A pipeline."""
    text = detailed(found.status, has_warnings=has_warnings(found))
    covered = [job.coverage for job in found.latest if job.coverage is not None]
    return basic_pipeline(server, found) | {
        "before_sha": "0" * 40,
        "tag": False,
        "yaml_errors": found.yaml_errors,
        "user": someone(server, found.user),
        "started_at": stamp(found.started_at),
        "finished_at": stamp(found.finished_at),
        "committed_at": None,
        "duration": _whole(seconds(found.started_at, found.finished_at)),
        "queued_duration": _whole(seconds(found.created_at, found.started_at)),
        "coverage": f"{sum(covered) / len(covered):.2f}" if covered else None,
        "detailed_status": {
            "icon": "status_warning" if "warnings" in text else f"status_{found.status}",
            "text": "warning" if "warnings" in text else text,
            "label": text,
            "group": "success-with-warnings" if "warnings" in text else found.status,
            "tooltip": text,
            "has_details": True,
            "details_path": f"/{found.project.path}/-/pipelines/{found.id}",
            "illustration": None,
        },
        "archived": False,
    }


def has_warnings(found: FakePipeline) -> bool:
    """Whether a job failed that may."""
    return any(job.status in {"failed", "canceled"} and job.allow_failure for job in found.latest)


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _any_job(server: "World", line: FakePipeline, found: FakeJob) -> dict[str, Any]:
    return {
        "id": found.id,
        "status": found.status,
        "stage": found.stage,
        "name": found.name,
        "ref": line.ref,
        "tag": False,
        "coverage": found.coverage,
        "allow_failure": found.allow_failure,
        "created_at": stamp(found.created_at),
        "started_at": stamp(found.started_at),
        "finished_at": stamp(found.finished_at),
        "erased_at": None,
        "duration": seconds(found.started_at, found.finished_at),
        "queued_duration": seconds(found.queued_at or found.created_at, found.started_at),
        "user": someone(server, found.user or line.user),
        "commit": {"id": line.sha, "short_id": line.sha[:8], "title": "A change", "message": "A change\n"},
        "pipeline": basic_pipeline(server, line),
        "web_url": f"{server.external_url}/{line.project.path}/-/jobs/{found.id}",
        "project": {"ci_job_token_scope_enabled": False},
    } | ({"failure_reason": found.failure_reason} if found.failure_reason else {})


def job(server: "World", line: FakePipeline, found: FakeJob) -> dict[str, Any]:
    """A job of a runner."""
    kept: list[dict[str, Any]] = []
    made = _any_job(server, line, found)
    is_there = found.expires_at is None or found.expires_at > server.now()
    if found.archive is not None and is_there:
        size = len(found.archive)
        made["artifacts_file"] = {"filename": "artifacts.zip", "size": size}
        kept.append({"file_type": "archive", "size": size, "filename": "artifacts.zip", "file_format": "zip"})
    if found.reports and is_there:
        size = sum(map(len, found.reports))
        kept.append({"file_type": "junit", "size": size, "filename": "junit.xml.gz", "file_format": "gzip"})
    log = len(found.log())
    if log and found.is_completed:
        kept.append({"file_type": "trace", "size": log, "filename": "job.log", "file_format": None})
    runner = {"id": 1, "description": "shell", "active": True, "is_shared": True} if found.started_at else None
    return made | {
        "artifacts": kept,
        "artifacts_expire_at": stamp(found.expires_at),
        "tag_list": [],
        "runner": runner,
        "archived": False,
    }


def bridge(server: "World", line: FakePipeline, found: FakeJob) -> dict[str, Any]:
    """A trigger job."""
    downstream = basic_pipeline(server, found.downstream) if found.downstream else None
    return _any_job(server, line, found) | {"downstream_pipeline": downstream}


def commit_status(server: "World", line: FakePipeline, found: FakeJob) -> dict[str, Any]:
    """A job, or what somebody sent, as a status of a commit."""
    url = found.target_url or (
        None if found.kind == "external" else f"{server.external_url}/{line.project.path}/-/jobs/{found.id}"
    )
    return {
        "id": found.id,
        "sha": line.sha,
        "ref": line.ref,
        "status": found.status,
        "name": found.name,
        "target_url": url,
        "description": found.description,
        "created_at": stamp(found.created_at),
        "started_at": stamp(found.started_at),
        "finished_at": stamp(found.finished_at),
        "allow_failure": found.allow_failure,
        "coverage": found.coverage,
        "pipeline_id": line.id,
        "author": someone(server, found.user or line.user),
    }
