"""How the fake GitLab says what it keeps, in REST answers: https://docs.gitlab.com/api/rest/"""

from typing import TYPE_CHECKING, Any

from tests.fakes.gitlab.clock import stamp
from tests.fakes.gitlab.state import (
    FakeGroup,
    FakeMergeRequest,
    FakeProject,
    Person,
    Token,
    WebhookRecord,
)

if TYPE_CHECKING:
    from tests.fakes.gitlab.world import World

EVENTS = (
    "push_events", "tag_push_events", "merge_requests_events", "note_events", "job_events", "pipeline_events",
    "issues_events", "confidential_issues_events", "confidential_note_events", "wiki_page_events", "deployment_events",
    "releases_events", "feature_flag_events", "resource_access_token_events", "subgroup_events", "member_events",
    "project_events",
)  # fmt: skip


def person(server: "World", found: Person) -> dict[str, Any]:
    """A person."""
    return {
        "id": found.id,
        "username": found.username,
        "name": found.name or found.username,
        "state": found.state,
        "locked": False,
        "avatar_url": None,
        "web_url": f"{server.external_url}/{found.username}",
    }


def someone(server: "World", username: str) -> dict[str, Any]:
    """A person by name."""
    return person(server, server.person(username))


def token(found: Token) -> dict[str, Any]:
    """A token, as it is told about itself."""
    return {
        "id": found.id,
        "name": "token",
        "revoked": found.revoked,
        "created_at": "2026-01-01T00:00:00.000Z",
        "scopes": list(found.scopes),
        "user_id": found.person.id,
        "last_used_at": None,
        "active": not found.revoked,
        "expires_at": f"{found.expires_at:%Y-%m-%d}" if found.expires_at else None,
    }


def group(server: "World", found: FakeGroup) -> dict[str, Any]:
    """A group."""
    name = found.full_path.rpartition("/")[2]
    return {
        "id": found.id,
        "web_url": f"{server.external_url}/groups/{found.full_path}",
        "name": name,
        "path": name,
        "full_name": found.full_path.replace("/", " / "),
        "full_path": found.full_path,
        "visibility": "private",
    }


def project(server: "World", found: FakeProject, level: int) -> dict[str, Any]:
    """A project, for somebody with an access level."""
    url = f"{server.external_url}/{found.path}"
    name = found.path.rpartition("/")[2]
    return {
        "id": found.id,
        "name": name,
        "path": name,
        "path_with_namespace": found.path,
        "default_branch": found.default_branch,
        "web_url": url,
        "http_url_to_repo": f"{url}.git",
        "ssh_url_to_repo": f"git@gitlab.example.com:{found.path}.git",
        "visibility": "public" if found.public else "private",
        "archived": found.archived,
        "empty_repo": found.git_dir is None,
        "permissions": {"project_access": {"access_level": level} if level else None, "group_access": None},
    }


def merge_request(server: "World", found: FakeMergeRequest) -> dict[str, Any]:
    """A merge request."""
    return {
        "id": found.id,
        "iid": found.iid,
        "project_id": found.project.id,
        "title": found.title,
        "description": found.description,
        "state": found.state,
        "created_at": stamp(found.created_at),
        "updated_at": stamp(found.created_at),
        "merged_at": None,
        "target_branch": found.target_branch,
        "source_branch": found.source_branch,
        "source_project_id": found.source_project.id,
        "target_project_id": found.project.id,
        "author": someone(server, found.author),
        "draft": found.title.startswith("Draft:"),
        "merge_status": "can_be_merged",
        "detailed_merge_status": "mergeable",
        "sha": found.sha,
        "merge_commit_sha": None,
        "web_url": f"{server.external_url}/{found.project.path}/-/merge_requests/{found.iid}",
    }


def webhook(found: WebhookRecord, owner: FakeProject | FakeGroup) -> dict[str, Any]:
    """A webhook; its secrets are never told."""
    return {
        "id": found.id,
        "url": found.url,
        "name": found.name,
        ("project_id" if isinstance(owner, FakeProject) else "group_id"): owner.id,
        "enable_ssl_verification": found.enable_ssl_verification,
        "alert_status": "temporarily_disabled" if found.disabled_until else "executable",
        "disabled_until": stamp(found.disabled_until),
        "url_variables": [],
        "created_at": "2026-01-01T00:00:00.000Z",
    } | {event: event in found.events for event in EVENTS}
