"""The bodies of webhooks: https://docs.gitlab.com/user/project/integrations/webhook_events/"""

from typing import TYPE_CHECKING, Any

from tests.fakes.gitlab import shapes
from tests.fakes.gitlab.clock import spoken
from tests.fakes.gitlab.state import FakeMergeRequest, FakeProject

if TYPE_CHECKING:
    from tests.fakes.gitlab.world import World


def user(server: "World", username: str) -> dict[str, Any]:
    """Who did it."""
    found = server.person(username)
    return {
        "id": found.id,
        "name": found.name or found.username,
        "username": found.username,
        "avatar_url": None,
        "email": "[REDACTED]",
    }


def project(server: "World", found: FakeProject) -> dict[str, Any]:
    """Where it happened."""
    url = f"{server.external_url}/{found.path}"
    return {
        "id": found.id,
        "name": found.path.rpartition("/")[2],
        "description": None,
        "web_url": url,
        "avatar_url": None,
        "git_ssh_url": f"git@gitlab.example.com:{found.path}.git",
        "git_http_url": f"{url}.git",
        "namespace": found.path.rpartition("/")[0],
        "visibility_level": 20 if found.public else 0,
        "path_with_namespace": found.path,
        "default_branch": found.default_branch,
        "ci_config_path": None,
    }


def repository(server: "World", found: FakeProject) -> dict[str, Any]:
    """Where it happened, in the old form."""
    told = project(server, found)
    return {key: told[key] for key in ("name", "description", "git_http_url", "git_ssh_url", "visibility_level")} | {
        "homepage": told["web_url"],
        "url": told["git_ssh_url"],
    }


def commit(server: "World", found: FakeProject, sha: str) -> dict[str, Any]:
    """A commit."""
    return {
        "id": sha,
        "message": "A change\n",
        "title": "A change",
        "timestamp": "2026-01-01T00:00:00+00:00",
        "url": f"{server.external_url}/{found.path}/-/commit/{sha}",
        "author": {"name": "Ada", "email": "[REDACTED]"},
    }


def short_request(server: "World", found: FakeMergeRequest) -> dict[str, Any]:
    """A merge request, in what is told of others."""
    told = shapes.merge_request(server, found)
    keys = (
        "id", "iid", "title", "source_branch", "source_project_id", "target_branch", "target_project_id", "state",
        "merge_status", "detailed_merge_status",
    )  # fmt: skip
    return {key: told[key] for key in keys} | {"url": told["web_url"]}


def _full_request(server: "World", found: FakeMergeRequest) -> dict[str, Any]:
    return short_request(server, found) | {
        "author_id": server.person(found.author).id,
        "description": found.description,
        "created_at": spoken(found.created_at),
        "updated_at": spoken(found.created_at),
        "draft": found.title.startswith("Draft:"),
        "source": project(server, found.source_project),
        "target": project(server, found.project),
        "last_commit": commit(server, found.source_project, found.sha),
    }


def merge_request(server: "World", found: FakeMergeRequest, action: str, *, by: str, oldrev: str) -> dict[str, Any]:
    """A merge request was opened, got commits, was closed or merged."""
    extra = {"oldrev": oldrev} if oldrev else {}
    return {
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": user(server, by),
        "project": project(server, found.project),
        "object_attributes": _full_request(server, found) | {"action": action} | extra,
        "labels": [],
        "changes": {},
        "repository": repository(server, found.project),
    }


def note(server: "World", request: FakeMergeRequest, found: dict[str, Any], action: str) -> dict[str, Any]:
    """Somebody wrote a note at a merge request."""
    url = f"{server.external_url}/{request.project.path}/-/merge_requests/{request.iid}#note_{found['id']}"
    return {
        "object_kind": "note",
        "event_type": "note",
        "user": user(server, found["author"]["username"]),
        "project_id": request.project.id,
        "project": project(server, request.project),
        "repository": repository(server, request.project),
        "object_attributes": {
            "id": found["id"],
            "note": found["body"],
            "noteable_type": "MergeRequest",
            "noteable_id": request.id,
            "author_id": found["author"]["id"],
            "created_at": spoken(server.now()),
            "updated_at": spoken(server.now()),
            "project_id": request.project.id,
            "system": found["system"],
            "action": action,
            "internal": False,
            "url": url,
        },
        "merge_request": _full_request(server, request),
    }


def push(server: "World", found: FakeProject, branch: str, before: str, after: str, *, by: str) -> dict[str, Any]:
    """A branch moved."""
    who = server.person(by)
    return {
        "object_kind": "push",
        "event_name": "push",
        "before": before or "0" * 40,
        "after": after,
        "ref": f"refs/heads/{branch}",
        "ref_protected": False,
        "checkout_sha": after,
        "user_id": who.id,
        "user_name": who.name or who.username,
        "user_username": who.username,
        "user_email": None,
        "user_avatar": None,
        "project_id": found.id,
        "project": project(server, found),
        "commits": [commit(server, found, after)],
        "total_commits_count": 1,
        "repository": repository(server, found),
    }
