"""Pipelines. https://docs.gitlab.com/api/pipelines/"""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from tests.fakes.gitlab import reports, runs, starting
from tests.fakes.gitlab.access import bad, missing
from tests.fakes.gitlab.routing import given, many, page, route
from tests.fakes.gitlab.state import DEVELOPER, REPORTER, FakeJob, FakePipeline, FakeProject
from tests.fakes.http import Refused, Reply, Seen

if TYPE_CHECKING:
    from tests.fakes.gitlab.server import FakeGitLab


def found(project: FakeProject, number: str) -> FakePipeline:
    """A pipeline. Raises Refused (404)."""
    if int(number) not in project.pipelines:
        raise missing()
    return project.pipelines[int(number)]


def _fits(line: FakePipeline, query: dict[str, str]) -> bool:
    wanted = {
        "status": line.status, "source": line.source, "ref": line.ref, "sha": line.sha, "username": line.user,
        "name": line.name,
    }  # fmt: skip
    if any(query.get(name, value) != value for name, value in wanted.items()):
        return False
    if line.source == "parent_pipeline" and query.get("source") != "parent_pipeline":
        return False
    for name, moment in (("updated", line.updated_at), ("created", line.created_at)):
        after, before = query.get(f"{name}_after"), query.get(f"{name}_before")
        if (after and moment <= datetime.fromisoformat(after)) or (before and moment >= datetime.fromisoformat(before)):
            return False
    return True


@route("GET", "{project}/pipelines", level=REPORTER)
def list_pipelines(server: "FakeGitLab", seen: Seen, project: FakeProject) -> Reply:
    """Those that fit; child pipelines only where they are asked for."""
    order = seen.query.get("order_by", "id")
    if order not in {"id", "status", "ref", "updated_at", "user_id"}:
        raise Refused(400, "order_by does not have a valid value")
    lines = [line for line in project.pipelines.values() if _fits(line, seen.query)]
    lines.sort(key=lambda line: line.id, reverse=True)
    if order == "updated_at":
        lines.sort(key=lambda line: line.updated_at, reverse=seen.query.get("sort", "desc") == "desc")
    elif seen.query.get("sort") == "asc":
        lines.reverse()
    return page(server, seen, [runs.basic_pipeline(server, line) for line in lines])


@route("GET", "{project}/pipelines/latest", level=REPORTER)
def latest(server: "FakeGitLab", seen: Seen, project: FakeProject) -> Reply:
    """The newest of a branch's head; 403 where there is none."""
    ref = seen.query.get("ref", project.default_branch)
    head = server.heads(project).get(ref)
    lines = [line for line in project.pipelines.values() if (line.ref, line.sha, line.parent) == (ref, head, None)]
    if not lines:
        raise Refused(403, "403 Forbidden")
    return Reply(200, runs.pipeline(server, max(lines, key=lambda line: line.id)))


@route("GET", "{project}/pipelines/{num}", level=REPORTER)
def get_pipeline(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """One, child pipelines too."""
    return Reply(200, runs.pipeline(server, found(project, num)))


@route("GET", "{project}/pipelines/{num}/variables", level=DEVELOPER)
def variables(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """Those that it was started with."""
    told = found(project, num).variables
    return Reply(200, [{"variable_type": "env_var", "key": key, "value": value} for key, value in told.items()])


def _listed(seen: Seen, line: FakePipeline, kind: str) -> list[FakeJob]:
    scope = many(seen, "scope")
    jobs = line.jobs if seen.query.get("include_retried") == "true" else line.latest
    kept = [job for job in jobs if job.kind == kind and (not scope or job.status in scope)]
    return sorted(kept, key=lambda job: job.id, reverse=True)


@route("GET", "{project}/pipelines/{num}/jobs", level=REPORTER)
def list_jobs(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """Its jobs, newest first, without those that were retried unless asked for; no trigger jobs."""
    line = found(project, num)
    return page(server, seen, [runs.job(server, line, job) for job in _listed(seen, line, "build")])


@route("GET", "{project}/pipelines/{num}/bridges", level=REPORTER)
def list_bridges(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """Its trigger jobs, by the old name."""
    line = found(project, num)
    return page(server, seen, [runs.bridge(server, line, job) for job in _listed(seen, line, "bridge")])


@route("GET", "{project}/pipelines/{num}/trigger_jobs", level=REPORTER)
def list_trigger_jobs(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """Its trigger jobs, where the server has this."""
    if not server.has_trigger_jobs:
        raise Refused(404, "404 Not Found")
    return list_bridges(server, seen, project, num)


@route("GET", "{project}/pipelines/{num}/test_report", level=REPORTER)
def test_report(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """What its tests said."""
    return Reply(200, reports.full(found(project, num)))


@route("GET", "{project}/pipelines/{num}/test_report_summary", level=REPORTER)
def test_report_summary(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """The same in numbers."""
    return Reply(200, reports.summary(found(project, num)))


def _create(
    server: "FakeGitLab", project: FakeProject, wish: dict[str, Any], named: dict[str, str], source: str, by: str
) -> Reply:
    ref = wish.get("ref")
    if not ref:
        raise Refused(400, "ref is missing")
    if named and server.refuses_variables:
        raise bad("Insufficient permissions to set pipeline variables")
    sha = server.heads(project).get(ref)
    if sha is None:
        raise bad("Reference not found")
    line = _start(server, starting.Start(project, ref, sha, source, by, named, wish.get("inputs") or {}))
    server.ledger.append(("pipeline", f"{line.id}"))
    return Reply(201, runs.pipeline(server, line))


def _start(server: "FakeGitLab", wish: starting.Start) -> FakePipeline:
    if wish.project.git_dir is None:
        line = server.add_pipeline(wish.project, source=wish.source, ref=wish.ref, sha=wish.sha, user=wish.by)
        line.variables, line.inputs, line.merge_request = wish.variables, wish.inputs, wish.request
        return line
    try:
        line = starting.pipeline_for(server, wish, keeps_errors=False)
    except starting.NoPipeline as error:
        raise bad(f"{error}") from error
    server.run(line)
    return line


@route("POST", "{project}/pipeline", level=DEVELOPER)
def create_pipeline(server: "FakeGitLab", seen: Seen, project: FakeProject) -> Reply:
    """Start one at a branch's head."""
    wish = given(seen)
    listed = wish.get("variables") or []
    if not isinstance(listed, list):
        raise Refused(400, "variables is invalid")
    named = {one["key"]: f"{one['value']}" for one in listed}
    return _create(server, project, wish, named, "api", seen.identity)


@route("POST", "{project}/trigger/pipeline", is_open=True)
def trigger(server: "FakeGitLab", seen: Seen, project: FakeProject) -> Reply:
    """Start one by a trigger token. https://docs.gitlab.com/api/pipeline_triggers/"""
    wish = given(seen)
    if wish.get("token") not in project.trigger_tokens:
        raise missing()
    named = wish.get("variables") or {}
    if not isinstance(named, dict) or not all(isinstance(value, str) for value in named.values()):
        raise Refused(400, "400 Bad request - variables needs to be a map of key-valued strings")
    by = next((name for name, level in project.members.items() if level >= DEVELOPER), "trigger-owner")
    return _create(server, project, wish, named, "trigger", by)


@route("POST", "{project}/merge_requests/{iid}/pipelines", level=DEVELOPER)
def create_for_request(server: "FakeGitLab", seen: Seen, project: FakeProject, iid: str) -> Reply:
    """Start one for a merge request. https://docs.gitlab.com/api/merge_requests/#create-merge-request-pipeline"""
    request = next((one for one in project.merge_requests if one.iid == int(iid)), None)
    if request is None:
        raise missing()
    ref = f"refs/merge-requests/{request.iid}/head"
    wish = starting.Start(project, ref, request.sha, starting.MERGE_REQUEST, seen.identity, request=request)
    line = _start(server, wish)
    server.ledger.append(("pipeline", f"{line.id}"))
    return Reply(201, runs.pipeline(server, line))


@route("POST", "{project}/pipelines/{num}/retry", level=DEVELOPER)
def retry(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """Run what failed or was canceled again, in the same pipeline; no error where nothing did."""
    line = found(project, num)
    server.lifecycle.retry_pipeline(line, by=seen.identity)
    server.ledger.append(("retry", num))
    return Reply(201, runs.pipeline(server, line))


@route("POST", "{project}/pipelines/{num}/cancel", level=DEVELOPER)
def cancel(server: "FakeGitLab", seen: Seen, project: FakeProject, num: str) -> Reply:
    """End it; 200 whatever its state."""
    line = found(project, num)
    server.lifecycle.cancel(line, line.latest)
    server.ledger.append(("cancel", num))
    return Reply(200, runs.pipeline(server, line))
