"""How the fake CircleCI says what it keeps in version 2 of the API.

The fields are those of the official description. https://circleci.com/docs/api/v2/
"""

from typing import Any

from tests.fakes.circleci.state import FakeDefinition, FakeJob, FakePipeline, FakeProject, FakeWorkflow, stamp


def project(found: FakeProject) -> dict[str, Any]:
    """A project."""
    provider, _, rest = found.slug.partition("/")
    kind = {"gh": "GitHub", "bb": "Bitbucket"}.get(provider, "CircleCI")
    url = f"//circleci.com/{found.organization_id}/{found.id}" if found.is_app else found.repository
    return {
        "slug": found.slug,
        "name": found.name,
        "id": found.id,
        "organization_name": found.organization,
        "organization_slug": f"{provider}/{rest.partition('/')[0]}",
        "organization_id": found.organization_id,
        "vcs_info": {"vcs_url": url, "provider": kind, "default_branch": found.default_branch},
    }


def definition(found: FakeDefinition, of: FakeProject) -> dict[str, Any]:
    """A pipeline definition."""
    source = {
        "provider": "github_app" if of.is_app else "github_oauth",
        "repo": {"full_name": f"{of.organization}/{of.name}", "external_id": "4711"},
    }
    return {
        "id": found.id,
        "name": found.name,
        "description": "",
        "created_at": "2025-01-01T00:00:00.000Z",
        "config_source": source | {"file_path": found.file},
        "checkout_source": source,
    }


def pipeline(found: FakePipeline) -> dict[str, Any]:
    """A pipeline; where the code is, is told in another place for projects of the App."""
    said: dict[str, Any] = {
        "id": found.id,
        "number": found.number,
        "project_slug": found.project.slug,
        "state": found.state,
        "errors": found.errors,
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.updated_at),
        "trigger": {
            "type": found.trigger,
            "received_at": stamp(found.created_at),
            "actor": {"login": found.actor, "avatar_url": None},
        },
    }
    if found.project.is_app:
        return said | {"trigger_parameters": trigger_parameters(found)}
    return said | {"vcs": vcs(found)}


def created(found: FakePipeline) -> dict[str, Any]:
    """A pipeline as the answer to its trigger."""
    return {
        "id": found.id,
        "number": found.number,
        "state": found.state,
        "created_at": stamp(found.created_at),
    }


def vcs(found: FakePipeline) -> dict[str, Any]:
    """The code of a pipeline in a project of the OAuth App."""
    said: dict[str, Any] = {
        "provider_name": "Bitbucket" if found.project.slug.startswith("bb/") else "GitHub",
        "origin_repository_url": found.project.repository,
        "target_repository_url": found.project.repository,
        "revision": found.sha,
    }
    if found.trigger == "webhook":
        said["commit"] = {"subject": found.subject, "body": ""}
    return said | ({"tag": found.tag} if found.tag else {"branch": found.branch})


def trigger_parameters(found: FakePipeline) -> dict[str, Any]:
    """The code of a pipeline in a project of the GitHub App."""
    ref = f"refs/tags/{found.tag}" if found.tag else f"refs/heads/{found.branch}"
    by_api = found.trigger == "api"
    author = {"commit_author_name": "" if by_api else "Ada", "commit_author_email": "" if by_api else "a@example.com"}
    said = {
        "github_app": author
        | {
            "owner": found.project.organization,
            "repo_name": found.project.name,
            "repo_url": found.project.repository,
            "full_ref": ref,
            "ref": found.tag or found.branch,
            "branch": found.branch,
            "forced": "false",
            "user_username": "" if by_api else found.actor,
            "commit_title": found.subject,
            "commit_sha": found.sha,
        },
        "git": author
        | {
            "repo_owner": found.project.organization,
            "repo_name": found.project.name,
            "repo_url": found.project.repository,
            "checkout_url": f"{found.project.repository}.git",
            "ref": ref,
            "branch": found.branch,
            "tag": found.tag,
            "checkout_sha": found.sha,
            "commit_message": found.subject,
            "author_login": "" if by_api else found.actor,
            "default_branch": found.project.default_branch,
        },
        "circleci": {
            "event_time": f"{found.created_at:%Y-%m-%d %H:%M:%S.%f} +0000 UTC",
            "actor_id": "864c50f3-d0b6-4929-a524-036d3cd4e23f",
            "event_type": "create pipeline run api" if by_api else "push",
            "trigger_type": "github_app",
        },
    }
    return said | ({"webhook": {"body": "{}"}} if by_api else {})


def workflow(found: FakeWorkflow) -> dict[str, Any]:
    """A workflow."""
    said = {
        "id": found.id,
        "name": found.name,
        "status": found.status,
        "created_at": stamp(found.created_at),
        "stopped_at": stamp(found.stopped_at),
        "pipeline_id": found.pipeline.id,
        "pipeline_number": found.pipeline.number,
        "project_slug": found.pipeline.project.slug,
        "started_by": found.started_by,
    }
    if found.canceled_by:
        said["canceled_by"] = found.canceled_by
    return said | ({"tag": found.tag} if found.tag else {})


def job(found: FakeJob, of: FakeWorkflow) -> dict[str, Any]:
    """A job of a workflow."""
    said: dict[str, Any] = {
        "id": found.id,
        "name": found.name,
        "type": found.type,
        "status": found.status,
        "project_slug": of.pipeline.project.slug,
        "dependencies": [of.job(name).id for name in found.requires],
        "requires": {of.job(name).id: ["success"] for name in found.requires},
        "started_at": stamp(found.started_at),
        "stopped_at": stamp(found.stopped_at),
    }
    if found.type == "approval":
        return said | {"approval_request_id": found.id}
    return said | ({"job_number": found.number} if found.number is not None else {})


def job_details(found: FakeJob, of: FakeWorkflow) -> dict[str, Any]:
    """A job by its number."""
    place = of.pipeline.project
    seconds = (found.stopped_at - found.started_at).total_seconds() if found.stopped_at and found.started_at else None
    return {
        "web_url": f"https://circleci.com/{place.slug}/{found.number}",
        "project": {"id": place.id, "slug": place.slug, "name": place.name, "external_url": place.repository},
        "parallel_runs": [{"index": index, "status": found.status} for index in range(found.parallelism)],
        "started_at": stamp(found.started_at),
        "latest_workflow": {"id": of.id, "name": of.name},
        "name": found.name,
        "executor": {"resource_class": "medium", "type": "docker"},
        "parallelism": found.parallelism,
        "status": found.status,
        "number": found.number,
        "pipeline": {"id": of.pipeline.id},
        "duration": None if seconds is None else round(seconds * 1000),
        "created_at": stamp(found.queued_at),
        "messages": [],
        "contexts": [],
        "organization": {"name": place.organization},
        "queued_at": stamp(found.queued_at),
        "stopped_at": stamp(found.stopped_at),
    }
