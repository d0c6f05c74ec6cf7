"""Projects, groups and their members. https://docs.gitlab.com/api/projects/"""

from typing import TYPE_CHECKING, Any

from tests.fakes.gitlab import shapes
from tests.fakes.gitlab.access import level, missing
from tests.fakes.gitlab.routing import page, route
from tests.fakes.gitlab.state import FakeGroup, FakeProject
from tests.fakes.http import Reply, Seen

if TYPE_CHECKING:
    from tests.fakes.gitlab.server import FakeGitLab


@route("GET", "{project}")
def get_project(server: "FakeGitLab", seen: Seen, project: FakeProject) -> Reply:
    """One."""
    return Reply(200, shapes.project(server, project, level(server, seen.identity, project)))


@route("GET", "{group}")
def get_group(server: "FakeGitLab", seen: Seen, group: FakeGroup) -> Reply:
    """One, to those who are in it or in something below it."""
    below = [one for one in server.projects.values() if one.path.startswith(f"{group.full_path}/")]
    if not level(server, seen.identity, group) and not any(level(server, seen.identity, one) for one in below):
        raise missing("Group")
    return Reply(200, shapes.group(server, group))


@route("GET", "{group}/projects")
def group_projects(server: "FakeGitLab", seen: Seen, group: FakeGroup) -> Reply:
    """Those that whoever asks may see; those of subgroups if asked for."""
    found = []
    for one in server.projects.values():
        rest = one.path.removeprefix(f"{group.full_path}/")
        is_below = rest != one.path and (seen.query.get("include_subgroups") == "true" or "/" not in rest)
        is_wanted = seen.query.get("archived") in {None, f"{one.archived}".lower()}
        if is_below and is_wanted and (one.public or level(server, seen.identity, one)):
            found.append(shapes.project(server, one, level(server, seen.identity, one)))
    return page(server, seen, found)


def _member(server: "FakeGitLab", username: str, project: FakeProject) -> dict[str, Any]:
    return shapes.person(server, server.person(username)) | {
        "access_level": level(server, username, project),
        "created_at": "2026-01-01T00:00:00.000Z",
        "expires_at": None,
        "membership_state": "active",
    }


@route("GET", "{project}/members/all")
def members(server: "FakeGitLab", seen: Seen, project: FakeProject) -> Reply:
    """Its members and those of the groups above; `query` finds by a part of the name."""
    query = seen.query.get("query", "").lower()
    found = [name for name in server.people if query in name.lower() and level(server, name, project)]
    return page(server, seen, [_member(server, name, project) for name in found])


@route("GET", "{project}/members/all/{num}")
def member(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """One of them."""
    for name, person in server.people.items():
        if person.id == int(num) and level(server, name, project):
            return Reply(200, _member(server, name, project))
    raise missing()
