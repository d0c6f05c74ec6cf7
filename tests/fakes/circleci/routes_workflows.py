"""Version 2: workflows, jobs and what they left. https://circleci.com/docs/api/v2/"""

from datetime import timedelta
from typing import Any, Final

from tests.fakes.circleci import shapes
from tests.fakes.circleci.routing import Call, route
from tests.fakes.circleci.state import FakeJob, FakeWorkflow
from tests.fakes.http import Refused, Reply

# https://circleci.com/docs/guides/orchestrate/workflows/#rerunning-workflows
RERUNS: Final = 100
AGE: Final = timedelta(days=90)


@route("GET", "/v2/workflow/{id}")
def get_workflow(call: Call, id: str) -> Reply:  # noqa: A002  # the name in the path
    """A workflow."""
    return Reply(200, shapes.workflow(call.workflow(id)))


@route("GET", "/v2/workflow/{id}/job")
def workflow_jobs(call: Call, id: str) -> Reply:  # noqa: A002  # the name in the path
    """The jobs of a workflow."""
    found = call.workflow(id)
    return call.page([shapes.job(job, found) for job in found.jobs])


@route("POST", "/v2/workflow/{id}/rerun")
def rerun(call: Call, id: str) -> Reply:  # noqa: A002  # the name in the path
    """Run a workflow again: that is a new one, of the same name, in the same pipeline."""
    old, body = call.workflow(id), call.body
    _may_rerun(call, old, body)
    again = _chosen(old, body)
    jobs = [job.again() if job.name in again else job for job in old.jobs]
    count = 1 + max(one.rerun for one in old.pipeline.workflows if one.first == old.first)
    made = call.server.add_workflow(old.pipeline, old.name, jobs, first=old.first, rerun=count, tag=old.tag)
    call.server.ledger.append(("rerun", made.id))
    call.server.go_on(made)
    return Reply(202, {"workflow_id": made.id})


@route("POST", "/v2/workflow/{id}/cancel")
def cancel(call: Call, id: str) -> Reply:  # noqa: A002  # the name in the path
    """End a workflow, a moment later."""
    found = call.workflow(id)
    if found.is_ended:
        if call.server.refuses_late_cancels:
            raise Refused(400, "Workflow is not running.")
        return Reply(202, {"message": "Accepted."})
    found.canceled_by, found.is_canceling = call.server.user_id, True
    call.server.ledger.append(("cancel", found.id))
    call.server.cancel(found, found.jobs)
    return Reply(202, {"message": "Accepted."})


@route("POST", "/v2/workflow/{id}/approve/(?P<request>[0-9a-f-]{36})")
def approve(call: Call, id: str, request: str) -> Reply:  # noqa: A002  # the name in the path
    """Let a workflow go on that waits for somebody."""
    found = call.workflow(id)
    held = [job for job in found.jobs if job.id == request and job.type == "approval"]
    if not held:
        raise Refused(404, "Job not found")
    if held[0].status != "on_hold":
        raise Refused(400, "Job is not on hold")
    call.server.ledger.append(("approve", request))
    call.server.end(found, held[0], "success")
    call.server.go_on(found)
    return Reply(202, {"message": "Accepted."})


@route("GET", "/v2/project/{slug}/job/{num}")
def get_job(call: Call, slug: str, num: str) -> Reply:
    """A job by its number."""
    workflow, job = call.numbered(slug, num)
    return Reply(200, shapes.job_details(job, workflow))


@route("POST", "/v2/project/{slug}/job/{num}/cancel")
def cancel_by_number(call: Call, slug: str, num: str) -> Reply:
    """End a job by its number."""
    return _cancel_job(call, *call.numbered(slug, num))


@route("POST", "/v2/jobs/{id}/cancel")
def cancel_by_id(call: Call, id: str) -> Reply:  # noqa: A002  # the name in the path
    """End a job by its id."""
    return _cancel_job(call, *call.job(id))


@route("GET", "/v2/project/{slug}/{num}/artifacts")
def artifacts(call: Call, slug: str, num: str) -> Reply:
    """The files that a job left."""
    _, job = call.numbered(slug, num)
    items = [
        {"path": one.path, "node_index": one.node_index, "url": _address(call, job, index)}
        for index, one in enumerate(job.artifacts)
    ]
    return call.page(items)


@route("GET", "/v2/project/{slug}/{num}/tests")
def tests(call: Call, slug: str, num: str) -> Reply:
    """The results of a job's tests."""
    return call.page(call.numbered(slug, num)[1].tests)


def _cancel_job(call: Call, workflow: FakeWorkflow, job: FakeJob) -> Reply:
    if job.is_ended:
        raise Refused(400, "Job is not running.")
    call.server.ledger.append(("cancel-job", job.id))
    call.server.cancel(workflow, [job])
    return Reply(200, {"message": "Job canceled successfully."})


def _may_rerun(call: Call, old: FakeWorkflow, body: dict[str, Any]) -> None:
    if body.get("from_failed") and "jobs" in body:
        raise Refused(400, "Invalid input")
    if (body.get("enable_ssh") or body.get("sparse_tree")) and "jobs" not in body:
        raise Refused(400, "Invalid input")
    if not old.is_ended:
        # https://github.com/mailpoet/mailpoet/pull/6928
        raise Refused(400, "Workflow must be in a terminal state to be rerun")
    if sum(one.first == old.first for one in old.pipeline.workflows) > RERUNS:
        # https://circleci.com/changelog/workflow-rerun-refusals-now-show-the-reason-in-the-cli-and-mcp-server/
        raise Refused(400, "Rerun limit reached")
    if call.server.now() - old.created_at > AGE:
        raise Refused(400, "Workflow is too old to be rerun")


def _chosen(old: FakeWorkflow, body: dict[str, Any]) -> set[str]:
    """The names of the jobs that run again: those that come after one do too."""
    if body.get("from_failed"):
        chosen = {job.name for job in old.jobs if job.status != "success"}
        if not chosen:
            raise Refused(400, "Workflow has no failed jobs to rerun")
    elif "jobs" in body:
        chosen = {job.name for job in old.jobs if job.id in body["jobs"]}
        if not chosen or not set(body["jobs"]) <= {job.id for job in old.jobs}:
            raise Refused(400, "Invalid jobs to rerun")
    else:
        chosen = {job.name for job in old.jobs}
    while after := {job.name for job in old.jobs if chosen & set(job.requires)} - chosen:
        chosen |= after
    return chosen


def _address(call: Call, job: FakeJob, index: int) -> str:
    artifact = job.artifacts[index]
    if call.server.artifacts_at_home:
        return f"{call.server.base_url}/api/output/job/{job.id}/artifacts/{index}/{artifact.path}"
    if artifact.expired:
        return f"{call.server.storage_url}/gone/{artifact.path}?X-Amz-Signature=secret"
    return call.server.store(artifact.path, artifact.data)


@route("GET", "/output/job/{id}/artifacts/{num}/.*")
def artifact_at_home(call: Call, id: str, num: str) -> Reply:  # noqa: A002  # the name in the path
    """A file at the API's own host: it is elsewhere."""
    artifact = call.job(id)[1].artifacts[int(num)]
    if artifact.expired:
        raise Refused(404, "Not Found")
    return Reply(302, headers={"Location": call.server.store(artifact.path, artifact.data)})
