"""Merge requests, notes and reactions. https://docs.gitlab.com/api/merge_requests/"""

from typing import TYPE_CHECKING, Any

from tests.fakes.gitlab import payloads, runs, shapes
from tests.fakes.gitlab.access import Denied, bad, missing
from tests.fakes.gitlab.clock import stamp
from tests.fakes.gitlab.routing import given, page, route
from tests.fakes.gitlab.state import DEVELOPER, REPORTER, FakeMergeRequest, FakeProject, new_id
from tests.fakes.http import Refused, Reply, Seen

if TYPE_CHECKING:
    from tests.fakes.gitlab.server import FakeGitLab


def _found(project: FakeProject, iid: str) -> FakeMergeRequest:
    for request in project.merge_requests:
        if request.iid == int(iid):
            return request
    raise missing()


@route("GET", "{project}/merge_requests", level=REPORTER)
def list_requests(server: "FakeGitLab", seen: Seen, project: FakeProject) -> Reply:
    """Those that fit, newest first; of every state unless one is asked for."""
    query = seen.query
    kept = [
        shapes.merge_request(server, one)
        for one in reversed(project.merge_requests)
        if query.get("state", "all") in {"all", one.state}
        and query.get("source_branch", one.source_branch) == one.source_branch
        and query.get("target_branch", one.target_branch) == one.target_branch
    ]
    return page(server, seen, kept)


@route("GET", "{project}/merge_requests/{iid}", level=REPORTER)
def get_request(server: "FakeGitLab", seen: Seen, project: FakeProject, iid: str) -> Reply:
    """One, with its newest pipeline."""
    request = _found(project, iid)
    lines = [line for line in project.pipelines.values() if line.sha == request.sha]
    head = runs.pipeline(server, max(lines, key=lambda line: line.id)) if lines else None
    return Reply(200, shapes.merge_request(server, request) | {"head_pipeline": head})


@route("POST", "{project}/merge_requests", level=DEVELOPER)
def create_request(server: "FakeGitLab", seen: Seen, project: FakeProject) -> Reply:
    """Open one."""
    wish = given(seen)
    if absent := [name for name in ("title", "source_branch", "target_branch") if not wish.get(name)]:
        raise Denied(400, {"error": ", ".join(f"{name} is missing" for name in absent)})
    source, target = wish["source_branch"], wish["target_branch"]
    if source == target:
        raise bad("You can't use same project/branch for source and target", "branch_conflict")
    for one in project.merge_requests:
        if (one.source_branch, one.target_branch, one.state) == (source, target, "opened"):
            text = f"Another open merge request already exists for this source branch: !{one.iid}"
            raise Denied(409, {"message": [text]})
    if source not in server.heads(project):
        raise bad("Source branch does not exist", "source_branch")
    made = server.open_request(
        project, source=source, target=target, title=wish["title"], description=wish.get("description") or "",
        by=seen.identity,
    )  # fmt: skip
    server.ledger.append(("merge-request", f"{made.iid}"))
    return Reply(201, shapes.merge_request(server, made))


@route("GET", "{project}/merge_requests/{iid}/pipelines", level=REPORTER)
def request_pipelines(server: "FakeGitLab", seen: Seen, project: FakeProject, iid: str) -> Reply:
    """The pipelines of its commits."""
    request = _found(project, iid)
    lines = [
        line
        for line in project.pipelines.values()
        if line.merge_request is request or (line.ref == request.source_branch and line.sha in request.heads)
    ]
    lines.sort(key=lambda line: line.id, reverse=True)
    return page(server, seen, [runs.basic_pipeline(server, line) for line in lines])


# Notes: https://docs.gitlab.com/api/notes/#merge-requests


def _note(request: FakeMergeRequest, number: str) -> dict[str, Any]:
    for one in request.notes:
        if one["id"] == int(number):
            return one
    raise missing("Note")


@route("GET", "{project}/merge_requests/{iid}/notes", level=REPORTER)
def list_notes(server: "FakeGitLab", seen: Seen, project: FakeProject, iid: str) -> Reply:
    """Its notes, newest first unless asked otherwise."""
    notes = _found(project, iid).notes
    return page(server, seen, notes if seen.query.get("sort") == "asc" else notes[::-1])


@route("POST", "{project}/merge_requests/{iid}/notes", level=REPORTER)
def create_note(server: "FakeGitLab", seen: Seen, project: FakeProject, iid: str) -> Reply:
    """Write one."""
    body = given(seen).get("body")
    if not body:
        raise Denied(400, {"error": "body is missing"})
    made = server.comment(_found(project, iid), body, by=seen.identity)
    server.ledger.append(("note", f"{made['id']}"))
    return Reply(201, made)


@route("PUT", "{project}/merge_requests/{iid}/notes/{num}", level=REPORTER)
def update_note(server: "FakeGitLab", seen: Seen, project: FakeProject, iid: str, num: str) -> Reply:
    """Change one of one's own."""
    request = _found(project, iid)
    note = _note(request, num)
    if note["author"]["username"] != seen.identity:
        raise Refused(403, "403 Forbidden")
    note |= {"body": given(seen)["body"], "updated_at": stamp(server.now())}
    server.ledger.append(("note", num))
    server.emit(project, "note_events", "Note Hook", payloads.note(server, request, note, "update"))
    return Reply(200, note)


@route("DELETE", "{project}/merge_requests/{iid}/notes/{num}", level=REPORTER)
def delete_note(server: "FakeGitLab", seen: Seen, project: FakeProject, iid: str, num: str) -> Reply:
    """Take one back."""
    request = _found(project, iid)
    request.notes.remove(_note(request, num))
    return Reply(204)


@route("GET", "{project}/merge_requests/{iid}/notes/{num}/award_emoji", level=REPORTER)
def list_awards(server: "FakeGitLab", seen: Seen, project: FakeProject, iid: str, num: str) -> Reply:
    """The reactions to a note. https://docs.gitlab.com/api/emoji_reactions/"""
    _note(_found(project, iid), num)
    found = [_award(server, *one) for one in project.awards if one[0] == int(num)]
    return page(server, seen, found)


@route("POST", "{project}/merge_requests/{iid}/notes/{num}/award_emoji", level=REPORTER)
def award(server: "FakeGitLab", seen: Seen, project: FakeProject, iid: str, num: str) -> Reply:
    """React to a note; everybody once in the same way."""
    _note(_found(project, iid), num)
    made = (int(num), f"{given(seen)['name']}", seen.identity)
    if made in project.awards:
        raise Denied(404, {"message": "404 Award Emoji Name has already been taken Not Found"})
    project.awards.append(made)
    server.ledger.append(("award", num))
    return Reply(201, _award(server, *made))


def _award(server: "FakeGitLab", note: int, name: str, by: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "name": name,
        "user": shapes.someone(server, by),
        "awardable_id": note,
        "awardable_type": "Note",
    }
