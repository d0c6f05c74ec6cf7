"""The bodies of the webhooks of pipelines and jobs.

https://docs.gitlab.com/user/project/integrations/webhook_events/#pipeline-events
"""

from typing import TYPE_CHECKING, Any

from tests.fakes.gitlab.clock import seconds, spoken, stamp
from tests.fakes.gitlab.payloads import commit, project, repository, short_request, user
from tests.fakes.gitlab.runs import has_warnings
from tests.fakes.gitlab.state import FakeJob, FakePipeline
from tests.fakes.gitlab.status import detailed

if TYPE_CHECKING:
    from tests.fakes.gitlab.world import World


def pipeline(server: "World", found: FakePipeline) -> dict[str, Any]:
    """A pipeline has another status. The ref of a merge request's pipeline is the branch that it comes from."""
    request = found.merge_request
    attributes = {
        "id": found.id,
        "iid": found.iid,
        "name": found.name,
        "ref": request.source_branch if request else found.ref,
        "tag": False,
        "sha": found.sha,
        "before_sha": "0" * 40,
        "source": found.source,
        "status": found.status,
        "detailed_status": detailed(found.status, has_warnings=has_warnings(found)),
        "stages": [stage for stage in found.stages if any(job.stage == stage for job in found.jobs)],
        "created_at": spoken(found.created_at),
        "finished_at": spoken(found.finished_at),
        "duration": seconds(found.started_at, found.finished_at),
        "queued_duration": seconds(found.created_at, found.started_at),
        "protected_ref": False,
        "variables": [{"key": key, "value": value} for key, value in found.variables.items()],
        "url": f"{server.external_url}/{found.project.path}/-/pipelines/{found.id}",
    }
    told: dict[str, Any] = {
        "object_kind": "pipeline",
        "object_attributes": attributes,
        "merge_request": short_request(server, request) if request else None,
        "user": user(server, found.user),
        "project": project(server, found.project),
        "commit": commit(server, found.project, found.sha),
        "builds": [_build(server, found, one) for one in found.latest if one.kind == "build"],
    }
    if found.parent is not None:
        line, bridge = found.parent
        about = project(server, line.project)
        told["source_pipeline"] = {
            "project": {key: about[key] for key in ("id", "web_url", "path_with_namespace")},
            "job_id": bridge.id,
            "pipeline_id": line.id,
        }
    return told


def _build(server: "World", line: FakePipeline, found: FakeJob) -> dict[str, Any]:
    return {
        "id": found.id,
        "stage": found.stage,
        "name": found.name,
        "status": found.status,
        "created_at": spoken(found.created_at),
        "started_at": spoken(found.started_at),
        "finished_at": spoken(found.finished_at),
        "duration": seconds(found.started_at, found.finished_at),
        "queued_duration": seconds(found.queued_at or found.created_at, found.started_at),
        "failure_reason": found.failure_reason,
        "when": found.when,
        "manual": found.when == "manual",
        "allow_failure": found.allow_failure,
        "user": user(server, found.user or line.user),
        "runner": None,
        "artifacts_file": {"filename": None, "size": None},
        "environment": None,
    }


def job(server: "World", line: FakePipeline, found: FakeJob) -> dict[str, Any]:
    """A job has another status. NB `commit.id` is the pipeline's."""
    return {
        "object_kind": "build",
        "ref": line.ref,
        "tag": False,
        "before_sha": "0" * 40,
        "sha": line.sha,
        "build_id": found.id,
        "build_name": found.name,
        "build_stage": found.stage,
        "build_status": found.status,
        "build_created_at": stamp(found.created_at),
        "build_started_at": stamp(found.started_at),
        "build_finished_at": stamp(found.finished_at),
        "build_duration": seconds(found.started_at, found.finished_at),
        "build_queued_duration": seconds(found.queued_at or found.created_at, found.started_at),
        "build_allow_failure": found.allow_failure,
        "build_failure_reason": found.failure_reason or "unknown_failure",
        "pipeline_id": line.id,
        "runner": None,
        "project_id": line.project.id,
        "project_name": line.project.path.replace("/", " / "),
        "user": user(server, found.user or line.user),
        "commit": {
            "id": line.id,
            "name": line.name,
            "sha": line.sha,
            "message": "A change\n",
            "author_name": "Ada",
            "author_email": "[REDACTED]",
            "status": line.status,
            "duration": None,
            "started_at": spoken(line.started_at),
            "finished_at": spoken(line.finished_at),
        },
        "repository": repository(server, line.project),
        "environment": None,
    }
