"""Commits, what is said of them, branches and files. https://docs.gitlab.com/api/commits/"""

from typing import TYPE_CHECKING, Any

from tests.fakes.git_files import contains, resolve
from tests.fakes.gitlab import runs, shapes
from tests.fakes.gitlab.access import Denied, missing
from tests.fakes.gitlab.routing import given, page, route
from tests.fakes.gitlab.starting import file_at
from tests.fakes.gitlab.state import DEVELOPER, REPORTER, FakeJob, FakePipeline, FakeProject
from tests.fakes.http import Refused, Reply, Seen

if TYPE_CHECKING:
    from tests.fakes.gitlab.server import FakeGitLab

_STATES = ("pending", "running", "success", "failed", "canceled", "skipped")


def _commit(server: "FakeGitLab", project: FakeProject, name: str) -> str:
    known = server.heads(project)
    if name in known:
        return known[name]
    if project.git_dir is not None:
        found = resolve(project.git_dir, name)
    else:
        heads = {sha for request in project.merge_requests for sha in request.heads}
        all_shas = heads | set(known.values()) | {line.sha for line in project.pipelines.values()}
        found = name if name in all_shas else ""
    if not found:
        raise missing("Commit")
    return found


@route("GET", "{project}/repository/commits/{name}", level=REPORTER)
def get_commit(server: "FakeGitLab", seen: Seen, project: FakeProject, name: str) -> Reply:
    """One, by number or branch."""
    sha = _commit(server, project, name)
    lines = [line for line in project.pipelines.values() if line.sha == sha]
    last = max(lines, key=lambda line: line.id) if lines else None
    return Reply(
        200,
        {
            "id": sha,
            "short_id": sha[:8],
            "title": "A change",
            "message": "A change\n",
            "author_name": "Ada",
            "author_email": "ada@example.com",
            "created_at": "2026-01-01T00:00:00.000+00:00",
            "parent_ids": [],
            "status": last.status if last else None,
            "last_pipeline": runs.basic_pipeline(server, last) if last else None,
            "project_id": project.id,
            "web_url": f"{server.external_url}/{project.path}/-/commit/{sha}",
        },
    )


@route("GET", "{project}/repository/commits/{name}/merge_requests", level=REPORTER)
def requests_of_commit(server: "FakeGitLab", seen: Seen, project: FakeProject, name: str) -> Reply:
    """The merge requests that hold it, of every state."""
    sha = _commit(server, project, name)
    found = [
        shapes.merge_request(server, one)
        for one in reversed(project.merge_requests)
        if sha in one.heads and seen.query.get("state", one.state) == one.state
    ]
    return page(server, seen, found)


# Statuses: https://docs.gitlab.com/api/commits/#commit-status


@route("GET", "{project}/repository/commits/{name}/statuses", level=REPORTER)
def list_statuses(server: "FakeGitLab", seen: Seen, project: FakeProject, name: str) -> Reply:
    """What is said of a commit: jobs too; what was replaced only if asked for."""
    sha = _commit(server, project, name)
    found = [
        runs.commit_status(server, line, job)
        for line in project.pipelines.values()
        if line.sha == sha and seen.query.get("pipeline_id", f"{line.id}") == f"{line.id}"
        for job in (line.jobs if seen.query.get("all") == "true" else line.latest)
        if seen.query.get("name", job.name) == job.name
        and seen.query.get("stage", job.stage) == job.stage
        and seen.query.get("ref", line.ref) == line.ref
    ]
    return page(server, seen, found)


@route("POST", "{project}/statuses/{name}", level=DEVELOPER)
def set_status(server: "FakeGitLab", seen: Seen, project: FakeProject, name: str) -> Reply:
    """Say something of a commit: in its newest pipeline, or in a new one of source `external`.

    https://gitlab.com/gitlab-org/gitlab/-/blob/master/app/services/ci/create_commit_status_service.rb
    """
    wish = given(seen)
    state = wish.get("state")
    if state not in _STATES:
        raise Denied(400, {"error": "state does not have a valid value" if state else "state is missing"})
    if len(wish.get("description") or "") > 255:
        raise Denied(400, {"message": {"description": ["is too long (maximum is 255 characters)"]}})
    sha = _commit(server, project, name)
    line = _pipeline(server, project, sha, wish, by=seen.identity)
    label = wish.get("name") or wish.get("context") or "default"
    job = _active(line, label, seen.identity)
    is_new = job is None
    job = job or FakeJob(label, "external", kind="external", user=seen.identity, created_at=server.now())
    _check(job, state)
    job.target_url = wish.get("target_url") or job.target_url
    job.description = wish.get("description") or job.description
    if "coverage" in wish:
        job.coverage = float(wish["coverage"])
    if is_new:
        for other in line.latest:
            other.retried = other.retried or (other.kind == "external" and other.name == label)
        line.jobs.append(job)
    server.lifecycle.move(line, job, state, "api_failure" if state == "failed" else None)
    server.lifecycle.settle(line)
    server.ledger.append(("status", f"{job.id}"))
    return Reply(201, runs.commit_status(server, line, job))


def _pipeline(server: "FakeGitLab", project: FakeProject, sha: str, wish: dict[str, Any], *, by: str) -> FakePipeline:
    wanted = f"{wish.get('pipeline_id') or ''}"
    fitting = [
        line
        for line in project.pipelines.values()
        if line.sha == sha
        and line.parent is None
        and wanted in {"", f"{line.id}"}
        and wish.get("ref", line.ref) == line.ref
    ]
    if fitting:
        return max(fitting, key=lambda line: line.id)
    if wanted:
        raise Refused(404, "404 Pipeline for pipeline_id, sha and ref Not Found")
    ref = wish.get("ref") or next(
        (name for name, head in server.heads(project).items() if _has(project, head, sha)), ""
    )
    if not ref:
        raise Refused(404, "404 References for commit Not Found")
    return server.add_pipeline(project, source="external", ref=ref, sha=sha, user=by, jobs=[])


def _has(project: FakeProject, head: str, sha: str) -> bool:
    return head == sha or (project.git_dir is not None and contains(project.git_dir, head, sha))


def _active(line: FakePipeline, name: str, by: str) -> FakeJob | None:
    """The status that can still change. One that has ended cannot: a new one takes its place."""
    for job in line.latest:
        if (job.kind, job.name, job.user) == ("external", name, by) and job.status in {"pending", "running"}:
            return job
    return None


def _check(job: FakeJob, state: str) -> None:
    """Nothing changes into what it is already, nor back."""
    verb = {"pending": "enqueue", "running": "run"}.get(state)
    if verb and (job.status == state or (job.status == "running" and state == "pending")):
        reason = f'Status cannot transition via "{verb}"'
        raise Refused(400, f"Cannot transition status via :{verb} from :{job.status} (Reason(s): {reason})")


# Branches and files: https://docs.gitlab.com/api/branches/ and /api/repository_files/


@route("GET", "{project}/repository/branches/{name}", level=REPORTER)
def get_branch(server: "FakeGitLab", seen: Seen, project: FakeProject, name: str) -> Reply:
    """One, with its head."""
    sha = server.heads(project).get(name)
    if sha is None:
        raise missing("Branch")
    commit = {"id": sha, "short_id": sha[:8], "title": "A change", "message": "A change\n"}
    return Reply(
        200,
        {
            "name": name,
            "commit": commit,
            "merged": False,
            "protected": False,
            "default": name == project.default_branch,
            "web_url": f"{server.external_url}/{project.path}/-/tree/{name}",
        },
    )


@route("GET", "{project}/repository/files/{name}/raw", level=REPORTER)
def get_file(server: "FakeGitLab", seen: Seen, project: FakeProject, name: str) -> Reply:
    """A file of a branch or a commit, the default branch unless asked otherwise."""
    ref = seen.query.get("ref", "HEAD")
    sha = _commit(server, project, project.default_branch if ref == "HEAD" else ref)
    found = file_at(project, sha, name) if project.git_dir is not None else None
    if found is None:
        raise missing("File")
    return Reply(200, headers={"Content-Type": "text/plain"}, raw=found)
